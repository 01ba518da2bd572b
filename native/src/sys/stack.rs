//! Where the stack of a thread is, on Linux.

use std::mem::MaybeUninit;
use std::ops::Range;
use std::ptr;

/// How much is left of the calling thread's stack beneath the address `here`, if that is known and the
/// address in there: a thread may run on a stack of somebody else's making.
pub(crate) fn stack_left(here: usize) -> Option<usize> {
    thread_local! {
        static STACK: Option<Range<usize>> = ask();
    }
    let left = |stack: &Option<Range<usize>>| {
        let stack = stack.as_ref().filter(|stack| stack.contains(&here))?;
        Some(here - stack.start)
    };
    STACK.try_with(left).ok().flatten()
}

fn ask() -> Option<Range<usize>> {
    let mut attributes = MaybeUninit::uninit();
    // SAFETY: it has no requirements.
    let this_thread = unsafe { libc::pthread_self() };
    // SAFETY: the thread is alive, and the attributes are written if this succeeds.
    let asked = unsafe { libc::pthread_getattr_np(this_thread, attributes.as_mut_ptr()) };
    if asked != 0 {
        return None;
    }
    let (mut end, mut size) = (ptr::null_mut(), 0);
    // SAFETY: the attributes were written, and both results are places of ours.
    let read = unsafe { libc::pthread_attr_getstack(attributes.as_ptr(), &mut end, &mut size) };
    // SAFETY: the attributes were written, and are not used any more.
    unsafe { libc::pthread_attr_destroy(attributes.as_mut_ptr()) };
    (read == 0).then(|| end.addr()..end.addr() + size)
}
