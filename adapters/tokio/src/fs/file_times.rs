//! When a file was read and changed.

use std::fs::FileTimes as StdTimes;
#[cfg(target_vendor = "apple")]
use std::os::darwin::fs::FileTimesExt;
#[cfg(windows)]
use std::os::windows::fs::FileTimesExt;
use std::time::SystemTime;

/// When a file was read and changed, for [`File::set_times`](super::File::set_times); what is not said stays as it is.
#[derive(Clone, Debug, Default)]
#[must_use = "must be applied to a file via `File::set_times` to have any effect"]
pub struct FileTimes {
    accessed: Option<SystemTime>,
    modified: Option<SystemTime>,
    #[cfg(any(target_vendor = "apple", windows))]
    created: Option<SystemTime>,
}

impl FileTimes {
    /// All stays as it is.
    pub fn new() -> Self {
        Self::default()
    }

    /// When the file was read.
    pub fn set_accessed(self, t: SystemTime) -> Self {
        Self { accessed: Some(t), ..self }
    }

    /// When the file was changed.
    pub fn set_modified(self, t: SystemTime) -> Self {
        Self { modified: Some(t), ..self }
    }

    /// When the file was made.
    #[cfg(any(target_vendor = "apple", windows))]
    pub fn set_created(self, t: SystemTime) -> Self {
        Self { created: Some(t), ..self }
    }

    pub(super) fn into_std(self) -> StdTimes {
        let times = self.accessed.into_iter().fold(StdTimes::new(), StdTimes::set_accessed);
        let times = self.modified.into_iter().fold(times, StdTimes::set_modified);
        self.with_created(times)
    }

    #[cfg(any(target_vendor = "apple", windows))]
    fn with_created(&self, times: StdTimes) -> StdTimes {
        self.created.into_iter().fold(times, FileTimesExt::set_created)
    }

    #[cfg(not(any(target_vendor = "apple", windows)))]
    fn with_created(&self, times: StdTimes) -> StdTimes {
        times
    }
}
