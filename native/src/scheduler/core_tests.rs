//! In which order a core turns to its tasks.

use super::*;

/// An entry that is looked at by nobody.
fn entry(number: usize) -> TaskRef {
    let place = ptr::without_provenance_mut(64 * (number + 1));
    TaskRef::from_entry(NonNull::new(place).unwrap())
}

fn number(task: TaskRef) -> usize {
    task.into_entry().addr().get() / 64 - 1
}

fn pop(core: &Core) -> usize {
    number(core.pop().unwrap())
}

#[test]
fn the_oldest_has_its_turn_however_many_are_newer() {
    let (core, injector) = (Core::new(0), Injector::new());
    (0..3).for_each(|old| _ = core.push_last(entry(old), &injector));
    let turns: Vec<_> = (0..3 * (MOST_NEWEST + 1))
        .map(|_| {
            core.push_last(entry(1000), &injector);
            core.go_deep();
            pop(&core)
        })
        .collect();
    for (old, turns) in turns.chunks(MOST_NEWEST as usize + 1).enumerate() {
        let (last, others) = turns.split_last().unwrap();
        assert_eq!(*last, old);
        assert!(others.iter().all(|new| *new == 1000));
    }
}

#[test]
fn what_yields_is_woken_or_comes_from_elsewhere_keeps_its_place() {
    let (core, injector) = (Core::new(0), Injector::new());
    let in_order = |count| {
        core.go_deep();
        let order: Vec<_> = (0..count).map(|_| pop(&core)).collect();
        assert!(order.is_sorted(), "{order:?}");
        assert!(core.pop().is_none());
    };

    core.push_last(entry(0), &injector);
    core.push_behind(entry(1), &injector);
    in_order(2);

    (0..4).for_each(|task| _ = core.push_next(entry(task), Wakeup::Woken, &injector));
    // The slot has the last one.
    assert_eq!(number(core.take_slot().unwrap()), 3);
    in_order(3);

    let other = Core::new(1);
    (0..8).for_each(|task| _ = other.push_last(entry(task), &injector));
    core.push_last(entry(100), &injector);
    assert_eq!(pop(&core), 100);
    assert_eq!(number(core.steal_from(&other).unwrap()), 0);
    in_order(3);
}

#[test]
fn what_events_wake_has_every_second_turn_and_comes_before_what_yields_after_it() {
    let (core, injector) = (Core::in_order(), Injector::new());
    let push = |tasks: &[usize]| {
        let push = |task| _ = core.push_in_order(entry(task), &injector);
        tasks.iter().copied().for_each(push);
    };
    let pop = |count: usize| (0..count).map(|_| pop(&core)).collect::<Vec<_>>();
    push(&[0, 1, 2, 3]);
    core.keep_for_events(|| push(&[100, 101]));
    assert_eq!((core.queued(), pop(3)), (6, vec![100, 0, 101]));
    core.keep_for_events(|| push(&[102]));
    push(&[4]);
    assert_eq!(pop(5), [1, 102, 2, 3, 4]);
    // Four are there before one that yields.
    push(&[5]);
    core.keep_for_events(|| push(&[103, 104, 105, 106]));
    assert_eq!(pop(1), [103]);
    core.push_behind(entry(6), &injector);
    assert_eq!(pop(5), [104, 105, 5, 106, 6]);
    assert!(core.pop().is_none());
}

#[test]
fn what_was_spawned_last_goes_first_while_tasks_wait_for_others() {
    let (core, injector) = (Core::new(0), Injector::new());
    (0..4).for_each(|task| _ = core.push_next(entry(task), Wakeup::Spawned, &injector));
    core.go_deep();
    assert_eq!([(); 4].map(|()| pop(&core)), [3, 2, 1, 0]);
}

#[test]
fn what_a_backlog_is_worth_goes_by_how_long_polls_take() {
    let core = Core::new(0);
    let note = |micros: &[u64]| {
        micros.iter().for_each(|took| core.note_poll(Duration::from_micros(*took)));
        core.local.to_measure.get() > 0
    };
    let is_worth = |tasks, patience| core.is_worth_sharing(tasks, || patience);
    assert!(!is_worth(1000, 0), "before any was measured");
    assert!(note(&[15, 15]));
    assert_eq!([1, 2, 5, 6].map(|tasks| is_worth(tasks, 0)), [false, true, true, true]);
    assert_eq!([2, 5, 6].map(|tasks| is_worth(tasks, 6)), [false, false, true]);
    // A short one among them changes nothing, nor does a long one among short ones; but then the next is measured.
    assert!(note(&[1]) && is_worth(2, 0));
    assert!(!note(&[1, 1]) && !is_worth(10, 0));
    assert!(note(&[1_000_000_000]) && !is_worth(10, 0));
    assert!(!note(&[1, 1]));
}
