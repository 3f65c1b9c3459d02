//! The settings of each brand, and the certificates.

use std::collections::BTreeMap;
use std::path::PathBuf;

use time::macros::format_description;
use url::Url;

use super::declared::{Table as _, settings};
use super::document::{Document, Value};
use super::reader::{self, Reader};
use crate::accounts::email_address::EmailAddress;
use crate::clock::Timestamp;
use crate::locale::Locale;
use crate::terms;
use crate::tls::CertificateFiles;

/// One brand as configured; `brand.rs` turns it into a `Brand`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrandSettings {
    /// Name of the brand, such as `toyota`.
    pub name: String,
    /// The issuer: `https://` and a host, nothing more.
    pub issuer: String,
    /// The displayed name, by language tag.
    pub display_name: BTreeMap<String, String>,
    /// The sender address of its mails.
    pub mail_from: String,
    /// The folder with its terms, if not the built-in ones.
    pub terms_dir: Option<PathBuf>,
    /// When the newest terms start to apply to users who agreed to older ones; at once if
    /// not set.
    pub terms_in_force_from: Option<Timestamp>,
    /// The language for a user who requests none that is supported.
    pub default_locale: Locale,
}

settings! {
    /// One brand as written. Its displayed name, in each language, is a table of its own.
    pub(super) struct BrandTable in "brands.*" of config {
        /// Scheme and host only; must never change once clients know it.
        issuer: String => required by reader::text;
        /// The sender of its mails.
        mail_from: String => required by reader::text;
        /// The language for people whose browser asks for none that we have: ja or en.
        default_locale: Locale = locale, Locale::Ja;
        /// <version>.<ja|en>.<html|txt>; default: built in.
        terms_dir: Option<PathBuf> => optional by reader::path;
        /// Until that day in Japan, people who agreed to older terms may answer "later";
        /// default: they must agree at once.
        terms_in_force_from: Option<Timestamp> => optional by day;
    }
}

settings! {
    /// The files of a certificate as written: the general one, or a brand's own.
    pub(super) struct CertificateTable in "tls" of config {
        /// PEM, followed by its chain; must be valid for the hosts of all brands.
        certificate_file: Option<PathBuf> => optional by reader::path;
        /// PEM, mode 0600. Renewed files are used without a restart.
        key_file: Option<PathBuf> => optional by reader::path;
    }
}

pub(super) fn brands(from: &mut Reader<'_>, document: &Document) -> Vec<BrandSettings> {
    let names = document.names_under("brands");
    if names.is_empty() {
        from.refuse("brands", "at least one [brands.<name>] is needed");
    }
    let brands: Vec<_> = names.into_iter().map(|name| brand(from, name)).collect();
    for (index, brand) in brands.iter().enumerate() {
        let earlier = brands.iter().take(index);
        if let Some(other) = earlier
            .rev()
            .find(|other| other.issuer == brand.issuer && !brand.issuer.is_empty())
        {
            let message = format!("brand {} has this host already", other.name);
            from.refuse(&format!("brands.{}.issuer", brand.name), message);
        }
    }
    brands
}

fn brand(from: &mut Reader<'_>, name: String) -> BrandSettings {
    let table = format!("brands.{name}");
    if !name
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    {
        from.refuse(&table, "a brand's name is made of a–z and 0–9");
    }
    let mut display_name = BTreeMap::new();
    for locale in Locale::ALL {
        let setting = format!("{table}.display_name.{}", locale.tag());
        let text = from.required(&setting, reader::text);
        display_name.insert(locale.tag().to_owned(), text);
    }
    let BrandTable {
        issuer,
        mail_from,
        default_locale,
        terms_dir,
        terms_in_force_from,
    } = BrandTable::read_as(&table, from);
    if !mail_from.is_empty() && EmailAddress::read(&mail_from).is_err() {
        from.refuse(&format!("{table}.mail_from"), "is not an e-mail address");
    }
    if let Some(wrong) = (!issuer.is_empty())
        .then(|| wrong_issuer(&issuer))
        .flatten()
    {
        from.refuse(&format!("{table}.issuer"), wrong);
    }
    let settings = BrandSettings {
        terms_in_force_from,
        issuer,
        display_name,
        mail_from,
        terms_dir,
        default_locale,
        name,
    };
    if let Err(wrong) = terms::of_brand(&settings.name, settings.terms_dir.as_deref()) {
        let setting = match settings.terms_dir {
            Some(_) => format!("{table}.terms_dir"),
            None => table,
        };
        from.refuse(&setting, wrong);
    }
    settings
}

/// Reads the general certificate and the brands' own certificates.
pub(super) fn certificates(
    from: &mut Reader<'_>,
    brands: &[BrandSettings],
) -> Vec<CertificateFiles> {
    let mut certificates = Vec::new();
    let own = brands.iter().map(|brand| Some(brand.name.clone()));
    for brand in std::iter::once(None).chain(own) {
        let mut files = CertificateFiles {
            brand,
            ..CertificateFiles::default()
        };
        let written = CertificateTable::read_as(&files.table(), from);
        match (written.certificate_file, written.key_file) {
            (None, None) => continue,
            (Some(_), None) => {
                let key = files.setting("key_file");
                from.refuse(&key, "is missing: a certificate needs its key");
            }
            (None, Some(_)) => {
                let certificate = files.setting("certificate_file");
                from.refuse(&certificate, "is missing: a key is of a certificate");
            }
            (Some(certificate_file), Some(key_file)) => {
                (files.certificate_file, files.key_file) = (certificate_file, key_file);
                certificates.push(files);
            }
        }
    }
    certificates
}

/// Returns what is wrong with an issuer. Every client compares an issuer as a string
/// (OpenID Connect Core §3.1.3.7), so only one spelling is accepted: scheme and host.
fn wrong_issuer(issuer: &str) -> Option<String> {
    let Ok(url) = Url::parse(issuer) else {
        return Some("must be a URL like https://id.example.jp".to_owned());
    };
    if !matches!(url.scheme(), "https" | "http") {
        return Some("must begin with https://".to_owned());
    }
    let plain = url.origin().ascii_serialization();
    (issuer != plain).then(|| {
        format!("must be scheme and host only, without path, query or trailing slash: {plain}")
    })
}

/// Reads a day as its first second in Japan.
fn day(value: &Value) -> Result<Timestamp, String> {
    let wrong = || "must be a day like \"2027-04-01\"".to_owned();
    let text = reader::text(value)?;
    let date = time::Date::parse(&text, format_description!("[year]-[month]-[day]"));
    date.map(Timestamp::of_day_in_japan).map_err(|_| wrong())
}

fn locale(value: &Value) -> Result<Locale, String> {
    let tag = reader::text(value)?;
    Locale::ALL
        .into_iter()
        .find(|locale| locale.tag() == tag)
        .ok_or_else(|| "must be ja or en".to_owned())
}
