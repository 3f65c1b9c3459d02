//! The two languages of pages and mails, and how one is chosen. The texts are in
//! `locales/`.

use serde::{Deserialize, Serialize};

/// A language of the pages and mails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Locale {
    /// Japanese.
    #[default]
    Ja,
    /// English.
    En,
}

impl Locale {
    /// All languages, the preferred one first.
    pub const ALL: [Self; 2] = [Self::Ja, Self::En];

    /// Returns the BCP 47 tag: `ja` or `en`.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Ja => "ja",
            Self::En => "en",
        }
    }

    /// Returns the language of one BCP 47 tag, by its primary subtag: `ja-JP` gives `ja`.
    #[must_use]
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.trim().split(['-', '_']).next()?;
        Self::ALL
            .into_iter()
            .find(|locale| locale.tag().eq_ignore_ascii_case(primary))
    }

    /// Returns the first supported language of a space-separated list, as in `ui_locales`
    /// (OpenID Connect Core §3.1.2.1).
    #[must_use]
    pub fn from_ui_locales(list: &str) -> Option<Self> {
        list.split_whitespace().find_map(Self::from_tag)
    }

    /// Returns the preferred supported language of an `Accept-Language` header (RFC 9110
    /// §12.5.4).
    #[must_use]
    pub fn from_accept_language(header: &str) -> Option<Self> {
        let mut ranges: Vec<(f32, Self)> = header.split(',').filter_map(weighted).collect();
        ranges.sort_by(|a, b| b.0.total_cmp(&a.0));
        ranges.first().map(|&(_, locale)| locale)
    }
}

fn weighted(range: &str) -> Option<(f32, Locale)> {
    let mut parts = range.split(';');
    let locale = Locale::from_tag(parts.next()?)?;
    let quality = parts
        .find_map(|parameter| parameter.trim().strip_prefix("q="))
        .map_or(Some(1.0), |q| q.parse().ok())?;
    (quality > 0.0).then_some((quality, locale))
}
