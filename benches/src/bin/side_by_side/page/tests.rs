//! The page says what the rows say.

use anyrt_bench::measure::Cost;
use anyrt_bench::row::Outcome;
use anyrt_bench::workload::Workload;

use super::*;
use crate::workloads;

const PEERS: [Peer; 2] = [Peer::Native, Peer::Tokio];

fn workload(name: &str) -> &'static Workload {
    workloads::ALL.iter().find(|workload| workload.name == name).expect("it is one of ours")
}

fn costs(values: [f64; 4]) -> Outcome {
    Ok(values.map(|value| Cost { value, cpu: value }).to_vec())
}

/// tokio takes twice as long.
fn clear(name: &str) -> Row {
    let outcomes = vec![(Peer::Native, costs([1.0; 4])), (Peer::Tokio, costs([2.0; 4]))];
    Row { workload: workload(name), outcomes }
}

/// tokio takes less or more.
fn noisy(name: &str) -> Row {
    let tokio = costs([0.5, 0.7, 1.2, 1.9]);
    Row {
        workload: workload(name),
        outcomes: vec![(Peer::Native, costs([1.0; 4])), (Peer::Tokio, tokio)],
    }
}

fn lanes(html: &str) -> impl Iterator<Item = &str> {
    html.lines().filter(|line| line.starts_with("<div class=\"lane") && !line.contains("axis"))
}

#[test]
fn noise_is_marked_and_nothing_else() {
    let html = page(&[clear("skynet"), noisy("accept")], &PEERS, &[], &[]);
    // The list has both, and so have the cards.
    let of_noise: Vec<_> = lanes(&html).map(|lane| lane.contains("lane noise")).collect();
    assert_eq!(of_noise, [false, true, false, true], "{html}");
}

#[test]
fn a_missed_goal_and_a_faster_peer_are_said() {
    let mut row = clear("skynet");
    row.outcomes.push((Peer::Smol, costs([0.5; 4])));
    let html = page(&[row], &[Peer::Native, Peer::Tokio, Peer::Smol], &[], &[]);
    assert!(html.contains("below the goal, behind smol<"), "{html}");
    let html = page(&[clear("yield, 1000 tasks")], &PEERS, &[], &[]);
    assert!(html.contains("<span class=\"verdict\"></span>"), "{html}");
}

#[test]
fn who_is_left_out_is_named() {
    let mut row = clear("skynet");
    row.outcomes.push((Peer::Smol, Err("<no answer>".to_owned())));
    let html = page(&[row], &PEERS, &["a machine & its kernel".to_owned()], &[]);
    assert!(html.contains("skynet: smol is left out: &lt;no answer&gt;"), "{html}");
    assert!(html.contains("a machine &amp; its kernel"), "{html}");
}

#[test]
fn a_server_below_epoll_is_said_to_be_impossible() {
    let with_epoll = |epoll| {
        let mut row = clear("accept");
        row.outcomes.push((Peer::Epoll, costs(epoll)));
        page(&[row], &PEERS, &[], &[])
    };
    assert!(with_epoll([0.8; 4]).contains("1.25 of raw epoll's, by native: no less"));
    assert!(with_epoll([1.25; 4]).contains("0.80 of raw epoll's, by native: less, which can't be"));
    assert!(with_epoll([0.7, 0.9, 1.2, 1.9]).contains("0.97 of raw epoll's, by native: alike"));
}
