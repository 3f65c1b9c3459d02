//! Texts that only we or a client can make: signed, encrypted and sealed ones. Whatever a
//! fuzzer makes of a genuine text, it is accepted only if it is a genuine text again.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use common_id::clients::software_statements::SoftwareStatements;
use common_id::config::SoftwareStatementIssuer;
use common_id::keys::client_jwks::{self, verify_with_jwks, verify_with_secret};
use common_id::keys::jwe::{Plain, encrypt_to};
use common_id::keys::jwk_set;
use common_id::oidc::client::{AssertionAudience, ClientId, SigningAlgorithm};
use common_id::oidc::client_assertion::{self, LONGEST_LIFE, Presented, unverified_issuer};
use common_id::oidc::encryption::{ContentEncryption, Encryption, KeyManagementAlgorithm};
use common_id::oidc::request_object;
use common_id::random::Random;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Map, Value, json};

use crate::clients::CLIENTS;
use crate::edits::edited;
use crate::node::NODE;
use crate::{ISSUER, NOW, choose, judge_error, passkeys, sealed, text};

/// The secret of a client that signs with it.
const SECRET: &str = "a-secret-of-the-tests, with: odd/characters+%";

/// The algorithms that a client's keys may have.
const ALLOWED: [Algorithm; 4] = [
    Algorithm::RS256,
    Algorithm::ES256,
    Algorithm::PS256,
    Algorithm::EdDSA,
];

/// Runs the parser that the first byte names.
pub fn run(data: &[u8]) {
    let parsers: [fn(&[u8]); 9] = [
        signed_and_edited,
        signed_by_nobody,
        encrypted_and_edited,
        encrypted_by_nobody,
        assertion_claims,
        sealed::sealed_and_edited,
        passkeys::registration,
        passkeys::assertion,
        passkeys::public_key,
    ];
    if let Some((parser, rest)) = choose(data, parsers.len()) {
        parsers[parser](rest);
    }
}

/// Genuine tokens, and the keys with which they are verified.
struct Genuine {
    /// JWTs with the `typ` that they have, if any; those signed with the secret come last.
    signed: Vec<(String, Option<&'static str>)>,
    /// How many of them are signed with the secret.
    by_secret: usize,
    encrypted: Vec<String>,
    jwks: Value,
    statements: SoftwareStatements,
}

static GENUINE: LazyLock<Genuine> = LazyLock::new(|| {
    let jwks: Value =
        serde_json::from_str(&jwk_set(&NODE.keys, &NODE.encryption_keys)).expect("keys");
    let claims = json!({
        "iss": "issuer", "sub": "web", "aud": ISSUER, "exp": NOW.0 + 60, "jti": "1", "client_name": "A client",
    });
    let types = [
        None,
        Some("at+jwt"),
        Some("logout+jwt"),
        Some("oauth-authz-req+jwt"),
    ];
    let mut signed = Vec::new();
    for (&algorithm, typ) in SigningAlgorithm::ALL.iter().zip(types) {
        signed.push((
            NODE.keys.sign(algorithm, typ, &claims).expect("a token"),
            typ,
        ));
    }
    let secret = |secret: &[u8]| {
        let key = EncodingKey::from_secret(secret);
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key).expect("a token")
    };
    signed.push((secret(SECRET.as_bytes()), None));
    Genuine {
        signed,
        by_secret: 1,
        encrypted: encrypted(&jwks),
        statements: statements(&jwks),
        jwks,
    }
});

fn encrypted(jwks: &Value) -> Vec<String> {
    let mut all = Vec::new();
    for (at, &alg) in KeyManagementAlgorithm::ALL.iter().enumerate() {
        let enc = ContentEncryption::ALL[at % ContentEncryption::ALL.len()];
        let encryption = Encryption { alg, enc };
        let made = encrypt_to(jwks, encryption, Plain::Jwt("a.b.c"), &Random::seeded(7));
        let made = made.expect("no fault").expect("a key to encrypt to");
        let opened = NODE.encryption_keys.decrypt(&made).expect("it opens");
        assert_eq!(
            (opened.plain.as_slice(), opened.encryption),
            (&b"a.b.c"[..], encryption)
        );
        all.push(made);
    }
    all
}

fn statements(jwks: &Value) -> SoftwareStatements {
    let folder = tempfile::TempDir::new().expect("a folder");
    let jwks_file = folder.path().join("jwks.json");
    std::fs::write(&jwks_file, jwks.to_string()).expect("a file");
    let issuer = "issuer".to_owned();
    SoftwareStatements::load(&[SoftwareStatementIssuer { issuer, jwks_file }]).expect("keys")
}

/// `TOKEN EDITS`: a genuine JWT with edits.
fn signed_and_edited(data: &[u8]) {
    let signed = &GENUINE.signed;
    let Some((which, script)) = choose(data, signed.len()) else {
        return;
    };
    judge_signed(&text(&edited(signed[which].0.as_bytes(), script)));
}

/// `HEADER ⏎ PAYLOAD ⏎ SIGNATURE`: a JWT that nobody signed.
fn signed_by_nobody(data: &[u8]) {
    let mut parts = data.splitn(3, |b| *b == b'\n');
    let mut part = || URL_SAFE_NO_PAD.encode(parts.next().unwrap_or_default());
    let token = format!("{}.{}.{}", part(), part(), part());
    judge_signed(&token);
}

fn judge_signed(token: &str) {
    let genuine = &GENUINE;
    let by_keys = genuine.signed.len() - genuine.by_secret;
    let place = genuine.signed.iter().position(|(known, _)| known == token);
    let of_key = place.is_some_and(|place| place < by_keys);

    assert_eq!(
        verify_with_jwks(token, &genuine.jwks, &ALLOWED).is_some(),
        of_key
    );
    let of_secret = place.is_some_and(|place| place >= by_keys);
    for allowed in [&[Algorithm::HS256][..], &ALLOWED] {
        let verified = verify_with_secret(token, SECRET, allowed).is_some();
        assert_eq!(verified, of_secret && allowed == [Algorithm::HS256]);
    }
    for algorithm in SigningAlgorithm::ALL {
        let allowed = [client_jwks::algorithm(*algorithm)];
        assert!(verify_with_jwks(token, &genuine.jwks, &allowed).is_none() || of_key);
    }
    for expected in [
        None,
        Some("at+jwt"),
        Some("logout+jwt"),
        Some("oauth-authz-req+jwt"),
    ] {
        let ours =
            place.is_some_and(|place| place < by_keys && genuine.signed[place].1 == expected);
        assert_eq!(NODE.keys.verify(token, expected).is_some(), ours);
    }
    match genuine.statements.verified(token, ISSUER, NOW) {
        Ok(metadata) => {
            assert!(of_key);
            assert_eq!(metadata.keys().collect::<Vec<_>>(), ["client_name"]);
        }
        Err(error) => {
            assert!(!of_key);
            judge_error(&error);
        }
    }
    for client in CLIENTS.iter() {
        match request_object::algorithm_of(token, client) {
            Ok(algorithm) => {
                let registered = client.request_object_signing_alg;
                assert!(registered.is_none_or(|registered| registered == algorithm));
            }
            Err(error) => judge_error(&error),
        }
    }
    let issuer = unverified_issuer(token);
    assert!(!of_key || issuer == Some(ClientId("issuer".to_owned())));
}

/// `TOKEN EDITS`: a genuine JWE with edits.
fn encrypted_and_edited(data: &[u8]) {
    let encrypted = &GENUINE.encrypted;
    if let Some((which, script)) = choose(data, encrypted.len()) {
        judge_encrypted(&text(&edited(encrypted[which].as_bytes(), script)));
    }
}

/// `HEADER ⏎ KEY ⏎ IV ⏎ CIPHERTEXT ⏎ TAG`: a JWE that nobody encrypted.
fn encrypted_by_nobody(data: &[u8]) {
    let parts = data.splitn(5, |b| *b == b'\n');
    let parts: Vec<_> = parts.map(|part| URL_SAFE_NO_PAD.encode(part)).collect();
    judge_encrypted(&parts.join("."));
}

fn judge_encrypted(token: &str) {
    let opened = NODE.encryption_keys.decrypt(token);
    let known = GENUINE.encrypted.iter().any(|known| known == token);
    assert_eq!(opened.is_some(), known);
    assert!(!known || request_object::is_encrypted(token));
}

/// `PROFILE CLAIMS`: the claims of a verified client assertion.
fn assertion_claims(data: &[u8]) {
    let Some((profile, json)) = choose(data, 4) else {
        return;
    };
    let Ok(claims) = serde_json::from_slice::<Map<String, Value>>(json) else {
        if let Err(error) = client_assertion::check_type(std::str::from_utf8(json).ok()) {
            judge_error(&error);
        }
        return;
    };
    let client_id = ClientId("web".to_owned());
    let presented = Presented {
        client_id: &client_id,
        audience: [AssertionAudience::Endpoint, AssertionAudience::Issuer][profile % 2],
        issuer: ISSUER,
        endpoint: ["/token", "/par"][profile / 2],
        now: NOW,
    };
    match client_assertion::check(&claims, &presented) {
        Ok(accepted) => judge_assertion(&claims, &presented, &accepted),
        Err(error) => judge_error(&error),
    }
}

fn judge_assertion(
    claims: &Map<String, Value>,
    presented: &Presented<'_>,
    accepted: &client_assertion::Accepted,
) {
    assert_eq!(
        (&claims["iss"], &claims["sub"]),
        (&json!("web"), &json!("web"))
    );
    let mut ours = vec![ISSUER.to_owned()];
    if presented.audience == AssertionAudience::Endpoint {
        ours.push(format!("{ISSUER}/token"));
        if presented.endpoint == "/par" {
            ours.push(format!("{ISSUER}/par"));
        }
    }
    let named: BTreeSet<_> = match &claims["aud"] {
        Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
        one => one.as_str().into_iter().collect(),
    };
    assert!(
        !named.is_empty()
            && named
                .iter()
                .all(|named| ours.iter().any(|our| our == named))
    );
    let exp = claims["exp"].as_f64().expect("a number");
    assert!(exp > NOW.0 as f64 && exp < (NOW.0 + 1) as f64 + LONGEST_LIFE.as_secs_f64());
    assert_eq!(accepted.expires_at.0, exp as i64);
    assert_eq!(claims["jti"], accepted.jti);
    assert!((1..=256).contains(&accepted.jti.len()));
    for name in ["iat", "nbf"] {
        let at = claims.get(name).map(|at| at.as_f64().expect("a number"));
        assert!(at.is_none_or(|at| at < (NOW.0 + 31) as f64));
    }
}
