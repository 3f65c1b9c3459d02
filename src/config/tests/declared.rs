//! That the example of the documentation and the declarations say the same.

use std::collections::{BTreeMap, BTreeSet};

use super::super::reader::Reader;
use super::super::{Config, Document, sections};
use super::example;

/// Settings without a default, for which the example file shows a sample value.
const NO_DEFAULT: [&str; 16] = [
    "anchor_file",
    "anchor_mail_to",
    "anchor_url",
    "security_contact",
    "terms_dir",
    "terms_in_force_from",
    "threads",
    "queue",
    "ca_file",
    "certificate_file",
    "key_file",
    "proxy",
    "issuer",
    "jwks_file",
    "refused_email_domains_file",
    "dns_servers",
];

/// The setting that a comment of the example writes.
fn commented(line: &str) -> Option<(&str, &str)> {
    let setting = line.strip_prefix("# ")?;
    let (name, _) = setting.split_once(" = ")?;
    (!name.contains(' ')).then_some((name, setting))
}

#[test]
fn the_examples_comments_say_the_defaults() {
    let default = |line: &str| {
        let (name, setting) = commented(line)?;
        (!NO_DEFAULT.contains(&name)).then(|| setting.to_owned())
    };
    let (_folder, text) = example(|text| {
        let lines = text
            .lines()
            .map(|line| default(line).unwrap_or_else(|| line.to_owned()));
        lines.collect::<Vec<_>>().join("\n")
    });
    let (_other_folder, plain) = example(|text| text);
    let (all, few) = (
        Config::parse("a", &text, []).unwrap(),
        Config::parse("a", &plain, []).unwrap(),
    );
    assert_eq!(all.proxy_header, few.proxy_header);
    assert_eq!(all.brands, few.brands);
    assert_eq!(all.database.connections, few.database.connections);
    assert_eq!(all.ephemeral.prefix, few.ephemeral.prefix);
    assert_eq!(all.operator, few.operator);
    assert_eq!(all.tokens, few.tokens);
    assert_eq!(all.sessions, few.sessions);
    assert_eq!(all.interactions, few.interactions);
    assert_eq!(all.registration, few.registration);
    assert_eq!(all.dealer_links, few.dealer_links);
    assert_eq!(all.login, few.login);
    assert_eq!(all.account, few.account);
    assert_eq!(all.ledger.anchor_every, few.ledger.anchor_every);
    assert_eq!(all.device, few.device);
    assert_eq!(all.passwords, few.passwords);
    assert_eq!(format!("{:?}", all.mail), format!("{:?}", few.mail));
    assert_eq!(format!("{:?}", all.sms), format!("{:?}", few.sms));
    assert_eq!(all.events, few.events);
    assert_eq!(all.outgoing, few.outgoing);
    assert_eq!(all.dynamic_registration, few.dynamic_registration);
    assert_eq!(all.logout, few.logout);
    assert_eq!(all.debugger, few.debugger);
    assert_eq!(all.limits, few.limits);
    assert_eq!(all.log, few.log);
    assert!(all.written.settings.len() > few.written.settings.len() + 25);
}

#[test]
fn the_example_has_every_setting_and_no_other() {
    let (_folder, text) = example(|text| {
        let lines = text.lines().map(|line| match commented(line) {
            Some((_, setting)) => setting,
            None if line.starts_with("# [") => line.trim_start_matches("# "),
            None => line,
        });
        lines.collect::<Vec<_>>().join("\n")
    });
    let document = Document::parse(&text).unwrap();
    let mut from = Reader::new(&document);
    sections::every_setting(&mut from, &document, "example");
    assert_eq!(document.unknown(from.asked()), []);
    // What one brand may have, another may; and its certificate is written as the general one.
    let general = |name: &String| match name.split('.').collect::<Vec<_>>()[..] {
        ["brands", _, "tls", setting] => format!("tls.{setting}"),
        ["brands", _, ref rest @ ..] => format!("brands.*.{}", rest.join(".")),
        _ => name.clone(),
    };
    let written: BTreeSet<_> = document.settings.keys().map(general).collect();
    let is_written = |name: &String| {
        let other = match name.strip_suffix("_file") {
            Some(secret) => secret.to_owned(),
            None => format!("{name}_file"),
        };
        // A secret may stand in a file of its own, or not.
        written.contains(name) || (from.asked().contains(&other) && written.contains(&other))
    };
    let asked = from.asked().iter().map(general);
    let missing: Vec<_> = asked.filter(|name| !is_written(name)).collect();
    assert_eq!(missing, Vec::<String>::new());
}

#[test]
fn the_example_says_of_a_setting_what_its_declaration_says() {
    let (_folder, text) = example(|text| text);
    let mut said = BTreeMap::new();
    let mut table = String::new();
    for line in text.lines() {
        let setting = line.strip_prefix("# ").unwrap_or(line);
        if let Some((name, _)) = setting
            .strip_prefix('[')
            .and_then(|rest| rest.split_once(']'))
        {
            table = general_table(name);
        }
        let comment = setting.split_once(" # ").map(|(_, comment)| comment.trim());
        if let (Some((name, _)), Some(comment)) = (setting.split_once(" = "), comment) {
            // What the comment of a secret says holds for the file with the secret as well.
            let name = name
                .strip_suffix("_file")
                .filter(|name| *name == "key" && table == "debugger")
                .unwrap_or(name);
            said.entry((table.clone(), name.to_owned()))
                .or_insert(comment);
        }
    }
    for declared in sections::DECLARED.concat() {
        let doc = declared.doc.trim().trim_end_matches('.');
        let (first, rest) = doc.split_at(1);
        let comment = format!("{}{rest}", first.to_lowercase());
        let setting = (declared.table.to_owned(), declared.name.to_owned());
        let found = said.get(&setting).map(|comment| {
            let (first, rest) = comment.split_at(1);
            format!("{}{rest}", first.to_lowercase())
        });
        assert_eq!(found, Some(comment), "{}.{}", declared.table, declared.name);
    }
}

/// Returns the name by which the table is declared.
fn general_table(written: &str) -> String {
    match written.split('.').collect::<Vec<_>>()[..] {
        ["brands", _] => "brands.*".to_owned(),
        ["dynamic_registration", issuers, _] => format!("dynamic_registration.{issuers}.*"),
        _ => written.to_owned(),
    }
}
