//! Example data to store: complete, and different for each name.

use std::collections::BTreeMap;

use common_id::accounts::account::{Account, AccountStatus};
use common_id::accounts::browser_session::BrowserSession;
use common_id::accounts::consent::{
    Consent, ConsentAction, ConsentKind, ConsentRecord, LegalPerson,
};
use common_id::accounts::dealer::{
    Dealer, DealerLink, DealerNotice, DealerNoticeText, NoticeSection,
};
use common_id::accounts::profile::{PostalAddress, Profile};
use common_id::accounts::recovered::Recovered;
use common_id::accounts::second_factor::Enrolled;
use common_id::clock::Timestamp;
use common_id::locale::Locale;
use common_id::oidc::client::ClientId;
use common_id::security_events::{Event, EventKind};
use common_id::store::Store;
use common_id::store::accounts::registration::{Created, NewAccount};
use common_id::store::dealers::{Imported, Succession};
use common_id::store::outbox::{Channel, NewMessage};

/// The time at which every test begins.
pub(crate) const NOW: Timestamp = Timestamp(1_800_000_000);

/// Returns the time so many seconds after the beginning.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp(NOW.0 + seconds)
}

/// The security event of a token that its client revoked.
pub(crate) fn revoked() -> Event {
    Event::new(EventKind::TokenRevoked)
}

pub(crate) fn account(name: &str) -> Account {
    Account {
        id: format!("account-of-{name}"),
        email: format!("{name}@Example.JP"),
        email_verified: true,
        mobile_phone: Some("+819012345678".into()),
        mobile_phone_verified: false,
        phone_login: false,
        recovered: Recovered::default(),
        password_set_at: None,
        enrolled: Enrolled::default(),
        profile: Profile {
            family_name: Some("神\u{FA19}".into()),
            address: Some(PostalAddress {
                prefecture: Some("愛知県".into()),
                ..PostalAddress::default()
            }),
            ..Profile::default()
        },
        brand: "toyota".into(),
        locale: Locale::Ja,
        status: AccountStatus::Active,
        terms_version: Some("2020-06-01".into()),
        created_at: NOW,
        updated_at: NOW,
        version: 1,
    }
}

pub(crate) fn email_key(name: &str) -> String {
    format!("{name}@example.jp")
}

pub(crate) fn new_account(name: &str) -> NewAccount {
    NewAccount {
        account: account(name),
        password_hash: Some(format!("hash-of-{name}")),
        registration_id: format!("registration-of-{name}"),
        consents: vec![consent(name, "terms")],
        session: None,
        messages: Vec::new(),
    }
}

/// Stores an account.
pub(crate) async fn registered(store: &Store, name: &str) -> Account {
    let new = new_account(name);
    assert_eq!(store.accounts().create(&new).await.unwrap(), Created::New);
    new.account
}

pub(crate) fn session(name: &str) -> BrowserSession {
    BrowserSession {
        sid: format!("sid-of-{name}"),
        account_id: format!("account-of-{name}"),
        brand: "toyota".into(),
        begun_at: NOW,
        device: "iPhone · Safari".into(),
        auth_time: NOW,
        amr: "pwd".into(),
        second_factor_at: None,
        strength: None,
        trusted_device: None,
        seen_at: NOW,
        expires_at: at(3600),
    }
}

/// A consent of the account `name`; its kind does not matter to the database.
pub(crate) fn consent(name: &str, what: &str) -> Consent {
    Consent {
        id: format!("{what}-of-{name}"),
        account_id: format!("account-of-{name}"),
        kind: ConsentKind::Terms,
        action: ConsentAction::Given,
        target: what.into(),
        wording_version: "2020-06-01".into(),
        wording_hash: "00".repeat(32),
        locale: Locale::En,
        brand: "lexus".into(),
        client_id: Some("maintenance".into()),
        at: NOW,
        record: ConsentRecord {
            recipient: Some(legal_person()),
            items: vec!["氏名".into(), "住所".into()],
            basis: "consent".into(),
            auth_time: Some(NOW),
            ..ConsentRecord::default()
        },
    }
}

fn legal_person() -> LegalPerson {
    LegalPerson {
        name: "長野トヨタ自動車株式会社".into(),
        address: "長野県長野市".into(),
        representative: "宇都宮".into(),
    }
}

pub(crate) fn dealer(code: &str) -> Dealer {
    let section = NoticeSection {
        lead: "提供します".into(),
        items: vec!["見積".into()],
    };
    let text = DealerNoticeText {
        services: vec![section.clone()],
        to_toyota: section.clone(),
        to_dealer: section,
    };
    Dealer {
        code: code.into(),
        legal: legal_person(),
        name_en: "Nagano Toyota".into(),
        brands: vec!["toyota".into()],
        prefecture: "長野県".into(),
        open: true,
        successor: None,
        notice: DealerNotice {
            version: "2020-06-01".into(),
            reconsent: true,
            text: BTreeMap::from([("ja".into(), text)]),
        },
    }
}

/// Imports dealers into the directory.
pub(crate) async fn import(store: &Store, dealers: &[Dealer]) -> Vec<Succession> {
    match store.dealers().import(dealers, NOW).await.unwrap() {
        Imported::Done(successions) => successions,
        Imported::Refused(refused) => panic!("{refused:?}"),
    }
}

/// The link to a dealer, and the consents that create it.
pub(crate) fn dealer_link(name: &str, code: &str) -> (DealerLink, [Consent; 2]) {
    let consents = [
        consent(name, &format!("{code}-to-toyota")),
        consent(name, &format!("{code}-to-dealer")),
    ];
    let link = DealerLink {
        dealer_code: code.into(),
        linked_at: NOW,
        consent_ids: consents.clone().map(|consent| consent.id),
        client_id: Some("maintenance".into()),
        notice_version: "2020-06-01".into(),
        made_with: None,
        taken_over: Vec::new(),
        customer_number: Some("N-001".into()),
        numbered_by: None,
    };
    (link, consents)
}

pub(crate) fn client_id(name: &str) -> ClientId {
    ClientId(name.into())
}

/// A message with that number, written so many seconds after the beginning.
pub(crate) fn message(number: i64) -> NewMessage {
    NewMessage {
        id: format!("{:012}-{number:04}", at(number).0),
        channel: Channel::Email,
        brand: "toyota".into(),
        queue: None,
        payload: format!("sealed-{number}"),
        created_at: at(number),
    }
}
