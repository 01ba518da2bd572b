//! What can be served.

use std::error::Error;

use hyper::body::{Body, Incoming};
use hyper::service::Service;
use hyper::{Request, Response};

/// An error of whoever serves, of what is served, or of what comes in between.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// A service of hyper's that a server can call from its tasks. Implemented for each that is `Send`, with a body that is.
///
/// Services of tower, a router of axum among them, are made such ones by `hyper_util::service::TowerToHyperService`.
pub trait HttpService:
    Service<
        Request<Incoming>,
        Response = Response<Self::ResponseBody>,
        Error: Into<BoxError>,
        Future: Send + 'static,
    > + Send
    + 'static
{
    /// The body of its responses.
    type ResponseBody: Body<Data: Send, Error: Into<BoxError>> + Send + 'static;
}

impl<S, B> HttpService for S
where
    S: Service<Request<Incoming>, Response = Response<B>> + Send + 'static,
    S: Service<Request<Incoming>, Error: Into<BoxError>, Future: Send + 'static>,
    B: Body<Data: Send, Error: Into<BoxError>> + Send + 'static,
{
    type ResponseBody = B;
}
