//! The shell of every page: brand, language, the client the person is on the way to, and
//! the errors of the form they sent.

use std::collections::BTreeMap;

use serde::Serialize;
use url::form_urlencoded;

use super::assets::Assets;
use crate::accounts::field_errors::FieldErrors;
use crate::locale::Locale;
use crate::texts;

/// The query parameter by which a person chooses a language.
const LANGUAGE: &str = "lang";

/// The shell of a page.
#[derive(Clone, Debug)]
pub struct Shell {
    /// The language of the page.
    pub locale: Locale,
    brand: String,
    brand_name: String,
    url: Option<String>,
    form_token: String,
    cancel_url: Option<String>,
    service: Option<String>,
    errors: FieldErrors,
    error_values: Vec<(&'static str, String)>,
    page_error: Option<&'static str>,
    notice: Option<Notice>,
}

impl Shell {
    /// Returns the shell for the brand named `brand`, which is shown as `brand_name`.
    #[must_use]
    pub fn new(brand: &str, brand_name: &str, locale: Locale) -> Self {
        Self {
            locale,
            brand: brand.to_owned(),
            brand_name: brand_name.to_owned(),
            url: None,
            form_token: String::new(),
            cancel_url: None,
            service: None,
            errors: FieldErrors::none(),
            error_values: Vec::new(),
            page_error: None,
            notice: None,
        }
    }

    /// Sets the page's own path and query, which the links to other languages keep. A
    /// path that a browser would take for another host's address is no page's.
    #[must_use]
    pub fn at(mut self, url: impl Into<String>) -> Self {
        self.url = Some(url.into()).filter(|url: &String| is_path_here(url));
        self
    }

    /// Sets the token of the page's forms.
    #[must_use]
    pub fn form_token(mut self, token: impl Into<String>) -> Self {
        self.form_token = token.into();
        self
    }

    /// Sets the URL to which the button "cancel" sends its form.
    #[must_use]
    pub fn cancel_at(mut self, url: impl Into<String>) -> Self {
        self.cancel_url = Some(url.into());
        self
    }

    /// Sets the name of the client that the person is on the way to.
    #[must_use]
    pub fn service(mut self, name: impl Into<String>) -> Self {
        self.service = Some(name.into());
        self
    }

    /// Sets the errors of the form that the person sent.
    #[must_use]
    pub fn errors(mut self, errors: FieldErrors) -> Self {
        self.errors = errors;
        self
    }

    /// Adds an argument of the error messages.
    #[must_use]
    pub fn error_value(mut self, name: &'static str, value: impl ToString) -> Self {
        self.error_values.push((name, value.to_string()));
        self
    }

    /// Sets the stable code of a page that is an error page.
    #[must_use]
    pub fn page_error(mut self, code: &'static str) -> Self {
        self.page_error = Some(code);
        self
    }

    /// Sets a sentence about what just happened.
    #[must_use]
    pub fn notice(mut self, sentence: String) -> Self {
        self.notice = Some(Notice {
            sentence,
            cautions: false,
            url: None,
            link: String::new(),
        });
        self
    }

    /// Sets a sentence about a failure that was not caused by the typed values.
    #[must_use]
    pub fn caution(mut self, sentence: String) -> Self {
        self.notice = Some(Notice {
            sentence,
            cautions: true,
            url: None,
            link: String::new(),
        });
        self
    }

    /// Adds a link to the sentence about what happened.
    #[must_use]
    pub fn with_link(mut self, to: String, text: String) -> Self {
        if let Some(notice) = &mut self.notice {
            notice.url = Some(to);
            notice.link = text;
        }
        self
    }

    pub(super) fn context(&self, screen: &'static str, assets: &Assets) -> ShellContext<'_> {
        let errors: Vec<ErrorLine> = self
            .errors
            .0
            .iter()
            .map(|error| self.error_line(error.field, error.code))
            .collect();
        let stylesheet = format!("{}.css", self.brand);
        ShellContext {
            brand: &self.brand,
            brand_name: &self.brand_name,
            stylesheet: assets.get(&stylesheet).map(|_| stylesheet),
            locale: self.locale.tag(),
            screen,
            languages: self.languages(),
            form_token: &self.form_token,
            cancel_url: self.cancel_url.as_deref(),
            service: self.service.as_deref(),
            error: self
                .page_error
                .or(self.errors.0.first().map(|error| error.code)),
            error_of: self.by_field(&errors),
            errors,
            notice: self.notice.as_ref(),
        }
    }

    fn error_line(&self, field: &'static str, code: &'static str) -> ErrorLine {
        let key = format!("error-{code}");
        ErrorLine {
            field,
            text: texts::text(self.locale, &key, &self.error_values),
        }
    }

    fn by_field(&self, errors: &[ErrorLine]) -> BTreeMap<&'static str, String> {
        let mut by_field: BTreeMap<&'static str, String> = BTreeMap::new();
        for error in errors {
            let sentences = by_field.entry(error.field).or_default();
            // Japanese sentences are joined without a space.
            if !sentences.is_empty() && self.locale == Locale::En {
                sentences.push(' ');
            }
            sentences.push_str(&error.text);
        }
        by_field
    }

    fn languages(&self) -> Vec<Language> {
        let Some(url) = &self.url else {
            return Vec::new();
        };
        Locale::ALL
            .into_iter()
            .map(|locale| Language {
                tag: locale.tag(),
                name: texts::text(locale, "language-name", &[]),
                url: in_language(url, locale),
                current: locale == self.locale,
            })
            .collect()
    }
}

/// Whether a link to `url` stays on this host: it begins with one slash. Browsers read a
/// backslash as another, and ignore tabs and line ends.
fn is_path_here(url: &str) -> bool {
    url.strip_prefix('/').is_some_and(|rest| {
        !rest.starts_with(['/', '\\']) && !rest.contains(|c: char| c.is_control())
    })
}

/// Returns the URL of the same page in another language.
fn in_language(url: &str, locale: Locale) -> String {
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let kept = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name != LANGUAGE);
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(kept)
        .append_pair(LANGUAGE, locale.tag())
        .finish();
    format!("{path}?{query}")
}

/// The shell in the form that templates use.
#[derive(Debug, Serialize)]
pub(super) struct ShellContext<'a> {
    brand: &'a str,
    brand_name: &'a str,
    stylesheet: Option<String>,
    locale: &'static str,
    screen: &'static str,
    languages: Vec<Language>,
    form_token: &'a str,
    cancel_url: Option<&'a str>,
    service: Option<&'a str>,
    error: Option<&'a str>,
    error_of: BTreeMap<&'static str, String>,
    errors: Vec<ErrorLine>,
    notice: Option<&'a Notice>,
}

#[derive(Clone, Debug, Serialize)]
struct Notice {
    sentence: String,
    cautions: bool,
    /// A URL that helps, and the text of its link.
    url: Option<String>,
    link: String,
}

#[derive(Debug, Serialize)]
struct Language {
    tag: &'static str,
    name: String,
    url: String,
    current: bool,
}

#[derive(Debug, Serialize)]
struct ErrorLine {
    field: &'static str,
    text: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_host_are_linked() {
        for here in ["/", "/terms", "/interaction/a?request=//x"] {
            assert!(is_path_here(here), "{here}");
        }
        for elsewhere in [
            "//host/x",
            "/\\host/x",
            "/\t/host",
            "https://host/",
            "x",
            "",
        ] {
            assert!(!is_path_here(elsewhere), "{elsewhere}");
        }
    }

    #[test]
    fn a_link_to_another_language_keeps_the_rest_of_the_url() {
        let url = in_language("/interaction/abc/login?request=a%2Bb&lang=ja", Locale::En);
        assert_eq!(url, "/interaction/abc/login?request=a%2Bb&lang=en");
        assert_eq!(in_language("/terms", Locale::Ja), "/terms?lang=ja");
    }
}
