//! Addresses of Unix sockets: paths, names without a file, and none.

use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use socket2::{Domain, SockAddr};

use super::kind::is_none_of;

pub(super) use std::os::unix::net::SocketAddr;

/// The address that `path` stands for: a path, or a name without a file if it begins with a zero byte,
/// on systems that have those.
///
/// # Errors
/// `InvalidInput` if it is too long, or has a zero byte elsewhere.
pub(super) fn at_path(path: &Path) -> io::Result<SocketAddr> {
    match path.as_os_str().as_bytes() {
        [0, name @ ..] => sys::from_name(name),
        _ => SocketAddr::from_pathname(path),
    }
}

pub(super) fn domain() -> Domain {
    Domain::UNIX
}

/// As the system takes it.
pub(super) fn to_system(address: &SocketAddr) -> io::Result<SockAddr> {
    match address.as_pathname() {
        Some(path) => SockAddr::unix(path),
        None => sys::to_system_without_path(address),
    }
}

/// As the system gave it.
pub(super) fn from_system(address: &SockAddr) -> io::Result<SocketAddr> {
    // Some systems say nothing of a peer that has gone, or has no name.
    let is_unspecified = i32::from(address.family()) == libc::AF_UNSPEC;
    if address.domain() != domain() && !is_unspecified {
        return Err(is_none_of("the internet or a Unix socket"));
    }
    match address.as_pathname() {
        // A peer chooses its path, and may choose one that the standard library has no room for: it counts
        // as none then.
        Some(path) => SocketAddr::from_pathname(path).or_else(|_| SocketAddr::from_pathname("")),
        None => sys::without_path(address),
    }
}

cfg_if::cfg_if! {
    if #[cfg(any(target_os = "linux", target_os = "android"))] {
        mod sys {
            use std::ffi::OsStr;
            #[cfg(target_os = "android")]
            use std::os::android::net::SocketAddrExt as _;
            #[cfg(target_os = "linux")]
            use std::os::linux::net::SocketAddrExt as _;

            use super::*;

            pub(super) fn from_name(name: &[u8]) -> io::Result<SocketAddr> {
                SocketAddr::from_abstract_name(name)
            }

            pub(super) fn to_system_without_path(address: &SocketAddr) -> io::Result<SockAddr> {
                match address.as_abstract_name() {
                    Some(name) => SockAddr::unix(OsStr::from_bytes(&[&[0], name].concat())),
                    None => SockAddr::unix(""),
                }
            }

            pub(super) fn without_path(address: &SockAddr) -> io::Result<SocketAddr> {
                match address.as_abstract_namespace() {
                    Some(name) => SocketAddr::from_abstract_name(name),
                    None => SocketAddr::from_pathname(""),
                }
            }
        }
    } else {
        mod sys {
            use super::*;

            pub(super) fn from_name(_name: &[u8]) -> io::Result<SocketAddr> {
                let what = "this system has no names of sockets without a file";
                Err(io::Error::new(io::ErrorKind::InvalidInput, what))
            }

            pub(super) fn to_system_without_path(_address: &SocketAddr) -> io::Result<SockAddr> {
                SockAddr::unix("")
            }

            pub(super) fn without_path(_address: &SockAddr) -> io::Result<SocketAddr> {
                SocketAddr::from_pathname("")
            }
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::os::linux::net::SocketAddrExt as _;

    use super::*;

    #[test]
    fn addresses_keep_whatever_name_they_have_both_ways() {
        let there_and_back = |path: &str| {
            from_system(&to_system(&at_path(path.as_ref()).unwrap()).unwrap()).unwrap()
        };
        assert_eq!(there_and_back("/a/path").as_pathname(), Some(Path::new("/a/path")));
        assert_eq!(there_and_back("\0a name").as_abstract_name(), Some(&b"a name"[..]));
        assert!(there_and_back("").is_unnamed());
    }

    #[test]
    fn what_no_socket_can_be_called_is_invalid_input() {
        for path in ["x".repeat(200), format!("\0{}", "x".repeat(200)), "a\0b".to_owned()] {
            let error = at_path(path.as_ref()).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "{path:?}");
        }
    }
}
