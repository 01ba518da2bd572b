//! The question is a signal to the thread, and the answer is what its handler copies. The one file with unsafe code.
//!
//! A process has one question at a time. Its [state](STATE) is the number of the thread that is asked, or one of these:
//!
//! | state | whose turn it is |
//! |---|---|
//! | `FREE` | whoever asks may begin |
//! | `BEGUN` | who has begun writes down where the answer is to go, and then whom it asks |
//! | a thread | the handler on that thread, or who has asked, and withdraws |
//! | `ANSWERING` | the handler, or who has asked, and does not wait for it any longer |
//! | `ANSWERED` | who has asked reads the answer |
//! | `ABANDONED` | the handler: when it is done, the next may ask |
#![expect(unsafe_code, reason = "a thread has its registers and its stack, and nobody else has")]

use std::ffi::{c_int, c_void};
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::sync::atomic::{AtomicI32, AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::{mem, ptr};

/// It does nothing in a process without a handler for it, hardly any program uses it, and debuggers let it pass. Go asks
/// its threads by the same one.
pub(super) const SIGNAL: c_int = libc::SIGURG;

const FREE: u32 = 0;
const BEGUN: u32 = u32::MAX;
const ANSWERING: u32 = u32::MAX - 1;
const ANSWERED: u32 = u32::MAX - 2;
const ABANDONED: u32 = u32::MAX - 3;

static STATE: AtomicU32 = AtomicU32::new(FREE);

/// Where the handler writes the bytes of the stack.
static PIPE: AtomicI32 = AtomicI32::new(-1);

/// In the order of [`Registers`].
static REGISTERS: [AtomicU64; 4] = [const { AtomicU64::new(0) }; 4];

/// What was done with the signal before.
static BEFORE: OnceLock<libc::sigaction> = OnceLock::new();

/// Those from which a stack is walked, as they were when the signal came.
#[derive(Clone, Copy, Debug)]
pub(super) struct Registers {
    pub(super) instruction: u64,
    pub(super) stack: u64,
    pub(super) frame: u64,
    /// Where the function returns to, on processors that have a register for that.
    pub(super) link: u64,
}

/// Installs the handler, for as long as the process lives: another one that came later may call it.
pub(super) fn install(forks: u32) -> io::Result<()> {
    /// The process in which it was installed last, or who has inherited it.
    static PROCESS: Mutex<Option<u32>> = Mutex::new(None);

    let mut process = PROCESS.lock().unwrap_or_else(PoisonError::into_inner);
    if process.is_some_and(|process| process != forks) {
        // Whoever has asked is another process.
        STATE.store(FREE, Ordering::Relaxed);
    }
    if process.is_none() {
        let before = action(None)?;
        if before.sa_flags & libc::SA_RESETHAND != 0 {
            let what = "the handler of SIGURG is for one signal: stacks are asked for by many";
            return Err(io::Error::new(io::ErrorKind::ResourceBusy, what));
        }
        // Before the handler is there, which looks for it.
        let before = BEFORE.get_or_init(|| before);
        action(Some(&beside(before)))?;
    }
    *process = Some(forks);
    Ok(())
}

/// Ours, so that one from before finds what it has asked for.
fn beside(before: &libc::sigaction) -> libc::sigaction {
    let mut ours = *before;
    if !is_handler(before) {
        // Calls that were interrupted go on, as far as the system does that. A small stack of the program has no need of
        // room for the handler.
        ours.sa_flags = libc::SA_RESTART | libc::SA_ONSTACK;
        // SAFETY: the set is there, and it is filled with a valid value.
        unsafe { libc::sigfillset(&raw mut ours.sa_mask) };
    }
    ours.sa_flags |= libc::SA_SIGINFO;
    ours.sa_sigaction = handle as extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void) as usize;
    ours
}

fn is_handler(action: &libc::sigaction) -> bool {
    ![libc::SIG_DFL, libc::SIG_IGN].contains(&action.sa_sigaction)
}

/// Sets what is done with the signal, if anything is given, and says what was done before.
fn action(new: Option<&libc::sigaction>) -> io::Result<libc::sigaction> {
    let new = new.map_or(ptr::null(), ptr::from_ref);
    // SAFETY: all zeros are a value of it: no handler, no flag and an empty set.
    let mut before = unsafe { mem::zeroed() };
    // SAFETY: both are there for the call, or null where that says that nothing is to be set. What is set is `handle`,
    // which keeps to what may be done in a handler.
    match unsafe { libc::sigaction(SIGNAL, new, &raw mut before) } {
        0 => Ok(before),
        _ => Err(io::Error::last_os_error()),
    }
}

/// One question, which ends when this is dropped.
pub(super) struct Question {
    thread: u32,
}

impl Question {
    /// `None` while another one is not answered. The pipe has to be there until the question is dropped, and longer where
    /// [`withdraw`](Self::withdraw) says so.
    pub(super) fn begin(thread: u32, pipe: BorrowedFd<'_>) -> Option<Self> {
        // Ordering: Acquire pairs with the stores of `FREE`, so that whoever has asked before, or was asked, is done.
        STATE.compare_exchange(FREE, BEGUN, Ordering::Acquire, Ordering::Relaxed).ok()?;
        PIPE.store(pipe.as_raw_fd(), Ordering::Relaxed);
        // Ordering: Release pairs with the exchange in `answer`, so that the handler finds the pipe.
        STATE.store(thread, Ordering::Release);
        Some(Self { thread })
    }

    /// Whether the signal is on its way.
    pub(super) fn send(&self) -> bool {
        /// As `siginfo_t` is, of a signal that somebody has sent with a value.
        #[repr(C)]
        struct Sent {
            signal: c_int,
            error: c_int,
            code: c_int,
            sender: Sender,
            rest: [u64; 12],
        }

        #[repr(C)]
        struct Sender {
            process: libc::pid_t,
            user: libc::uid_t,
            value: *const c_void,
        }

        const { assert!(size_of::<Sent>() == size_of::<libc::siginfo_t>()) };
        let process = std::process::id() as libc::pid_t;
        let value = ptr::from_ref(&STATE).cast();
        let sent = Sent {
            signal: SIGNAL,
            error: 0,
            code: libc::SI_QUEUE,
            sender: Sender { process, user: 0, value },
            rest: [0; 12],
        };
        let (call, thread) = (libc::SYS_rt_tgsigqueueinfo, self.thread as libc::pid_t);
        // SAFETY: the arguments are those of the call, whose last one is as large as it reads. It goes to a thread of this
        // process or to none, where `handle` or another handler is called, or the signal is ignored.
        unsafe { libc::syscall(call, process, thread, SIGNAL, &raw const sent) == 0 }
    }

    pub(super) fn answer(&self) -> Option<Registers> {
        // Ordering: Acquire pairs with the exchange in `end_of_answer`: the registers are there, and the bytes.
        if STATE.load(Ordering::Acquire) != ANSWERED {
            return None;
        }
        let [instruction, stack, frame, link] =
            REGISTERS.each_ref().map(|register| register.load(Ordering::Relaxed));
        Some(Registers { instruction, stack, frame, link })
    }

    /// Ends it, and says whether the handler is still at it, and uses the pipe.
    pub(super) fn withdraw(self) -> bool {
        let abandon = |state| match state {
            ANSWERING => Some(ABANDONED),
            _ => Some(FREE),
        };
        // Ordering: Release pairs with the exchange in `begin`, Acquire with that in `end_of_answer`.
        let state = STATE.fetch_update(Ordering::AcqRel, Ordering::Relaxed, abandon);
        mem::forget(self);
        state == Ok(ANSWERING)
    }
}

impl Drop for Question {
    /// Of a question that was not sent.
    fn drop(&mut self) {
        // A signal of an earlier question may still come to the thread, so that the handler may be at this one.
        let _ = Self { thread: self.thread }.withdraw();
    }
}

/// The handler. It takes no lock, allocates nothing and does not panic.
extern "C" fn handle(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    if is_question(info) {
        // SAFETY: the system gives a handler its context, which stays there until the handler returns.
        let context = unsafe { &*context.cast::<libc::ucontext_t>() };
        answer(&registers(context));
    } else {
        call_before(signal, info, context);
    }
}

/// Whether a signal was sent by this file. The value is an address that nobody else knows.
fn is_question(info: *mut libc::siginfo_t) -> bool {
    // SAFETY: the system gives a handler that has asked for it what it knows of the signal.
    let info = unsafe { &*info };
    info.si_code == libc::SI_QUEUE && {
        // SAFETY: a signal with this code has a value.
        let value = unsafe { info.si_value() };
        ptr::eq(value.sival_ptr, ptr::from_ref(&STATE).cast())
    }
}

/// Answers, if it is this thread that is asked. It is not where the answer comes too late.
fn answer(registers: &Registers) {
    // SAFETY: the call has no arguments. The C library's function for it is younger than some that are in use.
    let thread = unsafe { libc::syscall(libc::SYS_gettid) } as u32;
    // Ordering: Acquire pairs with the store in `begin`.
    let is_asked =
        STATE.compare_exchange(thread, ANSWERING, Ordering::Acquire, Ordering::Relaxed).is_ok();
    if !is_asked {
        return;
    }
    let Registers { instruction, stack, frame, link } = *registers;
    for (place, register) in REGISTERS.iter().zip([instruction, stack, frame, link]) {
        place.store(register, Ordering::Relaxed);
    }
    copy(stack, PIPE.load(Ordering::Relaxed));
    end_of_answer();
}

fn end_of_answer() {
    // Ordering: Release pairs with the load in `Question::answer`.
    let is_awaited =
        STATE.compare_exchange(ANSWERING, ANSWERED, Ordering::Release, Ordering::Relaxed).is_ok();
    if !is_awaited {
        // Ordering: Release pairs with the exchange in `begin`.
        STATE.store(FREE, Ordering::Release);
    }
}

/// Writes the memory from `stack` on, until the pipe is full or there is no more.
///
/// The system copies it. So memory that is not there is an error and no fault, which would be the end of the process.
fn copy(stack: u64, pipe: c_int) {
    /// No page is smaller, so that all of a piece is there or nothing; and so much goes into a pipe as a whole or not at all.
    const PIECE: usize = 4096;

    // SAFETY: each thread has its place for the number of an error.
    let place = unsafe { libc::__errno_location() };
    // SAFETY: the place is there as long as the thread.
    let error = unsafe { *place };
    let mut from = stack as usize;
    loop {
        let length = PIECE - from % PIECE;
        // SAFETY: the system reads the memory, and reports an error where there is none. The pipe stays open until the
        // question is over, and this is before that.
        let written = unsafe { libc::write(pipe, ptr::without_provenance(from), length) };
        if written != length as isize {
            break;
        }
        from = from.wrapping_add(length);
    }
    // SAFETY: as above. What the signal has interrupted may be about to read it.
    unsafe { *place = error };
}

#[cfg(target_arch = "x86_64")]
fn registers(context: &libc::ucontext_t) -> Registers {
    let register = |number: c_int| context.uc_mcontext.gregs[number as usize] as u64;
    Registers {
        instruction: register(libc::REG_RIP),
        stack: register(libc::REG_RSP),
        frame: register(libc::REG_RBP),
        link: 0,
    }
}

#[cfg(target_arch = "aarch64")]
fn registers(context: &libc::ucontext_t) -> Registers {
    let context = &context.uc_mcontext;
    Registers {
        instruction: context.pc,
        stack: context.sp,
        frame: context.regs[29],
        link: context.regs[30],
    }
}

/// Calls the handler that was there before, for a signal that is not ours.
fn call_before(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    let Some(before) = BEFORE.get().filter(|before| is_handler(before)) else { return };
    if before.sa_flags & libc::SA_SIGINFO != 0 {
        type Handler = extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void);
        // SAFETY: who has set it says by the flag that it is such a function, and it is there as long as the process, as
        // nobody else has taken it away.
        let handler = unsafe { mem::transmute::<usize, Handler>(before.sa_sigaction) };
        handler(signal, info, context);
    } else {
        // SAFETY: as above, where the flag is not set.
        let handler = unsafe { mem::transmute::<usize, extern "C" fn(c_int)>(before.sa_sigaction) };
        handler(signal);
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::io::Read;
    use std::os::fd::AsFd;
    use std::os::unix::net::UnixStream;
    use std::sync::{MutexGuard, mpsc};
    use std::thread;

    use super::*;

    /// For the tests of a process, which has one question at a time.
    pub(in super::super) fn alone() -> MutexGuard<'static, ()> {
        static TURN: Mutex<()> = Mutex::new(());

        install(anyrt_fork::watch()).unwrap();
        TURN.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(in super::super) fn this_thread() -> u32 {
        // SAFETY: the call has no arguments.
        unsafe { libc::syscall(libc::SYS_gettid) as u32 }
    }

    /// Blocks the signal on this thread, or lets it in.
    fn mask(how: c_int) {
        // SAFETY: all zeros are a set, and an empty one.
        let mut set = unsafe { mem::zeroed() };
        // SAFETY: the set is there, and the signal is one.
        unsafe { libc::sigaddset(&raw mut set, SIGNAL) };
        // SAFETY: the set is there, and nobody asks for the one before.
        let error = unsafe { libc::pthread_sigmask(how, &raw const set, ptr::null_mut()) };
        assert_eq!(error, 0);
    }

    #[test]
    fn an_answer_that_comes_too_late_is_none_and_the_next_question_has_its_own() {
        let _alone = alone();
        let (tell, told) = mpsc::channel();
        let (go_on, goes_on) = mpsc::channel::<()>();
        let asked = thread::spawn(move || {
            mask(libc::SIG_BLOCK);
            tell.send(this_thread()).unwrap();
            goes_on.recv().unwrap();
            // Here the signal comes.
            mask(libc::SIG_UNBLOCK);
            tell.send(this_thread()).unwrap();
            let _ = goes_on.recv();
        });
        let (mut read, write) = UnixStream::pair().unwrap();
        for socket in [&read, &write] {
            socket.set_nonblocking(true).unwrap();
        }
        let question = Question::begin(told.recv().unwrap(), write.as_fd()).unwrap();
        assert!(question.send() && question.answer().is_none());
        assert!(Question::begin(1, write.as_fd()).is_none(), "there are two questions");
        assert!(!question.withdraw());
        go_on.send(()).unwrap();
        let question = Question::begin(told.recv().unwrap(), write.as_fd()).unwrap();
        assert!(question.answer().is_none());
        assert!(read.read(&mut [0]).is_err(), "the earlier question was answered");
        assert!(question.send());
        while question.answer().is_none() {
            thread::yield_now();
        }
        let registers = question.answer().unwrap();
        assert!(![registers.instruction, registers.stack].contains(&0), "{registers:?}");
        assert!(!question.withdraw() && read.read(&mut [0]).is_ok());
        drop(go_on);
        asked.join().unwrap();
    }

    #[test]
    fn a_question_that_is_being_answered_may_be_abandoned() {
        let _alone = alone();
        let (_read, write) = UnixStream::pair().unwrap();
        let question = Question::begin(this_thread(), write.as_fd()).unwrap();
        // As the handler does.
        STATE.store(ANSWERING, Ordering::Relaxed);
        assert!(question.answer().is_none());
        assert!(question.withdraw(), "the handler may use the pipe");
        assert!(Question::begin(1, write.as_fd()).is_none());
        end_of_answer();
        // One that is not sent is over as well.
        for _ in 0..2 {
            drop(Question::begin(this_thread(), write.as_fd()).unwrap());
        }
    }

    /// Which may end before the pipe is full: at the end of the memory, and not of the process.
    #[test]
    fn what_is_no_memory_is_not_copied() {
        let (mut read, write) = UnixStream::pair().unwrap();
        read.set_nonblocking(true).unwrap();
        copy(4096, write.as_raw_fd());
        assert!(read.read(&mut [0]).is_err());
    }
}
