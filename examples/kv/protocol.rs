//! The protocol of Redis (RESP 2): requests as they come in pieces, and replies.

use std::ops::Range;

/// What a request may have at most: arguments, and bytes in each of them.
const MOST_ARGUMENTS: usize = 1024 * 1024;
const LONGEST: usize = 64 * 1024 * 1024;
/// The longest line: a number of the protocol, or a request that somebody types.
const LONGEST_LINE: usize = 64 * 1024;

pub(crate) type Request = Vec<Vec<u8>>;

/// Cuts requests out of what was received.
#[derive(Default)]
pub(crate) struct Requests {
    received: Vec<u8>,
    /// Up to here it was understood and taken.
    taken: usize,
}

impl Requests {
    /// Takes in what was received.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        if self.taken == self.received.len() {
            self.received.clear();
        } else {
            self.received.drain(..self.taken);
        }
        self.taken = 0;
        self.received.extend_from_slice(bytes);
    }

    /// The next request, if all of it is there; empty lines make an empty one.
    ///
    /// # Errors
    /// What came is no request, and nothing that follows will be one.
    pub(crate) fn next(&mut self) -> Result<Option<Request>, String> {
        let mut cursor = Cursor { bytes: &self.received, at: self.taken };
        let request = match cursor.request()? {
            Some(request) => request,
            None => return Ok(None),
        };
        self.taken = cursor.at;
        Ok(Some(request))
    }
}

struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Cursor<'_> {
    fn request(&mut self) -> Result<Option<Request>, String> {
        let Some(line) = self.line()? else { return Ok(None) };
        let line = &self.bytes[line];
        let Some(count) = line.strip_prefix(b"*") else {
            let words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
            return Ok(Some(words.map(<[u8]>::to_vec).collect()));
        };
        let count = number(count, MOST_ARGUMENTS).ok_or("invalid multibulk length")?;
        let mut arguments = Vec::with_capacity(count.min(16));
        for _ in 0..count {
            match self.bulk()? {
                Some(argument) => arguments.push(argument),
                None => return Ok(None),
            }
        }
        Ok(Some(arguments))
    }

    fn bulk(&mut self) -> Result<Option<Vec<u8>>, String> {
        let Some(line) = self.line()? else { return Ok(None) };
        let line = &self.bytes[line];
        let length = line.strip_prefix(b"$").ok_or("expected '$'")?;
        let length = number(length, LONGEST).ok_or("invalid bulk length")?;
        let end = self.at + length;
        if self.bytes.len() < end + 2 {
            return Ok(None);
        }
        if &self.bytes[end..end + 2] != b"\r\n" {
            return Err("a bulk is longer than it says".to_owned());
        }
        let bulk = self.bytes[self.at..end].to_vec();
        self.at = end + 2;
        Ok(Some(bulk))
    }

    /// A line without its end.
    fn line(&mut self) -> Result<Option<Range<usize>>, String> {
        let rest = &self.bytes[self.at..];
        let Some(length) = rest.iter().take(LONGEST_LINE).position(|byte| *byte == b'\n') else {
            return if rest.len() < LONGEST_LINE {
                Ok(None)
            } else {
                Err("too long a line".into())
            };
        };
        let start = self.at;
        self.at += length + 1;
        let without_return = rest[..length].strip_suffix(b"\r").map_or(length, <[u8]>::len);
        Ok(Some(start..start + without_return))
    }
}

fn number(digits: &[u8], most: usize) -> Option<usize> {
    let number = std::str::from_utf8(digits).ok()?.parse().ok()?;
    (number <= most).then_some(number)
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Reply {
    Status(&'static str),
    Error(String),
    Integer(i64),
    Bulk(Vec<u8>),
    Nothing,
    Array(Vec<Reply>),
}

impl Reply {
    pub(crate) const OK: Self = Self::Status("OK");

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Status(text) => line(out, b'+', text.as_bytes()),
            Self::Error(text) => line(out, b'-', text.as_bytes()),
            Self::Integer(number) => line(out, b':', number.to_string().as_bytes()),
            Self::Bulk(bytes) => {
                line(out, b'$', bytes.len().to_string().as_bytes());
                out.extend_from_slice(bytes);
                out.extend_from_slice(b"\r\n");
            }
            Self::Nothing => out.extend_from_slice(b"$-1\r\n"),
            Self::Array(replies) => {
                line(out, b'*', replies.len().to_string().as_bytes());
                replies.iter().for_each(|reply| reply.write(out));
            }
        }
    }
}

impl From<Option<Vec<u8>>> for Reply {
    fn from(value: Option<Vec<u8>>) -> Self {
        value.map_or(Self::Nothing, Self::Bulk)
    }
}

impl From<usize> for Reply {
    fn from(number: usize) -> Self {
        Self::Integer(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<bool> for Reply {
    fn from(it_is_so: bool) -> Self {
        Self::Integer(it_is_so.into())
    }
}

fn line(out: &mut Vec<u8>, kind: u8, text: &[u8]) {
    out.push(kind);
    out.extend_from_slice(text);
    out.extend_from_slice(b"\r\n");
}
