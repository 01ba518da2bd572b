//! The attributes beside those of others.

use std::future::pending;

use rstest::rstest;

#[rstest]
#[case(1, 2)]
#[case(20, 22)]
#[anyrt::test]
async fn takes_cases_from_rstest(#[case] one: u32, #[case] other: u32) {
    let sum = anyrt::spawn(async move { one + other });
    assert!([3, 42].contains(&sum.await.unwrap()));
}

#[rstest]
#[case::one(1)]
#[anyrt::test(current_thread)]
async fn takes_cases_and_arguments(#[case] number: u32) {
    assert_eq!(anyrt::spawn(async move { number }).await.unwrap(), 1);
}

#[test_log::test(anyrt::test)]
async fn is_started_by_test_log() {
    anyrt::task::yield_now().await;
}

#[anyrt::test(all)]
async fn selects_with_the_macro_of_tokio() {
    let (sender, mut receiver) = tokio::sync::mpsc::channel(1);
    anyrt::spawn(async move { sender.send(7).await });
    let number = tokio::select! {
        number = receiver.recv() => number,
        () = pending() => None,
    };
    assert_eq!(number, Some(7));
}
