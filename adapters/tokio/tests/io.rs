//! What tokio documents of `io`, on sockets.

use std::io;

use tokio::io::{
    AsyncBufReadExt, AsyncReadExt, AsyncSeekExt, AsyncWriteExt, BufReader, BufStream, BufWriter,
    Error, ErrorKind, ReadBuf, SeekFrom,
};
use tokio::net::{TcpListener, TcpStream};

async fn pair() -> io::Result<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let (client, accepted) =
        tokio::join!(TcpStream::connect(listener.local_addr()?), listener.accept());
    Ok((client?, accepted?.0))
}

#[tokio::test]
async fn copies() -> io::Result<()> {
    let (mut client, mut server) = pair().await?;
    let (mut upstream, mut target) = pair().await?;
    let proxy =
        tokio::spawn(
            async move { tokio::io::copy_bidirectional(&mut server, &mut upstream).await },
        );
    client.write_all(&[1; 200_000]).await?;
    client.shutdown().await?;
    target.write_all(b"answer").await?;
    let mut bytes = Vec::new();
    target.read_to_end(&mut bytes).await?;
    target.shutdown().await?;
    assert_eq!(bytes.len(), 200_000);
    bytes.clear();
    client.read_to_end(&mut bytes).await?;
    assert_eq!(bytes, b"answer");
    assert_eq!(proxy.await??, (200_000, 6));

    let (mut one, mut other) = pair().await?;
    let mut source = &b"from memory"[..];
    assert_eq!(tokio::io::copy(&mut source, &mut one).await?, 11);
    let mut source = BufReader::new(&b", twice"[..]);
    assert_eq!(tokio::io::copy_buf(&mut source, &mut one).await?, 7);
    drop(one);
    let mut text = String::new();
    other.read_to_string(&mut text).await?;
    assert_eq!(text, "from memory, twice");
    Ok(())
}

#[tokio::test]
async fn buffers_lines_and_halves_of_anything() -> io::Result<()> {
    let (client, server) = pair().await?;
    let (reader, writer) = tokio::io::split(client);
    let mut writer = BufWriter::new(writer);
    writer.write_all(b"one\ntwo\n").await?;
    writer.write_u16(7).await?;
    writer.flush().await?;
    let mut server = BufStream::new(server);
    let mut line = String::new();
    server.read_line(&mut line).await?;
    assert_eq!(line, "one\n");
    assert_eq!(server.fill_buf().await?[..3], *b"two");
    server.consume(4);
    assert_eq!(server.read_u16().await?, 7);
    server.write_all(b"a b").await?;
    server.shutdown().await?;
    let mut lines = BufReader::new(reader).split(b' ');
    assert_eq!(lines.next_segment().await?, Some(b"a".to_vec()));
    assert_eq!(lines.next_segment().await?, Some(b"b".to_vec()));
    assert_eq!(lines.next_segment().await?, None);
    let reader = lines_into(BufReader::new(&b"x\ny"[..])).await?;
    assert_eq!(reader, ["x", "y"]);
    Ok(())
}

async fn lines_into(reader: BufReader<&[u8]>) -> io::Result<Vec<String>> {
    let mut lines = reader.lines();
    let mut all = Vec::new();
    while let Some(line) = lines.next_line().await? {
        all.push(line);
    }
    Ok(all)
}

#[tokio::test]
async fn streams_in_memory_and_of_nothing() -> io::Result<()> {
    let (mut one, mut other) = tokio::io::duplex(4);
    let writing = tokio::spawn(async move { one.write_all(b"longer than four").await });
    let mut text = String::new();
    other.read_to_string(&mut text).await?;
    writing.await??;
    assert_eq!(text, "longer than four");

    let (mut reader, mut writer) = tokio::io::simplex(16);
    writer.write_all(b"x").await?;
    assert_eq!(reader.read(&mut [0; 4]).await?, 1);
    assert_eq!(tokio::io::empty().read(&mut [0]).await?, 0);
    let mut zeros = [1; 3];
    tokio::io::repeat(0).take(2).read_to_end(&mut Vec::new()).await?;
    tokio::io::repeat(0).read_exact(&mut zeros).await?;
    assert_eq!(zeros, [0; 3]);
    tokio::io::sink().write_all(b"gone").await?;
    let mut both = tokio::io::join(tokio::io::empty(), tokio::io::sink());
    both.write_all(b"x").await?;
    let mut chain = (&b"a"[..]).chain(&b"b"[..]);
    let mut text = String::new();
    chain.read_to_string(&mut text).await?;
    assert_eq!(text, "ab");
    let mut cursor = io::Cursor::new(vec![1, 2, 3]);
    assert_eq!(AsyncSeekExt::seek(&mut cursor, SeekFrom::End(-1)).await?, 2);
    Ok(())
}

#[test]
fn errors_are_those_of_the_standard_library_and_buffers_are_filled() {
    let error: Error = ErrorKind::NotFound.into();
    assert_eq!(error.kind(), io::ErrorKind::NotFound);
    let result: tokio::io::Result<()> = Err(error);
    assert!(result.is_err());
    let mut bytes = [0; 4];
    let mut buffer = ReadBuf::new(&mut bytes);
    buffer.put_slice(b"ab");
    assert_eq!((buffer.filled(), buffer.remaining()), (&b"ab"[..], 2));
}
