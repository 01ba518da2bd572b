//! When a file was read and changed.

use std::fs::FileTimes as StdTimes;
use std::time::SystemTime;

/// When a file was read and changed, for [`File::set_times`](super::File::set_times); what is not said stays as it is.
#[derive(Clone, Debug, Default)]
#[must_use = "must be applied to a file via `File::set_times` to have any effect"]
pub struct FileTimes {
    inner: StdTimes,
}

impl FileTimes {
    /// All stays as it is.
    pub fn new() -> Self {
        Self::default()
    }

    /// When the file was read.
    pub fn set_accessed(self, t: SystemTime) -> Self {
        Self { inner: self.inner.set_accessed(t) }
    }

    /// When the file was changed.
    pub fn set_modified(self, t: SystemTime) -> Self {
        Self { inner: self.inner.set_modified(t) }
    }

    /// When the file was made.
    #[cfg(target_vendor = "apple")]
    pub fn set_created(self, t: SystemTime) -> Self {
        Self { inner: std::os::darwin::fs::FileTimesExt::set_created(self.inner, t) }
    }

    /// When the file was made.
    #[cfg(windows)]
    pub fn set_created(self, t: SystemTime) -> Self {
        Self { inner: std::os::windows::fs::FileTimesExt::set_created(self.inner, t) }
    }

    pub(super) fn into_std(self) -> StdTimes {
        self.inner
    }
}
