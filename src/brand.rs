//! A brand: a host, an issuer, a mail sender and legal texts over the one account store. A
//! third brand needs only configuration. The terms of use are read once, at start.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::config::{BrandSettings, Config};
use crate::fault::Fault;
use crate::locale::Locale;
use crate::terms::{self, Terms};

/// A brand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brand {
    /// The name in configuration, records and style sheets: `toyota`.
    pub name: String,
    /// The issuer: scheme and host, without a trailing slash.
    pub issuer: String,
    /// The issuer's host in lower case, with the port if it is not the scheme's default.
    pub host: String,
    /// Whether the brand is served over https; decides `Secure`, `__Host-` and HSTS.
    pub secure: bool,
    /// The sender's address of its mails.
    pub mail_from: String,
    /// The language for a person who asks for none of ours.
    pub default_locale: Locale,
    /// The terms of use in force.
    pub terms: Terms,
    display_name: BTreeMap<String, String>,
}

impl Brand {
    /// Makes a brand from its settings.
    ///
    /// # Errors
    /// `Fault` if its terms cannot be read.
    pub fn new(settings: &BrandSettings) -> Result<Self, Fault> {
        let mut terms =
            terms::of_brand(&settings.name, settings.terms_dir.as_deref()).map_err(|wrong| {
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

    /// Returns the name shown to people.
    #[must_use]
    pub fn display_name(&self, locale: Locale) -> &str {
        self.display_name
            .get(locale.tag())
            .map_or(self.name.as_str(), String::as_str)
    }

    /// Returns the issuer's origin, as browsers write it (RFC 6454 §6.2).
    #[must_use]
    pub fn origin(&self) -> String {
        let scheme = if self.secure { "https" } else { "http" };
        format!("{scheme}://{}", self.host)
    }

    /// Returns the issuer's host without a port, to which an SMS code and a passkey are
    /// bound.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.host.split(':').next().unwrap_or_default()
    }
}

/// All brands. The configuration ensures that no two share a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brands(Vec<Arc<Brand>>);

impl Brands {
    /// Makes the configured brands.
    ///
    /// # Errors
    /// `Fault` if the terms of a brand cannot be read.
    pub fn load(config: &Config) -> Result<Self, Fault> {
        let made = config
            .brands
            .iter()
            .map(|one| Brand::new(one).map(Arc::new));
        let brands: Result<Vec<_>, _> = made.collect();
        brands.map(Self)
    }

    /// Returns the brand of a request's host (RFC 9110 §7.2), compared without regard to
    /// case, with or without the scheme's default port.
    #[must_use]
    pub fn by_host(&self, host: &str) -> Option<&Arc<Brand>> {
        let host = host.to_ascii_lowercase();
        self.0.iter().find(|brand| {
            let port = if brand.secure { ":443" } else { ":80" };
            brand.host == host || host.strip_suffix(port) == Some(&brand.host)
        })
    }

    /// Returns the brand of that name.
    #[must_use]
    pub fn by_name(&self, name: &str) -> Option<&Arc<Brand>> {
        self.0.iter().find(|brand| brand.name == name)
    }

    /// Iterates over all brands.
    pub fn iter(&self) -> std::slice::Iter<'_, Arc<Brand>> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

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
    fn both_brands_have_terms_in_both_languages() {
        for brand in demo().iter() {
            for locale in Locale::ALL {
                assert_eq!(brand.terms.shown_in(locale), locale);
                assert!(brand.terms.text(locale).html.contains("<h2>"));
            }
        }
    }
}
