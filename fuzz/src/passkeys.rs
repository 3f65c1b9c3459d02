//! The responses of passkey ceremonies (Web Authentication): JSON, CBOR, COSE keys and
//! signatures.

use std::sync::LazyLock;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use common_id::accounts::passkey::authentication::Assertion;
use common_id::accounts::passkey::public_key::PublicKey;
use common_id::accounts::passkey::registration::{self, NewCredential};
use common_id::accounts::passkey::{Expected, Passkey};
use serde_json::json;

use crate::edits::edited;
use crate::{NOW, choose, text};

const EXPECTED: Expected<'_> = Expected {
    challenge: "Y2hhbGxlbmdl",
    rp_id: "id.toyota.jp",
    origin: "https://id.toyota.jp",
};

/// The flags for a user who is present and verified, and for a credential that is attested.
const PRESENT_AND_VERIFIED: u8 = 0x05;
const ATTESTED: u8 = 0x40;

const HANDLE: &str = "aGFuZGxl";

static KEY: LazyLock<Ed25519KeyPair> =
    LazyLock::new(|| Ed25519KeyPair::from_seed_unchecked(&[9; 32]).expect("a key"));

/// The key as a `COSE_Key`.
fn cose() -> Vec<u8> {
    let mut cose = vec![0xa4, 0x01, 0x01, 0x03, 0x27, 0x20, 0x06, 0x21, 0x58, 0x20];
    cose.extend(KEY.public_key().as_ref());
    cose
}

/// `KIND …`: a whole response as JSON; or `FLAGS REST`, the authenticator data behind the
/// RP ID's hash; or `EDITS` of a genuine attestation object.
pub fn registration(data: &[u8]) {
    let Some((kind, data)) = choose(data, 3) else {
        return;
    };
    if kind == 0 {
        // No JSON can contain the challenge by chance, so it is given.
        judge_registration(&text(data).replace("CLIENTDATA", &client_data("webauthn.create")));
        return;
    }
    let object = if kind == 1 {
        let Some((flags, rest)) = data.split_first() else {
            return;
        };
        attestation_object(&authenticator_data(
            flags ^ ATTESTED ^ PRESENT_AND_VERIFIED,
            rest,
        ))
    } else {
        edited(&attestation_object(&attested_data()), data)
    };
    let id = credential_id_in(&object);
    let response = json!({
        "id": id, "rawId": id, "type": "public-key",
        "response": {
            "clientDataJSON": client_data("webauthn.create"),
            "attestationObject": URL_SAFE_NO_PAD.encode(&object),
            "transports": ["usb", "internal", "usb"],
        },
    });
    judge_registration(&response.to_string());
}

fn judge_registration(json: &str) {
    let Ok(new) = registration::check(json, &EXPECTED) else {
        return;
    };
    let id = URL_SAFE_NO_PAD
        .decode(&new.credential_id)
        .expect("base64url");
    assert!((1..=1023).contains(&id.len()));
    assert!(new.backup_eligible || !new.backed_up);
    let key = URL_SAFE_NO_PAD.decode(&new.public_key).expect("base64url");
    assert!(PublicKey::read(&key).is_some(), "a key that cannot be used");
    assert!(new.transports.len() <= 8);
    for transport in &new.transports {
        assert!(
            transport
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b == b'-')
        );
    }
    for other in [
        Expected {
            challenge: "b3RoZXI",
            ..EXPECTED
        },
        Expected {
            rp_id: "id.lexus.jp",
            ..EXPECTED
        },
        Expected {
            origin: "https://id.lexus.jp",
            ..EXPECTED
        },
    ] {
        assert!(registration::check(json, &other).is_err());
    }
    // It cannot be used to log in without a signature.
    assert_eq!(
        Assertion::read(json)
            .ok()
            .and_then(|one| one.check(&passkey(&new), &EXPECTED).ok()),
        None
    );
}

/// `PART EDITS`: a genuine assertion, with edits in one of its parts; or a whole one.
pub fn assertion(data: &[u8]) {
    let Some((part, script)) = choose(data, 5) else {
        return;
    };
    let client_data = said("webauthn.get");
    let data = authenticator_data(PRESENT_AND_VERIFIED, &[]);
    let hash = digest(&SHA256, &client_data);
    let signature = KEY.sign(&[&data, hash.as_ref()].concat());
    let genuine = [&client_data, &data, &signature.as_ref().to_vec()].map(Clone::clone);
    let mut parts = genuine.clone();
    if let Some(one) = parts.get_mut(part) {
        *one = edited(one, script);
    }
    let [client_data, data, signature] = &parts.each_ref().map(|part| URL_SAFE_NO_PAD.encode(part));
    let response = json!({
        "id": "aWQ", "rawId": "aWQ", "type": "public-key",
        "response": {
            "clientDataJSON": client_data, "authenticatorData": data, "signature": signature, "userHandle": HANDLE,
        },
    });
    let genuine_json = response.to_string();
    let json = match part {
        3 => edited(genuine_json.as_bytes(), script),
        4 => script.to_vec(),
        _ => genuine_json.clone().into_bytes(),
    };
    let Ok(read) = Assertion::read(&text(&json)) else {
        assert!(part > 2, "a well-formed assertion");
        return;
    };
    let new = NewCredential {
        credential_id: "aWQ".to_owned(),
        public_key: URL_SAFE_NO_PAD.encode(cose()),
        sign_count: 0,
        backup_eligible: false,
        backed_up: false,
        transports: Vec::new(),
    };
    let checked = read.check(&passkey(&new), &EXPECTED);
    if part < 3 {
        assert_eq!(checked.is_ok(), parts == genuine);
    } else if let Ok(used) = checked {
        // Only what is neither signed nor compared may differ.
        for genuine in [client_data, data, signature] {
            assert!(text(&json).contains(genuine.as_str()));
        }
        assert_eq!((used.sign_count, used.backed_up), (0, false));
    }
}

/// A `COSE_Key`.
pub fn public_key(data: &[u8]) {
    let Some(key) = PublicKey::read(data) else {
        return;
    };
    assert!(!key.verifies(b"a message", b""));
    assert!(!key.verifies(b"a message", &[0; 64]));
    assert!(!key.verifies(b"a message", &[1; 256]));
}

fn passkey(new: &NewCredential) -> Passkey {
    Passkey {
        id: "id".to_owned(),
        account_id: "account".to_owned(),
        rp_id: EXPECTED.rp_id.to_owned(),
        credential_id: new.credential_id.clone(),
        user_handle: HANDLE.to_owned(),
        public_key: new.public_key.clone(),
        sign_count: new.sign_count,
        backup_eligible: new.backup_eligible,
        backed_up: new.backed_up,
        transports: new.transports.clone(),
        label: String::new(),
        created_at: NOW,
        last_used_at: None,
    }
}

fn said(ceremony: &str) -> Vec<u8> {
    let (challenge, origin) = (EXPECTED.challenge, EXPECTED.origin);
    let said =
        json!({"type": ceremony, "challenge": challenge, "origin": origin, "crossOrigin": false});
    said.to_string().into_bytes()
}

fn client_data(ceremony: &str) -> String {
    URL_SAFE_NO_PAD.encode(said(ceremony))
}

fn authenticator_data(flags: u8, rest: &[u8]) -> Vec<u8> {
    let mut data = digest(&SHA256, EXPECTED.rp_id.as_bytes()).as_ref().to_vec();
    data.push(flags);
    data.extend([0; 4]);
    data.extend(rest);
    data
}

fn attested_data() -> Vec<u8> {
    let mut rest = vec![0; 16];
    rest.extend([0, 4]);
    rest.extend(b"abcd");
    rest.extend(cose());
    authenticator_data(PRESENT_AND_VERIFIED | ATTESTED, &rest)
}

/// `{"fmt": "none", "attStmt": {}, "authData": data}`.
fn attestation_object(data: &[u8]) -> Vec<u8> {
    let mut object = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x59".to_vec();
    object.extend(u16::try_from(data.len()).unwrap_or(u16::MAX).to_be_bytes());
    object.extend(data);
    object
}

/// The credential ID where it is in an attestation object, so that the two agree.
fn credential_id_in(object: &[u8]) -> String {
    let data = object
        .get(attestation_object(&[]).len()..)
        .unwrap_or_default();
    let length = data.get(53..55).map_or(0, |length| {
        usize::from(u16::from_be_bytes([length[0], length[1]]))
    });
    URL_SAFE_NO_PAD.encode(data.get(55..55 + length).unwrap_or_default())
}
