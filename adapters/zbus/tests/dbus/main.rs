//! zbus on every backend: between two of a program, and by a bus.
#![cfg(unix)]

mod bus;
mod peers;
mod runtime;
