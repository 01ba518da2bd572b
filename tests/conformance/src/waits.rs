//! Where a case waits: what a report of a hang can say beyond the name of the case.
//!
//! Nobody can look into a thread that hangs, so whatever may hang notes the line of the case first.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::panic::Location;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

thread_local! {
    static OF_THIS_THREAD: RefCell<Option<Waits>> = const { RefCell::new(None) };
}

/// The lines of one case that wait; clones note in the same place.
#[derive(Clone, Debug, Default)]
pub(crate) struct Waits(Arc<Mutex<Noted>>);

#[derive(Debug, Default)]
struct Noted {
    /// Those that wait now, in the order in which they came.
    now: BTreeMap<u64, &'static Location<'static>>,
    /// How many there were so far.
    count: u64,
    last: Option<&'static Location<'static>>,
}

impl Waits {
    /// Those that this thread notes, if it belongs to a case.
    pub(crate) fn of_this_thread() -> Option<Self> {
        // Destructors at the end of a thread may wait too, and belong to nobody any more.
        OF_THIS_THREAD.try_with(|waits| waits.borrow().clone()).ok().flatten()
    }

    /// From now on this thread notes here.
    pub(crate) fn adopt_this_thread(&self) {
        OF_THIS_THREAD.set(Some(self.clone()));
    }

    /// Notes that somebody waits at `location`, until what it returns is dropped.
    pub(crate) fn begin(&self, location: &'static Location<'static>) -> Waiting {
        let mut noted = self.noted();
        let number = noted.count;
        noted.count += 1;
        noted.last = Some(location);
        noted.now.insert(number, location);
        drop(noted);
        Waiting(Some((self.clone(), number)))
    }

    fn noted(&self) -> MutexGuard<'_, Noted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Continues a sentence about a case that hangs.
impl fmt::Display for Waits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let noted = self.noted();
        let mut places: Vec<String> = Vec::new();
        for location in noted.now.values() {
            let place = format!("{}:{}", location.file(), location.line());
            if !places.contains(&place) {
                places.push(place);
            }
        }
        match (places.is_empty(), noted.last) {
            (false, _) => write!(f, "it waits at {}", places.join(" and at ")),
            (true, Some(last)) => {
                write!(f, "it came past its wait at {}:{}", last.file(), last.line())
            }
            (true, None) => f.write_str("it did not come to a wait that is noted"),
        }
    }
}

/// Somebody waits, as long as this lives.
#[derive(Debug)]
#[must_use = "the wait is over when this is dropped"]
pub(crate) struct Waiting(Option<(Waits, u64)>);

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some((waits, number)) = &self.0 {
            waits.noted().now.remove(number);
        }
    }
}

/// Notes that the caller waits, if its thread belongs to a case.
#[track_caller]
pub(crate) fn waiting() -> Waiting {
    let location = Location::caller();
    match Waits::of_this_thread() {
        Some(waits) => waits.begin(location),
        None => Waiting(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_told_while_it_lasts_and_remembered_afterwards() {
        let waits = Waits::default();
        assert_eq!(waits.to_string(), "it did not come to a wait that is noted");
        let (first, second) = (Location::caller(), Location::caller());
        let here = |location: &Location<'_>| format!("{}:{}", location.file(), location.line());
        let wait = waits.begin(first);
        assert_eq!(waits.to_string(), format!("it waits at {}", here(first)));
        drop((waits.begin(second), wait));
        assert_eq!(waits.to_string(), format!("it came past its wait at {}", here(second)));
    }

    #[test]
    fn several_waits_are_told_in_order_and_once_for_each_line() {
        let waits = Waits::default();
        waits.adopt_this_thread();
        let line = line!() + 1;
        let _first = [waiting(), waiting()];
        let _second = waiting();
        let file = file!();
        let expected = format!("it waits at {file}:{line} and at {file}:{}", line + 1);
        assert_eq!(waits.to_string(), expected);
    }

    #[test]
    fn threads_that_belong_to_no_case_note_nothing() {
        assert!(waiting().0.is_none());
    }
}
