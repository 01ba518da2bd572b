//! Who takes part.

use std::fmt;

/// A runtime, or what stands in for one. Each runs in a process of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// The native runtime by its own functions.
    Native,
    /// tokio's multi-thread runtime.
    Tokio,
    /// smol's executor, on threads of its own.
    Smol,
    /// async-std's runtime.
    AsyncStd,
    /// smolscale's executor, with smol's timers and sockets.
    Smolscale,
    /// rayon, which has no tasks that wait: trees only.
    Rayon,
    /// One thread around epoll: sockets only.
    Epoll,
    /// anyrt's facade on the native runtime,
    AnyrtNative,
    /// on tokio,
    AnyrtTokio,
    /// and on smol.
    AnyrtSmol,
    /// The native runtime once more, which has to be as fast as itself.
    NativeAgain,
    /// The native runtime with a tenth more to do in each operation, which has to show.
    NativeSlowed,
}

impl Peer {
    /// In the order of the tables.
    pub const ALL: [Self; 12] = [
        Self::Native,
        Self::Tokio,
        Self::Smol,
        Self::AsyncStd,
        Self::Smolscale,
        Self::Rayon,
        Self::Epoll,
        Self::AnyrtNative,
        Self::AnyrtTokio,
        Self::AnyrtSmol,
        Self::NativeAgain,
        Self::NativeSlowed,
    ];

    /// Who is there to check what the figures are worth, and says nothing of any runtime.
    pub const OF_CHECKS: [Self; 2] = [Self::NativeAgain, Self::NativeSlowed];

    /// Whom the others are compared with.
    pub const REFERENCE: Self = Self::Tokio;

    /// As tables and options have it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Tokio => "tokio",
            Self::Smol => "smol",
            Self::AsyncStd => "async-std",
            Self::Smolscale => "smolscale",
            Self::Rayon => "rayon",
            Self::Epoll => "epoll",
            Self::AnyrtNative => "anyrt-native",
            Self::AnyrtTokio => "anyrt-tokio",
            Self::AnyrtSmol => "anyrt-smol",
            Self::NativeAgain => "native-again",
            Self::NativeSlowed => "native-slowed",
        }
    }

    /// The one of that name.
    ///
    /// # Errors
    ///
    /// A message, if there is none.
    pub fn named(name: &str) -> Result<Self, String> {
        let peer = Self::ALL.into_iter().find(|peer| peer.name() == name);
        peer.ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            format!("there is no `{name}` among {names}")
        })
    }

    /// What the facade stands on.
    #[must_use]
    pub fn beneath(self) -> Option<Self> {
        match self {
            Self::AnyrtNative => Some(Self::Native),
            Self::AnyrtTokio => Some(Self::Tokio),
            Self::AnyrtSmol => Some(Self::Smol),
            _ => None,
        }
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
