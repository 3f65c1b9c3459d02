//! Renders the pages from templates. The templates are parsed once at start, once per
//! language, so that every text has the language of its page. The template engine escapes
//! the values; the texts are in `locales/`.

mod assets;
mod check_session;
mod shell;

use std::collections::BTreeMap;

use rust_embed::Embed;
use serde::Serialize;
use tera::{Context, Kwargs, State, Tera, TeraResult};

pub use assets::{Asset, Assets};
pub use shell::Shell;

use crate::fault::Fault;
use crate::locale::Locale;
use crate::texts;

/// The only inline script: it submits a `form_post` response. Its hash is
/// [`Pages::form_post_script_source`].
pub const FORM_POST_SCRIPT: &str = "document.forms[0].submit()";

#[derive(Embed)]
#[folder = "templates/"]
struct Templates;

/// The values of one template. The struct is named after the screen.
pub trait Page: Serialize {
    /// The template's path below `templates/`.
    const TEMPLATE: &'static str;
    /// The screen's name, which `data-screen` guarantees.
    const SCREEN: &'static str;
}

/// All templates, parsed.
#[derive(Debug)]
pub struct Pages {
    japanese: Tera,
    english: Tera,
    assets: Assets,
}

impl Pages {
    /// Parses the templates and reads the assets.
    ///
    /// # Errors
    /// `Fault` if a template cannot be parsed, or a file is not UTF-8.
    pub fn load() -> Result<Self, Fault> {
        let assets = Assets::load();
        Ok(Self {
            japanese: templates_in(Locale::Ja, &assets)?,
            english: templates_in(Locale::En, &assets)?,
            assets,
        })
    }

    /// Renders a page.
    ///
    /// # Errors
    /// `Fault` if the template names a text or a value that does not exist.
    pub fn render<P: Page>(&self, shell: &Shell, page: &P) -> Result<String, Fault> {
        let mut context =
            Context::from_serialize(page).map_err(|error| failed(P::TEMPLATE, &error))?;
        context.insert("shell", &shell.context(P::SCREEN, &self.assets));
        let templates = match shell.locale {
            Locale::Ja => &self.japanese,
            Locale::En => &self.english,
        };
        templates
            .render(P::TEMPLATE, &context)
            .map_err(|error| failed(P::TEMPLATE, &error))
    }

    /// Returns a style sheet, script or image by its name.
    #[must_use]
    pub fn asset(&self, name: &str) -> Option<&Asset> {
        self.assets.get(name)
    }

    /// Returns the script source that a content security policy must list for
    /// [`FORM_POST_SCRIPT`].
    #[must_use]
    pub fn form_post_script_source() -> String {
        format!(
            "'sha256-{}'",
            assets::sha256_base64(FORM_POST_SCRIPT.as_bytes())
        )
    }
}

fn templates_in(locale: Locale, assets: &Assets) -> Result<Tera, Fault> {
    let mut tera = Tera::new();
    tera.register_function("t", move |arguments: Kwargs, _: &State| {
        translate(locale, &arguments)
    });
    let urls: BTreeMap<String, String> = assets.urls();
    tera.register_function("asset", move |arguments: Kwargs, _: &State| {
        named(&urls, &arguments)
    });
    let hashes: BTreeMap<String, String> = assets.integrities();
    tera.register_function("integrity", move |arguments: Kwargs, _: &State| {
        named(&hashes, &arguments)
    });
    tera.register_function("form_post_script", FormPostScript);
    tera.add_raw_templates(sources()?)
        .map_err(|error| failed("the templates", &error))?;
    Ok(tera)
}

fn sources() -> Result<Vec<(String, String)>, Fault> {
    // The terms of use are not templates.
    Templates::iter()
        .filter(|name| name.ends_with(".html") && !name.starts_with("terms/"))
        .filter_map(|name| Some((name.clone(), Templates::get(&name)?)))
        .map(|(name, file)| {
            let text = String::from_utf8(file.data.into_owned())
                .map_err(|_| Fault::because(format!("the template {name} is not UTF-8")))?;
            Ok((name.into_owned(), text))
        })
        .collect()
}

/// The template function `t(key="…", name=value, …)`: returns the text in the language of
/// the page.
fn translate(locale: Locale, arguments: &Kwargs) -> TeraResult<String> {
    let key: String = arguments.must_get("key")?;
    let values: Vec<(String, String)> = arguments
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_string()))
        .filter(|(name, _)| name != "key")
        .collect();
    let values: Vec<(&str, String)> = values
        .iter()
        .map(|(name, value)| (name.as_str(), value.clone()))
        .collect();
    texts::find(locale, &key, &values)
        .ok_or_else(|| tera::Error::message(format!("no text is named {key}, or it lacks a value")))
}

fn named(values: &BTreeMap<String, String>, arguments: &Kwargs) -> TeraResult<String> {
    let name: &str = arguments.must_get("name")?;
    values
        .get(name)
        .cloned()
        .ok_or_else(|| tera::Error::message(format!("no asset is named {name}")))
}

/// Returns the script unescaped, exactly as it was hashed.
struct FormPostScript;

impl tera::Function<&'static str> for FormPostScript {
    fn call(&self, _: Kwargs, _: &State) -> &'static str {
        FORM_POST_SCRIPT
    }

    fn is_safe(&self) -> bool {
        true
    }
}

fn failed(what: &str, error: &tera::Error) -> Fault {
    // The engine's message quotes the template, never a value.
    Fault::because(format!("rendering {what} failed: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_parses() {
        let pages = Pages::load().unwrap();
        assert!(pages.japanese.contains_template("registration/terms.html"));
        assert!(!pages.japanese.contains_template("terms/toyota.ja.html"));
    }

    #[test]
    fn the_script_of_a_form_post_has_a_hash_for_the_policy() {
        assert!(Pages::form_post_script_source().starts_with("'sha256-"));
    }
}
