//! A server of PostgreSQL's.

use std::fs::{self, Permissions};
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::certificate::Certified;
use crate::{answers, left_out};

/// Whoever comes by TLS is asked for it.
pub const PASSWORD: &str = "correct horse battery staple";

/// Who may come, and how.
const HBA: &str = "hostssl all all 127.0.0.1/32 scram-sha-256\n";

/// Is killed when dropped, and its files are removed.
pub struct Server {
    folder: tempfile::TempDir,
    child: Child,
    pub port: u16,
}

impl Server {
    /// One of its own for each caller; `None`, said aloud, where it is not installed.
    pub fn start() -> Option<Self> {
        let cluster = Cluster::init()?;
        Some(cluster.start(&[]))
    }

    /// The same, for clients that come by TLS and know the password of `test`, [`PASSWORD`].
    pub fn start_tls(certified: &Certified) -> Option<Self> {
        let cluster = Cluster::init()?;
        let (certificate, key) = certified.pem();
        for (name, text) in
            [("server.crt", &*certificate), ("server.key", &*key), ("pg_hba.conf", HBA)]
        {
            cluster.write(name, text);
        }
        Some(cluster.start(&["-c", "ssl=on"]))
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

/// The files of a server that does not run yet.
struct Cluster {
    folder: tempfile::TempDir,
    programs: PathBuf,
    user: (u32, u32),
}

impl Cluster {
    fn init() -> Option<Self> {
        let Some(programs) = programs() else {
            left_out("PostgreSQL is not installed");
            return None;
        };
        let folder = tempfile::tempdir().expect("a folder for temporary files");
        let user = user(folder.path());
        chown(folder.path(), Some(user.0), Some(user.1)).expect("the folder is ours");
        let cluster = Self { folder, programs, user };
        let password = cluster.folder.path().join("password");
        fs::write(&password, PASSWORD).expect("the folder is ours");
        let made = cluster
            .command("initdb")
            .args(["--auth=trust", "--no-sync", "--username=test", "--pwfile"])
            .arg(&password)
            .arg("-D")
            .arg(cluster.data())
            .status();
        assert!(made.expect("initdb can be started").success());
        Some(cluster)
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command
            .current_dir(self.folder.path())
            .uid(self.user.0)
            .gid(self.user.1)
            .env("LC_ALL", "C");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    /// Writes a file of the server's, which nobody else can read: it takes no key otherwise.
    fn write(&self, name: &str, text: &str) {
        let path = self.data().join(name);
        fs::write(&path, text).expect("the folder is ours");
        fs::set_permissions(&path, Permissions::from_mode(0o600)).expect("the file is ours");
        chown(&path, Some(self.user.0), Some(self.user.1)).expect("the file is ours");
    }

    fn start(self, options: &[&str]) -> Server {
        // Somebody else may take the port; it ends then.
        for _ in 0..10 {
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let mut child = self
                .command("postgres")
                .args(["-F", "-h", "127.0.0.1", "-k"])
                .arg(self.folder.path())
                .args(["-p", &port.to_string(), "-D"])
                .arg(self.data())
                .args(options)
                .spawn()
                .expect("postgres can be started");
            let mut asks = self.command("pg_isready");
            asks.args(["-h", "127.0.0.1", "-p", &port.to_string()]);
            if answers(&mut child, || asks.status().is_ok_and(|status| status.success())) {
                return Server { folder: self.folder, child, port };
            }
        }
        panic!("PostgreSQL does not start");
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
