//! Returns single claims of an account by their standard names (OpenID Connect Core §5.1).
//! Which claims a client receives is decided in `claims`.

use serde_json::{Map, Value, json};

use crate::accounts::account::Account;
use crate::accounts::profile::{PostalAddress, Profile};
use crate::oidc::name_script::NameScript;
use crate::oidc::required_claims::RequiredClaim;

/// Returns the claim's value, if the account has it.
pub(super) fn claim(account: &Account, name: &str) -> Option<Value> {
    let profile = &account.profile;
    if let Some((name, tag)) = name.split_once('#') {
        return name_in(profile, name, NameScript::of_tag(tag)?);
    }
    let of_profile = |field: &Option<String>| text(field.as_deref()?);
    match name {
        "name" => text(&full_name(profile)?),
        "family_name" => of_profile(&profile.family_name),
        "given_name" => of_profile(&profile.given_name),
        "middle_name" => of_profile(&profile.middle_name),
        "nickname" => of_profile(&profile.nickname),
        "preferred_username" => of_profile(&profile.preferred_username),
        "profile" => of_profile(&profile.profile),
        "picture" => of_profile(&profile.picture),
        "website" => of_profile(&profile.website),
        "gender" => of_profile(&profile.gender),
        "birthdate" => of_profile(&profile.birthdate),
        "zoneinfo" => of_profile(&profile.zoneinfo),
        "locale" => text(account.locale.tag()),
        "updated_at" => Some(json!(account.updated_at)),
        "email" => text(&account.email),
        "email_verified" => Some(json!(account.email_verified)),
        "address" => address(profile.address.as_ref()?),
        "phone_number" => of_profile(&account.mobile_phone),
        "phone_number_verified" => account
            .mobile_phone
            .as_ref()
            .map(|_| json!(account.mobile_phone_verified)),
        _ => None,
    }
}

/// Returns a name, or a part of it, in a script: §5.2 lets a client request it by its tag.
fn name_in(profile: &Profile, name: &str, script: NameScript) -> Option<Value> {
    let (family, given, whole) = match script {
        NameScript::AsWritten => (
            &profile.family_name,
            &profile.given_name,
            full_name(profile),
        ),
        NameScript::Kana => {
            let (family, given) = (&profile.family_name_kana, &profile.given_name_kana);
            let whole = joined(&[family.clone(), given.clone()], " ");
            (family, given, whole)
        }
    };
    match name {
        "name" => text(&whole?),
        "family_name" => text(family.as_deref()?),
        "given_name" => text(given.as_deref()?),
        _ => None,
    }
}

/// Whether the account has `claim` in a form that a service can use: both parts of a name,
/// or an address complete enough for a letter.
pub(super) fn is_told(account: &Account, claim: RequiredClaim) -> bool {
    let profile = &account.profile;
    let filled = |field: &Option<String>| field.as_ref().is_some_and(|text| !text.is_empty());
    match claim {
        RequiredClaim::Name => filled(&profile.family_name) && filled(&profile.given_name),
        RequiredClaim::FamilyName => filled(&profile.family_name),
        RequiredClaim::GivenName => filled(&profile.given_name),
        RequiredClaim::FamilyNameKana => filled(&profile.family_name_kana),
        RequiredClaim::GivenNameKana => filled(&profile.given_name_kana),
        RequiredClaim::PhoneNumber => filled(&account.mobile_phone),
        RequiredClaim::Address => profile.address.as_ref().is_some_and(|address| {
            [&address.prefecture, &address.city, &address.block]
                .into_iter()
                .all(filled)
        }),
        RequiredClaim::Birthdate => filled(&profile.birthdate),
    }
}

fn text(value: &str) -> Option<Value> {
    (!value.is_empty()).then(|| Value::from(value))
}

/// Returns the full name: family name first, as is usual in Japanese, but last for a name
/// in Latin letters.
fn full_name(profile: &Profile) -> Option<String> {
    let family = profile.family_name.as_deref();
    let given = profile.given_name.as_deref();
    let middle = profile.middle_name.as_deref();
    let is_latin = [family, given]
        .into_iter()
        .flatten()
        .all(|part| part.chars().all(|c| c <= '\u{24f}'));
    let parts = if is_latin {
        [given, middle, family]
    } else {
        [family, middle, given]
    };
    let parts: Vec<&str> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// Returns the `address` claim (§5.1.1). Its member `formatted` is written as on a Japanese
/// letter.
fn address(address: &PostalAddress) -> Option<Value> {
    let filled = |field: &Option<String>| field.clone().filter(|text| !text.is_empty());
    let postal_code = filled(&address.postal_code).map(|code| hyphenated(&code));
    let region = filled(&address.prefecture);
    let locality = filled(&address.city);
    let street = joined(&[filled(&address.block), filled(&address.building)], "\n");
    let line = joined(
        &[region.clone(), locality.clone(), filled(&address.block)],
        "",
    );
    let formatted = joined(
        &[
            postal_code.as_ref().map(|code| format!("〒{code}")),
            line,
            filled(&address.building),
        ],
        "\n",
    )?;
    let members = [
        ("formatted", Some(formatted)),
        ("street_address", street),
        ("locality", locality),
        ("region", region),
        ("postal_code", postal_code),
        ("country", Some("JP".to_owned())),
    ];
    let members: Map<String, Value> = members
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), Value::from(value?))))
        .collect();
    Some(Value::Object(members))
}

fn joined(parts: &[Option<String>], between: &str) -> Option<String> {
    let parts: Vec<&str> = parts.iter().flatten().map(String::as_str).collect();
    (!parts.is_empty()).then(|| parts.join(between))
}

/// Formats seven digits as a postal code: `380-0801`.
fn hyphenated(code: &str) -> String {
    match code.split_at_checked(3) {
        Some((area, town)) if code.len() == 7 && code.bytes().all(|b| b.is_ascii_digit()) => {
            format!("{area}-{town}")
        }
        _ => code.to_owned(),
    }
}
