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
    #[non_exhaustive]
    Sleep {
        /// When it is over, by the clock of the runtime.
        deadline: Instant,
    },
    /// A socket or descriptor.
    #[non_exhaustive]
    Io {
        /// In which direction.
        interest: Interest,
        /// The socket, with its number and its addresses as they were when a task of these first waited for it.
        source: Arc<str>,
    },
    /// The end of another task.
    #[non_exhaustive]
    Task {
        /// Which one.
        id: Id,
    },
    /// Something else, by its name.
    #[non_exhaustive]
    Other {
        /// What it is called.
        what: Arc<str>,
    },
    /// Still more: the poll has told of more things than are kept of it, and this is the last of those that are.
    Others,
}

impl Waiting {
    /// With the text of the source, where it is known. Makes the text otherwise, which is the program's code: so nobody
    /// who calls may hold a lock. `None` for what a later version of the contract tells.
    pub(crate) fn new(wait: &Wait<'_>, known: Option<Arc<str>>) -> Option<Self> {
        Some(match *wait {
            Wait::Sleep { deadline, .. } => Self::Sleep { deadline },
            Wait::Io { interest, source, .. } => {
                let source = known.unwrap_or_else(|| format!("{source:?}").into());
                Self::Io { interest, source }
            }
            Wait::Join { id, .. } => Self::Task { id },
            Wait::Other { what, .. } => Self::Other { what: format!("{what:?}").into() },
            _ => return None,
        })
    }
}

/// What the polls of a task have told.
#[derive(Debug, Default)]
pub(crate) struct Waits {
    told: Vec<Waiting>,
    /// Texts of the sources that were waited for last. To make one takes several system calls.
    texts: Vec<(SourceId, Arc<str>)>,
}

/// The source that is waited for, where it is told from others.
pub(crate) fn source_of(wait: &Wait<'_>) -> Option<SourceId> {
    match *wait {
        Wait::Io { id, .. } => id,
        _ => None,
    }
}

/// Whether there is a text in what becomes of it.
pub(crate) fn has_text(wait: &Wait<'_>) -> bool {
    matches!(wait, Wait::Io { .. } | Wait::Other { .. })
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
    pub(crate) fn tell(&mut self, is_first: bool, waiting: Waiting) {
        if is_first {
            self.told.clear();
        }
        if !self.is_full() && !self.told.contains(&waiting) {
            let has_room = self.told.len() < Self::MOST_TOLD;
            self.told.push(if has_room { waiting } else { Waiting::Others });
        }
    }

    /// Whether nothing can be added to what was told in this poll.
    pub(crate) fn is_full(&self) -> bool {
        self.told.last() == Some(&Waiting::Others)
    }

    pub(crate) fn told(&self) -> &[Waiting] {
        &self.told
    }

    /// The text of a source that was waited for before.
    pub(crate) fn text_of(&self, source: SourceId) -> Option<Arc<str>> {
        let known = self.texts.iter().find(|(id, _)| *id == source);
        known.map(|(_, text)| Arc::clone(text))
    }

    /// Keeps the text of the source that was waited for last.
    pub(crate) fn keep_text(&mut self, source: SourceId, text: &Arc<str>) {
        let known = self.texts.iter().position(|(id, _)| *id == source);
        if known.is_some() || self.texts.len() == Self::MOST_TEXTS {
            self.texts.remove(known.unwrap_or(0));
        }
        self.texts.push((source, Arc::clone(text)));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use anyrt_core::observe::SourceIdentity;

    use super::*;

    #[test]
    fn of_one_poll_so_much_is_kept_and_each_once() {
        let now = Instant::now();
        let sleep = |seconds| Waiting::Sleep { deadline: now + Duration::from_secs(seconds) };
        let mut waits = Waits::default();
        for round in 0..3 {
            for wait in 0..1000 {
                waits.tell(round + wait == 0, sleep(wait % 3));
            }
            assert_eq!(waits.told().len(), 3);
        }
        for wait in 0..1000 {
            waits.tell(false, sleep(wait));
        }
        assert_eq!(waits.told().len(), Waits::MOST_TOLD + 1);
        assert_eq!(waits.told().last(), Some(&Waiting::Others));
        waits.tell(true, sleep(0));
        assert_eq!(waits.told(), [sleep(0)]);
    }

    #[test]
    fn the_texts_of_the_sources_that_were_waited_for_last_are_kept() {
        let ids: Vec<_> = (0..6).map(|_| SourceIdentity::default().id()).collect();
        let mut waits = Waits::default();
        for other in &ids[1..] {
            for id in [&ids[0], other] {
                let text = waits.text_of(*id).unwrap_or_else(|| "a text".into());
                waits.keep_text(*id, &text);
            }
        }
        let is_known = |id: &SourceId| waits.text_of(*id).is_some();
        assert_eq!(
            ids.iter().map(is_known).collect::<Vec<_>>(),
            [true, false, false, true, true, true]
        );
    }
}
