//! All sources that are watched, each under a number that no later one has.
//!
//! An event finds its source by the lock of that one entry: who registers and who takes events are in nobody's way.

use std::sync::OnceLock;

use super::readiness::Readiness;
use super::system;
use crate::sync::{Arc, CachePadded, Mutex, lock};

/// The name of a registration, which events carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    /// The place in the registry; below [`MOST`].
    pub(super) key: u32,
    /// How often the place was given up before, counted in as many bits as the system can carry.
    pub(super) generation: u32,
}

impl Token {
    /// As events carry it.
    pub(super) fn to_data(self) -> u64 {
        u64::from(self.generation) << system::KEY_BITS | u64::from(self.key)
    }

    #[allow(clippy::cast_possible_truncation, reason = "it takes the parts apart")]
    pub(super) fn of_data(data: u64) -> Self {
        Self { key: data as u32 & MOST, generation: (data >> system::KEY_BITS) as u32 }
    }
}

/// How many sources can be watched at once; the system's own events have keys above.
const MOST: u32 = u32::MAX >> (32 - system::KEY_BITS);

const GENERATIONS: u32 = u32::MAX >> (32 - system::GENERATION_BITS);

/// How many entries the first page has. Each has twice as many as the one before.
const FIRST_PAGE: u64 = 64;

/// So many pages have an entry for each key.
const PAGES: usize = (u32::BITS - FIRST_PAGE.ilog2()) as usize + 1;

/// The sources.
#[derive(Debug, Default)]
pub(super) struct Registry {
    /// An entry stays where it is.
    pages: [OnceLock<Box<[Mutex<Entry>]>>; PAGES],
    keys: CachePadded<Mutex<Keys>>,
}

#[derive(Debug, Default)]
struct Entry {
    generation: u32,
    source: Option<Arc<Readiness>>,
}

#[derive(Debug, Default)]
struct Keys {
    /// Below this all keys are in use, or free again.
    next: u32,
    free: Vec<u32>,
}

impl Keys {
    fn take(&mut self) -> Option<u32> {
        if let Some(key) = self.free.pop() {
            return Some(key);
        }
        let key = self.next;
        self.next = (key < MOST).then_some(key + 1)?;
        Some(key)
    }
}

impl Registry {
    /// Gives the source a token; `None` if there are as many as can be told apart.
    pub(super) fn insert(&self, source: Arc<Readiness>) -> Option<Token> {
        let key = lock(&self.keys).take()?;
        let (page, place) = place(key);
        let page = self.pages[page].get_or_init(|| new_page(page));
        let mut entry = lock(&page[place]);
        entry.source = Some(source);
        Some(Token { key, generation: entry.generation })
    }

    /// Calls `access` with the source, if it is still watched. Its end waits for that.
    pub(super) fn with(&self, token: Token, access: impl FnOnce(&Readiness)) {
        let Some(entry) = self.entry(token.key) else { return };
        let entry = lock(entry);
        match &entry.source {
            Some(source) if entry.generation == token.generation => access(source),
            _ => {}
        }
    }

    /// Forgets the source: nothing that is told of this token reaches anybody from now on.
    pub(super) fn remove(&self, token: Token) -> Option<Arc<Readiness>> {
        let source = {
            let mut entry = lock(self.entry(token.key)?);
            if entry.generation != token.generation {
                return None;
            }
            let source = entry.source.take()?;
            entry.generation = entry.generation.wrapping_add(1) & GENERATIONS;
            source
        };
        lock(&self.keys).free.push(token.key);
        Some(source)
    }

    /// All that were inserted before, if they are still watched.
    pub(super) fn sources(&self) -> Vec<Arc<Readiness>> {
        let end = lock(&self.keys).next;
        let entries = (0..end).filter_map(|key| self.entry(key));
        entries.filter_map(|entry| lock(entry).source.clone()).collect()
    }

    fn entry(&self, key: u32) -> Option<&Mutex<Entry>> {
        let (page, place) = place(key);
        self.pages[page].get()?.get(place)
    }
}

/// The page that has the key, and the place in it.
fn place(key: u32) -> (usize, usize) {
    let number = u64::from(key) + FIRST_PAGE;
    let page = number.ilog2() - FIRST_PAGE.ilog2();
    (page as usize, (number - (FIRST_PAGE << page)) as usize)
}

fn new_page(page: usize) -> Box<[Mutex<Entry>]> {
    (0..FIRST_PAGE << page).map(|_| Mutex::new(Entry::default())).collect()
}

#[cfg(all(test, not(anyrt_loom)))]
mod tests {
    use super::*;

    fn insert(registry: &Registry) -> Token {
        registry.insert(Arc::new(Readiness::new(true))).unwrap()
    }

    fn is_found(registry: &Registry, token: Token) -> bool {
        let mut is_found = false;
        registry.with(token, |_| is_found = true);
        is_found
    }

    #[test]
    fn a_key_that_is_used_again_has_another_generation() {
        let registry = Registry::default();
        let kept = insert(&registry);
        let old = insert(&registry);
        assert!(registry.remove(old).is_some());
        let new = insert(&registry);
        assert_eq!(new.key, old.key);
        assert!(!is_found(&registry, old));
        assert!(registry.remove(old).is_none());
        assert!(is_found(&registry, new));
        assert!(is_found(&registry, kept));
        assert_eq!(registry.sources().len(), 2);
    }

    #[test]
    fn generations_wrap() {
        let registry = Registry::default();
        let first = insert(&registry);
        lock(registry.entry(0).unwrap()).generation = GENERATIONS - 3;
        let mut token = Token { generation: GENERATIONS - 3, ..first };
        let mut generations = Vec::new();
        for _ in 0..6 {
            assert!(registry.remove(token).is_some());
            let new = insert(&registry);
            assert_eq!(new.key, token.key);
            assert!(!is_found(&registry, token));
            token = new;
            generations.push(new.generation);
        }
        let last = GENERATIONS;
        assert_eq!(generations, [last - 2, last - 1, last, 0, 1, 2]);
    }

    #[test]
    fn unknown_tokens_find_nobody() {
        let registry = Registry::default();
        insert(&registry);
        assert!(!is_found(&registry, Token { key: 1, generation: 0 }));
        assert!(!is_found(&registry, Token { key: u32::MAX, generation: u32::MAX }));
        assert!(!is_found(&registry, Token { key: 0, generation: 1 }));
    }

    #[test]
    fn freed_keys_are_used_before_new_ones() {
        let registry = Registry::default();
        let tokens: Vec<_> = (0..100).map(|_| insert(&registry)).collect();
        for &token in tokens.iter().step_by(2) {
            registry.remove(token);
        }
        assert_eq!(registry.sources().len(), 50);
        let keys: std::collections::BTreeSet<u32> =
            (0..50).map(|_| insert(&registry).key).collect();
        assert_eq!(keys, (0..100).step_by(2).collect());
        assert_eq!(lock(&registry.keys).next, 100);
    }

    #[test]
    fn each_key_has_a_place_of_its_own() {
        let first: Vec<_> = (0..200).map(place).collect();
        let expected = [64, 128, 8].into_iter().enumerate();
        let expected = expected.flat_map(|(page, size)| (0..size).map(move |at| (page, at)));
        assert_eq!(first, expected.collect::<Vec<_>>());
        assert_eq!(place(u32::MAX), (PAGES - 1, FIRST_PAGE as usize - 1));
    }
}
