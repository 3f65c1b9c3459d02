use serde_json::json;

use super::*;

fn facts() -> Facts {
    Facts {
        brands: [
            ("lexus".to_owned(), Locale::En),
            ("toyota".to_owned(), Locale::Ja),
        ]
        .into(),
        brand: "toyota".to_owned(),
        now: Timestamp(1_600_000_000),
    }
}

fn read(line: &Value) -> Result<ImportedAccount, Vec<String>> {
    facts().read(line.to_string().as_bytes(), "id".to_owned())
}

fn wrong(line: &Value) -> String {
    read(line).unwrap_err().join("\n")
}

/// A line with what every line needs, and these members.
fn with(members: &Value) -> Value {
    let mut line = json!({"external_id": "tos-1", "email": "hanako@example.jp"});
    let more = members.as_object().unwrap().clone();
    line.as_object_mut().unwrap().extend(more);
    line
}

#[test]
fn a_line_needs_a_name_and_an_address_and_no_more() {
    let imported = read(&with(&json!({}))).unwrap();
    assert_eq!(imported.external_id, "tos-1");
    let account = imported.account;
    assert_eq!(account.email, "hanako@example.jp");
    assert!(!account.email_verified && !account.phone_login);
    assert_eq!((&*account.brand, account.locale), ("toyota", Locale::Ja));
    assert_eq!(account.profile, Profile::default());
    assert_eq!(imported.password_hash, None);
    assert_eq!(
        wrong(&json!({})),
        "external_id: is missing\nemail: is missing"
    );
}

#[test]
fn a_number_is_no_login_to_an_address_that_nobody_proved() {
    let claims = |email_verified: bool| {
        with(&json!({
            "email_verified": email_verified,
            "phone_number": "090-1234-5678",
            "phone_number_verified": true,
            "phone_login": true,
        }))
    };
    assert!(read(&claims(true)).unwrap().account.phone_login);
    assert_eq!(
        wrong(&claims(false)),
        "phone_login: needs an email that is verified"
    );
}

#[test]
fn every_standard_claim_is_taken_over() {
    let hash = "$2b$05$abcdefghijklmnopqrstuuq.ox6v90nBDsgiTORVzWIu0zbviNBs.";
    let imported = read(&with(&json!({
        "email_verified": true,
        "phone_number": "090-1234-5678",
        "phone_number_verified": true,
        "phone_login": true,
        "home_phone": "026-123-4567",
        "name": "豊田 花子",
        "family_name": "豊田",
        "given_name": "花子",
        "family_name#ja-Kana-JP": "ﾄﾖﾀﾞ",
        "given_name#ja-Kana-JP": "はなこ",
        "gender": "female",
        "birthdate": "1995-04-01",
        "zoneinfo": "Asia/Tokyo",
        "locale": "ja-JP",
        "picture": "https://example.jp/p.png",
        "address": {
            "postal_code": "380-0801", "region": "長野県", "locality": "長野市",
            "street_address": "箱清水1-1\nハイツ101", "country": "JP", "formatted": "…",
        },
        "updated_at": 1_500_000_000,
        "password_hash": hash,
    })))
    .unwrap();
    let account = imported.account;
    assert!(account.email_verified && account.mobile_phone_verified && account.phone_login);
    assert_eq!(account.mobile_phone.as_deref(), Some("+819012345678"));
    assert_eq!(account.updated_at, Timestamp(1_500_000_000));
    assert_eq!(imported.password_hash.as_deref(), Some(hash));
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(
        account.profile,
        Profile {
            family_name: text("豊田"),
            given_name: text("花子"),
            family_name_kana: text("トヨダ"),
            given_name_kana: text("ハナコ"),
            gender: text("female"),
            birthdate: text("1995-04-01"),
            zoneinfo: text("Asia/Tokyo"),
            picture: text("https://example.jp/p.png"),
            home_phone: text("0261234567"),
            address: Some(PostalAddress {
                postal_code: text("3800801"),
                prefecture: text("長野県"),
                city: text("長野市"),
                block: text("箱清水1-1"),
                building: text("ハイツ101"),
            }),
            ..Profile::default()
        }
    );
}

#[test]
fn a_number_at_home_goes_where_it_fits() {
    let account = read(&with(&json!({"phone_number": "026-123-4567"})))
        .unwrap()
        .account;
    assert_eq!(account.mobile_phone, None);
    assert_eq!(account.profile.home_phone.as_deref(), Some("0261234567"));
}

#[test]
fn null_and_empty_members_are_as_good_as_none() {
    let line = with(&json!({
        "phone_number": null, "nickname": "", "address": {}, "email_verified": null,
    }));
    let account = read(&line).unwrap().account;
    assert_eq!(account.profile, Profile::default());
}

#[test]
fn the_brand_s_language_is_that_of_a_line_without_one() {
    let account = read(&with(&json!({"brand": "lexus"}))).unwrap().account;
    assert_eq!((&*account.brand, account.locale), ("lexus", Locale::En));
}

#[test]
fn what_is_wrong_is_told_by_member_and_never_repeats_what_it_holds() {
    let secret = "ひみつ";
    for (member, value) in [
        ("email", json!("ひみつ")),
        ("email", json!(["ひみつ"])),
        ("email_verified", json!("ひみつ")),
        ("phone_number", json!("ひみつ")),
        ("family_name", json!("ひみつ\u{202e}")),
        ("birthdate", json!("ひみつ")),
        ("birthdate", json!("1995")),
        ("picture", json!("javascript:ひみつ")),
        ("address", json!("ひみつ")),
        ("updated_at", json!("ひみつ")),
        ("updated_at", json!(1_700_000_000)),
        ("locale", json!("fr")),
        ("brand", json!("ひみつ")),
        ("password_hash", json!("ひみつ")),
        ("name", json!("ひみつ")),
        ("phone_login", json!(true)),
        ("phone_number_verified", json!(true)),
        ("shoe_size", json!("ひみつ")),
    ] {
        let wrong = wrong(&with(&json!({ member: value })));
        assert!(wrong.starts_with(&format!("{member}: ")), "{wrong}");
        assert!(!wrong.contains(secret), "{wrong}");
    }
    let wrong_address = wrong(&with(
        &json!({"address": {"region": "ひみつ", "planet": "x"}}),
    ));
    assert_eq!(
        wrong_address,
        "address.region: prefecture-unknown\naddress.planet: is not known"
    );
    assert_eq!(
        wrong(&with(&json!({"ひみつ": 1}))),
        "a member: is not known"
    );
}

#[test]
fn what_is_no_object_is_told_without_repeating_it() {
    for line in [
        "ひみつ",
        "[\"ひみつ\"]",
        "{\"email\": ひみつ}",
        "{\"email\": \"ひみつ",
        "\"ひみつ\"",
    ] {
        let reasons = facts().read(line.as_bytes(), "id".to_owned()).unwrap_err();
        assert!(!reasons.join("").contains("ひみつ"), "{reasons:?}");
    }
    assert!(facts().read(b"\xff", "id".to_owned()).is_err());
}
