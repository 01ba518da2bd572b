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

    /// Adds to what was told in this poll, or begins with it.
    pub(crate) fn tell(&mut self, is_first: bool, wait: &Wait<'_>) {
        if is_first {
            self.told.clear();
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
        self.told.push(waiting);
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
            f.write_str("source")
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
}
