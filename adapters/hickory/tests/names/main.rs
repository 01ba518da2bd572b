//! hickory on every backend, against a name server of the test's own, and names of a runtime by hickory.

mod network;
mod queries;
mod server;
