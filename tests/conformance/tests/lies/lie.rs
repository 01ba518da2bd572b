//! Which lie this process tells.

use std::env;
use std::sync::OnceLock;

/// The environment variable that names the lie.
pub(crate) const LIE: &str = "ANYRT_LIE";

macro_rules! declare {
    ($($(#[$doc:meta])* $lie:ident: $($test:ident =
        $ending:ident $configuration:ident::$module:ident::$case:ident),+;)+) => {
        /// What the liar does instead of keeping a promise.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Lie {
            $($(#[$doc])* $lie,)+
        }

        impl Lie {
            const ALL: &[Self] = &[$(Self::$lie),+];

            pub(crate) fn name(self) -> &'static str {
                match self {
                    $(Self::$lie => stringify!($lie),)+
                }
            }
        }
    };
}
each_lie!(declare);

impl Lie {
    /// The lie of this process; `None` if it is honest.
    pub(crate) fn told() -> Option<Self> {
        static TOLD: OnceLock<Option<Lie>> = OnceLock::new();

        *TOLD.get_or_init(|| {
            let name = env::var(LIE).ok()?;
            let lie = Self::ALL.iter().find(|lie| lie.name() == name);
            Some(*lie.unwrap_or_else(|| panic!("{LIE} names no lie: `{name}`")))
        })
    }

    pub(crate) fn is_told(self) -> bool {
        Self::told() == Some(self)
    }
}
