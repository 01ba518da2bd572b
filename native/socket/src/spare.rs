//! Room that is lent to be filled, and buffers that have some.

use std::io;
use std::mem::MaybeUninit;

/// Memory that may not be initialized, lent to be filled from its start.
///
/// It can be overwritten with bytes alone, so that what is initialized already stays so.
#[derive(Debug)]
pub struct Room<'a>(&'a mut [MaybeUninit<u8>]);

impl<'a> Room<'a> {
    /// How many bytes there is room for.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no room.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The room filled with zeros: for whoever reads in a way that wants bytes there.
    pub fn zeroed(self) -> &'a mut [u8] {
        self.0.fill(MaybeUninit::new(0));
        let room: *mut [MaybeUninit<u8>] = self.0;
        // SAFETY: the pointer comes from a reference that this takes the place of, for the same lifetime;
        // `MaybeUninit<u8>` has the layout of `u8`, and every one of them has just been initialized.
        unsafe { &mut *(room as *mut [u8]) }
    }

    /// What a socket has received, put at the start of the room.
    ///
    /// # Errors
    /// What the system says, such as `WouldBlock`.
    #[cfg(unix)]
    #[inline]
    pub fn receive(self, socket: impl std::os::fd::AsFd) -> io::Result<&'a mut [u8]> {
        let flags = rustix::net::RecvFlags::empty();
        let ((received, _), _) = rustix::net::recv(socket, self.0, flags)?;
        Ok(received)
    }
}

/// A buffer with spare room behind what it holds.
pub trait Spare {
    /// Lends the room to `fill`, which returns what it has filled of it, from the start; then that belongs to
    /// what the buffer holds. Returns how much it was.
    ///
    /// # Errors
    /// Those of `fill`. The buffer is as it was then.
    ///
    /// # Panics
    /// `fill` returned something else than the start of the room.
    fn fill<F>(&mut self, fill: F) -> io::Result<usize>
    where
        F: for<'r> FnOnce(Room<'r>) -> io::Result<&'r mut [u8]>;
}

/// The spare capacity, which does not grow.
impl Spare for Vec<u8> {
    #[inline]
    fn fill<F>(&mut self, fill: F) -> io::Result<usize>
    where
        F: for<'r> FnOnce(Room<'r>) -> io::Result<&'r mut [u8]>,
    {
        let n = fill_start(self.spare_capacity_mut(), fill)?;
        let length = self.len() + n;
        // SAFETY: `fill_start` says that the first `n` bytes of the spare capacity are initialized, of which
        // there are as many, so that the length is at most the capacity.
        unsafe { self.set_len(length) };
        Ok(n)
    }
}

/// How many bytes at the start of `room` are initialized, because `fill` has done it.
#[inline]
pub(crate) fn fill_start<F>(room: &mut [MaybeUninit<u8>], fill: F) -> io::Result<usize>
where
    F: for<'r> FnOnce(Room<'r>) -> io::Result<&'r mut [u8]>,
{
    let (start, length) = (room.as_ptr().cast::<u8>(), room.len());
    let filled = fill(Room(room))?;
    // Whoever has a reference to bytes at that address, while the room is borrowed, has one to the room's.
    let is_start = std::ptr::eq(filled.as_ptr(), start) && filled.len() <= length;
    assert!(filled.is_empty() || is_start, "what was filled is not the start of the room");
    Ok(filled.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes `bytes` to the start of the room.
    fn put<'r>(room: Room<'r>, bytes: &[u8]) -> io::Result<&'r mut [u8]> {
        let filled = &mut room.zeroed()[..bytes.len()];
        filled.copy_from_slice(bytes);
        Ok(filled)
    }

    #[test]
    fn a_vector_is_filled_behind_what_it_holds() {
        let mut buffer = Vec::with_capacity(8);
        buffer.extend(b"ab");
        let room = buffer.capacity() - 2;
        let filled = buffer.fill(|lent| {
            assert_eq!(lent.len(), room);
            assert!(!lent.is_empty());
            put(lent, b"cde")
        });
        assert_eq!(filled.unwrap(), 3);
        assert_eq!(buffer, b"abcde");
        assert_eq!(buffer.fill(|room| put(room, b"")).unwrap(), 0);
        assert_eq!(buffer, b"abcde");
    }

    #[test]
    fn an_error_leaves_the_buffer_as_it_was() {
        let mut buffer = Vec::with_capacity(8);
        let result = buffer.fill(|room| {
            room.zeroed();
            Err(io::ErrorKind::WouldBlock.into())
        });
        assert_eq!(result.unwrap_err().kind(), io::ErrorKind::WouldBlock);
        assert!(buffer.is_empty());
    }

    #[test]
    #[should_panic = "not the start of the room"]
    #[cfg_attr(miri, ignore = "leaks what it returns")]
    fn bytes_from_elsewhere_are_refused() {
        let mut buffer = Vec::<u8>::with_capacity(8);
        let _ = buffer.fill(|_room| Ok(Box::leak(Box::new([7; 4]))));
    }

    #[test]
    #[should_panic = "not the start of the room"]
    fn bytes_from_the_middle_are_refused() {
        let mut buffer = Vec::<u8>::with_capacity(8);
        let _ = buffer.fill(|room| Ok(&mut room.zeroed()[1..3]));
    }

    #[test]
    fn no_room_is_filled_with_nothing() {
        let mut buffer = Vec::new();
        assert_eq!(buffer.fill(|room| Ok(room.zeroed())).unwrap(), 0);
    }

    #[test]
    #[cfg(all(unix, not(miri)))]
    fn a_socket_fills_it() {
        use std::io::Write;

        let (one, mut other) = std::os::unix::net::UnixStream::pair().unwrap();
        other.write_all(b"hello").unwrap();
        let mut buffer = Vec::with_capacity(64);
        assert_eq!(buffer.fill(|room| room.receive(&one)).unwrap(), 5);
        assert_eq!(buffer, b"hello");
    }
}
