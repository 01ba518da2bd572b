//! What the threads of a runtime call, and how they are named.

use std::fmt;
use std::future::{Future, poll_fn};
use std::mem;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::pin::Pin;
use std::sync::Arc;

use crate::coop;
use crate::task::contain;

/// Called on a thread of a runtime. A panic in it goes no further.
pub type ThreadHook = Arc<dyn Fn() + Send + Sync>;

/// Makes the name of a thread. If it panics, the thread has the [name of all](crate::Config::thread_name).
pub type ThreadName = Arc<dyn Fn() -> String + Send + Sync>;

/// What the threads of a runtime call, for those who keep books of them, and how they are named.
///
/// A hook counts as async code: it may spawn, and `block_on` is refused. What a hook owns lives as long as the runtime; on
/// tokio a hook that owns a handle of its own runtime keeps that in memory.
///
/// ```
/// use anyrt_core::{Config, ThreadHooks};
///
/// let hooks = ThreadHooks::default().on_start(|| println!("a thread")).on_stop(|| println!("one less"));
/// let config = Config::default().thread_hooks(hooks);
/// ```
#[derive(Clone, Default)]
#[must_use = "hooks do nothing until a runtime is started with them"]
#[non_exhaustive]
pub struct ThreadHooks {
    /// Called on each thread before it does anything.
    pub on_start: Option<ThreadHook>,
    /// Called on each thread before it ends.
    pub on_stop: Option<ThreadHook>,
    /// Called on a thread that polls tasks, inside the runtime, before it sleeps. It does not if that has given it a
    /// task.
    pub on_park: Option<ThreadHook>,
    /// Called on a thread that polls tasks, inside the runtime, when it has slept, or was about to.
    pub on_unpark: Option<ThreadHook>,
    /// Called for the name of each thread, by whoever starts it.
    pub name: Option<ThreadName>,
}

// A panic of a hook reaches nobody who has them.
impl UnwindSafe for ThreadHooks {}
impl RefUnwindSafe for ThreadHooks {}

impl ThreadHooks {
    /// Sets [what is called first](Self#structfield.on_start).
    pub fn on_start(self, hook: impl Fn() + Send + Sync + 'static) -> Self {
        Self { on_start: Some(Arc::new(hook)), ..self }
    }

    /// Sets [what is called last](Self#structfield.on_stop).
    pub fn on_stop(self, hook: impl Fn() + Send + Sync + 'static) -> Self {
        Self { on_stop: Some(Arc::new(hook)), ..self }
    }

    /// Sets [what is called before a sleep](Self#structfield.on_park).
    pub fn on_park(self, hook: impl Fn() + Send + Sync + 'static) -> Self {
        Self { on_park: Some(Arc::new(hook)), ..self }
    }

    /// Sets [what is called after a sleep](Self#structfield.on_unpark).
    pub fn on_unpark(self, hook: impl Fn() + Send + Sync + 'static) -> Self {
        Self { on_unpark: Some(Arc::new(hook)), ..self }
    }

    /// Sets [how threads are named](Self#structfield.name).
    pub fn name(self, name: impl Fn() -> String + Send + Sync + 'static) -> Self {
        Self { name: Some(Arc::new(name)), ..self }
    }

    /// For backends: the name of the next thread, which is `of_all` unless the user makes them.
    pub fn name_or(&self, of_all: &str) -> String {
        let mut made = None;
        if let Some(name) = &self.name {
            // As in `call`: a thread that is about to start is none to wait for.
            let _poll = coop::enter_poll();
            contain(|| made = Some(name()));
        }
        let mut name = made.unwrap_or_else(|| of_all.to_owned());
        // No thread can have one with such characters.
        name.retain(|character| character != '\0');
        name
    }

    /// For backends: calls a hook, if there is one. A panic in it goes no further.
    pub fn call(hook: Option<&ThreadHook>) {
        if let Some(hook) = hook {
            // As code of a task: whoever drops a runtime in a hook does not wait for the thread that calls it.
            let _poll = coop::enter_poll();
            contain(|| hook());
        }
    }

    /// For backends: calls the hooks before a thread sleeps, which it does when `future` is pending, and afterwards. Cancel safe.
    ///
    /// ```
    /// use std::pin::pin;
    /// use anyrt_core::ThreadHooks;
    ///
    /// # let executor = async_executor::Executor::new();
    /// let hooks = ThreadHooks::default().on_park(|| println!("nothing to do"));
    /// let run = pin!(executor.run(async { 42 }));
    /// let told = ThreadHooks::around_sleeps(Some(&hooks), run);
    /// assert_eq!(futures::executor::block_on(told), 42);
    /// ```
    #[inline]
    pub async fn around_sleeps<F: Future>(
        hooks: Option<&Self>,
        mut future: Pin<&mut F>,
    ) -> F::Output {
        let mut is_asleep = false;
        poll_fn(|cx| {
            if mem::take(&mut is_asleep) {
                Self::call(hooks.and_then(|hooks| hooks.on_unpark.as_ref()));
            }
            let poll = future.as_mut().poll(cx);
            is_asleep = poll.is_pending();
            if is_asleep {
                Self::call(hooks.and_then(|hooks| hooks.on_park.as_ref()));
            }
            poll
        })
        .await
    }

    /// Whether threads are named, or tell of their start or stop.
    pub(crate) fn has_any_of_threads(&self) -> bool {
        self.on_start.is_some() || self.on_stop.is_some() || self.name.is_some()
    }

    /// Whether threads tell when they sleep.
    pub(crate) fn has_any_of_parks(&self) -> bool {
        self.on_park.is_some() || self.on_unpark.is_some()
    }
}

/// Of two that do the same, only the clones of one are known to.
impl PartialEq for ThreadHooks {
    fn eq(&self, other: &Self) -> bool {
        fn is_same<T: ?Sized>(one: &Option<Arc<T>>, other: &Option<Arc<T>>) -> bool {
            match (one, other) {
                (Some(one), Some(other)) => Arc::ptr_eq(one, other),
                (None, None) => true,
                _ => false,
            }
        }
        is_same(&self.on_start, &other.on_start)
            && is_same(&self.on_stop, &other.on_stop)
            && is_same(&self.on_park, &other.on_park)
            && is_same(&self.on_unpark, &other.on_unpark)
            && is_same(&self.name, &other.name)
    }
}

impl Eq for ThreadHooks {}

impl fmt::Debug for ThreadHooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ThreadHooks")
            .field("on_start", &self.on_start.is_some())
            .field("on_stop", &self.on_stop.is_some())
            .field("on_park", &self.on_park.is_some())
            .field("on_unpark", &self.on_unpark.is_some())
            .field("name", &self.name.is_some())
            .finish()
    }
}

#[cfg(all(test, not(anyrt_loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_no_thread_can_have_is_made_one() {
        let named = ThreadHooks::default().name(|| "a\0b".to_owned());
        assert_eq!(named.name_or("all"), "ab");
        assert_eq!(ThreadHooks::default().name_or("all"), "all");
        let panics = ThreadHooks::default().name(|| panic!("on purpose"));
        assert_eq!(panics.name_or("all"), "all");
    }

    #[test]
    fn clones_are_the_same_hooks_and_others_are_not() {
        let hooks = || ThreadHooks::default().on_start(|| ()).name(|| "name".to_owned());
        let one = hooks();
        assert_eq!(one.clone(), one);
        assert_ne!(one, hooks());
        assert_ne!(one, ThreadHooks::default());
    }
}
