//! The default runtime of the process: pinned, or started when it is first needed.

use std::cell::Cell;
use std::error::Error;
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};
use std::{fmt, io, mem};

use anyrt_core::Current;

use crate::selection::{self, Choice, Reason, SelectionError};
use crate::{Builder, Handle, Runtime};

static STATE: RwLock<State> = RwLock::new(State::Unset);

/// Held while the state is being decided: a runtime takes a while to start, and what it calls then,
/// such as a panic hook, may ask for the state.
static CHANGING: Mutex<()> = Mutex::new(());

thread_local!(static IS_CHANGING: Cell<bool> = const { Cell::new(false) });

enum State {
    /// Nobody chose, and nobody needed it yet.
    Unset,
    /// To be started like this when it is needed.
    Pinned(Builder),
    /// A runtime that someone else owns.
    Adopted { handle: Handle, choice: Choice },
    /// Started by us; kept until the process ends.
    Started { runtime: Runtime, choice: Choice },
}

fn read() -> RwLockReadGuard<'static, State> {
    STATE.read().unwrap_or_else(PoisonError::into_inner)
}

fn write(state: State) {
    let old = mem::replace(&mut *STATE.write().unwrap_or_else(PoisonError::into_inner), state);
    drop(old);
}

/// The right to change the state.
struct Change {
    _guard: MutexGuard<'static, ()>,
}

impl Change {
    /// Waits for other threads; `None` if this very thread is changing the state already.
    fn begin() -> Option<Self> {
        if IS_CHANGING.get() {
            return None;
        }
        let guard = CHANGING.lock().unwrap_or_else(PoisonError::into_inner);
        IS_CHANGING.set(true);
        Some(Self { _guard: guard })
    }
}

impl Drop for Change {
    fn drop(&mut self) {
        IS_CHANGING.set(false);
    }
}

/// Says what calls use that are made outside any runtime: step 3 of the
/// [rule](https://docs.rs/anyrt/#which-runtime-runs-a-call).
///
/// The name of a backend or a [`Builder`] starts a runtime when it is first needed; a [`Handle`]
/// stands for a runtime that runs already. To be called once, at the start of the program.
///
/// ```
/// # #[cfg(feature = "tokio")] {
/// let builder = anyrt::Builder::new().backend("tokio").worker_threads(2);
/// anyrt::set_default(builder)?;
/// std::thread::spawn(|| anyrt::block_on(async { /* on tokio, with two workers */ }));
/// # }
/// # Ok::<(), anyrt::SetDefaultError>(())
/// ```
///
/// # Errors
/// The backend is not compiled in, or an option can't be met; or there is a default already, because
/// this was called before, because a call has started one, or because `#[anyrt::main]` runs.
pub fn set_default(default: impl Into<DefaultRuntime>) -> Result<(), SetDefaultError> {
    let new = match default.into().0 {
        Repr::Handle(handle) => {
            let choice = Choice { backend: handle.backend(), reason: Reason::Pinned };
            State::Adopted { handle, choice }
        }
        Repr::Builder(builder) => {
            builder.check().map_err(SetDefaultError::InvalidOption)?;
            builder.choose().map_err(SetDefaultError::Selection)?;
            State::Pinned(*builder)
        }
    };
    let change = Change::begin().ok_or(SetDefaultError::AlreadySet)?;
    if !matches!(*read(), State::Unset) {
        return Err(SetDefaultError::AlreadySet);
    }
    write(new);
    drop(change);
    Ok(())
}

/// What [`set_default`] takes: the name of a backend, a [`Builder`] or a [`Handle`].
#[derive(Clone, Debug)]
pub struct DefaultRuntime(Repr);

#[derive(Clone, Debug)]
enum Repr {
    Builder(Box<Builder>),
    Handle(Handle),
}

impl From<&str> for DefaultRuntime {
    fn from(name: &str) -> Self {
        Builder::new().backend(name).into()
    }
}

impl From<Builder> for DefaultRuntime {
    fn from(builder: Builder) -> Self {
        Self(Repr::Builder(Box::new(builder)))
    }
}

impl From<Handle> for DefaultRuntime {
    fn from(handle: Handle) -> Self {
        Self(Repr::Handle(handle))
    }
}

/// The default runtime can't be set.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SetDefaultError {
    /// There is one already.
    AlreadySet,
    /// An option of the builder can't be met; says why.
    InvalidOption(&'static str),
    /// Its backend is not compiled in.
    Selection(SelectionError),
}

impl fmt::Display for SetDefaultError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AlreadySet => f.write_str(
                "the default runtime is set or in use already: set it once, before the first call",
            ),
            Self::InvalidOption(what) => f.write_str(what),
            Self::Selection(error) => error.fmt(f),
        }
    }
}

impl Error for SetDefaultError {}

impl From<SetDefaultError> for io::Error {
    fn from(error: SetDefaultError) -> Self {
        io::Error::new(io::ErrorKind::InvalidInput, error)
    }
}

/// The backend of the default runtime, whether it has started or not: steps 3 to 5.
pub(crate) fn choice() -> Result<Choice, SelectionError> {
    match &*read() {
        State::Unset => selection::by_environment_or_order(),
        State::Pinned(builder) => match builder.backend_name() {
            Some(name) => selection::pinned(name),
            None => selection::by_environment_or_order(),
        },
        State::Adopted { choice, .. } | State::Started { choice, .. } => Ok(*choice),
    }
}

/// How the default runtime was chosen, if this is its handle.
pub(crate) fn choice_of(inside: &Handle) -> Option<Choice> {
    match &*read() {
        State::Adopted { handle, choice } if handle == inside => Some(*choice),
        State::Started { runtime, choice } if runtime.handle() == inside => Some(*choice),
        _ => None,
    }
}

/// The default runtime, started now if it was not.
///
/// # Panics
/// No backend is compiled in.
#[cold]
#[track_caller]
pub(crate) fn handle() -> io::Result<Handle> {
    if let Some(handle) = running() {
        handle.check_process()?;
        return Ok(handle);
    }
    let Some(_change) = Change::begin() else {
        return Err(io::Error::other("the default runtime can't be used while it starts"));
    };
    if let Some(handle) = running() {
        return Ok(handle);
    }
    let choice = match choice() {
        Err(error) if error.is_none_compiled() => panic!("{error}"),
        choice => choice?,
    };
    let builder = match &*read() {
        State::Pinned(builder) => builder.clone(),
        _ => Builder::new(),
    };
    let runtime = builder.start(choice)?;
    let handle = runtime.handle().clone();
    write(State::Started { runtime, choice });
    Ok(handle)
}

fn running() -> Option<Handle> {
    match &*read() {
        State::Adopted { handle, .. } => Some(handle.clone()),
        State::Started { runtime, .. } => Some(runtime.handle().clone()),
        State::Unset | State::Pinned(_) => None,
    }
}

/// The runtime for a call that returns no error in which to say why there is none.
///
/// # Panics
/// There is none; at the line of the user, who is to be told which call it was.
#[inline(always)]
#[track_caller]
pub(crate) fn here() -> Handle {
    match Handle::try_here() {
        Some(handle) => handle,
        None => here_or_panic(),
    }
}

#[cold]
#[track_caller]
fn here_or_panic() -> Handle {
    match handle() {
        Ok(handle) => handle,
        Err(error) => panic!("{error}"),
    }
}

/// The runtime that a call belongs to, if it runs already and in this process: for calls that can do without one.
pub(crate) fn running_here() -> Option<Handle> {
    Handle::try_here().or_else(running).filter(|handle| !handle.is_left_behind())
}

/// Makes a runtime the default one as long as this lives, unless there is one already.
#[derive(Debug)]
pub(crate) struct Adoption {
    adopted: bool,
}

impl Adoption {
    pub(crate) fn of(handle: &Handle, choice: Choice) -> Self {
        let change = Change::begin();
        let adopted = change.is_some() && matches!(*read(), State::Unset);
        if adopted {
            write(State::Adopted { handle: handle.clone(), choice });
        }
        Self { adopted }
    }
}

impl Drop for Adoption {
    fn drop(&mut self) {
        if self.adopted {
            // Nothing else changes an adopted state.
            write(State::Unset);
        }
    }
}
