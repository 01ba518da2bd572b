//! How a runtime is to be started.

use std::num::NonZeroUsize;
use std::{fmt, io, thread};

use crate::ThreadHooks;
use crate::time::Duration;

/// How a runtime is to be started.
///
/// Options may be added: a program begins with the default, and sets what it cares for. The default of each option
/// is what every backend can do, so that a backend which is older than an option is right for those who do
/// not set it. Where it is set, [`check`](Self::check) refuses it.
///
/// ```
/// use anyrt_core::{Config, Launch};
///
/// fn start<R: Launch>() -> std::io::Result<R> {
///     R::start(&Config::default().current_thread().thread_name("my-app"))
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a configuration does nothing until a runtime is started with it"]
#[non_exhaustive]
pub struct Config {
    /// The threads that poll tasks.
    pub flavor: Flavor,
    /// The name of the runtime's threads. Default: `anyrt`.
    pub thread_name: String,
    /// The stack of the runtime's threads in bytes; `None` is what the runtime itself uses.
    pub stack_size: Option<usize>,
    /// The number of threads for blocking closures. Default: 512.
    pub max_blocking_threads: NonZeroUsize,
    /// How long an idle thread for blocking closures is kept. Default: 10 s.
    pub blocking_keep_alive: Duration,
    /// Whether the clock is [paused](crate::PauseClock) from the start. Default: it is not.
    pub start_paused: bool,
    /// What the threads call, and how they are named one by one. Default: nothing, and they are not.
    pub thread_hooks: ThreadHooks,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            flavor: Flavor::default(),
            thread_name: "anyrt".to_owned(),
            stack_size: None,
            max_blocking_threads: const { NonZeroUsize::new(512).unwrap() },
            blocking_keep_alive: Duration::from_secs(10),
            start_paused: false,
            thread_hooks: ThreadHooks::default(),
        }
    }
}

impl Config {
    /// Sets the number of threads that poll tasks. Undoes [`current_thread`](Self::current_thread).
    pub fn worker_threads(self, number: NonZeroUsize) -> Self {
        self.flavor(Flavor::WorkerThreads(Some(number)))
    }

    /// Asks for no threads that poll tasks: those that are in `block_on` do. Undoes
    /// [`worker_threads`](Self::worker_threads).
    pub fn current_thread(self) -> Self {
        self.flavor(Flavor::CurrentThread)
    }

    /// Sets the [threads that poll tasks](Self#structfield.flavor).
    ///
    /// ```
    /// use anyrt_core::{Config, Flavor};
    ///
    /// assert_eq!(Config::default().flavor, Flavor::WorkerThreads(None));
    /// assert_eq!(Config::default().flavor(Flavor::CurrentThread), Config::default().current_thread());
    /// ```
    pub fn flavor(self, flavor: Flavor) -> Self {
        Self { flavor, ..self }
    }

    /// Sets the [name of the threads](Self#structfield.thread_name).
    pub fn thread_name(self, name: impl Into<String>) -> Self {
        Self { thread_name: name.into(), ..self }
    }

    /// Sets the [stack of the threads](Self#structfield.stack_size) in bytes.
    pub fn stack_size(self, bytes: usize) -> Self {
        Self { stack_size: Some(bytes), ..self }
    }

    /// Sets the [number of threads for blocking closures](Self#structfield.max_blocking_threads).
    pub fn max_blocking_threads(self, number: NonZeroUsize) -> Self {
        Self { max_blocking_threads: number, ..self }
    }

    /// Sets [how long an idle thread is kept](Self#structfield.blocking_keep_alive).
    pub fn blocking_keep_alive(self, duration: Duration) -> Self {
        Self { blocking_keep_alive: duration, ..self }
    }

    /// Sets whether the clock is [paused from the start](Self#structfield.start_paused).
    ///
    /// ```
    /// use anyrt_core::{Config, ConfigOption};
    ///
    /// let paused = Config::default().current_thread().start_paused(true);
    /// assert!(paused.check(&[ConfigOption::CurrentThread]).is_err());
    /// paused.check(&[ConfigOption::CurrentThread, ConfigOption::StartPaused])?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn start_paused(self, start_paused: bool) -> Self {
        Self { start_paused, ..self }
    }

    /// Sets [what the threads call](Self#structfield.thread_hooks).
    pub fn thread_hooks(self, hooks: ThreadHooks) -> Self {
        Self { thread_hooks: hooks, ..self }
    }

    /// For backends: refuses what can't be met, before anything is started. `honored` are the options
    /// that the backend knows: it does what they say, or they do no harm there.
    ///
    /// An option that is not among these, because the backend can't meet it or was written before there was such an
    /// option, is refused where it is set to something other than its default.
    ///
    /// ```
    /// use anyrt_core::{Config, ConfigOption};
    ///
    /// let named = Config::default().thread_name("my-app");
    /// named.check(&[ConfigOption::ThreadName])?;
    /// assert!(named.current_thread().check(&[ConfigOption::ThreadName]).is_err());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    /// `Unsupported` for an option that is not honored. `InvalidInput` for what no backend can meet: more
    /// than 32767 worker threads, which would be started until the system gives up, and a name that no
    /// thread can have.
    pub fn check(&self, honored: &[ConfigOption]) -> io::Result<()> {
        const MOST_WORKERS: usize = 32_767;

        if let Some(option) = self.options_set().find(|option| !honored.contains(option)) {
            let what = format!(
                "this backend has no option `{option}`: leave it out, or choose another backend"
            );
            return Err(io::Error::new(io::ErrorKind::Unsupported, what));
        }
        let refusal = if self.thread_name.contains('\0') {
            "the name of a thread must not contain a zero byte"
        } else if self.flavor.worker_threads().is_some_and(|number| number.get() > MOST_WORKERS) {
            "the number of worker threads must be at most 32767"
        } else {
            return Ok(());
        };
        Err(io::Error::new(io::ErrorKind::InvalidInput, refusal))
    }

    /// The options that are not at their default.
    fn options_set(&self) -> impl Iterator<Item = ConfigOption> {
        // Taken apart without a rest: who adds an option has to say here when it is set, and so no backend that
        // does not know it can overlook it.
        let Self {
            flavor,
            thread_name,
            stack_size,
            max_blocking_threads,
            blocking_keep_alive,
            start_paused,
            thread_hooks,
        } = self;
        let default = Self::default();
        let set = |is_set: bool, option| is_set.then_some(option);
        [
            match flavor {
                Flavor::WorkerThreads(None) => None,
                Flavor::WorkerThreads(Some(_)) => Some(ConfigOption::WorkerThreads),
                Flavor::CurrentThread => Some(ConfigOption::CurrentThread),
            },
            set(*thread_name != default.thread_name, ConfigOption::ThreadName),
            set(*stack_size != default.stack_size, ConfigOption::StackSize),
            set(
                *max_blocking_threads != default.max_blocking_threads,
                ConfigOption::MaxBlockingThreads,
            ),
            set(
                *blocking_keep_alive != default.blocking_keep_alive,
                ConfigOption::BlockingKeepAlive,
            ),
            set(*start_paused != default.start_paused, ConfigOption::StartPaused),
            set(thread_hooks.has_any_of_threads(), ConfigOption::ThreadHooks),
            set(thread_hooks.has_any_of_parks(), ConfigOption::ParkHooks),
        ]
        .into_iter()
        .flatten()
    }
}

/// What can be asked for in a [`Config`]; a backend lists those that it knows, for [`Config::check`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigOption {
    /// A number of threads that poll tasks.
    WorkerThreads,
    /// [`Flavor::CurrentThread`].
    CurrentThread,
    /// A name for the threads.
    ThreadName,
    /// A size for the stacks of the threads.
    StackSize,
    /// A number of threads for blocking closures.
    MaxBlockingThreads,
    /// How long an idle thread for blocking closures is kept.
    BlockingKeepAlive,
    /// A clock that is paused from the start, for a backend with [`PauseClock`](crate::PauseClock).
    StartPaused,
    /// What threads call when they start and stop, and names that are made for each.
    ThreadHooks,
    /// What threads call when they sleep and wake.
    ParkHooks,
}

impl fmt::Display for ConfigOption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::WorkerThreads => "worker_threads",
            Self::CurrentThread => "current_thread",
            Self::ThreadName => "thread_name",
            Self::StackSize => "stack_size",
            Self::MaxBlockingThreads => "max_blocking_threads",
            Self::BlockingKeepAlive => "blocking_keep_alive",
            Self::StartPaused => "start_paused",
            Self::ThreadHooks => "thread_hooks",
            Self::ParkHooks => "thread_hooks.on_park",
        })
    }
}

/// Which threads poll the tasks of a runtime.
///
/// There may be more of them: a backend that lacks one refuses it, by [`Config::check`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Flavor {
    /// Worker threads of the runtime's own: this many, or one for each processor. More than 32767 are an
    /// error.
    WorkerThreads(Option<NonZeroUsize>),
    /// None: tasks are polled by the threads that are in `block_on`.
    CurrentThread,
}

impl Default for Flavor {
    fn default() -> Self {
        Self::WorkerThreads(None)
    }
}

impl Flavor {
    /// For backends: how many worker threads to start; `None` on a current-thread runtime.
    ///
    /// Without a number that is one for each processor that this process may use.
    ///
    /// ```
    /// use std::num::NonZeroUsize;
    /// use anyrt_core::Flavor;
    ///
    /// assert_eq!(Flavor::CurrentThread.worker_threads(), None);
    /// assert_eq!(Flavor::WorkerThreads(NonZeroUsize::new(3)).worker_threads(), NonZeroUsize::new(3));
    /// assert!(Flavor::WorkerThreads(None).worker_threads().is_some());
    /// ```
    pub fn worker_threads(self) -> Option<NonZeroUsize> {
        match self {
            Self::WorkerThreads(Some(number)) => Some(number),
            Self::WorkerThreads(None) => {
                Some(thread::available_parallelism().unwrap_or(NonZeroUsize::MIN))
            }
            Self::CurrentThread => None,
        }
    }
}

#[cfg(all(test, not(anyrt_loom)))]
mod tests {
    use super::*;

    const NUMBER: NonZeroUsize = NonZeroUsize::MIN;

    /// Each option, set to something other than its default.
    fn each_set() -> [(ConfigOption, Config); 9] {
        let config = Config::default;
        let hooks = ThreadHooks::default;
        [
            (ConfigOption::WorkerThreads, config().worker_threads(NUMBER)),
            (ConfigOption::CurrentThread, config().current_thread()),
            (ConfigOption::ThreadName, config().thread_name("other")),
            (ConfigOption::StackSize, config().stack_size(1 << 20)),
            (ConfigOption::MaxBlockingThreads, config().max_blocking_threads(NUMBER)),
            (ConfigOption::BlockingKeepAlive, config().blocking_keep_alive(Duration::ZERO)),
            (ConfigOption::StartPaused, config().start_paused(true)),
            (ConfigOption::ThreadHooks, config().thread_hooks(hooks().on_stop(|| ()))),
            (ConfigOption::ParkHooks, config().thread_hooks(hooks().on_unpark(|| ()))),
        ]
    }

    #[test]
    fn what_is_not_set_is_refused_by_no_backend() {
        Config::default().check(&[]).unwrap();
    }

    #[test]
    fn an_option_is_refused_where_it_is_not_honored_and_there_alone() {
        for (option, config) in each_set() {
            for (honored, _) in each_set() {
                let checked = config.check(&[honored]);
                assert_eq!(checked.is_ok(), honored == option, "{option} where {honored} is");
            }
            let refused = config.check(&[]).unwrap_err();
            assert_eq!(refused.kind(), io::ErrorKind::Unsupported);
            assert!(refused.to_string().contains(&format!("`{option}`")), "{refused}");
        }
    }
}
