//! The terms of use of a brand, read from its folder or built in. Every record of agreement
//! contains their version and the hash of the text that was shown. Who has to agree to
//! them, and when, is decided in `oidc::steps`.

use std::collections::BTreeMap;
use std::path::Path;

use crate::clock::Timestamp;
use crate::locale::Locale;
use crate::sha256::sha256_hex;

/// The version of the built-in terms, under `templates/terms/`.
pub const BUILT_IN_TERMS_VERSION: &str = "2026-11-01";

/// The built-in terms by brand and language. A change of a text needs a new version above.
const BUILT_IN_TERMS: [(&str, Locale, &str); 4] = [
    (
        "toyota",
        Locale::Ja,
        include_str!("../templates/terms/toyota.ja.html"),
    ),
    (
        "toyota",
        Locale::En,
        include_str!("../templates/terms/toyota.en.html"),
    ),
    (
        "lexus",
        Locale::Ja,
        include_str!("../templates/terms/lexus.ja.html"),
    ),
    (
        "lexus",
        Locale::En,
        include_str!("../templates/terms/lexus.en.html"),
    ),
];

/// One version of the terms of use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The version, e.g. `2026-11-01`. Versions are ordered as text.
    pub version: String,
    /// From when the terms apply to users who agreed to older ones.
    pub in_force_from: Option<Timestamp>,
    texts: BTreeMap<&'static str, TermsText>,
    japanese: TermsText,
}

/// The terms of use in one language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TermsText {
    /// The text as HTML, inserted into pages unescaped: it is the operator's own, so
    /// trusted.
    pub html: String,
    /// The SHA-256 of the text, hex.
    pub hash: String,
}

impl Terms {
    /// Returns the text in `locale`, or in Japanese if there is none in `locale`.
    #[must_use]
    pub fn text(&self, locale: Locale) -> &TermsText {
        self.texts.get(locale.tag()).unwrap_or(&self.japanese)
    }

    /// Returns the language of the text that `text` returns. The consent record names this
    /// language.
    #[must_use]
    pub fn shown_in(&self, locale: Locale) -> Locale {
        if self.texts.contains_key(locale.tag()) {
            locale
        } else {
            Locale::Ja
        }
    }
}

/// Returns the terms of a brand: the newest version in its folder, or the built-in terms if
/// no folder is given.
///
/// # Errors
/// A sentence about what is wrong: the folder or a file cannot be read, or a Japanese text
/// is missing.
pub fn of_brand(name: &str, folder: Option<&Path>) -> Result<Terms, String> {
    match folder {
        Some(folder) => terms_in(folder),
        None => built_in_terms(name),
    }
}

fn built_in_terms(brand: &str) -> Result<Terms, String> {
    let texts = BUILT_IN_TERMS
        .iter()
        .filter(|(name, _, _)| *name == brand)
        .map(|(_, locale, html)| (locale.tag(), text_of((*html).to_owned(), html)))
        .collect();
    let version = BUILT_IN_TERMS_VERSION.to_owned();
    terms(version, texts)
        .map_err(|_| "no terms are built in for this brand: name a terms_dir".to_owned())
}

/// Reads the files of a folder, which are named `<version>.<language>.html` or `.txt`.
fn terms_in(folder: &Path) -> Result<Terms, String> {
    let said = |error: std::io::Error| format!("{}: {error}", folder.display());
    let mut versions: BTreeMap<String, BTreeMap<&'static str, TermsText>> = BTreeMap::new();
    for entry in std::fs::read_dir(folder).map_err(said)? {
        let path = entry.map_err(said)?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        let Some((version, locale, kind)) = name.and_then(parts_of) else {
            continue;
        };
        let written = std::fs::read_to_string(&path).map_err(said)?;
        let html = match kind {
            Kind::Html => written.clone(),
            Kind::Plain => paragraphs(&written),
        };
        let texts = versions.entry(version.to_owned()).or_default();
        texts.insert(locale.tag(), text_of(html, &written));
    }
    let (version, texts) = versions
        .pop_last()
        .ok_or_else(|| format!("{} has no <version>.<ja|en>.<html|txt>", folder.display()))?;
    terms(version, texts)
}

enum Kind {
    Html,
    Plain,
}

fn parts_of(name: &str) -> Option<(&str, Locale, Kind)> {
    let (rest, extension) = name.rsplit_once('.')?;
    let kind = match extension {
        "html" => Kind::Html,
        "txt" => Kind::Plain,
        _ => return None,
    };
    let (version, tag) = rest.rsplit_once('.')?;
    let locale = Locale::ALL.into_iter().find(|locale| locale.tag() == tag)?;
    (!version.is_empty()).then_some((version, locale, kind))
}

fn terms(version: String, texts: BTreeMap<&'static str, TermsText>) -> Result<Terms, String> {
    let japanese = texts.get(Locale::Ja.tag()).cloned();
    let japanese = japanese.ok_or_else(|| format!("version {version} has no Japanese text"))?;
    Ok(Terms {
        version,
        in_force_from: None,
        texts,
        japanese,
    })
}

fn text_of(html: String, written: &str) -> TermsText {
    let hash = sha256_hex(written.as_bytes());
    TermsText { html, hash }
}

fn paragraphs(plain: &str) -> String {
    let escaped = plain
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    let paragraphs = escaped.split("\n\n").map(str::trim);
    paragraphs
        .filter(|paragraph| !paragraph.is_empty())
        .map(|paragraph| format!("<p>{}</p>\n", paragraph.replace('\n', "<br>")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_terms_of_a_folder_are_in_force_and_plain_text_is_escaped() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text| std::fs::write(folder.path().join(name), text).unwrap();
        write("2020-06-01.ja.html", "<p>古い</p>");
        write("2021-01-01.ja.txt", "第1条 <b>\n次の行\n\n第2条");
        write("README.md", "not terms");
        let terms = terms_in(folder.path()).unwrap();
        assert_eq!(terms.version, "2021-01-01");
        let text = terms.text(Locale::En);
        assert_eq!(
            text.html,
            "<p>第1条 &lt;b&gt;<br>次の行</p>\n<p>第2条</p>\n"
        );
        assert_eq!(terms.shown_in(Locale::En), Locale::Ja);
        assert_eq!(
            text.hash,
            sha256_hex("第1条 <b>\n次の行\n\n第2条".as_bytes())
        );
    }

    #[test]
    fn terms_without_japanese_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("1.en.txt"), "text").unwrap();
        assert!(terms_in(folder.path()).is_err());
    }
}
