//! What the user wants to be called on each thread of a runtime.
//!
//! A hook may have a handle of its runtime, which has the options. So the options must not have the hook, or
//! neither would ever go.

use std::cell::Cell;
use std::sync::Weak;

use super::Options;
use crate::blocking::Hook;
use crate::sync::Arc;

/// The hooks of a runtime. Its owner has them, and each thread on which they were called.
pub(super) struct Hooks {
    on_start: Option<Hook>,
    on_stop: Option<Hook>,
}

thread_local! {
    /// So that a thread that outlives the owner has both called.
    static OF_THREAD: Cell<Option<Arc<Hooks>>> = const { Cell::new(None) };
}

impl Hooks {
    /// Leaves in the options what calls the hooks as long as somebody has them.
    pub(super) fn take_from(options: &mut Options) -> Arc<Self> {
        let (on_start, on_stop) = (options.on_thread_start.take(), options.on_thread_stop.take());
        let hooks = Arc::new(Self { on_start, on_stop });
        let of_owner = Arc::downgrade(&hooks);
        options.on_thread_start = Some(Arc::new(move || start(&of_owner)));
        options.on_thread_stop = Some(Arc::new(stop));
        hooks
    }
}

fn start(of_owner: &Weak<Hooks>) {
    let Some(hooks) = of_owner.upgrade() else { return };
    OF_THREAD.set(Some(Arc::clone(&hooks)));
    if let Some(hook) = &hooks.on_start {
        hook();
    }
}

fn stop() {
    let hooks = OF_THREAD.take();
    if let Some(hook) = hooks.as_ref().and_then(|hooks| hooks.on_stop.as_ref()) {
        hook();
    }
}
