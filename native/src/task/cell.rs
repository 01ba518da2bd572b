//! The block of a task: a header, and the future or its outcome.

use std::alloc::Layout;
use std::future::Future;
use std::marker::PhantomData;
use std::mem::{self, ManuallyDrop, offset_of};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::ptr::{self, NonNull};
use std::task::{Context, Poll};

use anyrt_core::coop;
use anyrt_core::task::contain;

use super::failure::Failure;
use super::home_here::runs_home;
use super::id;
use super::state::{
    AfterPoll, Claim, Completion, Presence, References, Released, Seizure, State, Wake,
};
use super::waker::{JoinWaker, Joiner, borrowed_waker};
use crate::sync::{AtomicPtr, UnsafeCell};

/// The home of tasks of one kind: the queues and the blocks that they are in.
///
/// # Safety
/// `schedule` keeps the entry until it claims the task or releases the entry. An owner outlives the
/// blocks that it has allocated and that were not given back. The caller of `schedule` keeps the home
/// for as long as the call takes: a task that is queued may end at once.
pub(crate) unsafe trait Home: Sized + Sync {
    /// Puts an entry for the task into a queue; its reference goes with it.
    fn schedule(&self, task: TaskRef, wakeup: Wakeup);

    /// What the current thread polls begins to wait for one of the tasks, which waits for its turn.
    fn awaited(&self) {}

    /// Memory for a task; `None` once the owner takes no more of them. What it returns is as large and
    /// aligned as `layout` says, and begins with a [`State`] that says "reserved" or "free".
    fn allocate(&self, layout: Layout) -> Option<NonNull<u8>>;

    /// Takes back what `allocate` gave for this layout.
    ///
    /// # Safety
    /// Nobody refers to the block any more. `self` may be gone when this returns.
    unsafe fn deallocate(this: *const Self, block: NonNull<u8>, layout: Layout);

    /// Whether the tasks are async code, polled by threads that must not be blocked.
    const IS_ASYNC: bool;
}

/// Why an entry is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wakeup {
    /// The task is new.
    Spawned,
    /// Another one woke it, or aborts it.
    Woken,
    /// The one that it has awaited has ended, and it can't go on at once.
    Joined,
    /// It woke itself while it was polled: it goes behind all others.
    Yielded,
}

/// What every task begins with.
#[repr(C)]
pub(crate) struct Header {
    state: State,
    fields: Fields,
}

impl Header {
    /// The place of the link for the queue that holds the entry.
    ///
    /// # Safety
    /// The caller holds the entry.
    pub(crate) unsafe fn link(this: NonNull<Self>) -> *const AtomicPtr<Self> {
        // SAFETY: the entry's reference keeps the header; no reference to it is made here.
        unsafe { &raw const (*this.as_ptr()).fields.next }
    }
}

/// The rest of it, which is not there yet while a task is being made.
struct Fields {
    /// The link of the queue that holds the entry.
    next: AtomicPtr<Header>,
    vtable: &'static VTable,
    /// The task's home, of the type that the vtable is made for.
    home: *const (),
    /// The waker of whatever awaits the task. Whose the slot is, is part of the state.
    join_waker: JoinWaker,
}

struct VTable {
    /// Polls the future. Once it is ready or has panicked, it is gone, and the outcome is there.
    poll: unsafe fn(NonNull<Header>, &mut Context<'_>) -> Poll<()>,
    /// Drops the future, and puts the outcome there.
    cancel: unsafe fn(NonNull<Header>, Failure),
    drop_outcome: unsafe fn(NonNull<Header>),
    schedule: unsafe fn(NonNull<Header>, Wakeup),
    awaited: unsafe fn(NonNull<Header>),
    deallocate: unsafe fn(NonNull<Header>),
    /// Where the outcome lies in the block.
    outcome: usize,
    /// See [`Home::IS_ASYNC`].
    is_async: bool,
}

pub(super) type Outcome<T> = Result<T, Failure>;

/// Both parts begin where the stage does.
#[repr(C)]
union Stage<F: Future> {
    future: ManuallyDrop<F>,
    outcome: ManuallyDrop<Outcome<F::Output>>,
}

#[repr(C)]
struct Cell<F: Future, H> {
    header: Header,
    stage: UnsafeCell<Stage<F>>,
    _home: PhantomData<fn(H)>,
}

impl<F: Future, H: Home> Cell<F, H> {
    const VTABLE: VTable = VTable {
        poll: Self::poll,
        // SAFETY: who calls it promises what `finish` requires.
        cancel: |header, why| unsafe { Self::finish(header, Err(why)) },
        drop_outcome: Self::drop_outcome,
        schedule: Self::schedule,
        awaited: Self::awaited,
        deallocate: Self::deallocate,
        outcome: offset_of!(Self, stage),
        is_async: H::IS_ASYNC,
    };

    /// # Safety
    /// The header is that of a live `Cell<F, H>`, and the caller has claimed the task.
    unsafe fn stage<'a>(header: NonNull<Header>) -> &'a UnsafeCell<Stage<F>> {
        // SAFETY: the block is a `Cell<F, H>`, whose header comes first, and lives as long as the
        // claim, which the caller has for as long as it uses the result.
        unsafe { &(*header.cast::<Self>().as_ptr()).stage }
    }

    unsafe fn poll(header: NonNull<Header>, cx: &mut Context<'_>) -> Poll<()> {
        // SAFETY: as this function requires.
        let stage = unsafe { Self::stage(header) };
        let polled = stage.with_mut(|stage| {
            // SAFETY: a claimed task that is not done has its future, which nobody else looks at.
            let future = unsafe { &mut *stage.cast::<F>() };
            // SAFETY: the block does not move, and the future is dropped in it.
            let future = unsafe { Pin::new_unchecked(future) };
            catch(|| {
                // As in a block of its own, the future is dropped by the unwinding: it sees that.
                let dropped = DropIn(stage.cast::<F>());
                let polled = future.poll(cx);
                mem::forget(dropped);
                polled
            })
        });
        match polled {
            Ok(Poll::Pending) => return Poll::Pending,
            // SAFETY: as this function requires.
            Ok(Poll::Ready(output)) => unsafe { Self::finish(header, Ok(output)) },
            // SAFETY: as this function requires; the future is gone.
            Err(failure) => unsafe { Self::put(header, Err(failure)) },
        }
        Poll::Ready(())
    }

    /// Drops the future, and puts the outcome into its place.
    ///
    /// # Safety
    /// As for `stage`, and the future is there.
    unsafe fn finish(header: NonNull<Header>, outcome: Outcome<F::Output>) {
        // SAFETY: as this function requires.
        let stage = unsafe { Self::stage(header) };
        // SAFETY: the future is there, and is not used after this.
        let dropped =
            stage.with_mut(|stage| catch(|| unsafe { stage.cast::<F>().drop_in_place() }));
        // A panic of the destructor goes before an output: the task did not end well.
        let outcome = match dropped {
            Ok(()) => outcome,
            Err(failure) => {
                discard(outcome);
                Err(failure)
            }
        };
        // SAFETY: as this function requires; the future is gone.
        unsafe { Self::put(header, outcome) };
    }

    /// Puts the outcome into the place of the future.
    ///
    /// # Safety
    /// As for `stage`, and the future is gone.
    unsafe fn put(header: NonNull<Header>, outcome: Outcome<F::Output>) {
        // SAFETY: as this function requires.
        let stage = unsafe { Self::stage(header) };
        let outcome = Stage { outcome: ManuallyDrop::new(outcome) };
        // SAFETY: the stage is valid for writes, and what was in it is gone.
        stage.with_mut(|stage| unsafe { stage.write(outcome) });
    }

    unsafe fn drop_outcome(header: NonNull<Header>) {
        // SAFETY: the block is a live `Cell<F, H>`; the caller has the outcome, which is there.
        let stage = unsafe { Self::stage(header) };
        // SAFETY: the outcome is there, and is not used after this.
        let outcome = stage.with_mut(|stage| unsafe { stage.cast::<Outcome<F::Output>>().read() });
        id::discard_outcome(TaskRef(header), outcome);
    }

    unsafe fn schedule(header: NonNull<Header>, wakeup: Wakeup) {
        // SAFETY: the caller has an entry, whose reference keeps the header.
        let home = unsafe { header.as_ref() }.fields.home.cast::<H>();
        // SAFETY: the caller keeps the home, by another reference to the task or as its runner.
        unsafe { &*home }.schedule(TaskRef(header), wakeup);
    }

    unsafe fn awaited(header: NonNull<Header>) {
        // SAFETY: the caller has a reference, which keeps the header.
        let home = unsafe { header.as_ref() }.fields.home.cast::<H>();
        // SAFETY: and by the block of the task its home.
        unsafe { &*home }.awaited();
    }

    unsafe fn deallocate(header: NonNull<Header>) {
        // SAFETY: the block lives until it is given back below.
        let home = unsafe { header.as_ref() }.fields.home.cast::<H>();
        // SAFETY: the last reference is gone, and with it the future, the outcome and the wakers.
        unsafe { H::deallocate(home, header.cast(), Layout::new::<Self>()) };
    }
}

/// Wakes whatever has awaited a task of `home`. The result is an entry if that is a task of the same home.
#[inline]
fn wake(joiner: Joiner, home: *const ()) -> Option<TaskRef> {
    // SAFETY: the state of the task has given the waker to the caller, this once.
    match unsafe { joiner.into_task() } {
        Ok(task) if ptr::eq(task.home(), home) => return task.wake_into_entry().then_some(task),
        Ok(task) => task.wake(),
        Err(foreign) => contain(|| foreign.wake()),
    }
    None
}

/// Calls code of the user, and turns its panic into a failure.
pub(super) fn catch<T>(code: impl FnOnce() -> T) -> Outcome<T> {
    // Whatever the panic left half done is dropped, or was shared by the user's own choice.
    catch_unwind(AssertUnwindSafe(code)).map_err(Failure::panicked)
}

/// Drops the future that it points to. A panic of the destructor is contained, for another is under way.
struct DropIn<F>(*mut F);

impl<F> Drop for DropIn<F> {
    fn drop(&mut self) {
        // SAFETY: the poll that has made this has the future, and has not used it since the panic.
        contain(|| unsafe { self.0.drop_in_place() });
    }
}

/// Drops what belongs to the user, and lets no panic of that out.
pub(super) fn discard<T>(value: T) {
    contain(|| drop(value));
}

/// A task, by its block. What reference goes with a value of it, each function says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TaskRef(NonNull<Header>);

// SAFETY: the header is shared by design: its state is atomic, and says who may touch the rest. Futures
// and outputs are `Send`, as `new` requires.
unsafe impl Send for TaskRef {}
// SAFETY: as above.
unsafe impl Sync for TaskRef {}

impl TaskRef {
    /// Puts a future into a block of `home`. The result comes with the references of an entry, which
    /// is the caller's to schedule, and of a join handle.
    ///
    /// # Errors
    /// Gives the future back if `home` takes no more tasks.
    ///
    /// # Safety
    /// The future and its output are `Send`, or the future is never polled and has no output.
    #[inline]
    pub(crate) unsafe fn new<F: Future, H: Home>(future: F, home: &H) -> Result<Self, F> {
        let Some(block) = home.allocate(Layout::new::<Cell<F, H>>()) else { return Err(future) };
        // Everything but the state, which tells those who look for tasks that one is being made.
        let fields = Fields {
            next: AtomicPtr::default(),
            vtable: &Cell::<F, H>::VTABLE,
            home: ptr::from_ref(home).cast(),
            join_waker: JoinWaker::default(),
        };
        let place = |offset| block.as_ptr().wrapping_add(offset);
        // SAFETY: the block is as large as the cell, aligned like it, and ours.
        unsafe { ptr::write(place(offset_of!(Header, fields)).cast(), fields) };
        let stage = UnsafeCell::new(Stage { future: ManuallyDrop::new(future) });
        // SAFETY: as above.
        unsafe { ptr::write(place(offset_of!(Cell<F, H>, stage)).cast(), stage) };
        let task = Self(block.cast());
        task.state().publish();
        Ok(task)
    }

    /// The task whose entry this was in a queue.
    pub(crate) fn from_entry(header: NonNull<Header>) -> Self {
        Self(header)
    }

    /// To be put into a queue.
    pub(crate) fn into_entry(self) -> NonNull<Header> {
        self.0
    }

    /// For the data of a waker.
    pub(super) fn as_ptr(self) -> *const () {
        self.0.as_ptr().cast_const().cast()
    }

    /// # Safety
    /// The pointer is one of `as_ptr`, and its task has a reference.
    pub(super) unsafe fn from_ptr(pointer: *const ()) -> Self {
        // SAFETY: it comes from a `NonNull`.
        Self(unsafe { NonNull::new_unchecked(pointer.cast_mut().cast()) })
    }

    fn fields(&self) -> &Fields {
        // SAFETY: whoever has a `TaskRef` has a reference to the task, which keeps the block.
        &unsafe { self.0.as_ref() }.fields
    }

    #[inline]
    pub(crate) fn state(&self) -> &State {
        // SAFETY: as in `fields`; a header begins with its state, which is there also while a task is
        // being made.
        unsafe { self.0.cast::<State>().as_ref() }
    }

    fn vtable(&self) -> &'static VTable {
        self.fields().vtable
    }

    /// Where it lives.
    pub(crate) fn home(self) -> *const () {
        self.fields().home
    }

    /// Whether it is a task of the executor, and not a blocking closure.
    pub(crate) fn is_async(self) -> bool {
        self.vtable().is_async
    }

    /// Puts an entry into a queue of the task's home; the entry's reference goes along.
    #[inline]
    pub(crate) fn schedule(self, wakeup: Wakeup) {
        // SAFETY: the caller has an entry of this task, of the type that its vtable is for.
        unsafe { (self.vtable().schedule)(self.0, wakeup) };
    }

    /// See [`Home::awaited`]. The caller has a reference.
    #[inline]
    pub(super) fn note_awaited(self) {
        // SAFETY: the task has a reference, and is of the type that its vtable is for.
        unsafe { (self.vtable().awaited)(self.0) };
    }

    /// Runs a blocking closure by an entry that was taken out of its queue.
    #[inline]
    pub(crate) fn run(self) {
        if let Some(next) = self.run_within(|| ()) {
            next.schedule(Wakeup::Woken);
        }
    }

    /// Like [`run`](Self::run), for a task in a worker's loop. If this has yielded, or another task of the same home has awaited it, the
    /// result is an entry of that task, which is the caller's to run or to schedule.
    #[inline]
    pub(crate) fn run_for_next(self) -> Option<Self> {
        self.run_within(coop::begin_poll)
    }

    /// `begin` makes the thread one that polls a task.
    #[inline]
    fn run_within<G>(self, begin: impl FnOnce() -> G) -> Option<Self> {
        match self.state().claim() {
            Claim::Poll => self.poll_claimed(begin),
            Claim::Cancel => self.cancel_claimed(References::NONE, Failure::CANCELLED),
            Claim::Stale(released) => {
                self.free_if_last(released);
                None
            }
        }
    }

    /// Ends the task by an entry that was taken out of its queue.
    pub(crate) fn cancel(self) {
        self.cancel_for(Failure::CANCELLED);
    }

    /// Like [`cancel`](Self::cancel), but the join says why, if the task was not aborted before.
    pub(crate) fn cancel_for(self, why: Failure) {
        match self.state().claim() {
            Claim::Poll => self.end_claimed(why),
            Claim::Cancel => self.end_claimed(Failure::CANCELLED),
            Claim::Stale(released) => self.free_if_last(released),
        }
    }

    /// Ends the task by a reference of the caller's, which is used up. False if it is being polled:
    /// then it ends after that poll.
    pub(crate) fn seize(self) -> bool {
        let seizure = self.state().seize();
        if seizure == Seizure::Seized {
            self.end_claimed(Failure::CANCELLED);
        }
        self.release();
        seizure != Seizure::Running
    }

    /// Polls the task, which the caller has claimed.
    #[inline]
    fn poll_claimed<G>(self, begin: impl FnOnce() -> G) -> Option<Self> {
        let waker = borrowed_waker(self);
        let before = id::enter(self, References::NONE);
        let coop = begin();
        // SAFETY: the task is claimed, and so is not done and has its future.
        let poll = unsafe { (self.vtable().poll)(self.0, &mut Context::from_waker(&waker)) };
        drop(coop);
        let references = id::leave(before);
        if poll.is_ready() {
            return self.complete(references);
        }
        match self.state().after_poll(references) {
            AfterPoll::Idle => None,
            AfterPoll::Push => Some(self),
            AfterPoll::Cancel => self.cancel_claimed(references, Failure::CANCELLED),
        }
    }

    /// `references` is what is left to settle of the poll before.
    fn cancel_claimed(self, references: References, why: Failure) -> Option<Self> {
        let before = id::enter(self, references);
        let coop = self.is_async().then(coop::enter_poll);
        // SAFETY: the task is claimed, and so is not done and has its future.
        unsafe { (self.vtable().cancel)(self.0, why) };
        drop(coop);
        self.complete(id::leave(before))
    }

    fn end_claimed(self, why: Failure) {
        if let Some(next) = self.cancel_claimed(References::NONE, why) {
            next.schedule(Wakeup::Woken);
        }
    }

    /// The outcome is there. Returns an entry of the task of the same home that has awaited it, if there is
    /// one: to run it now finds its data warm, and saves it the way through the queues.
    #[inline]
    fn complete(self, references: References) -> Option<Self> {
        let home = self.home();
        match self.state().complete(references, || self.join_waker().read()) {
            Completion::Nothing => None,
            Completion::Wake(joiner) => wake(joiner, home),
            Completion::Free => {
                self.drop_outcome();
                self.free();
                None
            }
            Completion::Rest { drop_output, wake_join } => {
                if drop_output {
                    self.drop_outcome();
                }
                let next = if wake_join { wake(self.join_waker().read(), home) } else { None };
                self.release();
                next
            }
        }
    }

    /// Drops the outcome, which the caller has by the state.
    pub(super) fn drop_outcome(self) {
        // SAFETY: the task is done, and the state says that the outcome is the caller's.
        unsafe { (self.vtable().drop_outcome)(self.0) };
    }

    /// Takes the outcome, which the caller has by the state.
    ///
    /// # Safety
    /// The task is one with this output, is done, and its outcome is taken once.
    pub(super) unsafe fn take_outcome<T>(self) -> Result<T, Failure> {
        // SAFETY: the outcome lies in the block at the offset that the vtable of its type says.
        let outcome = unsafe { self.0.cast::<u8>().add(self.vtable().outcome) };
        // SAFETY: it is there, and of this type, as this function requires.
        unsafe { outcome.cast::<Outcome<T>>().read() }
    }

    /// The slot for the waker of whatever awaits the task.
    pub(super) fn join_waker(&self) -> &JoinWaker {
        &self.fields().join_waker
    }

    #[inline]
    pub(super) fn wake_by_ref(self) {
        if self.state().wake_by_ref() {
            self.schedule(Wakeup::Woken);
        }
    }

    #[inline]
    pub(super) fn wake(self) {
        if runs_home(self.home()) {
            if self.wake_into_entry() {
                self.schedule(Wakeup::Woken);
            }
            return;
        }
        // Nothing but the waker's reference may keep the task's home until the entry is queued.
        self.wake_by_ref();
        self.release();
    }

    /// Wakes the task by a reference of the caller's. True if that has become an entry, which is the
    /// caller's to schedule or to run.
    #[inline]
    fn wake_into_entry(self) -> bool {
        let wake = self.state().wake_by_value();
        if wake == Wake::Free {
            self.free();
        }
        wake == Wake::Push
    }

    pub(super) fn abort(self) {
        if self.state().abort() {
            self.schedule(Wakeup::Woken);
        }
    }

    /// Gives a reference back.
    #[inline]
    pub(crate) fn release(self) {
        let released = self.state().release();
        self.free_if_last(released);
    }

    #[inline]
    pub(super) fn free_if_last(self, released: Released) {
        if released == Released::Last {
            self.free();
        }
    }

    #[inline]
    fn free(self) {
        if self.state().has_id() {
            id::forget(self);
        }
        // SAFETY: there is no reference left, and the task is done, or its life would be one. So nobody
        // looks at the slot of the join waker, and there is none in it: the task or the handle took it.
        unsafe { (self.vtable().deallocate)(self.0) };
    }

    /// Looks for a task that is not done in a block of memory that begins with a state. With
    /// `Referred` the task comes with a reference.
    ///
    /// # Safety
    /// The block is one for tasks, and stays one during the call.
    pub(crate) unsafe fn find(block: NonNull<u8>) -> (Self, Presence) {
        let task = Self(block.cast());
        let presence = task.state().refer_if_alive();
        (task, presence)
    }
}
