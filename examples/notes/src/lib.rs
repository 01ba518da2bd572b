//! Notes: an application to start from.
//!
//! [`App::open`] opens the database, and starts what goes on in the background; [`App::serve`] serves until it is told to
//! stop, and ends all of it in an order in which nothing is lost. `main.rs` has the arguments and the signals.
//!
//! Requests come to [`api`] and [`pages`]; both ask [`notes`], which is alone in changing something: in the database, on the
//! feed and in the queue of jobs at once.
#![forbid(unsafe_code)]

pub mod api;
mod app;
mod database;
mod error;
mod expiry;
pub mod feed;
pub mod jobs;
pub mod notes;
pub mod pages;

pub use app::{App, Clock, Settings};
pub use database::Error;
