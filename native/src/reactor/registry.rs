//! All sources that are watched, each under a number that no later one has.

use std::mem;

use super::readiness::Readiness;
use super::system;
use crate::sync::Arc;

/// The name of a registration, which events carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token {
    /// The place in the registry; below [`MOST`].
    pub(super) key: u32,
    /// How often the place was given up before, counted in as many bits as the system can carry.
    pub(super) generation: u32,
}

/// How many sources can be watched at once; the system's own events have keys above.
const MOST: u32 = u32::MAX >> (32 - system::KEY_BITS);

const GENERATIONS: u32 = u32::MAX >> (32 - system::GENERATION_BITS);

/// The sources.
#[derive(Debug, Default)]
pub(super) struct Registry {
    entries: Vec<Entry>,
    /// The first free entry.
    free: Option<u32>,
}

#[derive(Debug)]
struct Entry {
    generation: u32,
    content: Content,
}

#[derive(Debug)]
enum Content {
    Source(Arc<Readiness>),
    /// And the next free one.
    Free(Option<u32>),
}

impl Registry {
    /// Gives the source a token; `None` if there are as many as can be told apart.
    pub(super) fn insert(&mut self, readiness: Arc<Readiness>) -> Option<Token> {
        let Some(key) = self.free else {
            let key = u32::try_from(self.entries.len()).ok().filter(|&key| key < MOST)?;
            self.entries.push(Entry { generation: 0, content: Content::Source(readiness) });
            return Some(Token { key, generation: 0 });
        };
        let entry = &mut self.entries[key as usize];
        match mem::replace(&mut entry.content, Content::Source(readiness)) {
            Content::Free(next) => self.free = next,
            Content::Source(_) => unreachable!("an entry in the list of free ones is free"),
        }
        Some(Token { key, generation: entry.generation })
    }

    /// The source, if it is still watched.
    pub(super) fn find(&self, token: Token) -> Option<&Readiness> {
        match self.entries.get(token.key as usize) {
            Some(Entry { generation, content: Content::Source(readiness) })
                if *generation == token.generation =>
            {
                Some(readiness)
            }
            _ => None,
        }
    }

    /// Forgets the source: nothing that is told of this token reaches anybody from now on.
    pub(super) fn remove(&mut self, token: Token) -> Option<Arc<Readiness>> {
        self.find(token)?;
        let entry = &mut self.entries[token.key as usize];
        entry.generation = entry.generation.wrapping_add(1) & GENERATIONS;
        match mem::replace(&mut entry.content, Content::Free(self.free)) {
            Content::Source(readiness) => {
                self.free = Some(token.key);
                Some(readiness)
            }
            Content::Free(_) => unreachable!("a source was found there"),
        }
    }

    pub(super) fn sources(&self) -> impl Iterator<Item = &Arc<Readiness>> {
        self.entries.iter().filter_map(|entry| match &entry.content {
            Content::Source(readiness) => Some(readiness),
            Content::Free(_) => None,
        })
    }
}

#[cfg(all(test, not(anyrt_loom)))]
mod tests {
    use super::*;

    fn insert(registry: &mut Registry) -> Token {
        registry.insert(Arc::new(Readiness::new())).unwrap()
    }

    #[test]
    fn a_key_that_is_used_again_has_another_generation() {
        let mut registry = Registry::default();
        let kept = insert(&mut registry);
        let old = insert(&mut registry);
        assert!(registry.remove(old).is_some());
        let new = insert(&mut registry);
        assert_eq!(new.key, old.key);
        assert!(registry.find(old).is_none());
        assert!(registry.remove(old).is_none());
        assert!(registry.find(new).is_some());
        assert!(registry.find(kept).is_some());
        assert_eq!(registry.sources().count(), 2);
    }

    #[test]
    fn generations_wrap() {
        let mut registry = Registry::default();
        let first = insert(&mut registry);
        registry.entries[0].generation = GENERATIONS - 3;
        let mut token = Token { generation: GENERATIONS - 3, ..first };
        let mut generations = Vec::new();
        for _ in 0..6 {
            assert!(registry.remove(token).is_some());
            let new = insert(&mut registry);
            assert_eq!(new.key, token.key);
            assert!(registry.find(token).is_none());
            token = new;
            generations.push(new.generation);
        }
        let last = GENERATIONS;
        assert_eq!(generations, [last - 2, last - 1, last, 0, 1, 2]);
    }

    #[test]
    fn unknown_tokens_find_nobody() {
        let mut registry = Registry::default();
        insert(&mut registry);
        assert!(registry.find(Token { key: 1, generation: 0 }).is_none());
        assert!(registry.find(Token { key: u32::MAX, generation: u32::MAX }).is_none());
        assert!(registry.find(Token { key: 0, generation: 1 }).is_none());
    }

    #[test]
    fn freed_keys_are_used_before_new_ones() {
        let mut registry = Registry::default();
        let tokens: Vec<_> = (0..100).map(|_| insert(&mut registry)).collect();
        for &token in tokens.iter().step_by(2) {
            registry.remove(token);
        }
        assert_eq!(registry.sources().count(), 50);
        let keys: std::collections::BTreeSet<u32> =
            (0..50).map(|_| insert(&mut registry).key).collect();
        assert_eq!(keys, (0..100).step_by(2).collect());
        assert_eq!(registry.entries.len(), 100);
    }
}
