//! Where the stack of a thread ends, on Linux.

use std::mem::MaybeUninit;
use std::ptr;

/// The lowest address of the calling thread's stack, if it is known.
pub(crate) fn stack_end() -> Option<usize> {
    thread_local! {
        static END: Option<usize> = ask();
    }
    END.try_with(|end| *end).ok().flatten()
}

fn ask() -> Option<usize> {
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
    (read == 0).then(|| end.addr())
}
