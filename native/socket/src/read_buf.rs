//! The spare room of tokio's buffers.

use std::io;

use tokio::io::ReadBuf;

use crate::spare::{Room, Spare, fill_start};

impl Spare for ReadBuf<'_> {
    #[inline]
    fn fill<F>(&mut self, fill: F) -> io::Result<usize>
    where
        F: for<'r> FnOnce(Room<'r>) -> io::Result<&'r mut [u8]>,
    {
        // SAFETY: nothing in there may be made uninitialized, and a `Room` can only be overwritten with bytes.
        let room = unsafe { self.unfilled_mut() };
        let n = fill_start(room, fill)?;
        // SAFETY: `fill_start` says that the first `n` bytes of what is not filled are initialized.
        unsafe { self.assume_init(n) };
        self.advance(n);
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use std::mem::MaybeUninit;

    use super::*;

    #[test]
    fn it_is_filled_behind_what_it_holds() {
        let mut memory = [MaybeUninit::uninit(); 8];
        let mut buffer = ReadBuf::uninit(&mut memory);
        buffer.put_slice(b"ab");
        let filled = buffer.fill(|room| {
            let filled = &mut room.zeroed()[..3];
            filled.copy_from_slice(b"cde");
            Ok(filled)
        });
        assert_eq!(filled.unwrap(), 3);
        assert_eq!((buffer.filled(), buffer.remaining()), (&b"abcde"[..], 3));
        let failed = buffer.fill(|_room| Err(io::ErrorKind::WouldBlock.into()));
        assert_eq!(failed.unwrap_err().kind(), io::ErrorKind::WouldBlock);
        assert_eq!(buffer.fill(|room| Ok(room.zeroed())).unwrap(), 3);
        assert_eq!(buffer.filled(), b"abcde\0\0\0");
    }
}
