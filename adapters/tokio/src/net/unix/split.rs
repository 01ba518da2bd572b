//! The two directions of a Unix stream.

use std::error::Error;
use std::fmt;
use std::io::{self, IoSlice, IoSliceMut};
use std::net::Shutdown;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use real::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::SocketAddr;
use super::stream::UnixStream;
use crate::io::{Interest, Ready};
use crate::net::halves::halves;

halves!(UnixStream, SocketAddr);
