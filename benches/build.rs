//! Tells the programs which compiler made them.

use std::env;
use std::process::Command;

fn main() {
    let compiler = env::var_os("RUSTC").expect("cargo says which one");
    let output = Command::new(compiler).arg("--version").output().expect("it runs");
    let version = String::from_utf8(output.stdout).expect("a line of text");
    println!("cargo::rustc-env=COMPILER={}", version.trim());
    println!("cargo::rerun-if-changed=build.rs");
}
