//! A task's waker is the pointer to its block, with a reference.

use std::mem::ManuallyDrop;
use std::task::{RawWaker, RawWakerVTable, Waker};

use super::TaskRef;

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
    task.state().add_reference();
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
    unsafe { TaskRef::from_ptr(data) }.release();
}
