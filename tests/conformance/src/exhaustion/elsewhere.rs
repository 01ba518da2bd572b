//! On systems where the suite does not know how to exhaust a process: no cases.

cases! { exhaustion: }
