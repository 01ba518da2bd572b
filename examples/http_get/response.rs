//! A response, read up to the end of its body.

use std::sync::atomic::{AtomicU64, Ordering};

use anyrt::io::{self, AsyncBufReadExt, AsyncReadExt, BufReader};
use anyrt::net::TcpStream;

/// What a server may make this program keep in memory, in bytes: of a body, and of a line before it.
const LONGEST_BODY: usize = 256 * 1024 * 1024;
const LONGEST_LINE: u64 = 16 * 1024;
const MOST_HEADERS: usize = 200;

pub(crate) struct Response<'a> {
    reader: BufReader<TcpStream>,
    body: Vec<u8>,
    /// Of all responses together.
    received: &'a AtomicU64,
}

/// How the end of a body is told.
enum Length {
    Known(u64),
    Chunked,
    /// The connection is closed then.
    UntilEnd,
}

impl<'a> Response<'a> {
    pub(crate) fn new(stream: TcpStream, received: &'a AtomicU64) -> Self {
        Self { reader: BufReader::new(stream), body: Vec::new(), received }
    }

    /// The body, of a request that went well.
    pub(crate) async fn read(mut self) -> io::Result<Vec<u8>> {
        let (status, length) = loop {
            let status = self.status().await?;
            let length = self.headers().await?;
            // What informs of a response is not one.
            if !status.starts_with('1') {
                break (status, length);
            }
        };
        if !status.starts_with('2') {
            return Err(io::Error::other(format!("the server answers {status}")));
        }
        match length {
            _ if status.starts_with("204") => {}
            Length::Known(length) => self.bytes(length).await?,
            Length::Chunked => self.chunks().await?,
            Length::UntilEnd => while self.some_bytes(u64::MAX).await? > 0 {},
        }
        Ok(self.body)
    }

    /// The code and the reason.
    async fn status(&mut self) -> io::Result<String> {
        let line = self.line().await?;
        let status = line.split_once(' ').filter(|(version, status)| {
            let code = status.get(..3).unwrap_or_default();
            version.starts_with("HTTP/1.") && code.bytes().all(|byte| byte.is_ascii_digit())
        });
        status
            .map(|(_, status)| status.to_owned())
            .filter(|status| status.len() >= 3)
            .ok_or_else(|| invalid(format!("no response of HTTP/1.1, but {line:?}")))
    }

    /// What they say of the body.
    async fn headers(&mut self) -> io::Result<Length> {
        let (mut known, mut is_chunked) = (None, false);
        for _ in 0..MOST_HEADERS {
            let line = self.line().await?;
            if line.is_empty() {
                return Ok(match known {
                    _ if is_chunked => Length::Chunked,
                    Some(length) => Length::Known(length),
                    None => Length::UntilEnd,
                });
            }
            let no_header = || invalid(format!("no header, but {line:?}"));
            let (name, value) = line.split_once(':').ok_or_else(no_header)?;
            let value = value.trim();
            if name.eq_ignore_ascii_case("transfer-encoding") {
                is_chunked = value.eq_ignore_ascii_case("chunked");
                if !is_chunked {
                    return Err(invalid(format!("the transfer encoding {value:?} is unknown")));
                }
            } else if name.eq_ignore_ascii_case("content-length") {
                let length = number(value, 10)?;
                if known.is_some_and(|known| known != length) {
                    return Err(invalid("several lengths of one body"));
                }
                known = Some(length);
            }
        }
        Err(invalid(format!("more than {MOST_HEADERS} headers")))
    }

    async fn chunks(&mut self) -> io::Result<()> {
        loop {
            let line = self.line().await?;
            let size = line.split(';').next().unwrap_or_default();
            match number(size.trim(), 16)? {
                0 => break,
                size => self.bytes(size).await?,
            }
            let end = self.line().await?;
            if !end.is_empty() {
                return Err(invalid(format!("a chunk goes on after its end: {end:?}")));
            }
        }
        // Trailers are read as headers are, and say nothing any more.
        self.headers().await.map(drop)
    }

    async fn bytes(&mut self, length: u64) -> io::Result<()> {
        let mut left = length;
        while left > 0 {
            match self.some_bytes(left).await? {
                0 => return Err(cut_short(format!("{left} of {length} bytes are missing"))),
                n => left -= n,
            }
        }
        Ok(())
    }

    /// Adds to the body what has come, but no more than `most`, and returns how much that is; 0 is the end.
    async fn some_bytes(&mut self, most: u64) -> io::Result<u64> {
        let bytes = self.reader.fill_buf().await?;
        let length = (bytes.len() as u64).min(most) as usize;
        if self.body.len() + length > LONGEST_BODY {
            return Err(invalid(format!("a body of more than {LONGEST_BODY} bytes")));
        }
        self.body.extend_from_slice(&bytes[..length]);
        self.reader.consume(length);
        self.received.fetch_add(length as u64, Ordering::Relaxed);
        Ok(length as u64)
    }

    /// Without its end.
    async fn line(&mut self) -> io::Result<String> {
        let mut line = Vec::new();
        (&mut self.reader).take(LONGEST_LINE).read_until(b'\n', &mut line).await?;
        match line.strip_suffix(b"\n") {
            Some(line) => {
                let line = line.strip_suffix(b"\r").unwrap_or(line);
                Ok(String::from_utf8_lossy(line).into_owned())
            }
            None if line.len() as u64 == LONGEST_LINE => {
                Err(invalid(format!("a line of more than {LONGEST_LINE} bytes")))
            }
            None => Err(cut_short("before the body is complete")),
        }
    }
}

fn invalid(what: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("the server sends {}", what.into()))
}

fn cut_short(what: impl Into<String>) -> io::Error {
    let message = format!("the server hangs up: {}", what.into());
    io::Error::new(io::ErrorKind::UnexpectedEof, message)
}

/// Digits and nothing else: `parse` would take a sign.
fn number(text: &str, radix: u32) -> io::Result<u64> {
    let digits = Some(text).filter(|text| text.chars().all(|digit| digit.is_digit(radix)));
    let number = digits.and_then(|digits| u64::from_str_radix(digits, radix).ok());
    number.ok_or_else(|| invalid(format!("{text:?} as a length")))
}
