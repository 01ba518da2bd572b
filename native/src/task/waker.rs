//! A task's waker is the pointer to its block, with a reference.

use std::mem::ManuallyDrop;
use std::ptr;
use std::task::{RawWaker, RawWakerVTable, Waker};

use super::TaskRef;
use super::id::account;
use crate::sync::{AtomicPtr, Ordering};

static VTABLE: RawWakerVTable = RawWakerVTable::new(clone, wake, wake_by_ref, release);

/// A waker for the time of a poll, which has no reference: the claim keeps the task.
#[inline]
pub(super) fn borrowed_waker(task: TaskRef) -> ManuallyDrop<Waker> {
    let waker = RawWaker::new(task.as_ptr(), &VTABLE);
    // SAFETY: the functions of the vtable keep the contract of `RawWaker`; that the waker has no
    // reference to give back is made good by never dropping it.
    ManuallyDrop::new(unsafe { Waker::from_raw(waker) })
}

unsafe fn clone(data: *const ()) -> RawWaker {
    // SAFETY: the data of our wakers are tasks that they have a reference to.
    let task = unsafe { TaskRef::from_ptr(data) };
    if !account(task, 1) {
        task.state().add_reference();
    }
    RawWaker::new(data, &VTABLE)
}

unsafe fn wake(data: *const ()) {
    // SAFETY: as in `clone`; the reference is used up.
    unsafe { TaskRef::from_ptr(data) }.wake();
}

unsafe fn wake_by_ref(data: *const ()) {
    // SAFETY: as in `clone`.
    unsafe { TaskRef::from_ptr(data) }.wake_by_ref();
}

unsafe fn release(data: *const ()) {
    // SAFETY: as in `clone`; the reference is used up.
    let task = unsafe { TaskRef::from_ptr(data) };
    if !account(task, -1) {
        task.release();
    }
}

/// The slot for the waker of whatever awaits a task. Whether the handle or the task owns the waker in it, the
/// task's state says.
///
/// The task reads the slot while the handle may change it; the state says afterwards whether it read right.
#[derive(Debug, Default)]
pub(super) struct JoinWaker {
    data: AtomicPtr<()>,
    vtable: AtomicPtr<RawWakerVTable>,
}

/// What was in the slot of a join waker.
#[derive(Clone, Copy, Debug)]
pub(super) struct Joiner {
    data: *const (),
    vtable: *const RawWakerVTable,
}

impl JoinWaker {
    /// Puts a waker there, which goes if nobody takes it out.
    #[inline]
    pub(super) fn put(&self, waker: Waker) {
        let waker = ManuallyDrop::new(waker);
        // Relaxed: the transition that shows the waker publishes it.
        self.data.store(waker.data().cast_mut(), Ordering::Relaxed);
        self.vtable.store(ptr::from_ref(waker.vtable()).cast_mut(), Ordering::Relaxed);
    }

    /// Reads the slot.
    #[inline]
    pub(super) fn read(&self) -> Joiner {
        // Relaxed: the result is used only if the state says that the waker was shown before, which the reader
        // has acquired.
        let (data, vtable) = (&self.data, &self.vtable);
        Joiner { data: data.load(Ordering::Relaxed), vtable: vtable.load(Ordering::Relaxed) }
    }
}

impl Joiner {
    /// Whether it is a waker like this one.
    #[inline]
    pub(super) fn is_like(self, waker: &Waker) -> bool {
        ptr::eq(self.data, waker.data()) && ptr::eq(self.vtable, waker.vtable())
    }

    /// The task whose waker it is, with a reference.
    ///
    /// # Errors
    /// The waker, if it is not one of ours.
    ///
    /// # Safety
    /// The waker was in the slot, and is the caller's. It is taken once.
    #[inline]
    pub(super) unsafe fn into_task(self) -> Result<TaskRef, Waker> {
        if ptr::eq(self.vtable, &VTABLE) {
            // SAFETY: the data of our wakers are tasks that they have a reference to.
            return Ok(unsafe { TaskRef::from_ptr(self.data) });
        }
        // SAFETY: as this function requires.
        Err(unsafe { self.into_waker() })
    }

    /// The waker.
    ///
    /// # Safety
    /// As for [`into_task`](Self::into_task).
    pub(super) unsafe fn into_waker(self) -> Waker {
        // SAFETY: the slot has held a waker, whose vtable is static.
        let vtable = unsafe { &*self.vtable };
        // SAFETY: the parts are those of a waker, which is the caller's.
        unsafe { Waker::new(self.data, vtable) }
    }
}
