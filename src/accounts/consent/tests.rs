use serde_json::json;

use super::*;
use crate::accounts::account::AccountStatus;
use crate::accounts::profile::Profile;
use crate::accounts::second_factor::Enrolled;

fn account() -> Account {
    Account {
        id: "sub".to_owned(),
        email: "taro@example.jp".to_owned(),
        email_verified: true,
        mobile_phone: None,
        mobile_phone_verified: false,
        phone_login: false,
        recovered: crate::accounts::recovered::Recovered::default(),
        password_set_at: None,
        enrolled: Enrolled::default(),
        profile: Profile {
            family_name: Some("長野".to_owned()),
            given_name: Some("太郎".to_owned()),
            ..Profile::default()
        },
        brand: "toyota".to_owned(),
        locale: Locale::Ja,
        status: AccountStatus::Active,
        terms_version: None,
        created_at: Timestamp(1),
        updated_at: Timestamp(1),
        version: 1,
    }
}

fn context(locale: Locale) -> ConsentContext {
    ConsentContext {
        at: Timestamp(100),
        locale,
        brand: "toyota".to_owned(),
        client_id: Some("maintenance".to_owned()),
        operator: LegalPerson {
            name: "トヨタ自動車株式会社".to_owned(),
            ..LegalPerson::default()
        },
        ip_hash: Some("aa".to_owned()),
        user_agent_hash: Some("bb".to_owned()),
        auth_time: Some(Timestamp(99)),
    }
}

fn dealer() -> Dealer {
    serde_json::from_value(json!({
        "code": "20100",
        "legal": {"name": "長野トヨタ自動車株式会社", "address": "長野市", "representative": "社長"},
        "name_en": "Nagano Toyota", "brands": ["toyota"], "prefecture": "長野県", "open": true,
        "notice": {"version": "2020-06-01", "text": {"ja": {
            "services": [{"lead": "MyTOYOTA", "items": ["商談"]}],
            "to_toyota": {"lead": "目的1", "items": ["氏名", "契約"]},
            "to_dealer": {"lead": "目的2", "items": ["ご依頼"]},
        }}},
    }))
    .unwrap()
}

fn ids() -> [String; 2] {
    ["1".to_owned(), "2".to_owned()]
}

#[test]
fn a_dealer_link_is_two_provisions_of_two_companies() {
    let [to_toyota, to_dealer] =
        dealer_link(&account(), &dealer(), &context(Locale::Ja), ids()).unwrap();
    let name = |person: &Option<LegalPerson>| person.clone().unwrap().name;
    assert_eq!(to_toyota.kind, ConsentKind::DealerToToyota);
    assert_eq!(name(&to_toyota.record.provider), "長野トヨタ自動車株式会社");
    assert_eq!(name(&to_toyota.record.recipient), "トヨタ自動車株式会社");
    assert_eq!(to_toyota.record.items, ["氏名", "契約"]);
    assert_eq!(to_toyota.record.purposes, ["目的1"]);
    assert_eq!(to_dealer.kind, ConsentKind::ToyotaToDealer);
    assert_eq!(name(&to_dealer.record.provider), "トヨタ自動車株式会社");
    assert_eq!(
        name(&to_dealer.record.recipient),
        "長野トヨタ自動車株式会社"
    );
    assert_eq!(to_dealer.record.items, ["ご依頼"]);
    for consent in [&to_toyota, &to_dealer] {
        assert_eq!(consent.target, "20100");
        assert_eq!(consent.wording_version, "2020-06-01");
        assert_eq!(consent.record.person_name.as_deref(), Some("長野 太郎"));
        assert_eq!(consent.record.auth_time, Some(Timestamp(99)));
        assert_eq!(consent.client_id.as_deref(), Some("maintenance"));
    }
    let shown = "MyTOYOTA\n商談\n目的1\n氏名\n契約\n目的2\nご依頼";
    assert_eq!(to_toyota.wording_hash, sha256_hex(shown.as_bytes()));
}

#[test]
fn a_record_names_the_language_that_was_really_shown() {
    let [consent, _] = dealer_link(&account(), &dealer(), &context(Locale::En), ids()).unwrap();
    assert_eq!(consent.locale, Locale::Ja);
}

#[test]
fn a_dealer_without_a_notice_cannot_be_consented_to() {
    let mut dealer = dealer();
    dealer.notice.text.clear();
    assert_eq!(
        dealer_link(&account(), &dealer, &context(Locale::Ja), ids()),
        None
    );
}

#[test]
fn terms_are_agreed_to_when_the_box_was_ticked() {
    let agreed = AgreedTerms {
        version: "v1".to_owned(),
        hash: "cc".to_owned(),
        locale: Locale::En,
        at: Timestamp(50),
    };
    let consent = terms(&account(), &agreed, &context(Locale::Ja), "1".to_owned());
    assert_eq!(
        (consent.kind, consent.at),
        (ConsentKind::Terms, Timestamp(50))
    );
    assert_eq!(consent.locale, Locale::En);
    assert_eq!(consent.wording_hash, "cc");
}

#[test]
fn a_withdrawal_names_what_is_taken_back_and_its_own_circumstances() {
    let [given, _] = dealer_link(&account(), &dealer(), &context(Locale::Ja), ids()).unwrap();
    let later = ConsentContext {
        at: Timestamp(500),
        client_id: None,
        ip_hash: None,
        ..context(Locale::En)
    };
    let taken = withdrawal(&given, &account(), &later, "9".to_owned());
    assert_eq!(taken.action, ConsentAction::Withdrawn);
    assert_eq!((taken.id.as_str(), taken.at), ("9", Timestamp(500)));
    assert_eq!(taken.kind, given.kind);
    assert_eq!(taken.wording_hash, given.wording_hash);
    assert_eq!(taken.record.items, given.record.items);
    assert_eq!((taken.client_id, taken.record.ip_hash), (None, None));
}

#[test]
fn a_provision_goes_on_until_it_is_withdrawn() {
    let [to_toyota, to_dealer] =
        dealer_link(&account(), &dealer(), &context(Locale::Ja), ids()).unwrap();
    let goes_on = Some(Period {
        from: Timestamp(100),
        until: None,
    });
    let later = ConsentContext {
        at: Timestamp(500),
        ..context(Locale::Ja)
    };
    let ended = Some(Period {
        from: Timestamp(100),
        until: Some(Timestamp(500)),
    });
    for given in [to_toyota, to_dealer] {
        assert_eq!(given.record.period, goes_on);
        let taken = withdrawal(&given, &account(), &later, "9".to_owned());
        assert_eq!(taken.record.period, ended);
        assert_eq!(taken.record.how_obtained, given.record.how_obtained);
        assert_eq!(taken.record.basis, given.record.basis);
        let mut of_before = given;
        of_before.record.period = None;
        let taken = withdrawal(&of_before, &account(), &later, "9".to_owned());
        assert_eq!(taken.record.period, ended, "since it was given");
    }
}

#[test]
fn each_record_says_on_what_ground_data_is_provided() {
    let [to_toyota, to_dealer] =
        dealer_link(&account(), &dealer(), &context(Locale::Ja), ids()).unwrap();
    assert!(to_toyota.record.basis.contains("27(1)"));
    assert!(to_dealer.record.basis.contains("31(1)"), "browsing data");
    let agreed = AgreedTerms {
        version: "v1".to_owned(),
        hash: "cc".to_owned(),
        locale: Locale::Ja,
        at: Timestamp(50),
    };
    let terms = terms(&account(), &agreed, &context(Locale::Ja), "1".to_owned());
    assert_eq!(
        (&*terms.record.basis, terms.record.period),
        ("agreement", None)
    );
}

#[test]
fn a_consent_to_scopes_names_the_company_the_items_and_the_policy() {
    let recipient = LegalPerson {
        name: "株式会社ドライブ手帳".to_owned(),
        address: "東京都港区".to_owned(),
        representative: "代表取締役".to_owned(),
    };
    let request = ScopeRequest {
        client_id: "diary".to_owned(),
        recipient: recipient.clone(),
        scopes: vec!["openid".to_owned(), "email".to_owned()],
        policy_uri: Some("https://diary.example/privacy".to_owned()),
    };
    let shown = ["メールアドレス".to_owned()];
    let given = scope(
        &account(),
        &request,
        &shown,
        &context(Locale::Ja),
        "1".to_owned(),
    );
    assert_eq!((given.kind, &*given.target), (ConsentKind::Scope, "diary"));
    let record = given.record;
    assert_eq!(record.recipient, Some(recipient));
    assert_eq!(record.items, ["openid", "email"]);
    assert_eq!(record.purposes, ["https://diary.example/privacy"]);
    assert!(record.period.is_some_and(|period| period.until.is_none()));
}

#[test]
fn a_company_may_be_told_with_more_than_is_recorded() {
    let told = json!({"name": "a", "address": "b", "representative": "c", "since": 1970});
    let read: LegalPerson = crate::documents::strict::from_value(told).unwrap();
    assert_eq!(read.representative, "c");
}
