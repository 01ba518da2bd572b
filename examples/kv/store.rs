//! What the server knows: values by their keys, some of which expire.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyrt::sync::Notify;
use anyrt::time::{self, Duration, Instant};

pub(crate) type Bytes = Vec<u8>;

/// Shared by all connections. No method waits, and none holds the lock while something waits.
#[derive(Default)]
pub(crate) struct Store {
    state: Mutex<State>,
    /// A key expires before all others.
    sooner: Notify,
}

#[derive(Default)]
pub(crate) struct State {
    entries: HashMap<Bytes, Entry>,
    /// The keys that expire, the next one first.
    deadlines: BTreeSet<(Instant, Bytes)>,
}

struct Entry {
    value: Value,
    deadline: Option<Instant>,
}

pub(crate) enum Value {
    Text(Bytes),
    List(VecDeque<Bytes>),
    Set(HashSet<Bytes>),
    Hash(HashMap<Bytes, Bytes>),
}

/// A command for one kind of value has met another.
pub(crate) struct WrongKind;

/// A kind of value, as the commands for it see it.
pub(crate) trait Kind: Default + Into<Value> {
    const NAME: &str;
    fn of(value: &Value) -> Option<&Self>;
    fn of_mut(value: &mut Value) -> Option<&mut Self>;
    fn is_empty(&self) -> bool;
}

macro_rules! kinds {
    ($($variant:ident: $kind:ty, $name:literal, $is_empty:expr;)*) => {
        $(
            impl From<$kind> for Value {
                fn from(value: $kind) -> Self {
                    Self::$variant(value)
                }
            }

            impl Kind for $kind {
                const NAME: &str = $name;

                fn of(value: &Value) -> Option<&Self> {
                    if let Value::$variant(value) = value { Some(value) } else { None }
                }

                fn of_mut(value: &mut Value) -> Option<&mut Self> {
                    if let Value::$variant(value) = value { Some(value) } else { None }
                }

                fn is_empty(&self) -> bool {
                    $is_empty(self)
                }
            }
        )*

        impl Value {
            pub(crate) fn name(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => <$kind>::NAME,)*
                }
            }
        }
    };
}

kinds! {
    // An empty text is a value like others; the others are gone when they are empty.
    Text: Bytes, "string", |_: &Bytes| false;
    List: VecDeque<Bytes>, "list", VecDeque::is_empty;
    Set: HashSet<Bytes>, "set", HashSet::is_empty;
    Hash: HashMap<Bytes, Bytes>, "hash", HashMap::is_empty;
}

impl Store {
    /// The state without what has expired.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.forget_until(time::now());
        state
    }

    /// Sets or takes away when a key expires; false if there is no such key.
    pub(crate) fn expire(&self, key: &[u8], deadline: Option<Instant>) -> bool {
        let mut state = self.state();
        let before = state.next_deadline();
        let is_there = state.set_deadline(key, deadline);
        let is_sooner = deadline.is_some() && state.next_deadline() != before;
        drop(state);
        if is_sooner {
            self.sooner.notify_one();
        }
        is_there
    }

    /// Forgets what expires, so that it takes no memory though nobody asks for it.
    pub(crate) async fn forget_what_expires(&self) {
        loop {
            let next = self.state().next_deadline();
            let sooner = self.sooner.notified();
            match next {
                None => sooner.await,
                Some(deadline) => anyrt::select! {
                    () = time::sleep_until(deadline) => {}
                    () = sooner => {}
                },
            }
        }
    }
}

impl State {
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &Bytes> {
        self.entries.keys()
    }

    pub(crate) fn kind(&self, key: &[u8]) -> &'static str {
        self.entries.get(key).map_or("none", |entry| entry.value.name())
    }

    pub(crate) fn contains(&self, key: &[u8]) -> bool {
        self.entries.contains_key(key)
    }

    /// # Errors
    /// It is of another kind.
    pub(crate) fn get<K: Kind>(&self, key: &[u8]) -> Result<Option<&K>, WrongKind> {
        match self.entries.get(key) {
            None => Ok(None),
            Some(entry) => K::of(&entry.value).map(Some).ok_or(WrongKind),
        }
    }

    /// Changes a value, which is made if it is not there, and is gone if it is empty then.
    ///
    /// # Errors
    /// It is of another kind.
    pub(crate) fn change<K: Kind, T>(
        &mut self,
        key: &[u8],
        change: impl FnOnce(&mut K) -> T,
    ) -> Result<T, WrongKind> {
        if let Some(entry) = self.entries.get_mut(key) {
            let value = K::of_mut(&mut entry.value).ok_or(WrongKind)?;
            let result = change(value);
            if value.is_empty() {
                self.remove(key);
            }
            return Ok(result);
        }
        let mut value = K::default();
        let result = change(&mut value);
        if !value.is_empty() {
            self.set(key.to_vec(), value.into());
        }
        Ok(result)
    }

    /// Replaces a value of whatever kind. It does not expire.
    pub(crate) fn set(&mut self, key: Bytes, value: Value) {
        self.remove(&key);
        self.entries.insert(key, Entry { value, deadline: None });
    }

    pub(crate) fn remove(&mut self, key: &[u8]) -> bool {
        self.take(key).is_some()
    }

    /// Takes a value of whatever kind.
    pub(crate) fn take(&mut self, key: &[u8]) -> Option<Value> {
        self.set_deadline(key, None);
        self.entries.remove(key).map(|entry| entry.value)
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// How long a key has, if it expires; `None` if there is no such key.
    pub(crate) fn time_left(&self, key: &[u8]) -> Option<Option<Duration>> {
        let deadline = self.entries.get(key)?.deadline;
        Some(deadline.map(|deadline| deadline.saturating_duration_since(time::now())))
    }

    fn set_deadline(&mut self, key: &[u8], deadline: Option<Instant>) -> bool {
        let Some(entry) = self.entries.get_mut(key) else { return false };
        if let Some(old) = std::mem::replace(&mut entry.deadline, deadline) {
            self.deadlines.remove(&(old, key.to_vec()));
        }
        if let Some(new) = deadline {
            self.deadlines.insert((new, key.to_vec()));
        }
        true
    }

    fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|(deadline, _)| *deadline)
    }

    fn forget_until(&mut self, now: Instant) {
        while self.next_deadline().is_some_and(|deadline| deadline <= now) {
            if let Some((_, key)) = self.deadlines.pop_first() {
                self.entries.remove(&key);
            }
        }
    }
}
