//! By generate.py, from tokio's signatures.

use super::*;

// tokio
use tokio::spawn as _;
use tokio::main as _;
use tokio::test as _;
use tokio::pin as _;
use tokio::select as _;
use tokio::join as _;
use tokio::try_join as _;
use tokio::task_local as _;
