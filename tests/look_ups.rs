//! Names for which no server answers.
//!
//! The system's resolver is replaced by one that hangs for some names. It is built by the C compiler that
//! Rust's compiler links with.
#![cfg(all(target_os = "linux", target_env = "gnu", feature = "some-backend"))]

use std::path::PathBuf;
use std::process::Command;
use std::{env, fs, mem, process};

use anyrt::net::lookup_host;
use anyrt_tests::backend;
use anyrt_tests::child::{child, count};

const RESOLVER: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <string.h>
#include <unistd.h>

typedef int resolver(const char *, const char *, const struct addrinfo *, struct addrinfo **);

int getaddrinfo(const char *host, const char *service, const struct addrinfo *hints,
                struct addrinfo **result) {
    while (host && strncmp(host, "hanging", 7) == 0) pause();
    return ((resolver *)dlsym(RTLD_NEXT, "getaddrinfo"))(host, service, hints, result);
}
"#;

/// A file that is removed in the end.
struct Library(PathBuf);

impl Library {
    fn build() -> Self {
        let library = env::temp_dir().join(format!("anyrt-resolver-{}.so", process::id()));
        let source = library.with_extension("c");
        fs::write(&source, RESOLVER).unwrap();
        let mut compiler = Command::new("cc");
        compiler.args(["-shared", "-fPIC", "-o"]).args([&library, &source]).arg("-ldl");
        let status = compiler.status().expect("there is a C compiler where there is Rust's");
        fs::remove_file(source).unwrap();
        assert!(status.success(), "{status}");
        Self(library)
    }
}

impl Drop for Library {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[test]
fn six_hundred_names_that_hang_keep_nothing_else_waiting() {
    const NAMES: usize = 600;

    let resolver = Library::build();
    child(|| {
        let runtime = backend::two_workers();
        runtime.block_on(async {
            let look_up = |n| async move { lookup_host((format!("hanging-{n}.test"), 1)).await };
            let hanging: Vec<_> = (0..NAMES).map(|n| anyrt::spawn(look_up(n))).collect();
            while count("task") < NAMES {
                anyrt::task::yield_now().await;
            }
            assert_eq!(anyrt::spawn_blocking(|| 7).await.unwrap(), 7);
            assert!(!lookup_host("localhost:80").await.unwrap().is_empty());
            assert!(hanging.iter().all(|name| !name.is_finished()));
        });
        // Its end would wait for the closures that hang.
        mem::forget(runtime);
    })
    .env("LD_PRELOAD", &resolver.0)
    .succeeds();
}
