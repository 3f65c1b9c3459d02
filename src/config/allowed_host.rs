//! A host that may be requested although it is not on the public internet.

use std::fmt;
use std::str::FromStr;

/// One host, or all subdomains of one (`*.localhost`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedHost(String);

/// The error message for a text that names no host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be a host as it stands in an address, like jwks.internal, 10.0.0.1, [::1] or *.internal"
)]
pub struct NoHost;

impl AllowedHost {
    /// Returns whether it covers `host`, written as in the URL standard: lower case, IPv6
    /// in brackets.
    #[must_use]
    pub fn is(&self, host: &str) -> bool {
        match self.0.strip_prefix('*') {
            Some(end) => host.len() > end.len() && host.ends_with(end),
            None => self.0 == host,
        }
    }
}

impl FromStr for AllowedHost {
    type Err = NoHost;

    fn from_str(text: &str) -> Result<Self, NoHost> {
        let host = text.strip_prefix("*.").unwrap_or(text);
        let spelled = url::Host::parse(host).map_err(|_| NoHost)?;
        // `*.10.0.0.1` cannot be the suffix of a host.
        let is_name = matches!(spelled, url::Host::Domain(_));
        let starred = host.contains('*') || (host.len() < text.len() && !is_name);
        if spelled.to_string() != host || starred {
            return Err(NoHost);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for AllowedHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_itself_and_a_star_is_all_below() {
        for (allowed, host, is) in [
            ("suite.example", "suite.example", true),
            ("suite.example", "a.suite.example", false),
            ("suite.example", "evilsuite.example", false),
            ("*.localhost", "rp.localhost", true),
            ("*.localhost", "a.rp.localhost", true),
            ("*.localhost", "localhost", false),
            ("*.localhost", ".localhost", false),
            ("*.localhost", "rp.localhost.evil.example", false),
            ("127.0.0.1", "127.0.0.1", true),
            ("[::1]", "[::1]", true),
        ] {
            let pattern: AllowedHost = allowed.parse().unwrap();
            assert_eq!(pattern.is(host), is, "{allowed} {host}");
        }
    }

    #[test]
    fn what_is_no_host_is_refused() {
        for text in [
            "",
            "*",
            "*.",
            "https://a.example",
            "a.example:80",
            "A.example",
            "a/b",
            "*.10.0.0.1",
            "127.1",
            "::1",
            "a.*.example",
        ] {
            assert_eq!(text.parse::<AllowedHost>(), Err(NoHost), "{text}");
        }
    }
}
