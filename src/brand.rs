//! A brand: a host, an issuer, a mail sender and legal texts over the one account
//! store. A third brand is configuration, not code. The terms of use are read
//! once at start; their version and the hash of the very text shown go into
//! every record of agreement.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use crate::clock::Timestamp;
use crate::config::{BrandSettings, Config};
use crate::fault::Fault;
use crate::locale::Locale;
use crate::sha256::sha256_hex;

/// The version of the terms built in, under `templates/terms/`.
pub const BUILT_IN_TERMS_VERSION: &str = "2026-11-01";

/// By brand and language; changed together with the version above.
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

/// A brand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brand {
    /// Its name in configuration, records and style sheets: `toyota`.
    pub name: String,
    /// Its issuer: scheme and host, no trailing slash.
    pub issuer: String,
    /// The issuer's host, with the port where it is not the scheme's own, in lower case.
    pub host: String,
    /// Whether it is served over https: decides `Secure`, `__Host-` and HSTS.
    pub secure: bool,
    /// The address its mails come from.
    pub mail_from: String,
    /// The language of a person who names none that we know.
    pub default_locale: Locale,
    /// The terms of use in force.
    pub terms: Terms,
    display_name: BTreeMap<String, String>,
}

/// Terms of use in one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The version, e.g. `2026-11-01`. Versions are ordered as text.
    pub version: String,
    /// From when they bind whoever agreed to older ones.
    pub in_force_from: Option<Timestamp>,
    texts: BTreeMap<&'static str, TermsText>,
    japanese: TermsText,
}

/// Terms of use in one language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TermsText {
    /// The text as HTML, ready to stand in a page; the operator's own, so trusted.
    pub html: String,
    /// The SHA-256 of the text, hex.
    pub hash: String,
}

impl Brand {
    /// Makes a brand of its settings.
    ///
    /// # Errors
    /// When its terms cannot be read.
    pub fn new(settings: &BrandSettings) -> Result<Self, Fault> {
        let mut terms = terms_of(settings).map_err(|wrong| {
            Fault::because(format!("the terms of brand {}: {wrong}", settings.name))
        })?;
        terms.in_force_from = settings.terms_in_force_from;
        let (scheme, host) = settings.issuer.split_once("://").unwrap_or_default();
        Ok(Self {
            name: settings.name.clone(),
            issuer: settings.issuer.clone(),
            host: host.to_ascii_lowercase(),
            secure: scheme == "https",
            mail_from: settings.mail_from.clone(),
            default_locale: settings.default_locale,
            terms,
            display_name: settings.display_name.clone(),
        })
    }

    /// The name people read.
    #[must_use]
    pub fn display_name(&self, locale: Locale) -> &str {
        self.display_name
            .get(locale.tag())
            .map_or(self.name.as_str(), String::as_str)
    }

    /// The issuer's origin, as browsers write it (RFC 6454 §6.2).
    #[must_use]
    pub fn origin(&self) -> String {
        let scheme = if self.secure { "https" } else { "http" };
        format!("{scheme}://{}", self.host)
    }

    /// The issuer's host without a port: what an SMS code and a passkey are bound to.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.host.split(':').next().unwrap_or_default()
    }
}

impl Terms {
    /// The text in `locale`, else in Japanese.
    #[must_use]
    pub fn text(&self, locale: Locale) -> &TermsText {
        self.texts.get(locale.tag()).unwrap_or(&self.japanese)
    }

    /// The language that `text` really is in: the one a record must name.
    #[must_use]
    pub fn shown_in(&self, locale: Locale) -> Locale {
        if self.texts.contains_key(locale.tag()) {
            locale
        } else {
            Locale::Ja
        }
    }
}

/// All brands. No two share a host; configuration sees to that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brands(Vec<Arc<Brand>>);

impl Brands {
    /// Makes the brands that are configured.
    ///
    /// # Errors
    /// When the terms of one cannot be read.
    pub fn load(config: &Config) -> Result<Self, Fault> {
        let made = config
            .brands
            .iter()
            .map(|one| Brand::new(one).map(Arc::new));
        let brands: Result<Vec<_>, _> = made.collect();
        brands.map(Self)
    }

    /// The brand of a request's host (RFC 9110 §7.2): without regard to case,
    /// with or without the scheme's own port.
    #[must_use]
    pub fn by_host(&self, host: &str) -> Option<&Arc<Brand>> {
        let host = host.to_ascii_lowercase();
        self.0.iter().find(|brand| {
            let port = if brand.secure { ":443" } else { ":80" };
            brand.host == host || host.strip_suffix(port) == Some(&brand.host)
        })
    }

    /// The brand of that name.
    #[must_use]
    pub fn by_name(&self, name: &str) -> Option<&Arc<Brand>> {
        self.0.iter().find(|brand| brand.name == name)
    }

    /// Every brand.
    pub fn iter(&self) -> std::slice::Iter<'_, Arc<Brand>> {
        self.0.iter()
    }
}

/// The terms a brand's settings name: the newest version in its folder, or the
/// ones built in.
///
/// # Errors
/// With what is wrong, in words.
pub(crate) fn terms_of(settings: &BrandSettings) -> Result<Terms, String> {
    match &settings.terms_dir {
        Some(folder) => terms_in(folder),
        None => built_in_terms(&settings.name),
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

/// Files are named `<version>.<language>.html` or `.txt`.
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

    fn demo() -> Brands {
        let config = Config::demo(8080, Path::new("data")).unwrap();
        Brands::load(&config).unwrap()
    }

    #[test]
    fn a_brand_is_found_by_its_host_whatever_its_case() {
        let brands = demo();
        let brand = |host| brands.by_host(host).map(|brand| brand.name.as_str());
        assert_eq!(brand("id.toyota.localhost:8080"), Some("toyota"));
        assert_eq!(brand("ID.Lexus.localhost:8080"), Some("lexus"));
        assert_eq!(brand("id.toyota.localhost"), None);
        assert_eq!(brand("evil.example"), None);
    }

    #[test]
    fn the_schemes_own_port_may_be_named() {
        let mut config = Config::demo(8080, Path::new("data")).unwrap();
        config.brands[0].issuer = "https://id.lexus.jp".to_owned();
        let brands = Brands::load(&config).unwrap();
        assert!(brands.by_host("id.lexus.jp:443").unwrap().secure);
        assert!(brands.by_host("id.lexus.jp:80").is_none());
    }

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

    #[test]
    fn both_brands_have_terms_in_both_languages() {
        for brand in demo().iter() {
            for locale in Locale::ALL {
                assert_eq!(brand.terms.shown_in(locale), locale);
                assert!(brand.terms.text(locale).html.contains("<h2>"));
            }
        }
    }
}
