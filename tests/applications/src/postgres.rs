//! A server of PostgreSQL's.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::{answers, left_out};

/// Is killed when dropped, and its files are removed.
pub struct Server {
    folder: tempfile::TempDir,
    child: Child,
    pub port: u16,
}

impl Server {
    /// One of its own for each caller; `None`, said aloud, where it is not installed.
    pub fn start() -> Option<Self> {
        let Some(programs) = programs() else {
            left_out("PostgreSQL is not installed");
            return None;
        };
        let folder = tempfile::tempdir().expect("a folder for temporary files");
        let user = user(folder.path());
        chown(folder.path(), Some(user.0), Some(user.1)).expect("the folder is ours");
        let command = |program: &str| {
            let mut command = Command::new(programs.join(program));
            command.current_dir(folder.path()).uid(user.0).gid(user.1).env("LC_ALL", "C");
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            command
        };
        let data = folder.path().join("data");
        let made = command("initdb")
            .args(["--auth=trust", "--no-sync", "--username=test", "-D"])
            .arg(&data)
            .status();
        assert!(made.expect("initdb can be started").success());

        // Somebody else may take the port; it ends then.
        for _ in 0..10 {
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let mut child = command("postgres")
                .args(["-F", "-h", "127.0.0.1", "-k"])
                .arg(folder.path())
                .args(["-p", &port.to_string(), "-D"])
                .arg(&data)
                .spawn()
                .expect("postgres can be started");
            let mut asks = command("pg_isready");
            asks.args(["-h", "127.0.0.1", "-p", &port.to_string()]);
            if answers(&mut child, || asks.status().is_ok_and(|status| status.success())) {
                return Some(Self { folder, child, port });
            }
        }
        panic!("PostgreSQL does not start");
    }

    /// The folder of its socket for Unix.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Ends it at once, and all sessions with it.
    pub fn kill(&mut self) {
        if self.child.try_wait().is_ok_and(|ended| ended.is_some()) {
            return;
        }
        // It takes its own processes with it; by SIGKILL they would go on for a while.
        let _ = Command::new("kill").args(["-QUIT", &self.child.id().to_string()]).status();
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Where Debian has the newest one's programs.
fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?;
    let folders = versions.filter_map(|version| Some(version.ok()?.path().join("bin")));
    folders.filter(|folder| folder.join("initdb").exists()).max()
}

/// The user and the group that it runs as: it refuses to be root.
fn user(folder: &Path) -> (u32, u32) {
    let owner = fs::metadata(folder).unwrap();
    if owner.uid() != 0 {
        return (owner.uid(), owner.gid());
    }
    let users = fs::read_to_string("/etc/passwd").unwrap();
    let user = users.lines().find(|line| line.starts_with("postgres:"));
    let fields: Vec<_> = user.expect("no user is called postgres").split(':').collect();
    (fields[2].parse().unwrap(), fields[3].parse().unwrap())
}
