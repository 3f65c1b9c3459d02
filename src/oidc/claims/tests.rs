use serde_json::json;

use super::*;
use crate::accounts::account::AccountStatus;
use crate::accounts::profile::{PostalAddress, Profile};
use crate::accounts::second_factor::Enrolled;
use crate::clock::Timestamp;
use crate::locale::Locale;
use crate::oidc::authorization_request::claims_parameter;

fn account() -> Account {
    let told = |text: &str| Some(text.to_owned());
    Account {
        id: "account".to_owned(),
        email: "mytoYota@toyota.example".to_owned(),
        email_verified: true,
        mobile_phone: told("+819012345678"),
        mobile_phone_verified: false,
        phone_login: false,
        recovered: crate::accounts::recovered::Recovered::default(),
        password_set_at: None,
        enrolled: Enrolled::default(),
        profile: Profile {
            family_name: told("豊田"),
            given_name: told("花子"),
            middle_name: None,
            family_name_kana: told("トヨタ"),
            given_name_kana: told("ハナコ"),
            nickname: told("はな"),
            preferred_username: told("hanako"),
            profile: told("https://people.example/hanako"),
            picture: told("https://people.example/hanako.png"),
            website: told("https://hanako.example"),
            gender: told("female"),
            birthdate: told("1995-12-25"),
            zoneinfo: told("Asia/Tokyo"),
            address: Some(PostalAddress {
                postal_code: told("3800801"),
                prefecture: told("長野県"),
                city: told("長野市"),
                block: told("箱清水1-1-1"),
                building: told("善光寺ハイツ101"),
            }),
            home_phone: told("0262340000"),
        },
        brand: "toyota".to_owned(),
        locale: Locale::Ja,
        status: AccountStatus::Active,
        terms_version: None,
        created_at: Timestamp(1),
        updated_at: Timestamp(1_700_000_000),
        version: 1,
    }
}

fn userinfo(scope: &str, claims: &str) -> Value {
    let claims = claims_parameter::parse(claims).unwrap();
    Value::Object(for_userinfo(
        &account(),
        "subject",
        &scope.parse().unwrap(),
        &claims,
    ))
}

#[test]
fn openid_alone_gives_the_subject_alone() {
    assert_eq!(userinfo("openid", "{}"), json!({"sub": "subject"}));
}

#[test]
fn profile_gives_every_claim_the_person_told() {
    assert_eq!(
        userinfo("openid profile", "{}"),
        json!({
            "sub": "subject", "name": "豊田 花子", "family_name": "豊田", "given_name": "花子",
            "family_name#ja-Kana-JP": "トヨタ", "given_name#ja-Kana-JP": "ハナコ", "nickname": "はな",
            "preferred_username": "hanako", "profile": "https://people.example/hanako",
            "picture": "https://people.example/hanako.png", "website": "https://hanako.example",
            "gender": "female", "birthdate": "1995-12-25", "zoneinfo": "Asia/Tokyo", "locale": "ja",
            "updated_at": 1_700_000_000,
        })
    );
}

#[test]
fn email_and_phone_say_whether_they_are_proven() {
    assert_eq!(
        userinfo("openid email phone", "{}"),
        json!({
            "sub": "subject", "email": "mytoYota@toyota.example", "email_verified": true,
            "phone_number": "+819012345678", "phone_number_verified": false,
        })
    );
}

#[test]
fn an_address_is_an_object_written_as_on_a_letter() {
    assert_eq!(
        userinfo("openid address", "{}")["address"],
        json!({
            "formatted": "〒380-0801\n長野県長野市箱清水1-1-1\n善光寺ハイツ101",
            "street_address": "箱清水1-1-1\n善光寺ハイツ101", "locality": "長野市", "region": "長野県",
            "postal_code": "380-0801", "country": "JP",
        })
    );
}

#[test]
fn what_is_not_known_is_left_out() {
    let bare = Account {
        mobile_phone: None,
        profile: Profile {
            address: Some(PostalAddress {
                city: Some(String::new()),
                ..PostalAddress::default()
            }),
            nickname: Some(String::new()),
            ..Profile::default()
        },
        ..account()
    };
    let scope = "openid profile phone address".parse().unwrap();
    let answer = for_userinfo(&bare, "s", &scope, &ClaimsRequest::default());
    assert_eq!(
        Value::Object(answer),
        json!({"sub": "s", "locale": "ja", "updated_at": 1_700_000_000})
    );
}

#[test]
fn a_name_in_latin_letters_begins_with_the_given_name() {
    let mut latin = account();
    latin.profile.family_name = Some("Müller".to_owned());
    latin.profile.given_name = Some("Anna".to_owned());
    latin.profile.middle_name = Some("B.".to_owned());
    let answer = for_userinfo(
        &latin,
        "s",
        &"profile".parse().unwrap(),
        &ClaimsRequest::default(),
    );
    assert_eq!(answer["name"], "Anna B. Müller");
}

#[test]
fn single_claims_come_from_where_they_were_asked() {
    let claims = r#"{"userinfo": {"name": {"essential": true}, "family_name#ja-Hani-JP": null, "sub": {"value": "x"}},
                    "id_token": {"email": null, "auth_time": null}}"#;
    assert_eq!(
        userinfo("openid", claims),
        json!({"sub": "subject", "name": "豊田 花子", "family_name#ja-Hani-JP": "豊田"})
    );
    let claims = claims_parameter::parse(claims).unwrap();
    assert_eq!(
        Value::Object(for_id_token(&account(), &Scope::default(), &claims)),
        json!({"email": "mytoYota@toyota.example"})
    );
    assert!(asked_of_id_token(&claims));
}

#[test]
fn an_id_token_holds_nothing_for_a_scope() {
    assert!(for_id_token(&account(), &Scope::default(), &ClaimsRequest::default()).is_empty());
    assert!(!asked_of_id_token(
        &claims_parameter::parse(r#"{"id_token": {"acr": null, "sub": null}}"#).unwrap()
    ));
}

fn in_locales(scope: &str, locales: &str) -> Value {
    let claims = ClaimsRequest {
        locales: NameScript::of_locales(locales),
        ..ClaimsRequest::default()
    };
    let told = for_userinfo(&account(), "subject", &scope.parse().unwrap(), &claims);
    Value::Object(told)
}

#[test]
fn a_name_is_told_in_the_script_that_is_asked_for() {
    let names = |locales: &str| {
        let mut told = in_locales("openid profile", locales);
        let told = told.as_object_mut().unwrap();
        told.retain(|name, _| name.contains("name") && !name.ends_with("nickname"));
        told.remove("preferred_username");
        Value::Object(told.clone())
    };
    let as_written = json!({"name": "豊田 花子", "family_name": "豊田", "given_name": "花子"});
    let as_read = json!({"name": "トヨタ ハナコ", "family_name": "トヨタ", "given_name": "ハナコ"});
    // With one script only, there are no tags (§5.2).
    assert_eq!(names("ja"), as_written);
    assert_eq!(names("se ja-Kana-JP"), as_read);
    let both = json!({
        "name": "豊田 花子", "family_name": "豊田", "given_name": "花子",
        "name#ja-Hani-JP": "豊田 花子", "family_name#ja-Hani-JP": "豊田",
        "given_name#ja-Hani-JP": "花子", "name#ja-Kana-JP": "トヨタ ハナコ",
        "family_name#ja-Kana-JP": "トヨタ", "given_name#ja-Kana-JP": "ハナコ",
    });
    assert_eq!(names("ja-Hani-JP ja-Kana-JP"), both);
    // Without a supported script, the result is the same as without `claims_locales`.
    assert_eq!(
        in_locales("openid profile", "se"),
        userinfo("openid profile", "{}")
    );
    assert_eq!(
        in_locales("openid email", "ja-Kana-JP"),
        userinfo("openid email", "{}")
    );
}

#[test]
fn what_is_not_known_in_a_script_is_told_as_it_is_written() {
    let mut bare = account();
    bare.profile.family_name_kana = None;
    let claims = ClaimsRequest {
        locales: vec![NameScript::Kana],
        ..ClaimsRequest::default()
    };
    let told = for_userinfo(&bare, "s", &"profile".parse().unwrap(), &claims);
    assert_eq!(
        (&told["family_name"], &told["given_name"]),
        (&json!("豊田"), &json!("ハナコ"))
    );
}

#[test]
fn a_name_is_asked_for_by_its_tag_too() {
    let asked = r#"{"userinfo": {"name#ja-Kana-JP": null, "family_name#ja-Hani-JP": null,
        "given_name#ja-kana": null, "given_name#en": null, "email#ja": null}}"#;
    let told = json!({"sub": "subject", "name#ja-Kana-JP": "トヨタ ハナコ",
        "family_name#ja-Hani-JP": "豊田", "given_name#ja-kana": "ハナコ"});
    assert_eq!(userinfo("openid", asked), told);
}

#[test]
fn without_an_access_token_the_id_token_holds_what_the_scopes_stand_for() {
    let scope = "openid email".parse().unwrap();
    let told = for_id_token(&account(), &scope, &ClaimsRequest::default());
    let email = json!({"email": "mytoYota@toyota.example", "email_verified": true});
    assert_eq!(Value::Object(told), email);
}

#[test]
fn no_claim_is_had_that_no_scope_covers() {
    let scope: Scope = "openid email".parse().unwrap();
    for (claim, had) in [
        ("email", true),
        ("email_verified", true),
        ("sub", true),
        ("auth_time", true),
        ("name", false),
        ("family_name#ja-Kana-JP", false),
        ("home_phone", false),
        ("password_hash", false),
        ("", false),
        ("#", false),
    ] {
        assert_eq!(within(claim, &scope), had, "{claim}");
    }
    assert!(
        userinfo(
            "openid",
            r#"{"userinfo": {"home_phone": null, "id": null, "brand": null}}"#
        )
        .as_object()
        .unwrap()
        .len()
            == 1
    );
}

#[test]
fn every_claim_supported_exists_and_stands_once() {
    let names: Vec<_> = supported().collect();
    let mut unique = names.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(unique.len(), names.len());
    for name in names
        .into_iter()
        .filter(|name| !OF_THE_PROTOCOL.contains(name) && *name != "middle_name")
    {
        assert!(super::account::claim(&account(), name).is_some(), "{name}");
        assert!(scope_of(name).is_some(), "{name}");
    }
}
