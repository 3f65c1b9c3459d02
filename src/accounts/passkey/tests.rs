//! Both ceremonies with a software authenticator, which can be made to lie.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use self::software::{Authenticator, BACKED_UP, BACKUP_ELIGIBLE, PRESENT, VERIFIED};
use super::authentication::{Assertion, Used};
use super::options::{CreationOptions, Holder, RelyingParty, RequestOptions};
use super::public_key::{ALGORITHMS, PublicKey};
use super::refused::Refused;
use super::registration::{self, NewCredential};
use super::*;

#[path = "../../../tests/suite/support/authenticator.rs"]
mod software;

const ORIGIN: &str = "https://id.toyota.jp";
const ES256: i64 = -7;

fn expected() -> Expected<'static> {
    Expected {
        challenge: "Y2hhbGxlbmdl",
        rp_id: "id.toyota.jp",
        origin: ORIGIN,
    }
}

fn creation_options(has: &[Passkey]) -> Value {
    let holder = Holder {
        user_handle: "aGFuYWtv",
        login_id: "hanako@example.jp",
        has,
    };
    let challenge = expected().challenge.to_owned();
    let rp = RelyingParty {
        id: "id.toyota.jp".to_owned(),
        name: "共通ID".to_owned(),
    };
    let options = CreationOptions::new(challenge, rp, &holder);
    serde_json::to_value(options).unwrap()
}

fn request_options() -> Value {
    let options = RequestOptions::new(expected().challenge.to_owned(), expected().rp_id);
    serde_json::to_value(options).unwrap()
}

fn registered(made: &NewCredential) -> Passkey {
    Passkey {
        id: "name".to_owned(),
        account_id: "hanako".to_owned(),
        rp_id: "id.toyota.jp".to_owned(),
        credential_id: made.credential_id.clone(),
        user_handle: "aGFuYWtv".to_owned(),
        public_key: made.public_key.clone(),
        sign_count: made.sign_count,
        backup_eligible: made.backup_eligible,
        backed_up: made.backed_up,
        transports: made.transports.clone(),
        label: String::new(),
        created_at: Timestamp(0),
        last_used_at: None,
    }
}

/// Returns an authenticator with a passkey, and the passkey as stored.
fn stage(algorithm: i64) -> (Authenticator, Passkey) {
    let mut phone = Authenticator::new(algorithm, ORIGIN);
    let made = phone.create(&creation_options(&[])).to_string();
    let made = registration::check(&made, &expected()).unwrap();
    (phone, registered(&made))
}

fn let_in(passkey: &Passkey, response: &Value) -> Result<Used, Refused> {
    Assertion::read(&response.to_string())?.check(passkey, &expected())
}

#[test]
fn a_passkey_of_every_algorithm_we_ask_for_is_made_and_lets_its_owner_in() {
    for algorithm in ALGORITHMS {
        let (phone, passkey) = stage(algorithm);
        assert_eq!(passkey.credential_id, phone.credential_id());
        assert_eq!(passkey.transports, ["hybrid", "internal"]);
        let used = let_in(&passkey, &phone.get(&request_options()));
        let expected = Used {
            sign_count: 0,
            backed_up: false,
        };
        assert_eq!(used, Ok(expected), "{algorithm}");
    }
}

#[test]
fn a_browser_is_asked_for_what_a_passkey_needs() {
    let (_, passkey) = stage(ES256);
    let elsewhere = Passkey {
        rp_id: "id.lexus.jp".to_owned(),
        ..passkey.clone()
    };
    let options = creation_options(&[passkey.clone(), elsewhere]);
    assert_eq!(options["attestation"], "none");
    assert_eq!(options["rp"]["id"], "id.toyota.jp");
    assert_eq!(options["authenticatorSelection"]["residentKey"], "required");
    assert_eq!(
        options["authenticatorSelection"]["userVerification"],
        "required"
    );
    let algorithms: Vec<_> = options["pubKeyCredParams"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["alg"].as_i64().unwrap())
        .collect();
    assert_eq!(algorithms, ALGORITHMS);
    let excluded = options["excludeCredentials"].as_array().unwrap();
    assert_eq!(excluded.len(), 1, "those of this host");
    assert_eq!(excluded[0]["id"], passkey.credential_id);
    let options = request_options();
    assert_eq!(options["allowCredentials"], json!([]), "nobody is named");
    assert_eq!(options["userVerification"], "required");
}

/// A change that makes an authenticator or a browser send a wrong value.
type Lie = fn(&mut Authenticator);

/// The wrong values that both ceremonies refuse.
const LIES: [(Lie, Refused); 9] = [
    (
        |phone| phone.said = json!({"challenge": "b3RoZXI"}),
        Refused::Challenge,
    ),
    (
        |phone| phone.said = json!({"type": "webauthn.none"}),
        Refused::Type,
    ),
    (
        |phone| phone.said = json!({"crossOrigin": true}),
        Refused::CrossOrigin,
    ),
    (
        |phone| phone.said = json!({"origin": 1}),
        Refused::Unreadable,
    ),
    (
        |phone| phone.origin = "https://id.lexus.jp".to_owned(),
        Refused::Origin,
    ),
    (
        |phone| phone.rp_id = Some("id.lexus.jp".to_owned()),
        Refused::RelyingParty,
    ),
    (|phone| phone.flags = VERIFIED, Refused::NotPresent),
    (|phone| phone.flags = PRESENT, Refused::NotVerified),
    (|phone| phone.flags |= BACKED_UP, Refused::Backup),
];

#[test]
fn each_lie_is_refused_when_a_passkey_is_made() {
    for (lie, refused) in LIES {
        let mut phone = Authenticator::new(ES256, ORIGIN);
        lie(&mut phone);
        let made = phone.create(&creation_options(&[])).to_string();
        assert_eq!(registration::check(&made, &expected()), Err(refused));
    }
}

#[test]
fn each_lie_is_refused_when_a_passkey_is_used() {
    for (lie, refused) in LIES {
        let (mut phone, passkey) = stage(ES256);
        lie(&mut phone);
        let response = phone.get(&request_options());
        assert_eq!(let_in(&passkey, &response), Err(refused));
    }
}

#[test]
fn an_answer_to_one_ceremony_is_none_to_the_other() {
    let (mut phone, passkey) = stage(ES256);
    phone.said = json!({"type": "webauthn.create"});
    let response = phone.get(&request_options());
    assert_eq!(let_in(&passkey, &response), Err(Refused::Type));
    phone.said = json!({"type": "webauthn.get"});
    let made = phone.create(&creation_options(&[])).to_string();
    assert_eq!(registration::check(&made, &expected()), Err(Refused::Type));
}

#[test]
fn a_counter_that_counts_must_go_on() {
    for (before, now, lawful) in [
        (0, 0, true),
        (0, 1, true),
        (1, 2, true),
        (7, u32::MAX, true),
        (1, 1, false),
        (2, 1, false),
        (1, 0, false),
    ] {
        let (mut phone, mut passkey) = stage(ES256);
        (passkey.sign_count, phone.sign_count) = (before, now);
        let used = let_in(&passkey, &phone.get(&request_options()));
        if lawful {
            assert_eq!(used.unwrap().sign_count, now, "{before} {now}")
        } else {
            assert_eq!(used, Err(Refused::Counter), "{before} {now}")
        }
    }
}

#[test]
fn whether_it_can_be_copied_never_changes_and_whether_it_is_may() {
    let (mut phone, passkey) = stage(ES256);
    phone.flags |= BACKUP_ELIGIBLE;
    let used = let_in(&passkey, &phone.get(&request_options()));
    assert_eq!(used, Err(Refused::Backup));
    let passkey = Passkey {
        backup_eligible: true,
        ..passkey
    };
    phone.flags |= BACKED_UP;
    let used = let_in(&passkey, &phone.get(&request_options()));
    assert!(used.unwrap().backed_up);
    phone.flags = PRESENT | VERIFIED;
    let used = let_in(&passkey, &phone.get(&request_options()));
    assert_eq!(used, Err(Refused::Backup));
}

#[test]
fn an_assertion_is_good_for_its_owner_its_host_and_its_key_alone() {
    for algorithm in ALGORITHMS {
        let (phone, passkey) = stage(algorithm);
        let response = phone.get(&request_options());
        let (_, other) = stage(algorithm);
        let with = |change: fn(&mut Passkey, &Passkey)| {
            let mut changed = passkey.clone();
            change(&mut changed, &other);
            let_in(&changed, &response)
        };
        for (judged, refused) in [
            (
                with(|own, _| own.user_handle = "dGFybw".to_owned()),
                Refused::UserHandle,
            ),
            (
                with(|own, _| own.rp_id = "id.lexus.jp".to_owned()),
                Refused::RelyingParty,
            ),
            (
                with(|own, other| own.public_key.clone_from(&other.public_key)),
                Refused::Signature,
            ),
            (
                with(|own, _| own.public_key = "AAAA".to_owned()),
                Refused::PublicKey,
            ),
        ] {
            assert_eq!(judged, Err(refused), "{algorithm}");
        }
    }
}

#[test]
fn nothing_that_was_signed_can_be_changed() {
    let (phone, passkey) = stage(ES256);
    let response = phone.get(&request_options());
    for (member, refused) in [
        ("authenticatorData", Refused::Signature),
        ("signature", Refused::Signature),
    ] {
        let mut changed = response.clone();
        let text = changed["response"][member].as_str().unwrap();
        let mut bytes = URL_SAFE_NO_PAD.decode(text).unwrap();
        // Flips a bit of the last byte: in the authenticator data it belongs to the
        // counter, in the signature to the second half.
        *bytes.last_mut().unwrap() ^= 1;
        changed["response"][member] = URL_SAFE_NO_PAD.encode(bytes).into();
        assert_eq!(let_in(&passkey, &changed), Err(refused), "{member}");
    }
    let mut spaced = response;
    let text = spaced["response"]["clientDataJSON"].as_str().unwrap();
    let mut said = URL_SAFE_NO_PAD.decode(text).unwrap();
    said.push(b' ');
    spaced["response"]["clientDataJSON"] = URL_SAFE_NO_PAD.encode(said).into();
    assert_eq!(let_in(&passkey, &spaced), Err(Refused::Signature));
}

#[test]
fn what_is_no_response_is_not_read() {
    let (mut phone, passkey) = stage(ES256);
    let used = phone.get(&request_options());
    let made = phone.create(&creation_options(&[]));
    let without = |response: &Value, member: &str| {
        let mut less = response.clone();
        less["response"].as_object_mut().unwrap().remove(member);
        less
    };
    for json in ["", "null", "[]", "{}", "{\"id\":1}"] {
        assert_eq!(Assertion::read(json).unwrap_err(), Refused::Unreadable);
        let made = registration::check(json, &expected());
        assert_eq!(made, Err(Refused::Unreadable), "{json}");
    }
    for member in ["clientDataJSON", "authenticatorData", "signature"] {
        let judged = let_in(&passkey, &without(&used, member));
        assert_eq!(judged, Err(Refused::Unreadable), "{member}");
    }
    let anonymous = let_in(&passkey, &without(&used, "userHandle"));
    assert_eq!(anonymous, Err(Refused::UserHandle));
    for member in ["clientDataJSON", "attestationObject"] {
        let judged = registration::check(&without(&made, member).to_string(), &expected());
        assert_eq!(judged, Err(Refused::Unreadable), "{member}");
    }
    let mut other_type = made.clone();
    other_type["type"] = "password".into();
    let judged = registration::check(&other_type.to_string(), &expected());
    assert_eq!(judged, Err(Refused::Unreadable));
    let mut other_id = made;
    other_id["id"] = "AAAA".into();
    let judged = registration::check(&other_id.to_string(), &expected());
    assert_eq!(judged, Err(Refused::CredentialId));
}

#[test]
fn a_key_that_we_did_not_ask_for_makes_no_passkey() {
    let number = |small: u8| vec![small];
    let bytes = |length: usize| {
        let mut item = vec![0x59];
        item.extend(u16::try_from(length).unwrap().to_be_bytes());
        item.resize(item.len() + length, 0xff);
        item
    };
    // In CBOR, 0x26 is −7 and 0x27 is −8; the curves are 1 and 6; the key types 1, 2 and 3.
    let ec = |alg, curve, x: usize, y: usize| {
        let parts = [
            (1, number(2)),
            (3, number(alg)),
            (-1, number(curve)),
            (-2, bytes(x)),
            (-3, bytes(y)),
        ];
        software::map(&parts)
    };
    let rsa = |n: usize, e: usize| {
        let alg = vec![0x39, 0x01, 0x00];
        software::map(&[(1, number(3)), (3, alg), (-1, bytes(n)), (-2, bytes(e))])
    };
    for (what, cose) in [
        ("nothing", Vec::new()),
        ("no map", vec![0x00]),
        ("an empty map", vec![0xa0]),
        ("a point that is on no curve", ec(0x26, 1, 32, 32)),
        ("ES256 on another curve", ec(0x26, 2, 32, 32)),
        ("a short coordinate", ec(0x26, 1, 31, 32)),
        (
            "EdDSA on an elliptic curve of another kind",
            ec(0x27, 1, 32, 32),
        ),
        (
            "a compressed point",
            software::map(&[
                (1, number(2)),
                (3, number(0x26)),
                (-1, number(1)),
                (-2, bytes(32)),
                (-3, vec![0xf5]),
            ]),
        ),
        (
            "a short Ed25519 key",
            software::map(&[
                (1, number(1)),
                (3, number(0x27)),
                (-1, number(6)),
                (-2, bytes(31)),
            ]),
        ),
        (
            "Ed448",
            software::map(&[
                (1, number(1)),
                (3, number(0x27)),
                (-1, number(7)),
                (-2, bytes(32)),
            ]),
        ),
        ("RSA of 1024 bits", rsa(128, 3)),
        ("RSA of more than 8192 bits", rsa(1025, 3)),
        ("an exponent that is too long", rsa(256, 5)),
    ] {
        assert!(PublicKey::read(&cose).is_none(), "{what}");
        if what == "nothing" {
            continue;
        }
        let mut phone = Authenticator::new(ES256, ORIGIN);
        phone.cose_key = cose;
        let made = phone.create(&creation_options(&[])).to_string();
        let judged = registration::check(&made, &expected());
        assert_eq!(judged, Err(Refused::PublicKey), "{what}");
    }
}

#[test]
fn transports_are_words_and_not_too_many() {
    let mut phone = Authenticator::new(ES256, ORIGIN);
    let mut made = phone.create(&creation_options(&[]));
    let many: Vec<String> = (b'a'..=b'z')
        .map(|one| char::from(one).to_string())
        .collect();
    for (said, kept) in [
        (
            json!(["usb", "usb", "smart-card", "U\"SB", "", "x".repeat(33)]),
            2,
        ),
        (json!(many), 8),
        (json!([]), 0),
    ] {
        made["response"]["transports"] = said;
        let judged = registration::check(&made.to_string(), &expected()).unwrap();
        assert_eq!(judged.transports.len(), kept);
    }
    made["response"]
        .as_object_mut()
        .unwrap()
        .remove("transports");
    let judged = registration::check(&made.to_string(), &expected()).unwrap();
    assert!(judged.transports.is_empty());
}

#[test]
fn a_name_is_trimmed_and_neither_empty_nor_endless() {
    for (typed, read) in [
        (" 仕事のiPhone\u{7} ", Ok("仕事のiPhone".to_owned())),
        ("　", Err("passkey-label-missing")),
        ("\u{0}", Err("passkey-label-missing")),
        (&"あ".repeat(40), Ok("あ".repeat(40))),
        (&"あ".repeat(41), Err("passkey-label-too-long")),
    ] {
        assert_eq!(read_label(typed), read);
    }
}
