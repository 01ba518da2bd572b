//! Names and their addresses.

use std::io;
use std::net::SocketAddr;
use std::{iter, vec};

use anyrt::JoinError;
use anyrt::net::Resolve;
use sync_wrapper::SyncFuture;

use super::ToSocketAddrs;
use super::addr::Target;
use crate::context;

/// The addresses that `host` stands for, in the order in which they are to be tried.
///
/// # Errors
/// The text has no port or a wrong one, or its name can't be resolved.
///
/// # Panics
/// If it is a name that has to be looked up, outside of a runtime.
pub async fn lookup_host<T>(host: T) -> io::Result<impl Iterator<Item = SocketAddr>>
where
    T: ToSocketAddrs,
{
    resolve(host.target()?).await
}

/// The addresses that a target stands for.
pub(super) async fn resolve(target: Target) -> io::Result<Addresses> {
    match target {
        Target::Address(address) => Ok(Some(address).into_iter().chain(Vec::new())),
        Target::Addresses(addresses) => Ok(many(addresses)),
        Target::Name { host, port } => {
            let runtime = context::here();
            // In a box, for it is large, and most targets need no such thing.
            let addresses = SyncFuture::new(Box::pin(runtime.resolve(host, port))).await;
            addresses.map(many).map_err(as_tokio_says)
        }
    }
}

/// Names the end of the runtime before the look-up in tokio's words.
#[cold]
fn as_tokio_says(error: io::Error) -> io::Error {
    let joined = error.get_ref().and_then(|inner| inner.downcast_ref::<JoinError>());
    let is_cancelled = joined.is_some_and(JoinError::is_cancelled);
    if is_cancelled { io::Error::other("task was cancelled") } else { error }
}

fn many(addresses: Vec<SocketAddr>) -> Addresses {
    None.into_iter().chain(addresses)
}

/// One without an allocation, or several.
pub(super) type Addresses =
    iter::Chain<std::option::IntoIter<SocketAddr>, vec::IntoIter<SocketAddr>>;

/// The error where there was no address to try.
#[cold]
pub(super) fn no_address() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "could not resolve to any address")
}

/// Attempts something with the addresses of a target one after the other, until it succeeds; fails with
/// the error of the last one.
macro_rules! first_to_succeed {
    ($target:expr, |$address:ident| $attempt:expr) => {
        'found: {
            let target = $crate::net::addr::sealed::Target::target(&$target)?;
            let mut last_error = None;
            for $address in $crate::net::lookup_host::resolve(target).await? {
                match $attempt {
                    Ok(success) => break 'found Ok(success),
                    Err(error) => last_error = Some(error),
                }
            }
            Err(last_error.unwrap_or_else($crate::net::lookup_host::no_address))
        }
    };
}

pub(super) use first_to_succeed;
