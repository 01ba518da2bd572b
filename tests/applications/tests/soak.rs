//! The soak for a few seconds on each backend: nothing is left of connections, whatever becomes of them.
#![cfg(target_os = "linux")]

use anyrt::Handle;
use anyrt::process::Command;

#[anyrt::test(all)]
async fn nothing_is_left_of_a_mixed_load() {
    let backend = Handle::current().backend();
    let soak = Command::new(env!("CARGO_BIN_EXE_soak"))
        .args(["--backend", backend, "--seconds", "4"])
        .output()
        .await
        .unwrap();
    let text = [soak.stdout, soak.stderr].concat();
    assert!(soak.status.success(), "{}: {}", soak.status, String::from_utf8_lossy(&text));
}
