//! The servers under load.

use std::convert::Infallible;
use std::fmt;
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyrt::net::TcpListener;
use anyrt::sync::oneshot;
use anyrt::{Handle, JoinHandle};
use anyrt_hyper::serve::{BoxError, Server};
use anyrt_test_applications::certificate::Certified;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use rustix::io::Errno;

/// Short ones, so that peers which stall are cut off all the time.
const HEADER_TIMEOUT: Duration = Duration::from_millis(500);
const IDLE_TIMEOUT: Duration = Duration::from_secs(1);

/// One in clear, and one over TLS.
pub struct Servers {
    pub plain: SocketAddr,
    pub tls: SocketAddr,
    /// A file with the certificate.
    pub certificate: tempfile::TempPath,
    pub counts: Counts,
    stop: [oneshot::Sender<()>; 2],
    tasks: [JoinHandle<io::Result<usize>>; 2],
}

impl Servers {
    pub async fn start() -> Self {
        let certified = Certified::new();
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        fs::write(file.path(), certified.certificate()).expect("the file is ours");
        let (counts, large) = (Counts::default(), Bytes::from(vec![b'.'; 1 << 20]));
        let service = {
            let counts = counts.clone();
            service_fn(move |request| answer(request, large.clone(), counts.clone()))
        };
        let bind = async || TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let (plain, tls) = (bind().await, bind().await);
        let addresses = [&plain, &tls].map(|it| it.local_addr().expect("it is bound"));
        let (stop_plain, plain_stops) = oneshot::channel::<()>();
        let (stop_tls, tls_stops) = oneshot::channel::<()>();
        let server = |listener, stops: oneshot::Receiver<()>| {
            let counts = counts.clone();
            Server::new(Handle::current(), listener)
                .header_timeout(HEADER_TIMEOUT)
                .idle_timeout(IDLE_TIMEOUT)
                .on_error(move |error| counts.note(&error))
                .with_graceful_shutdown(async { drop(stops.await) }, Duration::from_secs(10))
        };
        let tasks = [
            anyrt::spawn(server(plain, plain_stops).serve(service.clone())),
            anyrt::spawn(server(tls, tls_stops).tls(certified.server_config()).serve(service)),
        ];
        let [plain, tls] = addresses;
        let certificate = file.into_temp_path();
        Self { plain, tls, certificate, counts, stop: [stop_plain, stop_tls], tasks }
    }

    /// How many tasks they are without connections.
    pub fn count(&self) -> usize {
        self.tasks.len()
    }

    /// How many connections they had to cut off.
    pub async fn end(self) -> usize {
        drop(self.stop);
        let mut cut_off = 0;
        for task in self.tasks {
            cut_off += task.await.expect("it does not panic").expect("the runtime is there");
        }
        cut_off
    }
}

/// Reads the body of the request; 1 MiB for `/large`.
async fn answer(
    mut request: Request<Incoming>,
    large: Bytes,
    counts: Counts,
) -> Result<Response<Full<Bytes>>, Infallible> {
    // One that is cut off takes this future along, or has nobody who waits for the answer.
    while request.body_mut().frame().await.is_some_and(|frame| frame.is_ok()) {}
    counts.answered.fetch_add(1, Ordering::Relaxed);
    let body = if request.uri().path() == "/large" { large } else { Bytes::from_static(b"hello") };
    Ok(Response::new(Full::new(body)))
}

/// What has happened.
#[derive(Clone, Default)]
pub struct Counts {
    answered: Arc<AtomicUsize>,
    without_descriptors: Arc<AtomicUsize>,
    out_of_time: Arc<AtomicUsize>,
    broken: Arc<AtomicUsize>,
}

impl Counts {
    fn note(&self, error: &BoxError) {
        let io = error.downcast_ref::<io::Error>();
        let hyper = error.downcast_ref::<hyper::Error>();
        let has_none = |error: &io::Error| Errno::from_io_error(error) == Some(Errno::MFILE);
        let is_late = io.is_some_and(|error| error.kind() == io::ErrorKind::TimedOut)
            || hyper.is_some_and(hyper::Error::is_timeout);
        let counter = match (io.is_some_and(has_none), is_late) {
            (true, _) => &self.without_descriptors,
            (false, true) => &self.out_of_time,
            (false, false) => &self.broken,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether each has happened.
    pub fn are_of_everything(&self) -> bool {
        let all = [&self.answered, &self.without_descriptors, &self.out_of_time, &self.broken];
        all.iter().all(|count| count.load(Ordering::Relaxed) > 0)
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [answered, without, late, broken] =
            [&self.answered, &self.without_descriptors, &self.out_of_time, &self.broken]
                .map(|count| count.load(Ordering::Relaxed));
        write!(
            f,
            "{answered} requests answered, {without} times no descriptor, {late} connections out of time, {broken} broken"
        )
    }
}
