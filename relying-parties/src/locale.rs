//! The two languages of the pages, and how one is chosen: first `?lang=`, then the cookie
//! with an earlier choice, then the browser's `Accept-Language`.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;
use serde::Serialize;

use crate::cookie;
use crate::encoded::field;

/// Name of the cookie that remembers a choice made by `?lang=`.
pub(crate) const LANG_COOKIE: &str = "lang";

/// A language of the pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Locale {
    Ja,
    En,
}

/// A short text in both languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text {
    /// In Japanese.
    pub ja: &'static str,
    /// In English.
    pub en: &'static str,
}

impl Text {
    pub(crate) const fn read_in(self, locale: Locale) -> &'static str {
        match locale {
            Locale::Ja => self.ja,
            Locale::En => self.en,
        }
    }
}

impl Locale {
    /// The BCP 47 tag.
    pub(crate) const fn tag(self) -> &'static str {
        match self {
            Self::Ja => "ja",
            Self::En => "en",
        }
    }

    /// Chooses the language for one request.
    pub(crate) fn of(headers: &HeaderMap, query: Option<&str>) -> Self {
        asked_for(query)
            .or_else(|| cookie::read(headers, LANG_COOKIE).and_then(from_tag))
            .or_else(|| from_accept_language(headers.get(ACCEPT_LANGUAGE)?.to_str().ok()?))
            .unwrap_or(Self::Ja)
    }
}

/// Returns the language that the query asks for.
pub(crate) fn asked_for(query: Option<&str>) -> Option<Locale> {
    from_tag(&field(query?.as_bytes(), "lang")?)
}

fn from_tag(tag: &str) -> Option<Locale> {
    match tag.trim().split('-').next()? {
        primary if primary.eq_ignore_ascii_case("ja") => Some(Locale::Ja),
        primary if primary.eq_ignore_ascii_case("en") => Some(Locale::En),
        _ => None,
    }
}

/// Returns the language of an `Accept-Language` header with the highest weight among those
/// we have (RFC 9110 §12.5.4).
fn from_accept_language(header: &str) -> Option<Locale> {
    let mut ranges: Vec<(f32, Locale)> = header.split(',').filter_map(weighted).collect();
    ranges.sort_by(|a, b| b.0.total_cmp(&a.0));
    ranges.first().map(|&(_, locale)| locale)
}

fn weighted(range: &str) -> Option<(f32, Locale)> {
    let mut parts = range.split(';');
    let locale = from_tag(parts.next()?)?;
    let quality: f32 = parts
        .find_map(|parameter| parameter.trim().strip_prefix("q="))
        .map_or(Some(1.0), |q| q.parse().ok())?;
    (quality > 0.0).then_some((quality, locale))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::header::COOKIE;

    fn headers(accept: &'static str, cookie: &'static str) -> HeaderMap {
        HeaderMap::from_iter([
            (ACCEPT_LANGUAGE, accept.parse().unwrap()),
            (COOKIE, cookie.parse().unwrap()),
        ])
    }

    #[test]
    fn what_is_asked_for_goes_before_what_was_chosen_and_what_the_browser_says() {
        let headers = headers("ja;q=0.5, en-GB", "lang=ja");
        assert_eq!(Locale::of(&headers, Some("x=1&lang=en")), Locale::En);
        assert_eq!(Locale::of(&headers, Some("lang=fr")), Locale::Ja);
    }

    #[test]
    fn the_browsers_preference_is_by_weight() {
        assert_eq!(
            Locale::of(&headers("ja;q=0.5, en-GB", ""), None),
            Locale::En
        );
        assert_eq!(
            Locale::of(&headers("en;q=0, ja;q=0.1", ""), None),
            Locale::Ja
        );
    }

    #[test]
    fn a_stranger_to_both_reads_japanese() {
        assert_eq!(Locale::of(&headers("fr", ""), None), Locale::Ja);
        assert_eq!(Locale::of(&HeaderMap::new(), None), Locale::Ja);
    }
}
