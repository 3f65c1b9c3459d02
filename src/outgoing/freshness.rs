//! How long a fetched document may be reused (RFC 9111 §4.2), for a private cache.

use std::time::Duration;

use reqwest::header::{AGE, CACHE_CONTROL, DATE, EXPIRES, HeaderMap, HeaderName};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

/// A document is fetched again after a day at the latest, whatever its headers allow.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// The lifetime if the headers name none (RFC 9111 §4.2.2).
const UNSAID: Duration = Duration::from_secs(5 * 60);

/// Returns how long a response with these headers stays fresh from now on; zero if it may
/// not be reused without revalidation.
pub(super) fn fresh_for(headers: &HeaderMap) -> Duration {
    let said = directives(headers);
    if said.iter().any(|said| matches!(said, Said::Never)) {
        return Duration::ZERO;
    }
    let max_age = said.iter().filter_map(|said| match said {
        Said::MaxAge(seconds) => Some(Duration::from_secs(*seconds)),
        Said::Never => None,
    });
    // Of two different values, the shorter counts (§4.2.1).
    let lifetime = max_age.min().or_else(|| until_expiry(headers));
    let age = text(headers, &AGE)
        .and_then(|age| age.parse().ok())
        .unwrap_or(0);
    lifetime
        .unwrap_or(UNSAID)
        .saturating_sub(Duration::from_secs(age))
        .min(LONGEST)
}

enum Said {
    Never,
    MaxAge(u64),
}

fn directives(headers: &HeaderMap) -> Vec<Said> {
    let lines = headers.get_all(CACHE_CONTROL).iter();
    let words = lines.filter_map(|line| line.to_str().ok());
    words
        .flat_map(|line| line.split(','))
        .filter_map(|directive| {
            let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
            match name.trim().to_ascii_lowercase().as_str() {
                "no-store" | "no-cache" => Some(Said::Never),
                // An unreadable value counts as stale (§4.2.1).
                "max-age" => Some(
                    value
                        .trim()
                        .trim_matches('"')
                        .parse()
                        .map_or(Said::Never, Said::MaxAge),
                ),
                _ => None,
            }
        })
        .collect()
}

/// Returns the time until `Expires`; a value that is not a date is in the past (§5.3).
fn until_expiry(headers: &HeaderMap) -> Option<Duration> {
    let date = |name| OffsetDateTime::parse(text(headers, name)?, &Rfc2822).ok();
    headers.get(EXPIRES)?;
    let left = date(&EXPIRES)
        .zip(date(&DATE))
        .map(|(expires, now)| expires - now);
    Some(
        left.and_then(|left| left.try_into().ok())
            .unwrap_or_default(),
    )
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(headers: &[(&'static str, &'static str)]) -> u64 {
        let headers = headers
            .iter()
            .map(|&(name, value)| (HeaderName::from_static(name), value.parse().unwrap()));
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(name, value);
        }
        fresh_for(&map).as_secs()
    }

    #[test]
    fn an_answer_is_fresh_for_as_long_as_it_says_and_a_day_at_most() {
        let now = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");
        let soon = ("expires", "Sun, 06 Nov 1994 08:50:37 GMT");
        for (headers, fresh) in [
            (&[][..], 300),
            (&[("cache-control", "max-age=60")], 60),
            (&[("cache-control", "public, Max-Age=\"60\"")], 60),
            (&[("cache-control", "max-age=60"), ("age", "20")], 40),
            (&[("cache-control", "max-age=60"), ("age", "90")], 0),
            (
                &[
                    ("cache-control", "max-age=60"),
                    ("cache-control", "max-age=30"),
                ],
                30,
            ),
            (&[("cache-control", "max-age=99999999")], 86_400),
            (&[("cache-control", "max-age=99999999999999999999999")], 0),
            (&[("cache-control", "max-age=-1")], 0),
            (&[("cache-control", "no-store, max-age=60")], 0),
            (&[("cache-control", "no-cache")], 0),
            (&[("cache-control", "private")], 300),
            (&[now, soon], 60),
            (&[now, soon, ("cache-control", "max-age=5")], 5),
            (&[soon, ("date", "Sun, 06 Nov 1994 08:51:37 GMT")], 0),
            (&[soon], 0),
            (&[now, ("expires", "0")], 0),
        ] {
            assert_eq!(seconds(headers), fresh, "{headers:?}");
        }
    }
}
