//! The parameters that are JSON or lists of words.

use std::collections::BTreeSet;

use common_id::accounts::registration::RegistrationDraft;
use common_id::locale::Locale;
use common_id::oidc::authorization_details::{self, AuthorizationDetail, CustomerNumbers};
use common_id::oidc::authorization_request::{claims_parameter, prefill};
use common_id::oidc::client::ResponseType;
use common_id::oidc::name_script::NameScript;
use common_id::oidc::scope::Scope;
use common_id::oidc::{localized, pkce};

use super::DEALERS;
use crate::{NOW, choose, judge_error, text};

/// The `claims` parameter.
pub(super) fn claims_parameter_of(data: &[u8]) {
    match claims_parameter::parse(&text(data)) {
        Ok(read) => {
            let written = serde_json::to_string(&read).expect("serializes");
            let again = claims_parameter::parse(&written).expect("reads back");
            assert_eq!(serde_json::to_string(&again).expect("serializes"), written);
            let names: BTreeSet<_> = read.names().map(str::to_owned).collect();
            assert!(read.essential().all(|name| names.contains(name)));
            let only = read.only(|name| name == "email");
            assert!(only.names().all(|name| name == "email"));
        }
        Err(error) => judge_error(&error),
    }
}

/// `NUMBERS JSON`: the `authorization_details` parameter.
pub(super) fn authorization_details_of(data: &[u8]) {
    let Some((numbers, json)) = choose(data, 2) else {
        return;
    };
    let numbers = [CustomerNumbers::Refused, CustomerNumbers::Taken][numbers];
    let json = text(json);
    let allowed = ["dealer_link".to_owned()];
    let exists = |code: &str| DEALERS.contains(&code);
    let parse = |json: &str| authorization_details::parse(json, &allowed, &exists, numbers);
    match parse(&json) {
        Ok(details) => {
            assert!(details.len() <= authorization_details::MOST);
            let mut asked = BTreeSet::new();
            for detail in &details {
                let AuthorizationDetail::DealerLink {
                    identifier,
                    customer_number,
                    ..
                } = detail
                else {
                    panic!("a request with an object that is not understood");
                };
                assert!(identifier.as_deref().is_none_or(exists));
                assert!(asked.insert(identifier), "the same dealer twice");
                if let Some(number) = customer_number {
                    assert_eq!(numbers, CustomerNumbers::Taken);
                    assert!(identifier.is_some() && number.len() <= 64);
                }
            }
            let written = serde_json::to_string(&details).expect("serializes");
            assert_eq!(parse(&written).as_ref(), Ok(&details));
            let stored: Vec<AuthorizationDetail> =
                serde_json::from_str(&written).expect("reads back");
            assert_eq!(stored, details);
            assert!(parse(&json.replace("dealer_link", "other")).is_err() || details.is_empty());
        }
        Err(error) => judge_error(&error),
    }
    let without = authorization_details::without_customer_numbers(json.into_owned());
    if let Ok(details) = parse(&without) {
        assert!(
            details
                .iter()
                .all(|detail| detail.customer_number().is_none())
        );
    }
}

/// The `prefill` parameter, and the form that it fills in.
pub(super) fn prefill_of(data: &[u8]) {
    match prefill::parse(&text(data)) {
        Ok(claims) => {
            let written = serde_json::to_string(&claims).expect("serializes");
            assert_eq!(prefill::parse(&written).as_ref(), Ok(&claims));
            let draft = RegistrationDraft::prefilled(&claims);
            assert!(draft.email_to_show().len() <= 512);
            let errors = draft.errors_at_first(NOW);
            drop(errors);
        }
        Err(error) => judge_error(&error),
    }
}

/// Lists of words: scopes, response types, languages.
pub(super) fn words_of(data: &[u8]) {
    let words = text(data);
    if let Ok(scope) = words.parse::<Scope>() {
        let written = scope.to_string();
        assert_eq!(written.parse::<Scope>().as_ref(), Ok(&scope));
        assert!(
            written
                .bytes()
                .all(|b| matches!(b, 0x20 | 0x21 | 0x23..=0x5B | 0x5D..=0x7E))
        );
        assert!(scope.covers(&scope.without("openid")));
        assert_eq!(scope.intersection(&scope), scope);
    }
    if let Some(response_type) = ResponseType::of(&words) {
        let mut asked: Vec<_> = words.split(' ').filter(|word| !word.is_empty()).collect();
        let written = response_type.to_string();
        let mut written: Vec<_> = written.split(' ').collect();
        asked.sort_unstable();
        written.sort_unstable();
        assert_eq!(asked, written);
    }
    let tag = localized::is_tag(&words);
    assert!(
        !tag || words
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-')
    );
    let scripts = NameScript::of_locales(&words);
    assert!(scripts.len() <= words.len());
    if let Some(locale) = Locale::from_ui_locales(&words) {
        assert!(words.to_ascii_lowercase().contains(locale.tag()));
    }
    assert!(!pkce::is_verifier(&words) || pkce::is_challenge(&pkce::challenge_of(&words)));
}
