//! Memory for tasks: blocks of 64 bytes to 1 KiB on slabs, with a cache for each core.
//!
//! A block begins with the word that says whether a task is in it, also while it is free. So the tasks
//! that a runtime has to end are found by looking at its blocks, and nobody keeps a list of them:
//! to spawn and to finish a task on a core touches nothing that is shared. Where tasks end on another core than
//! they began on, blocks go from the one cache to the other in chains, which are handed over as a whole. Chains that
//! nobody has needed for some time are taken apart, and slabs without a task go back to the allocator. The monitor does that,
//! a few at a time: each block may come from the cache of another core, and whoever takes or gives a chain waits meanwhile. With one
//! cache that is nobody but threads without one, and it is done at once.
//!
//! Larger tasks have memory of their own and do stand in a list. With `--cfg anyrt_plain_blocks` all of
//! them do, so that sanitizers see each task come and go.

mod cache;
mod large;
mod slab;

use std::alloc::Layout;
use std::collections::VecDeque;
use std::iter;
use std::ptr::NonNull;
use std::sync::{Arc, Weak};

use crate::sync::{AtomicBool, AtomicUsize, CachePadded, Mutex, Ordering, lock};
use crate::task::{Presence, TaskRef};

pub(crate) use cache::Cache;
use large::Large;
use slab::{Chain, Slabs};

/// The sizes of blocks are multiples of this, and so is their alignment: a cache line, so that tasks on two cores share none.
const UNIT: usize = 64;

/// The number of sizes.
const CLASSES: usize = 16;

/// How many blocks a cache takes or gives back at once: the length of a chain.
const BATCH: usize = 32;

/// So many chains of each size are kept for each cache, which has two itself. The rest goes back to its slabs when it is not needed:
/// a slab stays as long as one of its blocks does not, and after a burst each block may be of another one.
const KEPT_CHAINS: usize = 4;

/// The memory of a runtime's tasks.
pub(crate) struct Blocks {
    classes: [CachePadded<Mutex<Class>>; CLASSES],
    large: CachePadded<Mutex<Large>>,
    /// No more tasks are taken. Whoever changes it has each of the locks above afterwards, so that who has
    /// one of them before has done what it does.
    is_closed: AtomicBool,
    /// Blocks that are in caches, in chains that were begun, or have tasks, and one more until the runtime has ended. Counted for
    /// batches, and so by nobody who has a cache.
    outside: CachePadded<AtomicUsize>,
}

/// The free blocks of one size.
struct Class {
    slabs: Slabs,
    /// Of blocks that a cache has given back, and that are not in the lists of their slabs. The last is taken first.
    chains: VecDeque<Chain>,
    /// The fewest of them since [`age`](Self::age) was called last.
    fewest: usize,
    /// How many were not needed in the time before that, and are to be taken apart.
    spare: usize,
    /// How many stay.
    kept: usize,
    /// Whether chains that are too many are taken apart at once.
    is_of_one_cache: bool,
    /// What is left of the one of these that threads without a cache take from.
    begun: Option<Chain>,
}

/// Whether anything is left outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "with the last block the runtime itself is to be released"]
pub(crate) enum Outside {
    /// There are blocks, or the runtime has not ended.
    Some,
    /// This was the last of them. The memory must stay until here, and may go now.
    None,
}

impl Outside {
    /// Gives up the reference to the home of the blocks that all of them have together, if the last of them has come back.
    ///
    /// # Safety
    /// It is what these blocks have said, once, and `itself` lies in their home, which may be gone unless the last has come back. One
    /// reference to the home was made for this; if that is the last, the home is gone when this returns.
    pub(crate) unsafe fn release<T>(self, itself: *const Weak<T>) {
        if self == Self::None {
            // SAFETY: the reference is there until the next line.
            let itself = unsafe { &*itself }.as_ptr();
            // SAFETY: it was made for this, and is given up once.
            unsafe { Arc::decrement_strong_count(itself) };
        }
    }
}

#[inline]
fn class_of(layout: Layout) -> Option<usize> {
    has_block(layout).then(|| layout.size().div_ceil(UNIT).max(1) - 1)
}

#[cfg(not(anyrt_plain_blocks))]
#[inline]
fn has_block(layout: Layout) -> bool {
    layout.size() <= CLASSES * UNIT && layout.align() <= UNIT
}

#[cfg(anyrt_plain_blocks)]
fn has_block(_: Layout) -> bool {
    false
}

/// So many blocks are not outside any more.
fn leave(outside: &AtomicUsize, number: usize) -> Outside {
    // Ordering: release and acquire, so that all that was done with other blocks has happened before
    // the memory goes with the last.
    let before = outside.fetch_sub(number, Ordering::AcqRel);
    if before == number && number > 0 { Outside::None } else { Outside::Some }
}

impl Blocks {
    /// For so many caches.
    pub(crate) fn new(caches: usize) -> Self {
        Self {
            classes: std::array::from_fn(|class| {
                CachePadded::new(Mutex::new(Class::new((class + 1) * UNIT, caches)))
            }),
            large: CachePadded::new(Mutex::new(Large::default())),
            is_closed: AtomicBool::new(false),
            outside: CachePadded::new(AtomicUsize::new(1)),
        }
    }

    /// A block for a task, in the state "reserved" or "free". `None` once closed.
    #[inline]
    pub(crate) fn allocate(&self, layout: Layout, cache: Option<&Cache>) -> Option<NonNull<u8>> {
        let Some(class) = class_of(layout) else { return self.allocate_large(layout) };
        match cache {
            Some(cache) => cache.pop(class).or_else(|| self.refill(class, cache)),
            None => self.allocate_one(class),
        }
    }

    /// Takes back what `allocate` gave for this layout.
    ///
    /// # Safety
    /// Nobody refers to the block any more. `this` is valid at first, and may be gone as soon as another
    /// thread gives the last block back.
    #[inline]
    pub(crate) unsafe fn free(
        this: *const Self,
        block: NonNull<u8>,
        layout: Layout,
        cache: Option<&Cache>,
    ) -> Outside {
        // SAFETY: the block is outside, and so `this` is there. A parameter that is a reference would have
        // to stay valid until this returns; these are not used any more when it is not.
        let Self { classes, large, outside, .. } = unsafe { &*this };
        let Some(class) = class_of(layout) else {
            // SAFETY: a block of this layout is a large one, and in the list since it was allocated.
            unsafe { lock(large).remove(block) };
            // SAFETY: it was allocated with this layout, and is in no list any more.
            unsafe { Large::deallocate(block, layout) };
            return leave(outside, 1);
        };
        let Some(cache) = cache else {
            // SAFETY: the block is one of this class, and nobody refers to it.
            unsafe { lock(&classes[class]).slabs.put(block) };
            return leave(outside, 1);
        };
        // SAFETY: as above.
        match unsafe { cache.push(class, block) } {
            None => Outside::Some,
            // SAFETY: whoever has a cache keeps the runtime.
            Some(chain) => unsafe { &*this }.give_back(class, chain),
        }
    }

    #[cold]
    fn refill(&self, class: usize, cache: &Cache) -> Option<NonNull<u8>> {
        let mut free = lock(&self.classes[class]);
        if self.is_closed.load(Ordering::Relaxed) {
            return None;
        }
        cache.fill(class, free.take_chain());
        // Relaxed: it is above zero before, and ordered by the lock against the closing.
        self.outside.fetch_add(BATCH, Ordering::Relaxed);
        cache.pop(class)
    }

    /// Gives back a chain of a cache.
    #[cold]
    fn give_back(&self, class: usize, chain: Chain) -> Outside {
        lock(&self.classes[class]).put_chain(chain);
        leave(&self.outside, BATCH)
    }

    /// Gives back all that is in a cache.
    pub(crate) fn flush(&self, cache: &Cache) -> Outside {
        let flushed = (0..CLASSES).map(|class| {
            let mut free = lock(&self.classes[class]);
            let blocks = iter::from_fn(|| cache.pop(class));
            // SAFETY: the block is one of this class, and nobody refers to it.
            blocks.map(|block| unsafe { free.slabs.put(block) }).count()
        });
        leave(&self.outside, flushed.sum())
    }

    /// To be called now and then: chains that nobody has needed since the last time are spare from here on. True if there are any.
    pub(crate) fn age(&self) -> bool {
        self.classes.iter().fold(false, |is_any, class| lock(class).age() | is_any)
    }

    /// Takes spare chains apart, and so gives memory back after a burst; no more than so many. True if there may be more.
    pub(crate) fn give_spare_back(&self, most: usize) -> bool {
        // With the lock for one at a time.
        let each =
            self.classes.iter().flat_map(|class| iter::from_fn(|| lock(class).give_one_back()));
        each.take(most).count() == most
    }

    /// Whether there are more chains than are kept.
    pub(crate) fn has_more_than_kept(&self) -> bool {
        self.classes.iter().any(|class| {
            let class = lock(class);
            class.chains.len() > class.kept
        })
    }

    fn allocate_one(&self, class: usize) -> Option<NonNull<u8>> {
        let mut free = lock(&self.classes[class]);
        if self.is_closed.load(Ordering::Relaxed) {
            return None;
        }
        let (block, taken) = free.take_one();
        if taken > 0 {
            // Relaxed: as in `refill`.
            self.outside.fetch_add(taken, Ordering::Relaxed);
        }
        // Under the lock: a search that comes after it must wait for this task.
        slab::state(block).reserve();
        Some(block)
    }

    fn allocate_large(&self, layout: Layout) -> Option<NonNull<u8>> {
        let block = Large::allocate(layout);
        let mut large = lock(&self.large);
        if self.is_closed.load(Ordering::Relaxed) {
            drop(large);
            // SAFETY: it was allocated with this layout, and is in no list.
            unsafe { Large::deallocate(block, layout) };
            return None;
        }
        // SAFETY: it is a large block, and in no list.
        unsafe { large.insert(block) };
        self.outside.fetch_add(1, Ordering::Relaxed);
        Some(block)
    }

    /// From now on nothing is allocated, but for what is in the caches.
    pub(crate) fn close(&self) {
        self.is_closed.store(true, Ordering::Relaxed);
        // Whoever has not seen it is under a lock now, and done when we have had that.
        for class in &self.classes {
            let mut free = lock(class);
            free.slabs.keep_all();
            if let Some(begun) = free.begun.take() {
                let outside = leave(&self.outside, free.put_all(begun));
                debug_assert_eq!(outside, Outside::Some, "the runtime has not ended");
            }
        }
        drop(lock(&self.large));
    }

    /// The runtime has ended.
    pub(crate) fn release_runtime(&self) -> Outside {
        leave(&self.outside, 1)
    }

    /// Ends the tasks that are meant, but for those that are being polled. True if none of them is left.
    ///
    /// For the time after the closing. Runs code of the user.
    pub(crate) fn cancel_tasks(&self, is_meant: impl Fn(TaskRef) -> bool) -> bool {
        let mut all_ended = true;
        let reserved = self.for_each_task(|task| {
            if is_meant(task) {
                all_ended &= task.seize();
            } else {
                task.release();
            }
        });
        all_ended && reserved == 0
    }

    /// How many tasks that are meant have not ended. Where tasks come and go meanwhile, some may be missed.
    pub(crate) fn count_tasks(&self, is_meant: impl Fn(TaskRef) -> bool) -> usize {
        let mut count = 0;
        self.for_each_task(|task| {
            count += usize::from(is_meant(task));
            task.release();
        });
        count
    }

    /// Calls `take` for each task that is not done, with a reference, and returns how many are being made.
    fn for_each_task(&self, mut take: impl FnMut(TaskRef)) -> usize {
        let (mut found, mut reserved) = (Vec::new(), 0);
        lock(&self.large).for_each(|block| look(block, &mut found, &mut reserved));
        for class in &self.classes {
            // A slab at a time, for `take` is called without the lock.
            for slab in 0.. {
                found.drain(..).for_each(&mut take);
                let slabs = &lock(class).slabs;
                if slab >= slabs.len() {
                    break;
                }
                slabs.for_each(slab, |block| look(block, &mut found, &mut reserved));
            }
        }
        reserved
    }
}

/// If there is a task that is not done, adds it to `found`, with a reference; or counts it, if it is being made. Under the
/// lock that keeps the block.
fn look(block: NonNull<u8>, found: &mut Vec<TaskRef>, reserved: &mut usize) {
    // SAFETY: it is a block, and the lock keeps it.
    let (task, presence) = unsafe { TaskRef::find(block) };
    match presence {
        Presence::Referred => found.push(task),
        Presence::Reserved => *reserved += 1,
        Presence::Absent => {}
    }
}

impl Class {
    fn new(block: usize, caches: usize) -> Self {
        Self {
            slabs: Slabs::new(block),
            chains: VecDeque::new(),
            fewest: 0,
            spare: 0,
            kept: KEPT_CHAINS * caches,
            is_of_one_cache: caches == 1,
            begun: None,
        }
    }

    /// A block of what cores have given back, or else of a slab, and how many are outside for that.
    fn take_one(&mut self) -> (NonNull<u8>, usize) {
        let (chain, taken) = match self.begun.take() {
            Some(rest) => (rest, 0),
            None => match self.pop_chain() {
                Some(chain) => (chain, BATCH),
                None => return (self.slabs.take(), 1),
            },
        };
        let (block, rest) = chain.split_first();
        self.begun = rest;
        (block, taken)
    }

    fn take_chain(&mut self) -> Chain {
        self.pop_chain().unwrap_or_else(|| Chain::new((0..BATCH).map(|_| self.slabs.take())))
    }

    fn pop_chain(&mut self) -> Option<Chain> {
        let chain = self.chains.pop_back();
        self.fewest = self.fewest.min(self.chains.len());
        // What is needed after all is no longer spare.
        self.spare = self.spare.min(self.fewest.saturating_sub(self.kept));
        chain
    }

    fn put_chain(&mut self, chain: Chain) {
        if self.is_of_one_cache && self.chains.len() >= self.kept {
            _ = self.put_all(chain);
        } else {
            self.chains.push_back(chain);
        }
    }

    /// See [`Blocks::age`].
    fn age(&mut self) -> bool {
        self.spare = self.fewest.saturating_sub(self.kept);
        self.fewest = self.chains.len();
        self.spare > 0
    }

    /// Takes apart the spare chain that was given back first, if there is one.
    fn give_one_back(&mut self) -> Option<()> {
        self.spare = self.spare.checked_sub(1)?;
        let chain = self.chains.pop_front()?;
        // It is one of those that were there all the time.
        self.fewest -= 1;
        if self.chains.len() == self.kept {
            self.chains.shrink_to(self.kept);
        }
        _ = self.put_all(chain);
        Some(())
    }

    /// Puts the blocks of a chain back into their slabs, and returns how many there were.
    fn put_all(&mut self, chain: Chain) -> usize {
        let mut rest = Some(chain);
        let blocks = iter::from_fn(|| {
            let (block, others) = rest.take()?.split_first();
            rest = others;
            Some(block)
        });
        // SAFETY: the blocks of a chain are of this class, and nobody refers to them.
        blocks.map(|block| unsafe { self.slabs.put(block) }).count()
    }
}

#[cfg(all(test, not(anyrt_plain_blocks)))]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Of a task of the largest size that blocks have.
    const LAYOUT: Layout = Layout::new::<[u64; 128]>();

    /// As for tasks that begin on one core and end on another.
    fn pass_on(blocks: &Blocks, from: &Cache, to: &Cache, number: usize) -> BTreeSet<NonNull<u8>> {
        let all: Vec<_> =
            (0..number).map(|_| blocks.allocate(LAYOUT, Some(from)).unwrap()).collect();
        let distinct: BTreeSet<_> = all.iter().copied().collect();
        assert_eq!(distinct.len(), number);
        for block in all {
            // SAFETY: the block was allocated with this layout, and nobody refers to it.
            let outside = unsafe { Blocks::free(blocks, block, LAYOUT, Some(to)) };
            assert_eq!(outside, Outside::Some);
        }
        distinct
    }

    #[test]
    fn blocks_go_from_one_cache_to_another_and_back_to_their_slabs() {
        let (blocks, one, other) = (Blocks::new(2), Cache::default(), Cache::default());
        let mut seen = BTreeSet::new();
        for round in 0..100 {
            let before = seen.len();
            seen.extend(pass_on(&blocks, &one, &other, 10 * BATCH + round % 7));
            // What the one has given is what the other takes again, but for what is in the caches.
            assert!(
                round < 2 || seen.len() - before <= 4 * BATCH,
                "{} new blocks",
                seen.len() - before
            );
        }
        assert!(seen.len() < 20 * BATCH, "{} blocks", seen.len());
        for cache in [&one, &other] {
            assert_eq!(blocks.flush(cache), Outside::Some);
        }
        assert_eq!(blocks.release_runtime(), Outside::None);
    }

    #[test]
    fn chains_that_are_needed_are_not_spare() {
        const CHAINS: usize = 1000;

        let (blocks, one, other) = (Blocks::new(2), Cache::default(), Cache::default());
        let burst = |chains: usize| pass_on(&blocks, &one, &other, chains * BATCH);
        let mut seen = burst(CHAINS);
        let chains = || lock(&blocks.classes[class_of(LAYOUT).unwrap()]).chains.len();
        let most = chains();
        // All of it is needed again, and so nothing is spare, now or in what was found so before.
        for _ in 0..3 {
            _ = blocks.age();
            seen.extend(burst(CHAINS));
        }
        assert!(!blocks.give_spare_back(CHAINS));
        assert!(chains() >= most);
        // Half is needed each time, whenever it is between two looks.
        for _ in 0..10 {
            _ = blocks.age();
            _ = blocks.give_spare_back(64);
            seen.extend(burst(CHAINS / 2));
            _ = blocks.give_spare_back(64);
        }
        while blocks.give_spare_back(64) {}
        let kept = CHAINS / 2..CHAINS / 2 + 4 * KEPT_CHAINS;
        assert!(kept.contains(&chains()), "{} of {most} chains", chains());
        assert!(seen.len() <= (CHAINS + 4) * BATCH, "{} blocks", seen.len());
    }

    #[test]
    fn threads_without_a_cache_take_a_chain_at_once_of_what_cores_give_back() {
        let (blocks, cache) = (Blocks::new(1), Cache::default());
        let mut seen = BTreeSet::new();
        for _ in 0..100 * BATCH {
            let block = blocks.allocate(LAYOUT, None).unwrap();
            seen.insert(block);
            // SAFETY: the block was allocated with this layout, and nobody refers to it.
            let outside = unsafe { Blocks::free(&blocks, block, LAYOUT, Some(&cache)) };
            assert_eq!(outside, Outside::Some);
        }
        assert!(seen.len() <= 4 * BATCH, "{} blocks", seen.len());
        // One that outlives the runtime, with the rest of its chain.
        let last = blocks.allocate(LAYOUT, None).unwrap();
        blocks.close();
        assert_eq!(blocks.allocate(LAYOUT, None), None);
        assert_eq!(blocks.flush(&cache), Outside::Some);
        assert_eq!(blocks.release_runtime(), Outside::Some);
        // SAFETY: as above.
        assert_eq!(unsafe { Blocks::free(&blocks, last, LAYOUT, None) }, Outside::None);
    }

    #[test]
    fn of_a_burst_little_is_kept() {
        const NUMBER: usize = 50_000;

        let (blocks, one, other) = (Blocks::new(2), Cache::default(), Cache::default());
        let all: Vec<_> =
            (0..NUMBER).map(|_| blocks.allocate(LAYOUT, Some(&one)).unwrap()).collect();
        // In an order in which neighbours end far from each other.
        for n in 0..NUMBER {
            let block = all[n * 7919 % NUMBER];
            // SAFETY: the block was allocated with this layout, and nobody refers to it.
            let _ = unsafe { Blocks::free(&blocks, block, LAYOUT, Some(&other)) };
        }
        for cache in [&one, &other] {
            assert_eq!(blocks.flush(cache), Outside::Some);
        }
        let class = &blocks.classes[class_of(LAYOUT).unwrap()];
        assert!(lock(class).slabs.len() > 700, "who gives blocks back takes chains apart");
        assert!(!blocks.age(), "before some time has passed nothing is spare");
        assert!(blocks.age() && blocks.give_spare_back(10) && blocks.has_more_than_kept());
        while blocks.give_spare_back(100) {}
        assert!(!blocks.has_more_than_kept() && !blocks.age());
        let class = lock(class);
        // Of 790 at first.
        assert!(class.slabs.len() < 300, "{} slabs", class.slabs.len());
    }
}
