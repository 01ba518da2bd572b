//! What a task waits for.

use std::sync::Arc;

use anyrt_core::Interest;
use anyrt_core::observe::{SourceId, Wait};
use anyrt_core::task::Id;
use anyrt_core::time::Instant;

/// What a task waits for, as its last poll has told.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Waiting {
    /// A sleep, or a limit or interval that has one.
    Sleep {
        /// When it is over, by the clock of the runtime.
        deadline: Instant,
    },
    /// A socket or descriptor.
    Io {
        /// In which direction.
        interest: Interest,
        /// The socket, with its number and its addresses as they were when a task of these first waited for it.
        source: Arc<str>,
    },
    /// The end of another task.
    Task {
        /// Which one.
        id: Id,
    },
    /// Something else, by its name.
    Other {
        /// What it is called.
        what: Arc<str>,
    },
    /// Still more: the poll has told of more things than are kept of it, and this is the last of those that are.
    Others,
}

/// What the polls of a task have told.
#[derive(Debug, Default)]
pub(crate) struct Waits {
    told: Vec<Waiting>,
    /// Texts of the sources that were waited for last. To make one takes several system calls.
    texts: Vec<(SourceId, Arc<str>)>,
}

/// A wait for a socket as a number that is not 0, for those who compare.
pub(crate) fn number_of(wait: &Wait<'_>) -> Option<u64> {
    match *wait {
        Wait::Io { interest, id: Some(id), .. } => {
            Some(id.get() << 1 | u64::from(interest == Interest::Writable))
        }
        _ => None,
    }
}

impl Waits {
    /// More than one poll waits for in most tasks. What a task has of these it keeps.
    const MOST_TEXTS: usize = 4;

    /// More than anybody reads. There is no end to what one poll may tell.
    const MOST_TOLD: usize = 64;

    /// Adds to what was told in this poll, or begins with it. What was told already is there once.
    pub(crate) fn tell(&mut self, is_first: bool, wait: &Wait<'_>) {
        if is_first {
            self.told.clear();
        }
        if self.told.last() == Some(&Waiting::Others) {
            return;
        }
        let waiting = match *wait {
            Wait::Sleep { deadline, .. } => Waiting::Sleep { deadline },
            Wait::Io { interest, source, id, .. } => {
                let source = match id {
                    Some(id) => self.text(id, || format!("{source:?}")),
                    None => format!("{source:?}").into(),
                };
                Waiting::Io { interest, source }
            }
            Wait::Join { id, .. } => Waiting::Task { id },
            Wait::Other { what, .. } => Waiting::Other { what: format!("{what:?}").into() },
            // Of a later version of the contract.
            _ => return,
        };
        if !self.told.contains(&waiting) {
            let has_room = self.told.len() < Self::MOST_TOLD;
            self.told.push(if has_room { waiting } else { Waiting::Others });
        }
    }

    pub(crate) fn told(&self) -> &[Waiting] {
        &self.told
    }

    fn text(&mut self, source: SourceId, make: impl FnOnce() -> String) -> Arc<str> {
        let known = self.texts.iter().position(|(id, _)| *id == source);
        let (_, text) = match known {
            Some(place) => self.texts.remove(place),
            None => (source, make().into()),
        };
        if self.texts.len() == Self::MOST_TEXTS {
            self.texts.remove(0);
        }
        self.texts.push((source, Arc::clone(&text)));
        text
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::fmt;
    use std::time::Duration;

    use anyrt_core::observe::SourceIdentity;

    use super::*;

    /// Counts how often its text is made.
    #[derive(Default)]
    struct Source {
        identity: SourceIdentity,
        made: Cell<usize>,
    }

    impl fmt::Debug for Source {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            self.made.set(self.made.get() + 1);
            write!(f, "source at {:p}", self)
        }
    }

    impl Source {
        fn wait(&self, interest: Interest) -> Wait<'_> {
            Wait::io_of(interest, self, &self.identity)
        }
    }

    #[test]
    fn the_text_of_a_source_is_made_once_while_it_is_waited_for() {
        let source = Source::default();
        let mut waits = Waits::default();
        for _ in 1..10 {
            waits.tell(true, &source.wait(Interest::Readable));
            waits.tell(false, &source.wait(Interest::Writable));
            waits.tell(false, &Source::default().wait(Interest::Readable));
            assert_eq!((waits.told().len(), source.made.get()), (3, 1));
        }
        assert_eq!(waits.texts.len(), Waits::MOST_TEXTS);
    }

    #[test]
    fn of_one_poll_so_much_is_kept_and_each_once() {
        let now = Instant::now();
        let mut waits = Waits::default();
        for round in 0..3 {
            for wait in 0..1000 {
                waits.tell(round + wait == 0, &Wait::sleep(now + Duration::from_secs(wait % 3)));
            }
            assert_eq!(waits.told().len(), 3);
        }
        for wait in 0..1000 {
            waits.tell(false, &Wait::sleep(now + Duration::from_secs(wait)));
        }
        assert_eq!(waits.told().len(), Waits::MOST_TOLD + 1);
        assert_eq!(waits.told().last(), Some(&Waiting::Others));
        waits.tell(true, &Wait::sleep(now));
        assert_eq!(waits.told(), [Waiting::Sleep { deadline: now }]);
    }
}
