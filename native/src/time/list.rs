//! A list of nodes, in the order in which they came.

use std::ptr::NonNull;

use super::clock::Moment;
use super::node::{Links, Node};

/// Nodes, linked through themselves.
#[derive(Debug, Default)]
pub(super) struct List {
    first: Option<NonNull<Node>>,
    last: Option<NonNull<Node>>,
}

impl List {
    pub(super) fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    /// Adds a node at the end.
    ///
    /// # Safety
    /// The node is in no list, and stays where it is until it is taken out of this one. Until then its
    /// links are used by nobody but with this list borrowed as `&mut`, or with its owner so borrowed.
    pub(super) unsafe fn push(&mut self, node: NonNull<Node>, slot: usize) {
        let previous = self.last.replace(node);
        let place = |links: &mut Links| {
            links.previous = previous;
            links.next = None;
            links.slot = slot;
        };
        // SAFETY: the caller's promise.
        unsafe { edit(node, place) };
        self.join(previous, Some(node));
    }

    /// Takes out the first node.
    pub(super) fn pop(&mut self) -> Option<NonNull<Node>> {
        let node = self.first?;
        // SAFETY: it is in this list.
        unsafe { self.remove(node) };
        Some(node)
    }

    /// The earliest deadline of the nodes.
    pub(super) fn earliest(&mut self) -> Option<Moment> {
        let (mut next, mut earliest) = (self.first, None);
        while let Some(node) = next {
            // SAFETY: a node in this list is there; nodes are shared.
            earliest = Moment::earlier(earliest, Some(unsafe { node.as_ref() }.deadline()));
            // SAFETY: its links are ours, by the promise of `push`.
            next = unsafe { edit(node, |links| links.next) };
        }
        earliest
    }

    /// Takes out a node.
    ///
    /// # Safety
    /// It is in this list.
    pub(super) unsafe fn remove(&mut self, node: NonNull<Node>) {
        // SAFETY: a node in this list is there and is ours, by the promise of `push`.
        let (previous, next) =
            unsafe { edit(node, |links| (links.previous.take(), links.next.take())) };
        self.join(previous, next);
        self.join_back(previous, next);
    }

    /// Makes `next` follow `previous`, which is in the list, or is `None` for its beginning.
    fn join(&mut self, previous: Option<NonNull<Node>>, next: Option<NonNull<Node>>) {
        match previous {
            // SAFETY: a node in this list is there and is ours, by the promise of `push`.
            Some(previous) => unsafe { edit(previous, |links| links.next = next) },
            None => self.first = next,
        }
    }

    /// Makes `previous` precede `next`, which is in the list, or is `None` for its end.
    fn join_back(&mut self, previous: Option<NonNull<Node>>, next: Option<NonNull<Node>>) {
        match next {
            // SAFETY: as above.
            Some(next) => unsafe { edit(next, |links| links.previous = previous) },
            None => self.last = previous,
        }
    }
}

/// Calls `access` with the links of a node.
///
/// # Safety
/// The node is there, nobody else uses its links, and `access` does not come back to them.
unsafe fn edit<R>(node: NonNull<Node>, access: impl FnOnce(&mut Links) -> R) -> R {
    // SAFETY: the node is there; nodes are shared.
    let node = unsafe { node.as_ref() };
    // SAFETY: the caller's promise.
    unsafe { node.links(access) }
}
