//! What `Handle::custom` passes on of the backend beneath it.
#![cfg(all(unix, feature = "dyn", feature = "tokio"))]

use std::future::{Future, poll_fn};
use std::io::ErrorKind;
use std::net::{Ipv4Addr, UdpSocket};
use std::pin::pin;
use std::sync::Arc;

use anyrt::adapters::tokio::Runtime;
use anyrt::reactor::{AsyncFd, Interest};
use anyrt::{Handle, Launch};
use anyrt_core::Config;
use futures::channel::oneshot;

/// tokio's poll functions don't wait for errors by themselves, and know only that it is some source.
#[test]
fn an_error_that_comes_alone_wakes_whoever_polls() {
    let runtime = Runtime::start(&Config::default()).unwrap();
    let handle = Handle::custom("custom", runtime.handle().clone());
    let deaf = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    // It listens to itself only, so that datagrams of others find nobody at its port.
    deaf.connect(deaf.local_addr().unwrap()).unwrap();
    let ours = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    ours.connect(deaf.local_addr().unwrap()).unwrap();
    let fd = Arc::new(AsyncFd::new_on(&handle, ours).unwrap());
    for _ in 0..3 {
        let (tell, told) = oneshot::channel();
        let waiting = Arc::clone(&fd);
        let mut tell = Some(tell);
        let task = handle.spawn(async move {
            let read = |socket: &UdpSocket| socket.recv(&mut [0; 8]);
            let mut wait = pin!(poll_fn(|cx| waiting.poll_io(cx, Interest::Readable, read)));
            poll_fn(move |cx| {
                let poll = wait.as_mut().poll(cx);
                if let Some(tell) = tell.take() {
                    assert!(poll.is_pending());
                    tell.send(()).unwrap();
                }
                poll
            })
            .await
        });
        let result = handle.block_on(async {
            told.await.unwrap();
            fd.get_ref().send(b"anybody?").unwrap();
            task.await.unwrap()
        });
        assert_eq!(result.unwrap_err().kind(), ErrorKind::ConnectionRefused);
    }
}
