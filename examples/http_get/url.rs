//! Where a resource is.

use std::fmt;

pub(crate) struct Url {
    /// The host, and the port if one is named.
    pub(crate) authority: String,
    /// With the query.
    pub(crate) path: String,
}

impl Url {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let rest = text.strip_prefix("http://");
        let rest = rest.ok_or_else(|| format!("{text:?} does not begin with http://"))?;
        if rest.chars().any(|character| !character.is_ascii_graphic()) {
            return Err(format!("{text:?} has characters that are to be encoded"));
        }
        let rest = rest.split('#').next().unwrap_or_default();
        let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        if authority.is_empty() || authority.starts_with(':') || authority.contains('@') {
            return Err(format!("{text:?} has no host, or a user"));
        }
        let slash = if path.starts_with('/') { "" } else { "/" };
        Ok(Self { authority: authority.to_owned(), path: format!("{slash}{path}") })
    }

    /// For `connect`, with the port of HTTP if none is named. Colons are part of an address of IPv6 if they are in brackets.
    pub(crate) fn address(&self) -> String {
        match self.authority.rsplit_once(':') {
            Some((_, port)) if !port.ends_with(']') => self.authority.clone(),
            _ => format!("{}:80", self.authority),
        }
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}{}", self.authority, self.path)
    }
}
