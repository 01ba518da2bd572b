//! The spare room of any buffer that implements the trait of `bytes`.

use std::io;

use bytes::BufMut;

use crate::spare::{Room, Spare, fill_start};

/// Any buffer of `bytes`, lent.
#[derive(Debug)]
pub struct Buf<'a, B: ?Sized>(pub &'a mut B);

/// What the buffer lends as its chunk; vectors and `BytesMut` grow for it.
impl<B: BufMut + ?Sized> Spare for Buf<'_, B> {
    #[inline]
    fn fill<F>(&mut self, fill: F) -> io::Result<usize>
    where
        F: for<'r> FnOnce(Room<'r>) -> io::Result<&'r mut [u8]>,
    {
        let chunk = self.0.chunk_mut();
        // SAFETY: nothing in there may be made uninitialized, and a `Room` can only be overwritten with bytes.
        let room = unsafe { chunk.as_uninit_slice_mut() };
        let n = fill_start(room, fill)?;
        // SAFETY: `fill_start` says that the first `n` bytes of the chunk are initialized, and that it has as
        // many.
        unsafe { self.0.advance_mut(n) };
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use bytes::BytesMut;

    use super::*;

    #[test]
    fn buffers_are_filled_behind_what_they_hold() {
        let mut buffer = BytesMut::from(&b"ab"[..]);
        for _ in 0..100 {
            buffer.reserve(3);
            let filled = Buf(&mut buffer).fill(|room| {
                let filled = &mut room.zeroed()[..3];
                filled.copy_from_slice(b"cde");
                Ok(filled)
            });
            assert_eq!(filled.unwrap(), 3);
        }
        assert_eq!(buffer, [&b"ab"[..], &b"cde".repeat(100)].concat());
    }

    #[test]
    fn a_slice_has_as_much_room_as_it_is_long() {
        let mut bytes = *b"abcdef";
        let mut rest = &mut bytes[..];
        assert_eq!(Buf(&mut rest).fill(|room| Ok(&mut room.zeroed()[..4])).unwrap(), 4);
        assert_eq!(rest.len(), 2);
        let all = Buf(&mut rest).fill(|room| {
            assert_eq!(room.len(), 2);
            Ok(room.zeroed())
        });
        assert_eq!(all.unwrap(), 2);
        assert_eq!(Buf(&mut rest).fill(|room| Ok(room.zeroed())).unwrap(), 0);
        assert_eq!(bytes, [0; 6]);
    }
}
