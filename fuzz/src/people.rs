//! What people type. Whatever is accepted is in a form that is read again to the same, and
//! that a mail, a text message, a claim and a page can contain.

use common_id::accounts::account::{Account, AccountStatus};
use common_id::accounts::address_search::{self, Found};
use common_id::accounts::birthdate::Birthdate;
use common_id::accounts::device_label::device_label;
use common_id::accounts::email_address::{EmailAddress, MAX_LENGTH};
use common_id::accounts::field_errors::FieldErrors;
use common_id::accounts::letter_code;
use common_id::accounts::login_id::LoginId;
use common_id::accounts::passkey::read_label;
use common_id::accounts::password::{self, Owner, PasswordPolicy};
use common_id::accounts::person_name::{read_kana, read_name};
use common_id::accounts::phone_number::{HomeNumber, MobileNumber};
use common_id::accounts::postal_address::{
    Prefecture, display_postal_code, read_line, read_postal_code, split_prefecture,
};
use common_id::accounts::profile_form;
use common_id::accounts::recovery_code::RecoveryCode;
use common_id::accounts::refused_domains::RefusedDomains;
use common_id::accounts::registration::{Details, RawDetails};
use common_id::accounts::undo_code::UndoCode;
use common_id::accounts::verification_code::{CodeLength, VerificationCode};
use common_id::clock::Timestamp;
use common_id::locale::Locale;
use common_id::oidc::device_authorization::UserCode;

use crate::{NOW, choose, line, text};

/// Runs the parser that the first byte names.
pub fn run(data: &[u8]) {
    let parsers: [fn(&str); 10] = [
        email_address,
        phone_number,
        person_name,
        postal_address,
        birthdate,
        password_of_a_person,
        codes,
        login_id,
        details,
        labels,
    ];
    if let Some((parser, rest)) = choose(data, parsers.len()) {
        parsers[parser](&text(rest));
    }
}

fn email_address(typed: &str) {
    let Ok(address) = EmailAddress::read(typed) else {
        return;
    };
    assert!(address.typed().len() <= MAX_LENGTH);
    assert_eq!(address.key(), address.typed().to_ascii_lowercase());
    assert_eq!(EmailAddress::read(address.typed()).as_ref(), Ok(&address));
    let key = EmailAddress::read(address.key()).expect("its key is an address");
    assert_eq!(key.key(), address.key());
    // Neither a header nor a command of SMTP can be smuggled in, and mail can be sent there.
    let smtp = address.for_smtp();
    assert!(smtp.bytes().all(|b| b.is_ascii_graphic()), "{smtp:?}");
    let parsed: Result<lettre::Address, _> = smtp.parse();
    let parsed = parsed.unwrap_or_else(|error| panic!("{smtp}: {error}"));
    assert!(parsed.domain().eq_ignore_ascii_case(address.domain()));
    if let Some(meant) = address.suggestion() {
        let meant = EmailAddress::read(&meant).expect("the suggestion is an address");
        assert!(meant.is_of_a_known_provider() && meant.key() != address.key());
    }
    let listed = RefusedDomains::read(address.domain()).expect("a domain");
    assert!(listed.contain(address.domain()));
    assert!(listed.contain(&format!("sub.{}", address.domain())));
    assert!(!listed.contain(&format!("x{}", address.domain())));
    let stored = serde_json::to_string(&address).expect("serializes");
    assert_eq!(
        serde_json::from_str::<EmailAddress>(&stored).ok(),
        Some(address)
    );
}

fn phone_number(typed: &str) {
    if let Ok(number) = MobileNumber::read(typed) {
        let e164 = number.e164();
        assert!(e164.len() == 13 && e164.starts_with("+81"), "{e164}");
        assert!(e164.bytes().skip(1).all(|b| b.is_ascii_digit()), "{e164}");
        for form in [e164, number.display()] {
            assert_eq!(MobileNumber::read(&form).as_ref(), Ok(&number), "{form}");
        }
        assert!(HomeNumber::read(typed).is_err(), "{typed}");
    }
    if let Ok(number) = HomeNumber::read(typed) {
        assert!((10..=11).contains(&number.digits().len()));
        assert!(number.digits().bytes().all(|b| b.is_ascii_digit()));
        for form in [number.digits().to_owned(), number.display()] {
            assert_eq!(HomeNumber::read(&form).as_ref(), Ok(&number), "{form}");
        }
    }
}

fn person_name(typed: &str) {
    if let Ok(name) = read_name(typed) {
        judge_shown(&name);
        assert_eq!(read_name(&name).as_ref(), Ok(&name));
        assert!(typed.contains(&name));
    }
    if let Ok(kana) = read_kana(typed) {
        assert!(kana.chars().count() <= 50);
        assert!(
            kana.chars()
                .all(|c| matches!(c, 'ァ'..='ヺ' | 'ー' | 'ヽ' | 'ヾ' | '・' | ' ')),
            "{kana:?}"
        );
        assert_eq!(read_kana(&kana).as_ref(), Ok(&kana));
    }
}

/// A text that a page, a mail and a claim can contain.
fn judge_shown(text: &str) {
    assert!(
        !text.contains(char::is_control) && text.trim() == text,
        "{text:?}"
    );
    assert!(
        !text.contains(|c| matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')),
        "{text:?}"
    );
}

/// `POSTAL CODE ⏎ PREFECTURE ⏎ CITY ⏎ CHOSEN`: an address, and the search for it.
fn postal_address(mut typed: &str) {
    let mut details = RawDetails {
        postal_code: line(&mut typed).to_owned(),
        prefecture: line(&mut typed).to_owned(),
        city: line(&mut typed).to_owned(),
        ..RawDetails::default()
    };
    if let Ok(code) = read_postal_code(&details.postal_code) {
        assert!(code.len() == 7 && code.bytes().all(|b| b.is_ascii_digit()));
        assert_eq!(
            read_postal_code(&display_postal_code(&code)).as_ref(),
            Ok(&code)
        );
    }
    if let Ok(city) = read_line(&details.city) {
        judge_shown(&city);
        assert_eq!(read_line(&city).as_ref(), Ok(&city));
    }
    if let Ok(prefecture) = Prefecture::read(&details.prefecture) {
        for form in [prefecture.code, prefecture.name, prefecture.name_en] {
            assert_eq!(Prefecture::read(form), Ok(prefecture), "{form}");
        }
    }
    let (prefecture, rest) = split_prefecture(&details.city);
    assert!(details.city.ends_with(rest) || details.city.trim().ends_with(rest));
    assert!(prefecture.is_none_or(|found| details.city.contains(found.name)));
    let before = details.clone();
    match address_search::search(&mut details) {
        Ok(Found::FilledIn) => {
            for (typed, now) in [
                (&before.prefecture, &details.prefecture),
                (&before.city, &details.city),
            ] {
                assert!(
                    typed.trim().is_empty() || typed == now,
                    "typed text was replaced"
                );
            }
            let typed = !before.prefecture.trim().is_empty();
            assert!(typed || Prefecture::read(&details.prefecture).is_ok());
        }
        Ok(Found::Several(places)) => {
            assert!(places.len() > 1);
            for place in places {
                let mut chosen = details.clone();
                assert!(address_search::take(&mut chosen, &place.text()));
                assert_eq!(chosen.prefecture, place.prefecture.name);
            }
        }
        Ok(Found::Differs(places)) => {
            assert!(!places.is_empty());
            assert!(details == before);
        }
        Ok(Found::Nothing | Found::Agrees) | Err(_) => assert!(details == before),
    }
    let before = details.clone();
    assert!(address_search::take(&mut details, typed) || details == before);
}

/// `YEAR ⏎ MONTH ⏎ DAY`, or the claim.
fn birthdate(mut typed: &str) {
    let claim = Birthdate::from_claim(typed, NOW);
    let read = Birthdate::read(line(&mut typed), line(&mut typed), line(&mut typed), NOW);
    for date in [claim, read].into_iter().flatten() {
        let written = date.to_string();
        assert_eq!(written.len(), 10);
        assert_eq!(Birthdate::from_claim(&written, NOW), Ok(date));
        assert!((1900..=2026).contains(&date.year()));
        assert!(!date.has_attained(130, NOW) && date.has_attained(0, NOW));
        for locale in Locale::ALL {
            assert!(!date.era(locale).is_empty());
        }
        let stored = serde_json::to_string(&date).expect("serializes");
        assert_eq!(serde_json::from_str::<Birthdate>(&stored).ok(), Some(date));
    }
}

/// `E-MAIL ⏎ NAME ⏎ BIRTHDATE ⏎ PASSWORD`.
fn password_of_a_person(mut typed: &str) {
    let owner = Owner {
        email: line(&mut typed).to_ascii_lowercase(),
        names: vec![line(&mut typed).to_owned()],
        birthdate: Some(line(&mut typed).to_owned()),
        phones: vec!["+819012345678".to_owned()],
    };
    let canonical = password::canonical(typed);
    assert_eq!(password::canonical(&canonical), canonical);
    for policy in [PasswordPolicy::Seed2020, PasswordPolicy::Modern] {
        let (least, most) = policy.length();
        match policy.check(typed, &owner) {
            Ok(()) => {
                assert!((least..=most).contains(&typed.chars().count()));
                assert!(!typed.contains(char::is_control));
                // A password of nobody in particular is not weaker.
                assert_eq!(policy.check(typed, &Owner::default()), Ok(()));
                if policy == PasswordPolicy::Seed2020 {
                    assert!(typed.is_ascii() && canonical == typed);
                }
            }
            Err(codes) => assert!(!codes.is_empty()),
        }
    }
    if password::is_all_capitals(typed) {
        assert!(typed.chars().any(char::is_alphabetic));
    }
}

fn codes(typed: &str) {
    let letters = letter_code::typed_letters(typed);
    assert_eq!(letter_code::typed_letters(&letters), letters);
    if let Ok(code) = UndoCode::read(typed) {
        assert_eq!(code.letters().len(), 16);
        assert_eq!(UndoCode::read(&code.grouped()).as_ref(), Ok(&code));
        assert!(UserCode::read(typed).is_err() && RecoveryCode::read(typed).is_err());
    }
    if let Ok(code) = UserCode::read(typed) {
        assert_eq!(code.letters().len(), 8);
        assert_eq!(UserCode::read(&code.to_string()).as_ref(), Ok(&code));
    }
    if let Ok(code) = RecoveryCode::read(typed) {
        assert!(code.number < 10 && code.letters().len() == 12);
        assert_eq!(RecoveryCode::read(&code.grouped()).as_ref(), Ok(&code));
    }
    for length in [CodeLength::Six, CodeLength::Eight] {
        let Ok(code) = VerificationCode::read(typed, length) else {
            continue;
        };
        let digits = code.digits();
        assert_eq!(digits.len(), length.digits());
        assert!(digits.bytes().all(|b| b.is_ascii_digit()));
        assert!(VerificationCode::read(&digits, length).is_ok_and(|again| again.is(&code)));
    }
}

fn login_id(typed: &str) {
    let Ok(id) = LoginId::read(typed) else {
        return;
    };
    assert_eq!(LoginId::read(&id.key()).map(|id| id.key()), Ok(id.key()));
    let alone = match &id {
        LoginId::Email(address) => EmailAddress::read(typed).as_ref() == Ok(address),
        LoginId::Phone(number) => MobileNumber::read(typed).as_ref() == Ok(number),
    };
    assert!(alone, "{typed:?}");
}

/// A form of personal data, one field a line.
fn details(mut typed: &str) {
    let raw = RawDetails::read(|_| Some(line(&mut typed).to_owned()));
    match raw.check(NOW) {
        Ok(details) => judge_details(&details),
        Err(FieldErrors(errors)) => {
            assert!(!errors.is_empty());
            for error in errors {
                assert!(RawDetails::FIELDS.contains(&error.field) || error.field == "birthdate");
            }
        }
    }
}

/// The form that shows what was stored is accepted unchanged.
fn judge_details(details: &Details) {
    let account = Account {
        id: "id".to_owned(),
        email: "taro@example.jp".to_owned(),
        email_verified: true,
        mobile_phone: details.mobile_phone.as_ref().map(MobileNumber::e164),
        mobile_phone_verified: false,
        phone_login: false,
        recovered: Default::default(),
        enrolled: Default::default(),
        profile: details.profile.clone(),
        brand: "toyota".to_owned(),
        locale: Locale::Ja,
        status: AccountStatus::Active,
        terms_version: None,
        created_at: NOW,
        updated_at: NOW,
        version: 1,
    };
    let shown = profile_form::of(&account);
    let again = shown
        .check(Timestamp(NOW.0))
        .map_err(|FieldErrors(errors)| errors.len());
    assert_eq!(again.as_ref(), Ok(details));
    let shown_fields = RawDetails::FIELDS.iter().copied().collect();
    assert!(profile_form::within(&shown, &shown_fields, &account) == shown);
    assert!(profile_form::merged(&shown, &shown) == shown);
}

fn labels(typed: &str) {
    assert!(device_label(typed).len() <= 40);
    if let Ok(label) = read_label(typed) {
        assert!((1..=40).contains(&label.chars().count()));
        assert!(!label.contains(char::is_control));
        assert_eq!(read_label(&label).as_ref(), Ok(&label));
    }
    if let Some(locale) = Locale::from_accept_language(typed) {
        assert!(typed.to_ascii_lowercase().contains(locale.tag()));
    }
}
