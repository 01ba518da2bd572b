//! A task's waker is the pointer to its block, with a reference.

use std::mem::ManuallyDrop;
use std::ptr;
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

/// The task of a waker of ours, with its reference.
///
/// # Errors
/// Gives other wakers back.
pub(super) fn into_task(waker: Waker) -> Result<TaskRef, Waker> {
    if !ptr::eq(waker.vtable(), &VTABLE) {
        return Err(waker);
    }
    let waker = ManuallyDrop::new(waker);
    // SAFETY: the data of our wakers are tasks that they have a reference to.
    Ok(unsafe { TaskRef::from_ptr(waker.data()) })
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
