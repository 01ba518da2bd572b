//! The runtime that the current thread is inside.

use std::any::TypeId;
use std::cell::{Cell, RefCell};
use std::error::Error;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::sync::OnceLock;
use std::thread::LocalKey;
use std::{fmt, io};

use crate::Backend;

/// Finds the runtime that a call without a handle belongs to.
///
/// A thread is inside a runtime while it polls a task or runs a blocking closure of it, within
/// `block_on`, and while a guard of [`enter`](Current::enter) lives.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no handle of an anyrt backend",
    label = "not an anyrt runtime handle",
    note = "`anyrt::Handle` works on every backend; it comes with the feature of a backend, such as `tokio`"
)]
pub trait Current: Backend {
    /// Keeps the thread inside the runtime.
    type Guard<'a>
    where
        Self: 'a;

    /// Tells the backends apart that come with `anyrt`, each by a number of its own; zero stands for any other.
    ///
    /// What [`innermost`](crate::backend::innermost) says takes a comparison for each of them, and
    /// [`innermost_number`](crate::backend::innermost_number) one jump. A backend from elsewhere leaves this as it is:
    /// with the number of another one, it would be taken for that.
    const NUMBER: u8 = 0;

    /// Puts this thread inside the runtime until the guard is dropped.
    ///
    /// Guards must be dropped in the reverse order of their making, and never be held across an
    /// `.await`: the task may go on on another thread.
    #[must_use = "the runtime is left when the guard is dropped"]
    fn enter(&self) -> Self::Guard<'_>;

    /// Tells [`innermost`](crate::backend::innermost) apart what others enter: for a backend whose
    /// runtime has users beside anyrt. By default there are none.
    fn notice_others() {}

    /// The runtime that this thread is inside, if any.
    fn try_current() -> Option<Self>;

    /// Like [`try_current`](Self::try_current), for an operation that this thread starts now.
    ///
    /// What it returns may be a stand-in for "the runtime around us", which saves a reference count
    /// on the way to `spawn` or `sleep`. So use it at once, on this thread, or clone it: a clone
    /// names its runtime for good.
    fn try_here() -> Option<Self> {
        Self::try_current()
    }

    /// The runtime for an operation that this thread starts now, where the caller named none.
    ///
    /// The same caution holds as for [`try_here`](Self::try_here).
    ///
    /// # Errors
    /// [`NoRuntime`] if the thread is inside none and this backend starts none by itself; or
    /// whatever kept it from starting one.
    fn here() -> io::Result<Self> {
        Self::try_here().ok_or_else(|| NoRuntime.into())
    }
}

/// For backends: the handle of the runtime that a thread is inside, to be kept in a thread-local.
///
/// ```ignore
/// thread_local!(static CURRENT: CurrentHandle<Handle> = const { CurrentHandle::new() });
///
/// impl Current for Handle {
///     type Guard<'a> = EnterGuard<'a, Self>;
///
///     fn enter(&self) -> EnterGuard<'_, Self> {
///         CurrentHandle::enter(&CURRENT, self)
///     }
///
///     fn try_current() -> Option<Self> {
///         CurrentHandle::find(&CURRENT)
///     }
/// }
/// ```
#[derive(Debug)]
pub struct CurrentHandle<H> {
    // Without a destructor the variable is there in those of other thread-locals too. Nothing is lost by
    // that: the guards put `None` back.
    handle: ManuallyDrop<RefCell<Option<H>>>,
}

impl<H: Current + PartialEq> CurrentHandle<H> {
    /// Inside none.
    pub const fn new() -> Self {
        Self { handle: ManuallyDrop::new(RefCell::new(None)) }
    }

    /// Puts this thread inside the runtime of `handle`.
    ///
    /// Costs next to nothing where it is inside already. Works on a thread that is about to end, too.
    pub fn enter<'a>(current: &'static LocalKey<Self>, handle: &'a H) -> EnterGuard<'a, H> {
        let is_same = |current: &Self| current.handle.borrow().as_ref() == Some(handle);
        let is_inside =
            innermost() == Some(TypeId::of::<H>()) && current.try_with(is_same).unwrap_or(false);
        let outside = (!is_inside).then(|| Outside {
            current,
            handle: Self::replace(current, Some(handle.clone())),
            _mark: mark_innermost::<H>(),
        });
        EnterGuard { _outside: outside, _handle: PhantomData }
    }

    /// The handle of the runtime that this thread is inside, if any.
    pub fn find(current: &'static LocalKey<Self>) -> Option<H> {
        current.try_with(|current| current.handle.borrow().clone()).ok().flatten()
    }

    fn replace(current: &'static LocalKey<Self>, handle: Option<H>) -> Option<H> {
        current.try_with(|current| current.handle.replace(handle)).ok().flatten()
    }
}

impl<H: Current + PartialEq> Default for CurrentHandle<H> {
    fn default() -> Self {
        Self::new()
    }
}

/// Keeps a thread inside a runtime; made by [`CurrentHandle::enter`].
#[derive(Debug)]
#[must_use = "the runtime is left when the guard is dropped"]
pub struct EnterGuard<'a, H: Current + PartialEq> {
    // `None` if the thread was inside already.
    _outside: Option<Outside<H>>,
    _handle: PhantomData<&'a H>,
}

/// What a thread was inside before, and is again when this is dropped.
#[derive(Debug)]
struct Outside<H: Current + PartialEq> {
    current: &'static LocalKey<CurrentHandle<H>>,
    handle: Option<H>,
    _mark: InnermostMark,
}

impl<H: Current + PartialEq> Drop for Outside<H> {
    fn drop(&mut self) {
        drop(CurrentHandle::replace(self.current, self.handle.take()));
    }
}

thread_local! {
    static INNERMOST: Cell<Innermost> = const { Cell::new(Innermost::NONE) };
}

/// What was marked last.
#[derive(Clone, Copy, Debug)]
struct Innermost {
    // `None` outside of all runtimes.
    backend: Option<TypeId>,
    // `Current::NUMBER` of that backend.
    number: u8,
    // What others had entered by then, if that was known and matters.
    others: Option<Entered>,
}

impl Innermost {
    const NONE: Self = Self { backend: None, number: 0, others: None };

    /// Whether nobody has entered a runtime without a mark since.
    #[inline(always)]
    fn is_innermost(&self) -> bool {
        self.others.is_none_or(|others| (others.context)() == others.was)
    }
}

/// What others had entered when a mark was made, and how to ask for what they have entered now.
#[derive(Clone, Copy, Debug)]
struct Entered {
    context: fn() -> u64,
    was: u64,
}

static OTHERS: OnceLock<Others> = OnceLock::new();

/// A backend whose runtime others enter as well.
struct Others {
    backend: TypeId,
    context: fn() -> u64,
}

/// For the backend with the handle `H`, whose runtime others enter as well, without a mark: how to tell
/// one context of theirs from another. The first such backend counts.
///
/// A mark that was made in another context than the present one is not the innermost any more. One of this
/// backend stays so: what others have entered since is of the same.
pub fn notice_others<H: Current>(context: fn() -> u64) {
    let _ = OTHERS.set(Others { backend: TypeId::of::<H>(), context });
}

/// The context of others, for a mark of this backend; `None` if it does not matter.
fn others(backend: TypeId) -> Option<Entered> {
    let others = OTHERS.get().filter(|others| others.backend != backend)?;
    Some(Entered { context: others.context, was: (others.context)() })
}

/// For backends: notes that a runtime of the backend with the handle `H` is now the innermost that
/// this thread is inside, until the mark is dropped.
///
/// To be kept in the guard of [`Current::enter`], and wherever else a thread enters the runtime; the
/// guard of [`CurrentHandle`] has one. Where runtimes of several backends are around a call, only this
/// tells which of them is meant.
pub fn mark_innermost<H: Current>() -> InnermostMark {
    let backend = TypeId::of::<H>();
    let mark = Innermost { backend: Some(backend), number: H::NUMBER, others: others(backend) };
    InnermostMark { before: INNERMOST.replace(mark), _of_this_thread: PhantomData }
}

/// The handle type of the backend that [`mark_innermost`] noted last, if its mark lives and nobody
/// has entered a runtime without a mark since.
///
/// ```
/// use anyrt_core::backend;
///
/// assert_eq!(backend::innermost(), None);
/// ```
#[inline]
pub fn innermost() -> Option<TypeId> {
    let mark = INNERMOST.get();
    mark.backend.filter(|_| mark.is_innermost())
}

/// The [number](Current::NUMBER) of the backend that [`innermost`] tells; zero if there is none, or if it has none.
///
/// ```
/// use anyrt_core::backend;
///
/// assert_eq!(backend::innermost_number(), 0);
/// ```
#[inline(always)]
pub fn innermost_number() -> u8 {
    // Within the closure, because what leaves it is kept apart from what a variable that is gone would give.
    INNERMOST.with(|mark| {
        let mark = mark.get();
        if mark.is_innermost() { mark.number } else { 0 }
    })
}

/// Says which backend's runtime a thread is inside; made by [`mark_innermost`].
#[derive(Debug)]
#[must_use = "the runtime counts as left when the mark is dropped"]
pub struct InnermostMark {
    before: Innermost,
    _of_this_thread: PhantomData<*const ()>,
}

impl Drop for InnermostMark {
    fn drop(&mut self) {
        INNERMOST.set(self.before);
    }
}

/// A call named no runtime, and its thread is inside none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoRuntime;

impl fmt::Display for NoRuntime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "this thread is inside no runtime: use a handle, or call from a task or `block_on`",
        )
    }
}

impl Error for NoRuntime {}

impl From<NoRuntime> for io::Error {
    fn from(error: NoRuntime) -> Self {
        io::Error::new(io::ErrorKind::NotConnected, error)
    }
}
