//! Random numbers, for jitter, sampling and the choice among equals; not for secrets.
//!
//! The functions ask the runtime that the thread is inside, or else the default runtime if it runs. Most runtimes leave
//! the answer to a generator of the thread's own; a simulator has a say in it, so that a program can be run
//! again. Where no runtime runs none is started: the generator of the thread answers.
//!
//! Whoever can guess the numbers of today can guess those of tomorrow, so keys and tokens are made of the numbers
//! of a crate for cryptography. A process that is forked goes on with the numbers of its parent.

use std::ops::RangeBounds;

use anyrt_core::Spawn;

pub use anyrt_core::random::Generator;

use crate::default_runtime::running_here;

/// Any number, each as likely as the others.
///
/// ```
/// let id = anyrt::random::u64();
/// println!("request {id:016x}");
/// ```
pub fn u64() -> u64 {
    running_here().map_or_else(anyrt_core::random::u64_of_thread, |handle| handle.random_u64())
}

/// A number of `range`, each as likely as the others.
///
/// ```
/// use anyrt::{random, time::{Duration, sleep}};
///
/// # #[anyrt::main]
/// # async fn main() {
/// // So that not all of them try again at once.
/// sleep(Duration::from_millis(random::range(5..10))).await;
/// # }
/// ```
///
/// # Panics
/// If the range is empty.
#[track_caller]
pub fn range(range: impl RangeBounds<u64>) -> u64 {
    generator().range(range)
}

/// A number that is at least 0 and less than 1.
///
/// ```
/// /// Whether this request is one of those, one in a hundred, that are looked at more closely.
/// fn is_sampled() -> bool {
///     anyrt::random::f64() < 0.01
/// }
/// # is_sampled();
/// ```
pub fn f64() -> f64 {
    generator().f64()
}

/// Fills `bytes`, each value of each as likely as the others.
///
/// ```
/// let mut padding = [0; 32];
/// anyrt::random::fill(&mut padding);
/// ```
pub fn fill(bytes: &mut [u8]) {
    generator().fill(bytes);
}

/// Brings `items` into any order, each as likely as the others.
///
/// ```
/// let mut servers = ["one", "two", "three"];
/// anyrt::random::shuffle(&mut servers);
/// ```
pub fn shuffle<T>(items: &mut [T]) {
    generator().shuffle(items);
}

/// Makes numbers without asking the runtime each time: it is asked once, for the first.
///
/// ```
/// let mut generator = anyrt::random::generator();
/// let throws: Vec<_> = (0..1000).map(|_| generator.range(1..=6)).collect();
/// # assert!(throws.iter().all(|throw| (1..=6).contains(throw)));
/// ```
pub fn generator() -> Generator {
    Generator::with_seed(u64())
}
