//! Opening named pipes.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::OFlags;

use super::{NOT_A_PIPE, Receiver, Sender, is_pipe};

/// How a named pipe is opened.
#[derive(Clone, Debug)]
pub struct OpenOptions {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    read_write: bool,
    unchecked: bool,
}

impl OpenOptions {
    /// For one direction, and nothing but pipes.
    pub fn new() -> OpenOptions {
        OpenOptions {
            #[cfg(any(target_os = "linux", target_os = "android"))]
            read_write: false,
            unchecked: false,
        }
    }

    /// Sets whether it is opened for both directions: then a sender needs no receiver, and a receiver does
    /// not come to an end.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub fn read_write(&mut self, value: bool) -> &mut Self {
        self.read_write = value;
        self
    }

    /// Sets whether anything may be opened. Of a file that is no pipe, it may be that it can't be watched.
    pub fn unchecked(&mut self, value: bool) -> &mut Self {
        self.unchecked = value;
        self
    }

    /// Opens the end that reads. It need not wait for a sender.
    ///
    /// # Errors
    /// It is no pipe; what the system says.
    ///
    /// # Panics
    /// Outside of a runtime.
    #[track_caller]
    pub fn open_receiver<P: AsRef<Path>>(&self, path: P) -> io::Result<Receiver> {
        let mut options = std::fs::OpenOptions::new();
        self.open(options.read(true), path.as_ref()).and_then(Receiver::from_file_unchecked)
    }

    /// Opens the end that writes.
    ///
    /// # Errors
    /// It is no pipe; nobody has it open for reading (`ENXIO`); what else the system says.
    ///
    /// # Panics
    /// Outside of a runtime.
    #[track_caller]
    pub fn open_sender<P: AsRef<Path>>(&self, path: P) -> io::Result<Sender> {
        let mut options = std::fs::OpenOptions::new();
        self.open(options.write(true), path.as_ref()).and_then(Sender::from_file_unchecked)
    }

    fn open(&self, options: &mut std::fs::OpenOptions, path: &Path) -> io::Result<File> {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        if self.read_write {
            options.read(true).write(true);
        }
        // The numbers of flags fit, whatever the sign.
        options.custom_flags(OFlags::NONBLOCK.bits() as i32);
        let file = options.open(path)?;
        if !self.unchecked && !is_pipe(file.as_fd())? {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, NOT_A_PIPE));
        }
        Ok(file)
    }
}

impl Default for OpenOptions {
    fn default() -> OpenOptions {
        OpenOptions::new()
    }
}
