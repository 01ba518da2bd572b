//! Waiting for a case, though it may never end.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;

use super::outcome::Outcome;
use super::patience::Patience;
use crate::waits::Waits;
use crate::witness::message;

/// Runs `case` on a thread of its own, which is left to itself if it hangs.
///
/// # Panics
/// No thread can be started.
pub(super) fn watch(
    name: &str,
    patience: Patience,
    case: impl FnOnce() + Send + 'static,
) -> Outcome {
    let waits = Waits::default();
    let notes = waits.clone();
    let (done, is_done) = channel::<()>();
    let thread = thread::Builder::new()
        .name(name.to_owned())
        .spawn(move || {
            let _done = done; // dropped, and so reported, however the case ends
            notes.adopt_this_thread();
            case();
        })
        .expect("a thread can be started");
    match is_done.recv_timeout(patience.limit()) {
        Err(RecvTimeoutError::Timeout) => Outcome::Hangs(format!(
            "`{name}` hangs: it is not done after {:?}{}; {waits}",
            patience.limit(),
            patience.explanation()
        )),
        Ok(()) | Err(RecvTimeoutError::Disconnected) => match thread.join() {
            Ok(()) => Outcome::Passed,
            Err(payload) => Outcome::Failed(message(&*payload).to_owned()),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::panic::resume_unwind;
    use std::time::Duration;

    use super::*;
    use crate::witness::gate;

    const LONG: Patience = Patience { first: Duration::from_secs(60), hangs: 0 };
    const SHORT: Patience = Patience { first: Duration::from_millis(50), hangs: 0 };

    #[test]
    fn a_case_that_returns_has_passed() {
        assert_eq!(watch("a::b", LONG, || {}), Outcome::Passed);
    }

    #[test]
    fn a_case_that_panics_has_failed_with_its_message() {
        let outcome = watch("a::b", LONG, || resume_unwind(Box::new("why")));
        assert_eq!(outcome, Outcome::Failed("why".to_owned()));
    }

    #[test]
    fn a_case_that_hangs_is_found_with_the_line_where_it_waits() {
        let line = line!() + 4;
        // Closed for ever: the keeper comes to no drop.
        let outcome = watch("one_worker::a::b", SHORT, || {
            let (_keeper, gate) = gate();
            gate.wait();
        });
        let Outcome::Hangs(message) = outcome else { panic!("{outcome:?}") };
        assert!(message.starts_with("`one_worker::a::b` hangs"), "{message}");
        assert!(message.ends_with(&format!("; it waits at {}:{line}", file!())), "{message}");
    }

    #[test]
    fn a_case_that_hangs_at_no_wait_is_found_with_the_line_that_it_came_past() {
        let line = line!() + 3;
        let outcome = watch("a::b", SHORT, || {
            let (keeper, gate) = gate();
            drop((keeper, gate.clone()));
            gate.wait();
            loop {
                thread::park();
            }
        });
        let Outcome::Hangs(message) = outcome else { panic!("{outcome:?}") };
        let line = line + 1;
        assert!(message.ends_with(&format!("; it came past its wait at {}:{line}", file!())));
    }
}
