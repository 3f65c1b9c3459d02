//! Reads and writes cookies. Every cookie is host-only and `HttpOnly`, so all relying
//! parties use the same names, each on its own host.

use axum::http::HeaderMap;
use axum::http::header::COOKIE;

/// How long a browser keeps a cookie.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Lifetime {
    /// Until the browser is closed.
    Browser,
    /// For this many seconds.
    Seconds(u64),
    /// Not at all: the browser deletes the cookie.
    Gone,
}

/// Returns the value of the cookie `name`.
pub(crate) fn read<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(found, value)| (found == name).then_some(value))
}

/// Returns a `Set-Cookie` value. It is `SameSite=Lax`, because the browser comes back from
/// the provider by a navigation from another site (RFC 6265bis §5.6.7.1).
pub(crate) fn write(name: &str, value: &str, lifetime: Lifetime) -> String {
    let secure = if name.starts_with("__Host-") {
        "; Secure"
    } else {
        ""
    };
    let age = match lifetime {
        Lifetime::Browser => String::new(),
        Lifetime::Seconds(seconds) => format!("; Max-Age={seconds}"),
        Lifetime::Gone => "; Max-Age=0".to_owned(),
    };
    format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{age}")
}

/// Returns `name`, with the prefix that makes browsers insist on a host-only, secure cookie
/// if `base_url` is served over TLS.
pub(crate) fn name_at(base_url: &str, name: &str) -> String {
    if base_url.starts_with("https://") {
        format!("__Host-{name}")
    } else {
        name.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        let headers =
            HeaderMap::from_iter([(COOKIE, "xsession=a; session=b; session2=c".parse().unwrap())]);
        assert_eq!(read(&headers, "session"), Some("b"));
        assert_eq!(read(&headers, "sessio"), None);
    }

    #[test]
    fn over_tls_a_cookie_is_bound_to_the_host_and_secure() {
        let name = name_at("https://rp.example", "session");
        assert_eq!(
            write(&name, "v", Lifetime::Browser),
            "__Host-session=v; Path=/; HttpOnly; SameSite=Lax; Secure"
        );
    }

    #[test]
    fn on_loopback_without_tls_a_cookie_is_plain() {
        let name = name_at("http://rp.localhost:8080", "session");
        assert_eq!(
            write(&name, "", Lifetime::Gone),
            "session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0"
        );
    }
}
