//! Values that belong to a task.
//!
//! A value lies in the future that it is for, and in a variable of the thread while that future is polled or dropped.

use std::cell::RefCell;
use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::thread;

use pin_project_lite::pin_project;

use crate::running;

/// Declares values that belong to a task; see [`LocalKey`](crate::task::LocalKey).
///
/// ```
/// anyrt::task_local! {
///     /// Who asked.
///     pub static REQUEST: u64;
///
///     static DEPTH: usize;
/// }
///
/// # #[anyrt::main]
/// # async fn main() {
/// let name = REQUEST.scope(7, async { REQUEST.with(|number| format!("request {number}")) });
/// assert_eq!(name.await, "request 7");
/// # assert_eq!(DEPTH.sync_scope(1, || DEPTH.get()), 1);
/// # }
/// ```
#[macro_export]
macro_rules! task_local {
    () => {};
    ($(#[$attribute:meta])* $vis:vis static $name:ident: $type:ty; $($more:tt)*) => {
        $crate::task_local!($(#[$attribute])* $vis static $name: $type);
        $crate::task_local!($($more)*);
    };
    ($(#[$attribute:meta])* $vis:vis static $name:ident: $type:ty) => {
        $(#[$attribute])*
        $vis static $name: $crate::task::LocalKey<$type> = {
            ::std::thread_local! {
                static VALUE: $crate::__private::TaskLocal<$type> =
                    const { $crate::__private::TaskLocal::new() };
            }
            $crate::task::LocalKey::of(VALUE)
        };
    };
}

/// A value that belongs to a task, or to a part of one; declared by [`task_local!`](crate::task_local).
///
/// It is there within the future that was given to [`scope`](Self::scope), also in the destructor of that, and
/// nowhere else: a task that is spawned in there does not inherit it, be it local or not.
///
/// ```
/// anyrt::task_local! {
///     static USER: String;
/// }
///
/// async fn greeting() -> String {
///     USER.with(|user| format!("Hello, {user}!"))
/// }
///
/// # #[anyrt::main]
/// # async fn main() {
/// let greetings = USER.scope("Ada".to_owned(), async {
///     let spawned = anyrt::spawn(async { USER.try_with(|_| ()).is_err() });
///     assert!(spawned.await.unwrap());
///     // What a task is to have is given to it.
///     let spawned = anyrt::spawn(USER.scope(USER.get(), greeting()));
///     (greeting().await, spawned.await.unwrap())
/// });
/// let (one, other) = greetings.await;
/// assert_eq!(one, "Hello, Ada!");
/// assert_eq!(one, other);
/// # }
/// ```
pub struct LocalKey<T: 'static> {
    value: thread::LocalKey<TaskLocal<T>>,
}

/// Where a thread has the value of the task that it runs.
#[doc(hidden)]
pub struct TaskLocal<T> {
    here: RefCell<Option<Here<T>>>,
}

struct Here<T> {
    value: T,
    /// Of the task that it is for; see [`running`].
    level: u32,
}

impl<T> TaskLocal<T> {
    #[allow(clippy::new_without_default, reason = "for a macro, as a constant")]
    pub const fn new() -> Self {
        Self { here: RefCell::new(None) }
    }
}

impl<T> fmt::Debug for TaskLocal<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskLocal").finish_non_exhaustive()
    }
}

impl<T: 'static> LocalKey<T> {
    #[doc(hidden)]
    pub const fn of(value: thread::LocalKey<TaskLocal<T>>) -> Self {
        Self { value }
    }

    /// Sets the value for `future`: whatever it calls finds it, until it has ended.
    ///
    /// Scopes may lie in each other; the innermost one counts. Cancel safe if `future` is.
    ///
    /// ```
    /// anyrt::task_local!(static DEPTH: u32);
    ///
    /// # #[anyrt::main]
    /// # async fn main() {
    /// let depths = DEPTH.scope(1, async {
    ///     let inner = DEPTH.scope(DEPTH.get() + 1, async { DEPTH.get() }).await;
    ///     (DEPTH.get(), inner)
    /// });
    /// assert_eq!(depths.await, (1, 2));
    /// # }
    /// ```
    ///
    /// # Panics
    /// The future, when it is polled within [`with`](Self::with) of the same key, or on a thread that ends, whose
    /// variable is gone.
    pub fn scope<F: Future>(&'static self, value: T, future: F) -> TaskLocalFuture<T, F> {
        TaskLocalFuture { key: self, value: Some(value), future: Some(future) }
    }

    /// Sets the value for a call.
    ///
    /// ```
    /// anyrt::task_local!(static NUMBER: u32);
    ///
    /// assert_eq!(NUMBER.sync_scope(7, || NUMBER.get()), 7);
    /// assert!(NUMBER.try_get().is_err());
    /// ```
    ///
    /// # Panics
    /// Within [`with`](Self::with) of the same key, and on a thread that ends, whose variable is gone. A panic of
    /// `call` goes through.
    #[track_caller]
    pub fn sync_scope<R>(&'static self, value: T, call: impl FnOnce() -> R) -> R {
        let mut value = Some(value);
        match self.within(&mut value, call) {
            Ok(result) => result,
            Err(denied) => denied.panic(),
        }
    }

    /// Calls `read` with the value.
    ///
    /// ```
    /// anyrt::task_local!(static WORDS: Vec<&'static str>);
    ///
    /// let count = WORDS.sync_scope(vec!["to", "be"], || WORDS.with(|words| words.len()));
    /// assert_eq!(count, 2);
    /// ```
    ///
    /// # Panics
    /// There is none; [`try_with`](Self::try_with) says so.
    #[track_caller]
    pub fn with<R>(&'static self, read: impl FnOnce(&T) -> R) -> R {
        match self.try_with(read) {
            Ok(result) => result,
            Err(error) => panic!("{error}: call this within `scope` of its key"),
        }
    }

    /// Calls `read` with the value, if there is one.
    ///
    /// ```
    /// anyrt::task_local!(static NUMBER: u32);
    ///
    /// assert!(NUMBER.try_with(|number| *number).is_err());
    /// ```
    ///
    /// # Errors
    /// The task has none.
    pub fn try_with<R>(&'static self, read: impl FnOnce(&T) -> R) -> Result<R, AccessError> {
        let read = |local: &TaskLocal<T>| {
            let here = local.here.borrow();
            let here = here.as_ref().filter(|here| here.level == running::level());
            here.map(|here| read(&here.value))
        };
        // On a thread that ends there is none.
        self.value.try_with(read).ok().flatten().ok_or(AccessError(()))
    }

    /// Runs `call` with the value in its place, from `slot`, which has it again afterwards.
    fn within<R>(
        &'static self,
        slot: &mut Option<T>,
        call: impl FnOnce() -> R,
    ) -> Result<R, Denied> {
        let enter = |local: &TaskLocal<T>| {
            let mut here = local.here.try_borrow_mut().map_err(|_| Denied::Read)?;
            let new = slot.take().map(|value| Here { value, level: running::level() });
            Ok(std::mem::replace(&mut *here, new))
        };
        let before = self.value.try_with(enter).map_err(|_| Denied::Gone)??;
        let _within = Within { key: self, slot, before };
        Ok(call())
    }
}

/// Takes the value out of its place when it is dropped, and puts the one before back.
struct Within<'a, T: 'static> {
    key: &'static LocalKey<T>,
    slot: &'a mut Option<T>,
    before: Option<Here<T>>,
}

impl<T> Drop for Within<'_, T> {
    fn drop(&mut self) {
        let before = self.before.take();
        // Nobody reads it, for whoever does has returned before this; and it is there, because it was on entering.
        let leave = |local: &TaskLocal<T>| local.here.replace(before);
        let here = self.key.value.try_with(leave).ok().flatten();
        *self.slot = here.map(|here| here.value);
    }
}

impl<T: Clone + 'static> LocalKey<T> {
    /// A clone of the value.
    ///
    /// ```
    /// anyrt::task_local!(static NUMBER: u32);
    ///
    /// assert_eq!(NUMBER.sync_scope(7, || NUMBER.get()), 7);
    /// ```
    ///
    /// # Panics
    /// There is none.
    #[track_caller]
    pub fn get(&'static self) -> T {
        self.with(T::clone)
    }

    /// A clone of the value, if there is one.
    ///
    /// # Errors
    /// The task has none.
    pub fn try_get(&'static self) -> Result<T, AccessError> {
        self.try_with(T::clone)
    }
}

impl<T> fmt::Debug for LocalKey<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalKey").finish_non_exhaustive()
    }
}

pin_project! {
    /// A future with a value of its own; made by [`LocalKey::scope`].
    #[must_use = "futures do nothing unless awaited"]
    pub struct TaskLocalFuture<T: 'static, F> {
        key: &'static LocalKey<T>,
        // `None` while it is in its place.
        value: Option<T>,
        // `None` once it has ended.
        #[pin]
        future: Option<F>,
    }

    impl<T: 'static, F> PinnedDrop for TaskLocalFuture<T, F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if this.future.is_some() {
                let _ = this.key.within(this.value, || this.future.set(None));
            }
        }
    }
}

impl<T: 'static, F> TaskLocalFuture<T, F> {
    /// Takes the value out, which the future goes without from now on; `None` if it was taken before.
    ///
    /// ```
    /// use std::pin::pin;
    ///
    /// anyrt::task_local!(static NAME: String);
    ///
    /// # #[anyrt::main]
    /// # async fn main() {
    /// let mut named = pin!(NAME.scope("name".to_owned(), async { NAME.with(String::len) }));
    /// assert_eq!(named.as_mut().await, 4);
    /// assert_eq!(named.take_value().as_deref(), Some("name"));
    /// # }
    /// ```
    pub fn take_value(self: Pin<&mut Self>) -> Option<T> {
        self.project().value.take()
    }
}

impl<T: 'static, F: Future> Future for TaskLocalFuture<T, F> {
    type Output = F::Output;

    #[track_caller]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        let polled = this.key.within(this.value, || {
            let poll = this.future.as_mut().as_pin_mut().map(|future| future.poll(cx));
            if poll.as_ref().is_some_and(Poll::is_ready) {
                this.future.set(None);
            }
            poll
        });
        match polled {
            Ok(Some(poll)) => poll,
            Ok(None) => panic!("a `TaskLocalFuture` was polled after it was ready"),
            Err(denied) => denied.panic(),
        }
    }
}

impl<T: fmt::Debug, F> fmt::Debug for TaskLocalFuture<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskLocalFuture").field("value", &self.value).finish_non_exhaustive()
    }
}

/// The task has no value of this key; returned by [`LocalKey::try_with`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct AccessError(());

impl fmt::Debug for AccessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessError")
    }
}

impl fmt::Display for AccessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the task has no value for this task-local key")
    }
}

impl Error for AccessError {}

/// Why a value can't be set.
enum Denied {
    /// Somebody reads the one before.
    Read,
    /// The thread ends.
    Gone,
}

impl Denied {
    #[cold]
    #[track_caller]
    fn panic(&self) -> ! {
        match self {
            Self::Read => {
                panic!("a task-local value was set within `with` of its key: end that first")
            }
            Self::Gone => {
                panic!("a task-local value was set on a thread that ends, whose variables are gone")
            }
        }
    }
}
