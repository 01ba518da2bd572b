use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

#[derive(Debug)]
struct Device(OwnedFd);

impl AsFd for Device {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

fn watch(device: Device) -> std::io::Result<()> {
    anyrt::reactor::AsyncFd::new(device)?;
    Ok(())
}

fn main() {}
