//! The texts shown to people, from `locales/<language>/*.ftl` (Project Fluent). If a
//! language lacks a text, the Japanese one is used; if there is none, the key is shown. A
//! test checks that no text is missing.

use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use rust_embed::Embed;

use crate::fault::Fault;
use crate::locale::Locale;

#[derive(Embed)]
#[folder = "locales"]
struct Files;

struct Catalogue {
    bundle: FluentBundle<FluentResource>,
    problems: Vec<String>,
}

static JAPANESE: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::of(Locale::Ja));
static ENGLISH: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::of(Locale::En));

/// Returns the text `key` in the language `locale`, with its arguments filled in.
#[must_use]
pub fn text(locale: Locale, key: &str, args: &[(&str, String)]) -> String {
    find(locale, key, args)
        .or_else(|| find(Locale::Ja, key, args))
        .unwrap_or_else(|| key.to_owned())
}

/// Returns the text `key` in exactly that language; `None` if there is none, or an argument
/// is missing.
#[must_use]
pub fn find(locale: Locale, key: &str, args: &[(&str, String)]) -> Option<String> {
    let bundle = &catalogue(locale).bundle;
    let pattern = bundle.get_message(key)?.value()?;
    let values: FluentArgs<'_> = args
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let mut errors = Vec::new();
    let text = bundle.format_pattern(pattern, Some(&values), &mut errors);
    errors.is_empty().then(|| text.into_owned())
}

/// Whether exactly that language has a text `key`.
#[must_use]
pub fn has(locale: Locale, key: &str) -> bool {
    catalogue(locale).bundle.has_message(key)
}

/// Checks that the catalogues could be read; called once at start.
///
/// # Errors
/// `Fault` with the file that is not valid Fluent, or the key that occurs twice.
pub fn check() -> Result<(), Fault> {
    let problems = Locale::ALL.into_iter().map(catalogue);
    match problems.flat_map(|catalogue| &catalogue.problems).next() {
        Some(problem) => Err(Fault::because(problem)),
        None => Ok(()),
    }
}

fn catalogue(locale: Locale) -> &'static Catalogue {
    match locale {
        Locale::Ja => &JAPANESE,
        Locale::En => &ENGLISH,
    }
}

impl Catalogue {
    fn of(locale: Locale) -> Self {
        let language = locale.tag().parse().unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![language]);
        // Isolation marks are for text that mixes writing directions; in mails and
        // attributes they would be visible.
        bundle.set_use_isolating(false);
        let mut problems = Vec::new();
        for (name, source) in sources(locale) {
            let resource = FluentResource::try_new(source).unwrap_or_else(|(part, errors)| {
                problems.push(format!("locales/{name}: {errors:?}"));
                part
            });
            if let Err(errors) = bundle.add_resource(resource) {
                problems.push(format!("locales/{name}: {errors:?}"));
            }
        }
        Self { bundle, problems }
    }
}

fn sources(locale: Locale) -> impl Iterator<Item = (String, String)> {
    let folder = format!("{}/", locale.tag());
    Files::iter()
        .filter(move |name| name.starts_with(&folder))
        .filter_map(|name| {
            let file = Files::get(&name)?;
            let text = String::from_utf8_lossy(&file.data).into_owned();
            Some((name.into_owned(), text))
        })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::accounts::password::PasswordPolicy;

    fn keys(locale: Locale) -> BTreeSet<(String, String)> {
        let mut keys = BTreeSet::new();
        for (name, source) in sources(locale) {
            let file = name.rsplit('/').next().unwrap().to_owned();
            for line in source.lines() {
                let key = line.split_once(" =").map(|(key, _)| key);
                let key = key.filter(|key| key.starts_with(|c: char| c.is_ascii_alphabetic()));
                keys.extend(key.map(|key| (file.clone(), key.to_owned())));
            }
        }
        keys
    }

    #[test]
    fn the_catalogues_are_read_whole() {
        check().unwrap();
    }

    #[test]
    fn both_languages_have_the_same_keys_in_the_same_files() {
        assert_eq!(keys(Locale::Ja), keys(Locale::En));
    }

    #[test]
    fn values_are_filled_in_as_they_are() {
        let args = [("brand", "共通ID"), ("code", "001164"), ("minutes", "10")];
        let args = args.map(|(name, value)| (name, value.to_owned()));
        let text = text(Locale::Ja, "mail-verification-code-text", &args);
        assert!(text.contains("認証番号：001164"), "{text}");
        assert!(!text.contains('\u{2068}'));
    }

    /// Returns the error codes that the modules of `accounts` use.
    fn field_error_codes() -> BTreeSet<String> {
        let mut folders = vec![std::path::PathBuf::from("src/accounts")];
        let mut codes = BTreeSet::new();
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let source = std::fs::read_to_string(path).unwrap();
                let code = source.split("#[cfg(test)]").next().unwrap();
                let refusals = [
                    "Err(\"",
                    "ok_or(\"",
                    "push(\"",
                    "Err(_) => \"",
                    "Some(\"code-",
                ];
                for refusal in refusals {
                    for rest in code.split(refusal).skip(1) {
                        let word = rest.split('"').next().unwrap();
                        let prefix = refusal.strip_prefix("Some(\"").unwrap_or_default();
                        codes.insert(format!("error-{prefix}{word}"));
                    }
                }
            }
        }
        codes
    }

    #[test]
    fn every_field_error_has_its_sentence() {
        let codes = field_error_codes();
        assert!(codes.len() > 30, "{codes:?}");
        let missing = codes.iter().filter(|key| !has(Locale::Ja, key));
        assert_eq!(missing.collect::<Vec<_>>(), Vec::<&String>::new());
    }

    #[test]
    fn every_line_of_password_advice_has_its_sentence() {
        for policy in [PasswordPolicy::Seed2020, PasswordPolicy::Modern] {
            for key in policy.advice().iter().copied().chain(policy.note()) {
                let sentence = find(Locale::Ja, key, &policy.advice_arguments());
                assert!(sentence.is_some(), "{key}");
            }
        }
    }

    #[test]
    fn a_key_that_is_nowhere_shows_itself() {
        assert_eq!(text(Locale::En, "no-such-key", &[]), "no-such-key");
        assert!(!has(Locale::En, "no-such-key"));
        assert_eq!(find(Locale::En, "mail-verification-code-text", &[]), None);
    }
}
