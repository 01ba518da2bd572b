//! The buffer of what is read and written on another thread.

use std::io::{self, IoSlice, Read};

/// Bytes on their way between a caller and a blocking operation.
#[derive(Debug, Default)]
pub(crate) struct Buffer {
    /// As long as it ever was filled: what is zeroed once is not zeroed again.
    bytes: Vec<u8>,
    start: usize,
    end: usize,
}

impl Buffer {
    pub(crate) fn len(&self) -> usize {
        self.end - self.start
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.start == self.end
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    pub(crate) fn clear(&mut self) {
        (self.start, self.end) = (0, 0);
    }

    /// Takes the first bytes, at most so many.
    pub(crate) fn take(&mut self, most: usize) -> &[u8] {
        let start = self.start;
        self.start += most.min(self.len());
        &self.bytes[start..self.start]
    }

    /// Moves what there is room for, and returns how much that was.
    pub(crate) fn move_to(&mut self, room: &mut [u8]) -> usize {
        let taken = self.take(room.len());
        room[..taken.len()].copy_from_slice(taken);
        taken.len()
    }

    /// Holds at most `most` of these bytes and nothing else; returns how many they are.
    pub(crate) fn fill(&mut self, slices: &[IoSlice<'_>], most: usize) -> usize {
        self.bytes.clear();
        for slice in slices {
            let length = slice.len().min(most - self.bytes.len());
            self.bytes.extend_from_slice(&slice[..length]);
        }
        (self.start, self.end) = (0, self.bytes.len());
        self.end
    }

    /// Reads once, at most that much, into the empty buffer.
    pub(crate) fn read_from(&mut self, mut source: impl Read, most: usize) -> io::Result<usize> {
        self.clear();
        if self.bytes.len() < most {
            self.bytes.resize(most, 0);
        }
        loop {
            match source.read(&mut self.bytes[..most]) {
                Ok(length) => {
                    self.end = length.min(most);
                    return Ok(self.end);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_stays() {
        let mut buffer = Buffer::default();
        let slices = [IoSlice::new(b"he"), IoSlice::new(b"llo, you")];
        assert_eq!(buffer.fill(&slices, 7), 7);
        assert_eq!(buffer.move_to(&mut [0; 5]), 5);
        assert_eq!(buffer.bytes(), b", ");
        assert_eq!(buffer.take(100), b", ");
        assert!(buffer.is_empty());
        assert_eq!(buffer.read_from(&b"abcdef"[..], 4).unwrap(), 4);
        assert_eq!((buffer.bytes(), buffer.len()), (&b"abcd"[..], 4));
        buffer.clear();
        assert!(buffer.is_empty());
    }
}
