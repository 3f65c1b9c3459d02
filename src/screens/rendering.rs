//! Renders the samples of every page in both languages and both brands, with plain values
//! and with values that would break out of the page if they were not escaped. With
//! `PAGES_DIR` set, the pages are written to that folder.

use std::cell::RefCell;
use std::path::PathBuf;

use super::sample::{Sample, Stage};
use super::*;
use crate::http::form_post::FormPost;
use crate::http::form_post::Parameter;
use crate::locale::Locale;
use crate::pages::Pages;
use crate::texts;

/// The samples of every page, each in the file of its page.
const SAMPLES: &[fn(&Stage<'_>)] = &[
    registration::terms::samples::show,
    registration::email::samples::show,
    registration::code::samples::show,
    registration::details::samples::show,
    registration::confirmation::samples::show,
    registration::complete::samples::show,
    registration::already_registered::samples::show,
    login::app::samples::show,
    login::code::samples::show,
    login::recovery_code::samples::show,
    login::reopen::samples::show,
    login::second_passkey::samples::show,
    device::user_code::samples::show,
    device::confirmation::samples::show,
    device::ended::samples::show,
    dealer_link::choice::samples::show,
    dealer_link::consent::samples::show,
    dealer_link::guardian::samples::show,
    dealer_link::complete::samples::show,
    account::authenticator_app::samples::show,
    account::recovery_codes::samples::show,
    account::consents::samples::show,
    account::home::samples::show,
    account::leave::samples::show,
    account::password::samples::show,
    account::profile::samples::show,
    account::history::samples::show,
    account::sessions::samples::show,
    account::two_steps::samples::show,
    account::passkeys::samples::show,
    account::email::samples::show,
    account::email::code::samples::show,
    email_undo::samples::show,
    change_cancel::samples::show,
    end_sessions::samples::show,
    front::samples::show,
    account::phone_login::samples::show,
    account::phone_login::code::samples::show,
    account::birthdate::samples::show,
    recovery::start::samples::show,
    recovery::code::samples::show,
    recovery::password::samples::show,
    recovery::complete::samples::show,
    service_profile::edit::samples::show,
    service_profile::confirmation::samples::show,
    service_profile::complete::samples::show,
    error_codes::samples::show,
    login::samples::show,
    select_account::samples::show,
    consent::samples::show,
    logout::samples::show,
    logged_out::samples::show,
    error::samples::show,
    terms::samples::show,
    account::services::samples::show,
    debugger::samples::show,
    form_post,
];

/// Renders every sample; calls `with` with a name and the HTML.
fn every_page(sample: Sample, with: &mut dyn FnMut(&str, &str)) {
    let pages = Pages::load().unwrap();
    let with = RefCell::new(with);
    for brand in ["toyota", "lexus"] {
        for locale in Locale::ALL {
            let stage = Stage {
                pages: &pages,
                sample,
                brand,
                locale,
                seen: &|name, html| (with.borrow_mut())(name, html),
            };
            for show in SAMPLES {
                show(&stage);
            }
        }
    }
}

/// The page of the response mode `form_post` belongs to `http`, which has no samples.
fn form_post(stage: &Stage<'_>) {
    let parameters = vec![Parameter {
        name: stage.of("state"),
        value: stage.of("xyz"),
    }];
    stage.show(
        "form-post",
        stage.shell(),
        &FormPost {
            action_url: stage.of("https://rp.example/callback"),
            parameters,
        },
    );
}

#[test]
fn every_page_renders_in_both_languages_and_brands() {
    let folder = std::env::var_os("PAGES_DIR").map(PathBuf::from);
    let mut count = 0;
    every_page(Sample::Plain, &mut |name, html| {
        count += 1;
        assert!(html.contains("data-screen="), "{name}");
        assert!(html.len() < 20_000, "{name} has {} bytes", html.len());
        if let Some(folder) = &folder {
            std::fs::write(folder.join(format!("{name}.html")), html).unwrap();
        }
    });
    assert!(count > 100, "{count}");
}

#[test]
fn whatever_a_person_or_a_client_writes_is_escaped() {
    every_page(Sample::Hostile, &mut |name, html| {
        assert!(!html.contains("<script>alert"), "{name}: {html}");
        assert!(!html.contains("\"'>"), "{name}: {html}");
    });
}

#[test]
fn no_page_has_a_style_or_a_script_of_its_own() {
    every_page(Sample::Plain, &mut |name, html| {
        assert!(
            !html.contains("<style") && !html.contains(" style="),
            "{name}"
        );
        let scripts = html.matches("<script>").count();
        assert_eq!(
            scripts,
            usize::from(name.starts_with("form-post")),
            "{name}"
        );
        assert!(
            !html.contains(" onclick") && !html.contains("javascript:"),
            "{name}"
        );
    });
}

#[test]
fn every_label_and_description_names_a_field_that_is_there() {
    every_page(Sample::Plain, &mut |name, html| {
        let page = scraper::Html::parse_document(html);
        let ids: Vec<&str> = attributes(&page, "[id]", "id");
        let mut unique = ids.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(
            unique.len(),
            ids.len(),
            "{name}: an id is used twice: {ids:?}"
        );
        for (selector, attribute) in [
            ("[for]", "for"),
            ("[aria-describedby]", "aria-describedby"),
            ("[aria-labelledby]", "aria-labelledby"),
            ("[aria-controls]", "aria-controls"),
        ] {
            for value in attributes(&page, selector, attribute) {
                for id in value.split_whitespace() {
                    assert!(ids.contains(&id), "{name}: {attribute}={id}");
                }
            }
        }
        for link in attributes(&page, ".error-summary a", "href") {
            assert!(
                ids.contains(&link.trim_start_matches('#')),
                "{name}: {link}"
            );
        }
    });
}

fn attributes<'a>(page: &'a scraper::Html, selector: &str, attribute: &str) -> Vec<&'a str> {
    let selector = scraper::Selector::parse(selector).unwrap();
    page.select(&selector)
        .filter_map(|element| element.value().attr(attribute))
        .collect()
}

#[test]
fn an_error_says_its_code_and_takes_the_focus() {
    every_page(Sample::Plain, &mut |name, html| {
        if name.starts_with("email-error") {
            assert!(html.contains("data-error=\"email-incomplete\""), "{html}");
            assert!(
                html.contains("role=\"alert\" tabindex=\"-1\" autofocus"),
                "{html}"
            );
            assert!(html.contains("aria-describedby=\"email-error\""), "{html}");
        }
    });
}

#[test]
fn every_text_that_errors_may_name_is_there() {
    let values: Vec<(&str, String)> = ["min", "max", "symbols", "seconds", "minutes", "domain"]
        .map(|name| (name, "1".to_owned()))
        .to_vec();
    for file in ["locales/ja/errors.ftl", "locales/en/errors.ftl"] {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        let text = std::fs::read_to_string(path).unwrap();
        let locale = if file.contains("/ja/") {
            Locale::Ja
        } else {
            Locale::En
        };
        for key in text
            .lines()
            .filter_map(|line| line.split_once(" = "))
            .map(|(key, _)| key)
        {
            assert!(texts::find(locale, key, &values).is_some(), "{file}: {key}");
        }
    }
}

#[test]
fn every_refusal_of_a_page_has_its_sentence() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut codes = vec![
        "server_error".to_owned(),
        "temporarily_unavailable".to_owned(),
    ];
    let mut folders = vec![root];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            if path.ends_with("screens/rendering.rs") {
                continue;
            }
            let source = std::fs::read_to_string(path).unwrap();
            let calls = source.split("PageRefusal::Page(").skip(1);
            codes.extend(calls.filter_map(code_of));
        }
    }
    assert!(codes.len() > 5, "{codes:?}");
    for code in codes {
        let key = format!("page-error-{code}");
        assert!(texts::has(Locale::Ja, &key), "{key}");
    }
}

/// Returns the text in `StatusCode::…, "code")`.
fn code_of(call: &str) -> Option<String> {
    let arguments = call.split(')').next()?;
    let code = arguments.split('"').nth(1)?;
    Some(code.to_owned())
}
