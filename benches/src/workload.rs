//! What is measured, and on whom.

use crate::measure::{Part, Size, Subject};
use crate::peer::Peer;

/// One row of a table.
#[derive(Debug)]
pub struct Workload {
    /// As the table has it.
    pub name: &'static str,
    /// What it is measured in.
    pub unit: Unit,
    /// What the native runtime is to reach; `None` where there is nothing but curiosity.
    pub goal: Option<Goal>,
    /// How it is set up on a peer that can do it.
    pub on: fn(Peer) -> Option<Start>,
}

/// Starts the peer, in a process that is to measure this and nothing else.
pub type Start = fn(Size) -> Subject;

/// What is measured, and on which scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Time for one operation.
    Nanoseconds,
    /// Memory for one thing. Measured once: it is the same each time.
    Bytes,
}

/// How many times as much the reference is to take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Goal {
    /// Of what,
    pub part: Part,
    /// and how many times.
    pub ratio: f64,
}

/// A row, from its name, its goal, and a workload that is generic over the runtime.
///
/// The workload is a function of [`crate::workloads`]; after `start` it is one that gets the runtime by value and returns a
/// [`Subject`]. After `or` comes who is no runtime, and what starts it.
#[macro_export]
macro_rules! workload {
    ($name:literal, $goal:expr, start $($start:ident)::+ $(, or $peer:ident: $other:path)*) => {
        $crate::workload::Workload {
            name: $name,
            unit: $crate::workload::Unit::Nanoseconds,
            goal: $goal,
            on: |peer| match peer {
                $($crate::peer::Peer::$peer => Some($other),)*
                _ => $crate::on_runtimes!(peer, $($start)::+),
            },
        }
    };
    ($name:literal, $goal:expr, $($measure:ident)::+ $(, or $peer:ident: $other:path)*) => {
        $crate::workload::Workload {
            name: $name,
            unit: $crate::workload::Unit::Nanoseconds,
            goal: $goal,
            on: |peer| match peer {
                $($crate::peer::Peer::$peer => Some($other),)*
                _ => $crate::on_runtimes!(peer, |runtime, size| {
                    $crate::measure::Subject::new(move || $($measure)::+(&runtime, size))
                }),
            },
        }
    };
}

/// How a peer that is a runtime is started; `None` for the others.
#[macro_export]
macro_rules! on_runtimes {
    ($peer:expr, $subject:expr) => {
        $crate::on_runtimes!(@match $peer, $subject,
            Native: |workers| $crate::runtime::Native::start(workers),
            Tokio: |workers| $crate::runtime::Tokio::start(workers),
            Smol: |workers| $crate::runtime::Smol::start(workers),
            AsyncStd: |workers| $crate::runtime::AsyncStd::start(workers),
            Smolscale: |workers| $crate::runtime::Smolscale::start(workers),
            AnyrtNative: |workers| $crate::runtime::Anyrt::start("native", workers),
            AnyrtTokio: |workers| $crate::runtime::Anyrt::start("tokio", workers),
            AnyrtSmol: |workers| $crate::runtime::Anyrt::start("smol", workers),
            NativeAgain: |workers| $crate::runtime::Native::start(workers),
        )
    };
    (@match $peer:expr, $subject:expr, $($runtime:ident: $start:expr,)*) => {
        match $peer {
            $($crate::peer::Peer::$runtime => {
                let start: $crate::workload::Start = |size| {
                    let runtime = ($start)(size.workers).expect("the runtime starts");
                    ($subject)(runtime, size)
                };
                Some(start)
            })*
            $crate::peer::Peer::Rayon | $crate::peer::Peer::Epoll | $crate::peer::Peer::NativeSlowed => None,
        }
    };
}
