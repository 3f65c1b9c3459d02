use serde_json::json;

use super::*;
use crate::accounts::verification_code::CodeLength;

const NOW: Timestamp = Timestamp(1_795_359_600);

const RULE: CodeRule = CodeRule {
    lifetime: Duration::from_secs(600),
    resend_wait: Duration::from_secs(60),
    wrong_per_code: 5,
};

fn claims(value: serde_json::Value) -> BTreeMap<String, Value> {
    serde_json::from_value(value).unwrap()
}

fn address(typed: &str) -> EmailAddress {
    EmailAddress::read(typed).unwrap()
}

fn code(last: u8) -> VerificationCode {
    let mut mac = [0; 32];
    mac[7] = last;
    VerificationCode::derive(&mac, CodeLength::Six)
}

fn send(draft: &mut RegistrationDraft, now: Timestamp) -> u32 {
    send_numbered(draft, 1, now)
}

fn send_numbered(draft: &mut RegistrationDraft, number: u8, now: Timestamp) -> u32 {
    let Sending::Send(issued) = draft.code_due(Serial::of_random([number; 4]), &RULE, now) else {
        panic!("no code was due");
    };
    draft.code_sent(issued.clone());
    issued.serial
}

fn ready() -> RegistrationDraft {
    let mut draft = RegistrationDraft::default();
    draft.agree_to_terms(AgreedTerms {
        version: "2026-11-01".to_owned(),
        hash: "00".to_owned(),
        locale: Locale::Ja,
        at: NOW,
    });
    draft.name_email(address("f.enrirtest2019@gmail.com"));
    send(&mut draft, NOW);
    let attempt = draft.try_code(&code(1), &code(1), &RULE, NOW);
    assert_eq!(attempt, Attempt::Right);
    draft.password_hash = Some("$argon2id$".to_owned());
    draft
}

fn facts(now: Timestamp) -> NewAccountFacts<'static> {
    NewAccountFacts {
        id: "sub",
        brand: "toyota",
        locale: Locale::Ja,
        now,
    }
}

#[test]
fn what_a_client_pushes_fills_the_fields() {
    let draft = RegistrationDraft::prefilled(&claims(json!({
        "email": "mytoYota.20180626@gmail.com",
        "family_name": "長野",
        "given_name": "太郎",
        "family_name#ja-Kana-JP": "ﾅｶﾞﾉ",
        "phone_number": "+81 90 1234 5678",
        "address": {
            "postal_code": "4600001", "region": "愛知", "locality": "名古屋市中区豊田",
            "street_address": "1-2-3\n豊田ビル501",
        },
        "birthdate": "1995-12-25",
        "locale": 7,
    })));
    assert_eq!(draft.email_to_show(), "mytoYota.20180626@gmail.com");
    assert!(draft.email_is_suggested());
    let details = &draft.details;
    assert_eq!(details.family_name, "長野");
    assert_eq!(details.family_name_kana, "ナガノ");
    assert_eq!(details.mobile_phone, "090-1234-5678");
    assert_eq!(details.postal_code, "460-0001");
    assert_eq!(details.prefecture, "愛知県");
    assert_eq!(
        (details.block.as_str(), details.building.as_str()),
        ("1-2-3", "豊田ビル501")
    );
    assert_eq!(
        draft.password_owner().birthdate.as_deref(),
        Some("1995-12-25")
    );
    assert!(
        details.birthdate_year.is_empty(),
        "⑦ does not show it, so it is not stored"
    );
    assert!(draft.errors_at_first(NOW).is_empty());
}

#[test]
fn a_landline_goes_where_it_belongs() {
    let draft = RegistrationDraft::prefilled(&claims(json!({"phone_number": "0261-23-4567"})));
    assert_eq!(draft.details.home_phone, "0261-23-4567");
    assert!(draft.details.mobile_phone.is_empty());
}

#[test]
fn old_data_that_is_not_lawful_is_shown_and_flagged() {
    let mut draft = RegistrationDraft::prefilled(&claims(json!({
        "email": "not an address",
        "family_name#ja-Kana-JP": "NAGANO",
        "phone_number": "12345",
        "address": {"region": "満州国", "postal_code": "1"},
    })));
    assert_eq!(draft.email_to_show(), "not an address");
    assert_eq!(draft.details.family_name_kana, "NAGANO");
    let fields: Vec<_> = draft
        .errors_at_first(NOW)
        .0
        .iter()
        .map(|error| error.field)
        .collect();
    assert_eq!(
        fields,
        [
            "family_name_kana",
            "mobile_phone",
            "postal_code",
            "prefecture"
        ]
    );

    let mut typed = draft.details.clone();
    "また違う".clone_into(&mut typed.mobile_phone);
    let errors = draft.give_details(typed, NOW).unwrap_err();
    assert_eq!(errors.0.len(), 4);
    assert_eq!(draft.details.mobile_phone, "また違う", "input is kept");
    assert!(!draft.prefilled.contains("mobile_phone"));
    assert!(draft.prefilled.contains("prefecture"));
}

#[test]
fn claims_that_are_no_text_or_absurdly_long_are_left_out() {
    let draft = RegistrationDraft::prefilled(&claims(json!({
        "email": ["a@b.jp"], "family_name": "あ".repeat(301), "given_name": {"a": 1}, "address": "愛知",
    })));
    assert_eq!(draft, RegistrationDraft::default());
}

#[test]
fn another_address_voids_what_the_first_one_proved() {
    let mut draft = ready();
    draft.name_email(address("F.enrirtest2019@gmail.com"));
    assert!(
        draft.email_is_proven(NOW),
        "the same mailbox in other letters"
    );
    draft.name_email(address("other@example.jp"));
    assert!(!draft.email_is_proven(NOW));
    assert_eq!(
        draft.try_code(&code(1), &code(1), &RULE, NOW),
        Attempt::Expired
    );
}

#[test]
fn going_back_to_the_first_address_does_not_bring_its_code_back() {
    let mut draft = RegistrationDraft::default();
    draft.name_email(address("a@example.jp"));
    let first = send_numbered(&mut draft, 1, NOW);
    draft.name_email(address("b@example.jp"));
    let second = send_numbered(&mut draft, 2, NOW);
    draft.name_email(address("a@example.jp"));
    let third = send_numbered(&mut draft, 3, NOW);
    assert!(first != second && second != third && first != third);
}

#[test]
fn a_code_proves_once() {
    let mut draft = ready();
    assert_eq!(
        draft.try_code(&code(1), &code(1), &RULE, NOW),
        Attempt::Expired
    );
}

#[test]
fn a_finished_draft_is_an_account() {
    let mut draft = ready();
    let typed = RawDetails {
        family_name: "長野".to_owned(),
        mobile_phone: "０９０－１２３４－５６７８".to_owned(),
        city: "愛知県名古屋市中区豊田".to_owned(),
        block: "１－２－３".to_owned(),
        home_phone: "(0261)23-4567".to_owned(),
        ..RawDetails::default()
    };
    draft.give_details(typed, NOW).unwrap();
    let account = draft.account(&facts(NOW)).unwrap();
    assert_eq!(account.email, "f.enrirtest2019@gmail.com");
    assert!(account.email_verified && !account.phone_login && !account.mobile_phone_verified);
    assert_eq!(account.mobile_phone.as_deref(), Some("+819012345678"));
    let home = account.profile.address.unwrap();
    assert_eq!(home.prefecture.as_deref(), Some("愛知県"));
    assert_eq!(home.city.as_deref(), Some("名古屋市中区豊田"));
    assert_eq!(home.block.as_deref(), Some("１－２－３"), "kept as typed");
    assert_eq!(account.profile.home_phone.as_deref(), Some("0261234567"));
    assert_eq!(account.terms_version.as_deref(), Some("2026-11-01"));
}

#[test]
fn an_unfinished_draft_is_none() {
    let later = NOW.after(PROOF_LIFETIME + Duration::from_secs(1));
    assert_eq!(ready().account(&facts(later)), None, "the proof is too old");
    let without = |take: fn(&mut RegistrationDraft)| {
        let mut draft = ready();
        take(&mut draft);
        draft.account(&facts(NOW))
    };
    assert!(without(|_| {}).is_some());
    assert_eq!(without(|draft| draft.terms = None), None);
    assert_eq!(without(|draft| draft.password_hash = None), None);
    assert_eq!(without(|draft| draft.email_proven_at = None), None);
    assert_eq!(
        without(|draft| "x".clone_into(&mut draft.details.home_phone)),
        None
    );
}

#[test]
fn a_draft_survives_storage_and_does_not_print_what_it_holds() {
    let mut draft = ready();
    "秘密".clone_into(&mut draft.details.family_name);
    let stored = serde_json::to_string(&draft).unwrap();
    assert_eq!(
        serde_json::from_str::<RegistrationDraft>(&stored).unwrap(),
        draft
    );
    assert!(!format!("{draft:?}").contains("秘密"));
}

#[test]
fn the_birthdate_is_read_where_it_is_asked() {
    let mut raw = RawDetails {
        birthdate_year: "1995".to_owned(),
        birthdate_month: "12".to_owned(),
        birthdate_day: "25".to_owned(),
        ..RawDetails::default()
    };
    let details = raw.check(NOW).unwrap();
    assert_eq!(details.profile.birthdate.as_deref(), Some("1995-12-25"));
    raw.birthdate_day.clear();
    assert_eq!(
        raw.check(NOW).unwrap_err(),
        FieldErrors::one("birthdate_year", "birthdate-incomplete")
    );
}
