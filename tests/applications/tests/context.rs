//! Libraries that insist on tokio, on each backend, with tokio around it.

use std::convert::Infallible;
use std::future::pending;
use std::net::TcpListener;

use anyrt::time::Duration;
use anyrt_test_applications::http;
use futures_util::TryStreamExt;
use futures_util::future::join_all;
use tonic::client::Grpc;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::Endpoint;
use tonic::{Code, Request};
use tonic_prost::ProstCodec;
use tower::timeout::{Timeout, error::Elapsed};
use tower::{Service, ServiceExt, service_fn};

const MOMENT: Duration = Duration::from_millis(50);

#[anyrt::test(all, tokio_context = true)]
async fn reqwest_in_tasks_with_a_pool_a_stream_and_a_timeout() {
    let server = http::serve();
    let client = reqwest::Client::new();
    let asks = |n: usize| {
        let request = client.get(format!("http://{server}/page/{n}"));
        anyrt::spawn(async move { request.send().await?.json::<serde_json::Value>().await })
    };
    for (n, answer) in join_all((0..20).map(asks)).await.into_iter().enumerate() {
        assert_eq!(answer.unwrap().unwrap()["path"], format!("/page/{n}"));
    }

    let answer = client.post(format!("http://{server}/")).send().await.unwrap();
    let body: Vec<_> = answer.bytes_stream().try_collect().await.unwrap();
    assert_eq!(body.concat(), br#"{"method":"POST","path":"/"}"#);

    let silent = client.get(format!("http://{server}/silent")).timeout(MOMENT);
    assert!(silent.send().await.unwrap_err().is_timeout());
}

#[anyrt::test(all, tokio_context = true)]
async fn a_timeout_of_tower() {
    let service = service_fn(async |request: u32| {
        if request == 0 {
            pending::<()>().await;
        }
        Ok::<_, Infallible>(request)
    });
    let mut service = Timeout::new(service, MOMENT);
    assert_eq!(service.ready().await.unwrap().call(1).await.unwrap(), 1);
    assert!(service.ready().await.unwrap().call(0).await.unwrap_err().is::<Elapsed>());
}

#[anyrt::test(all, tokio_context = true)]
async fn the_timeout_of_an_endpoint_of_tonic() {
    // The system accepts connections, and nobody answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", silent.local_addr().unwrap());
    let endpoint = Endpoint::from_shared(address).unwrap().timeout(MOMENT);
    let channel = endpoint.connect_lazy();
    let call = anyrt::spawn(async move {
        let mut client = Grpc::new(channel);
        client.ready().await.unwrap();
        let method = PathAndQuery::from_static("/service/method");
        client.unary(Request::new(()), method, ProstCodec::<(), ()>::default()).await
    });
    let status = call.await.unwrap().unwrap_err();
    assert!(matches!(status.code(), Code::Cancelled | Code::DeadlineExceeded), "{status}");
}
