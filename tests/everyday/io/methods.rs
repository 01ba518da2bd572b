//! The methods of readers and writers.

use std::collections::VecDeque;
use std::io::SeekFrom;

use anyrt::io::{
    AsyncBufReadExt, AsyncReadExt, AsyncSeekExt, AsyncWriteExt, BufReader, Cursor, duplex,
};
use bytes::{Buf, BytesMut};
use futures::StreamExt;

use super::*;

/// I6: numbers are read as they were written, whatever they are cut into.
#[test]
fn numbers_come_back_as_they_were_written() {
    on_each(|| async {
        let (mut writer, mut reader) = duplex(3);
        let writes = anyrt::spawn(async move {
            writer.write_u8(0x12).await?;
            writer.write_i8(-2).await?;
            writer.write_u16(0x1234).await?;
            writer.write_i16_le(-2).await?;
            writer.write_u32_le(0x1234_5678).await?;
            writer.write_i32(-2).await?;
            writer.write_u64(u64::MAX - 1).await?;
            writer.write_i64_le(i64::MIN).await?;
            writer.write_u128_le(7).await?;
            writer.write_i128(-7).await?;
            writer.write_f32(1.5).await?;
            writer.write_f64_le(-2.5).await?;
            writer.write_u8(1).await
        });
        assert_eq!(reader.read_u8().await.unwrap(), 0x12);
        assert_eq!(reader.read_i8().await.unwrap(), -2);
        assert_eq!(reader.read_u16_le().await.unwrap(), 0x3412);
        assert_eq!(reader.read_i16_le().await.unwrap(), -2);
        assert_eq!(reader.read_u32().await.unwrap(), 0x7856_3412);
        assert_eq!(reader.read_i32().await.unwrap(), -2);
        assert_eq!(reader.read_u64().await.unwrap(), u64::MAX - 1);
        assert_eq!(reader.read_i64_le().await.unwrap(), i64::MIN);
        assert_eq!(reader.read_u128_le().await.unwrap(), 7);
        assert_eq!(reader.read_i128().await.unwrap(), -7);
        assert_eq!(reader.read_f32().await.unwrap(), 1.5);
        assert_eq!(reader.read_f64_le().await.unwrap(), -2.5);
        // One byte is no number of two.
        assert_eq!(kind(reader.read_u16().await), ErrorKind::UnexpectedEof);
        writes.await.unwrap().unwrap();
    });
}

/// I6: buffers of the crate `bytes` are filled behind what they have, and emptied from the front.
#[test]
fn buffers_are_filled_and_emptied() {
    on_each(|| async {
        let (mut writer, mut reader) = duplex(4);
        let mut sent = Buf::chain(&b"hello, "[..], &b"you"[..]);
        // A slice at a time, and as much as there is room for.
        assert_eq!(writer.write_buf(&mut sent).await.unwrap(), 4);
        assert!(poll_and_drop(writer.write_all_buf(&mut sent)).await.is_none());
        assert_eq!(sent.remaining(), 6, "what was not written is there");
        let writes = anyrt::spawn(async move { writer.write_all_buf(&mut sent).await });
        let mut received = BytesMut::from(&b"> "[..]);
        while reader.read_buf(&mut received).await.unwrap() > 0 {}
        assert_eq!(received, &b"> hello, you"[..]);
        writes.await.unwrap().unwrap();

        let mut none: &mut [u8] = &mut [];
        assert_eq!((&b"x"[..]).read_buf(&mut none).await.unwrap(), 0);
        let mut two: &mut [u8] = &mut [0; 2];
        assert_eq!((&b"xyz"[..]).read_buf(&mut two).await.unwrap(), 2);
        let mut nothing: VecDeque<u8> = VecDeque::new();
        assert_eq!(Vec::new().write_buf(&mut nothing).await.unwrap(), 0);
        let mut full = Cursor::new(Box::<[u8]>::from([0]));
        assert_eq!(kind(full.write_all_buf(&mut &b"xy"[..]).await), ErrorKind::WriteZero);
    });
}

/// I6: the other methods give what tokio's give.
#[test]
fn the_methods_give_what_those_of_tokio_give() {
    on_each(|| async {
        let mut reader = AsyncReadExt::chain(&b"0123456789"[..], &b"abc"[..]).take(12);
        let mut four = [0; 4];
        assert_eq!(reader.read_exact(&mut four).await.unwrap(), 4);
        assert_eq!(AsyncReadExt::read(&mut reader, &mut four).await.unwrap(), 4);
        let mut text = String::from("> ");
        assert_eq!(reader.read_to_string(&mut text).await.unwrap(), 4);
        assert_eq!(text, "> 89ab");
        assert_eq!(kind(reader.read_exact(&mut four).await), ErrorKind::UnexpectedEof);
        let bad = (&b"\xff"[..]).read_to_string(&mut text).await;
        assert_eq!((kind(bad), text.as_str()), (ErrorKind::InvalidData, "> 89ab"));

        let bad = BufReader::new(&b"\xff\nnext"[..]).read_line(&mut text).await;
        assert_eq!((kind(bad), text.as_str()), (ErrorKind::InvalidData, "> 89ab"));

        let mut cursor = Cursor::new(Vec::new());
        cursor.write_all(b"0123456789").await.unwrap();
        cursor.rewind().await.unwrap();
        assert_eq!(cursor.stream_position().await.unwrap(), 0);
        assert_eq!(cursor.seek(SeekFrom::End(-2)).await.unwrap(), 8);
        cursor.close().await.unwrap();

        let mut buffered = BufReader::new(&b"one\ntwo"[..]);
        assert_eq!(buffered.fill_buf().await.unwrap(), b"one\ntwo");
        buffered.consume(1);
        let (mut line, mut rest) = (String::new(), Vec::new());
        assert_eq!(buffered.read_line(&mut line).await.unwrap(), 3);
        assert_eq!(buffered.read_until(b'w', &mut rest).await.unwrap(), 2);
        assert_eq!((line.as_str(), &rest[..]), ("ne\n", &b"tw"[..]));
        let dynamic: &mut (dyn anyrt::io::AsyncBufRead + Unpin + Send) = &mut buffered;
        assert_eq!(dynamic.read_u8().await.unwrap(), b'o');
    });
}

/// I6: lines end as tokio's do, one that is no text is told of, and those behind it are read.
#[test]
fn lines_are_told_apart() {
    on_each(|| async {
        let text = &b"one\r\ntwo\n\n\xff\nfour\r"[..];
        let mut lines = BufReader::with_capacity(2, text).lines();
        assert_eq!(lines.next_line().await.unwrap().as_deref(), Some("one"));
        assert_eq!(lines.next_line().await.unwrap().as_deref(), Some("two"));
        assert_eq!(lines.next_line().await.unwrap().as_deref(), Some(""));
        assert_eq!(kind(lines.next_line().await), ErrorKind::InvalidData);
        assert_eq!(lines.next_line().await.unwrap().as_deref(), Some("four\r"));
        assert_eq!(lines.next_line().await.unwrap(), None);
        assert_eq!(lines.next_line().await.unwrap(), None);
        assert!(lines.get_mut().buffer().is_empty() && lines.get_ref().buffer().is_empty());
        assert_eq!(lines.into_inner().into_inner(), b"");

        let parts = BufReader::with_capacity(3, &b"a,,bcde"[..]).split(b',');
        let parts: Vec<_> = parts.map(Result::unwrap).collect().await;
        assert_eq!(parts, [&b"a"[..], b"", b"bcde"]);
        let mut none = AsyncBufReadExt::split(&b""[..], b',');
        assert_eq!(none.next_segment().await.unwrap(), None);
        let lines: Vec<_> = (&b"x\ny"[..]).lines().map(Result::unwrap).collect().await;
        assert_eq!(lines, ["x", "y"]);
    });
}

/// I6: a line that was half read when the future was dropped is whole at the next call.
#[test]
fn a_line_that_is_half_read_is_not_lost() {
    on_each(|| async {
        let (mut writer, reader) = duplex(64);
        let mut lines = BufReader::new(reader).lines();
        writer.write_all(b"he").await.unwrap();
        assert!(poll_and_drop(lines.next_line()).await.is_none());
        writer.write_all(b"llo\nyo").await.unwrap();
        assert_eq!(lines.next_line().await.unwrap().as_deref(), Some("hello"));
        assert!(poll_and_drop(lines.next_line()).await.is_none());
        drop(writer);
        assert_eq!(lines.next_line().await.unwrap().as_deref(), Some("yo"));

        let (mut writer, reader) = duplex(64);
        let mut parts = BufReader::new(reader).split(0);
        writer.write_all(b"he").await.unwrap();
        assert!(poll_and_drop(parts.next_segment()).await.is_none());
        writer.write_all(b"llo\0").await.unwrap();
        assert_eq!(parts.next_segment().await.unwrap().as_deref(), Some(&b"hello"[..]));
    });
}

/// I6: in generic code what the methods return can be sent where the reader can.
#[test]
fn futures_of_methods_can_be_sent() {
    async fn reads<R>(mut reader: R) -> io::Result<(u32, usize)>
    where
        R: anyrt::io::AsyncRead + Unpin + Send,
    {
        Ok((reader.read_u32().await?, reader.read_exact(&mut [0; 2]).await?))
    }

    /// Compiles if they can be.
    fn send<R: anyrt::io::AsyncRead + Unpin + Send>(
        reader: R,
    ) -> impl Future<Output = io::Result<(u32, usize)>> + Send {
        reads(reader)
    }

    on_each(|| async {
        let reads = anyrt::spawn(send(&b"\0\0\0\x07ab"[..]));
        assert_eq!(reads.await.unwrap().unwrap(), (7, 2));
    });
}
