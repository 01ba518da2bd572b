//! What the user wants to be called on each thread of a runtime.
//!
//! A hook may have a handle of its runtime, which has the options. So the options must not have the hook, or
//! neither would ever go.

use std::cell::Cell;
use std::sync::Weak;

use anyrt_core::{Config, ThreadHook, ThreadHooks};

use crate::sync::Arc;

/// The hooks of a runtime. Its owner has them, and each thread on which they were called.
pub(super) struct Hooks(ThreadHooks);

thread_local! {
    /// So that a thread that outlives the owner has both called.
    static OF_THREAD: Cell<Option<Arc<Hooks>>> = const { Cell::new(None) };
}

impl Hooks {
    /// Leaves in the options what calls the hooks as long as somebody has them.
    pub(super) fn take_from(config: &mut Config) -> Arc<Self> {
        let hooks = Arc::new(Self(std::mem::take(&mut config.thread_hooks)));
        let of_owner = Arc::downgrade(&hooks);
        let of_name = Weak::clone(&of_owner);
        let mut weak = ThreadHooks::default().on_start(move || start(&of_owner)).on_stop(stop);
        weak.on_park = hooks.while_there(|hooks| hooks.on_park.as_ref());
        weak.on_unpark = hooks.while_there(|hooks| hooks.on_unpark.as_ref());
        if hooks.0.name.is_some() {
            let default = config.thread_name.clone();
            weak = weak.name(move || match of_name.upgrade() {
                Some(hooks) => hooks.0.name_or(&default),
                None => default.clone(),
            });
        }
        config.thread_hooks = weak;
        hooks
    }

    /// For one that is called often, and so is not there at all if it is not set.
    fn while_there(
        self: &Arc<Self>,
        which: fn(&ThreadHooks) -> Option<&ThreadHook>,
    ) -> Option<ThreadHook> {
        which(&self.0)?;
        let of_owner = Arc::downgrade(self);
        Some(std::sync::Arc::new(move || {
            // The threads of the runtime have them, which saves all of them a count that they share.
            let of_thread = take();
            match of_thread.as_ref().filter(|hooks| Arc::as_ptr(hooks) == of_owner.as_ptr()) {
                Some(hooks) => ThreadHooks::call(which(&hooks.0)),
                None => {
                    let hooks = of_owner.upgrade();
                    ThreadHooks::call(hooks.as_ref().and_then(|hooks| which(&hooks.0)));
                }
            }
            put(of_thread);
        }))
    }
}

fn start(of_owner: &Weak<Hooks>) {
    let Some(hooks) = of_owner.upgrade() else { return };
    put(Some(Arc::clone(&hooks)));
    ThreadHooks::call(hooks.0.on_start.as_ref());
}

fn stop() {
    let hooks = take();
    ThreadHooks::call(hooks.as_ref().and_then(|hooks| hooks.0.on_stop.as_ref()));
}

/// Nothing on a thread that is about to end, whose variables are gone (K9).
fn take() -> Option<Arc<Hooks>> {
    OF_THREAD.try_with(Cell::take).ok().flatten()
}

fn put(hooks: Option<Arc<Hooks>>) {
    let _ = OF_THREAD.try_with(|of_thread| of_thread.set(hooks));
}
