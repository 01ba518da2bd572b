//! A reverse proxy: a server in front, a client behind, tunnels for what is upgraded.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;

use anyrt::Handle;
use anyrt::io::copy_bidirectional;
use anyrt_hyper::connect::Connector;
use anyrt_hyper::serve::{BoxError, HttpService};
use anyrt_hyper::{Executor, Io, Timer};
use http_body_util::{Either, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONNECTION, HeaderMap, HeaderName, HeaderValue, UPGRADE, VIA};
use hyper::service::service_fn;
use hyper::upgrade::{self, OnUpgrade};
use hyper::{Request, Response, StatusCode, Uri, Version};
use hyper_util::client::legacy::Client;

/// What is said to one connection alone, beside what its header `connection` names (RFC 9110, 7.6.1).
const HOP_BY_HOP: [&str; 8] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "transfer-encoding",
    "upgrade",
];

type Body = Either<Incoming, Empty<Bytes>>;

#[derive(Clone)]
struct Proxy {
    client: Client<Connector, Incoming>,
    upstream: SocketAddr,
}

/// A service that hands each request on to `upstream`, by clients of the runtime that this is called on.
pub fn proxy(upstream: SocketAddr) -> impl HttpService + Clone {
    let runtime = Handle::current();
    let client = Client::builder(Executor::new(runtime.clone()))
        .pool_timer(Timer::new(runtime.clone()))
        .build(Connector::new(runtime));
    let proxy = Proxy { client, upstream };
    service_fn(move |request| {
        let proxy = proxy.clone();
        async move {
            let response = proxy.forward(request).await;
            Ok::<_, Infallible>(response.unwrap_or_else(|_| bad_gateway()))
        }
    })
}

impl Proxy {
    async fn forward(&self, mut request: Request<Incoming>) -> Result<Response<Body>, BoxError> {
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
        *request.uri_mut() = Uri::try_from(format!("http://{}{path}", self.upstream))?;
        *request.version_mut() = Version::HTTP_11;
        let client = upgrade::on(&mut request);
        let wanted = take_hop_by_hop(request.headers_mut());
        ask_for(request.headers_mut(), wanted.as_ref());

        let mut response = self.client.request(request).await?;
        let upstream = upgrade::on(&mut response);
        let granted = take_hop_by_hop(response.headers_mut());
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            if wanted.is_none() {
                return Err("the upstream switches protocols unasked".into());
            }
            ask_for(response.headers_mut(), granted.as_ref());
            // Whichever end fails, the other one sees its end.
            drop(anyrt::spawn(tunnel(client, upstream)));
        }
        Ok(response.map(Either::Left))
    }
}

fn bad_gateway() -> Response<Body> {
    let mut response = Response::new(Either::Right(Empty::new()));
    *response.status_mut() = StatusCode::BAD_GATEWAY;
    response
}

/// Takes out what is not for the next connection, and returns the protocol that an upgrade was asked for, or granted.
fn take_hop_by_hop(headers: &mut HeaderMap) -> Option<HeaderValue> {
    let listed = headers.get_all(CONNECTION).iter().filter_map(|value| value.to_str().ok());
    let listed = listed.flat_map(|value| value.split(',')).map(str::trim);
    let listed: Vec<_> = listed.filter_map(|name| HeaderName::try_from(name).ok()).collect();
    let protocol = headers.get(UPGRADE).filter(|_| listed.contains(&UPGRADE)).cloned();
    for name in listed {
        headers.remove(name);
    }
    for name in HOP_BY_HOP {
        headers.remove(name);
    }
    headers.append(VIA, HeaderValue::from_static("1.1 proxy"));
    protocol
}

fn ask_for(headers: &mut HeaderMap, protocol: Option<&HeaderValue>) {
    if let Some(protocol) = protocol {
        headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(UPGRADE, protocol.clone());
    }
}

async fn tunnel(client: OnUpgrade, upstream: OnUpgrade) -> io::Result<()> {
    let mut client = Io::new(client.await.map_err(io::Error::other)?);
    let mut upstream = Io::new(upstream.await.map_err(io::Error::other)?);
    copy_bidirectional(&mut client, &mut upstream).await?;
    Ok(())
}
