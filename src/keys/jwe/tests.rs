use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use serde_json::json;

use super::*;

/// Returns one of our keys and its JWK Set, as clients see it.
fn ours(alg: KeyManagementAlgorithm) -> (PrivateKey, Value) {
    let pkcs8 = generate(alg).unwrap();
    let jwk = PrivateKey::jwk(alg, &pkcs8).unwrap();
    let jwk = serde_json::to_value(jwk.published("k", "enc", alg.as_str())).unwrap();
    let key = PrivateKey::parse(alg, &pkcs8).unwrap();
    (key, json!({ "keys": [jwk] }))
}

fn open(token: &str, key: &PrivateKey) -> Option<Vec<u8>> {
    Received::parse(token)?.open(key, &Random::seeded(9))
}

fn every_encryption() -> impl Iterator<Item = Encryption> {
    KeyManagementAlgorithm::ALL.iter().flat_map(|&alg| {
        let with = move |&enc| Encryption { alg, enc };
        ContentEncryption::ALL.iter().map(with)
    })
}

fn header(token: &str) -> Value {
    let header = token.split('.').next().unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap()
}

#[test]
fn what_is_encrypted_to_a_key_opens_with_it_and_no_other() {
    let random = Random::seeded(1);
    for &alg in KeyManagementAlgorithm::ALL {
        let ((key, jwks), (other, _)) = (ours(alg), ours(alg));
        for &enc in ContentEncryption::ALL {
            let encryption = Encryption { alg, enc };
            let token = encrypt_to(&jwks, encryption, Plain::Jwt("a.b.c"), &random);
            let token = token.unwrap().unwrap();
            let header = header(&token);
            assert_eq!(header["alg"], alg.as_str());
            assert_eq!(header["enc"], enc.as_str());
            assert_eq!(header["kid"], "k");
            assert_eq!(header["cty"], "JWT");
            assert_eq!(open(&token, &key).unwrap(), b"a.b.c", "{encryption:?}");
            assert_eq!(open(&token, &other), None);
            let again = encrypt_to(&jwks, encryption, Plain::Claims(b"{}"), &random);
            let again = again.unwrap().unwrap();
            assert_eq!(self::header(&again).get("cty"), None);
            assert_eq!(open(&again, &key).unwrap(), b"{}");
        }
    }
}

#[test]
fn a_client_may_have_a_key_on_any_curve() {
    let (alg, enc) = (
        KeyManagementAlgorithm::EcdhEsA256Kw,
        ContentEncryption::A256Gcm,
    );
    for &curve in Curve::ALL {
        let private = AgreementKey::generate(agreement::algorithm(curve)).unwrap();
        let jwk = Point::of(&private, curve).unwrap().to_jwk();
        let jwks = json!({ "keys": [jwk] });
        let encryption = Encryption { alg, enc };
        let token = encrypt_to(&jwks, encryption, Plain::Jwt("a.b.c"), &Random::seeded(1));
        let token = token.unwrap().unwrap();
        assert_eq!(header(&token).get("kid"), None, "the key has no name");
        let key = PrivateKey::Agreement(private);
        assert_eq!(open(&token, &key).unwrap(), b"a.b.c", "{curve}");
    }
}

#[test]
fn a_key_that_is_none_is_not_encrypted_to() {
    let encryption = |alg| Encryption {
        alg,
        enc: ContentEncryption::A128Gcm,
    };
    for (alg, key) in [
        (
            KeyManagementAlgorithm::RsaOaep256,
            json!({"kty": "RSA", "n": "AAAA", "e": "AQAB"}),
        ),
        (
            KeyManagementAlgorithm::EcdhEs,
            json!({"kty": "EC", "crv": "P-256", "x": "AAAA", "y": "AAAA"}),
        ),
        // Of the right length, but an even modulus, and no points of the curves.
        (
            KeyManagementAlgorithm::RsaOaep256,
            json!({"kty": "RSA", "n": format!("{}gAAA", "gYGB".repeat(85)), "e": "AQAB"}),
        ),
        (
            KeyManagementAlgorithm::EcdhEs,
            json!({"kty": "EC", "crv": "P-256", "x": "A".repeat(43), "y": "A".repeat(43)}),
        ),
        (
            KeyManagementAlgorithm::EcdhEsA256Kw,
            json!({"kty": "OKP", "crv": "X25519", "x": "A".repeat(43)}),
        ),
        (
            KeyManagementAlgorithm::EcdhEs,
            json!({"kty": "RSA", "n": "AAAA", "e": "AQAB"}),
        ),
    ] {
        let jwks = json!({ "keys": [key] });
        let token = encrypt_to(&jwks, encryption(alg), Plain::Jwt("a.b.c"), &Random::System);
        assert_eq!(token.unwrap(), None);
    }
}

/// RFC 7520 §5.4 and §5.5.
const COOKBOOK: &str = "You can trust us to stick with you through thick and thin–to the bitter end. And you can trust us to \
    keep any secret of yours–closer than you keep it yourself. But you cannot trust us to let you face trouble alone, and go off \
    without a word. We are your friends, Frodo.";

#[test]
fn the_messages_of_rfc_7520_are_read() {
    for (curve, d, token) in [
        (
            Curve::P384,
            "iTx2pk7wW-GqJkHcEkFQb2EFyYcO7RugmaW3mRrQVAOUiPommT0IdnYK2xDlZh-j",
            "eyJhbGciOiJFQ0RILUVTK0ExMjhLVyIsImtpZCI6InBlcmVncmluLnRvb2tAdHVja2Jvcm91Z2guZXhhbXBsZSIsImVwayI6eyJrdHkiOiJFQyIsImNydiI6IlAtMzg0IiwieCI6InVCbzRrSFB3Nmtiang1bDB4b3dyZF9vWXpCbWF6LUdLRlp1NHhBRkZrYllpV2d1dEVLNml1RURzUTZ3TmROZzMiLCJ5Ijoic3AzcDVTR2haVkMyZmFYdW1JLWU5SlUyTW84S3BvWXJGRHI1eVBOVnRXNFBnRXdaT3lRVEEtSmRhWTh0YjdFMCJ9LCJlbmMiOiJBMTI4R0NNIn0.0DJjBXri_kBcC46IkU5_Jk9BqaQeHdv2.mH-G2zVqgztUtnW_.tkZuOO9h95OgHJmkkrfLBisku8rGf6nzVxhRM3sVOhXgz5NJ76oID7lpnAi_cPWJRCjSpAaUZ5dOR3Spy7QuEkmKx8-3RCMhSYMzsXaEwDdXta9Mn5B7cCBoJKB0IgEnj_qfo1hIi-uEkUpOZ8aLTZGHfpl05jMwbKkTe2yK3mjF6SBAsgicQDVCkcY9BLluzx1RmC3ORXaM0JaHPB93YcdSDGgpgBWMVrNU1ErkjcMqMoT_wtCex3w03XdLkjXIuEr2hWgeP-nkUZTPU9EoGSPj6fAS-bSz87RCPrxZdj_iVyC6QWcqAu07WNhjzJEPc4jVntRJ6K53NgPQ5p99l3Z408OUqj4ioYezbS6vTPlQ.WuGzxmcreYjpHGJoa17EBg",
        ),
        (
            Curve::P256,
            "r_kHyZ-a06rmxM3yESK84r1otSg-aQcVStkRhA-iCM8",
            "eyJhbGciOiJFQ0RILUVTIiwia2lkIjoibWVyaWFkb2MuYnJhbmR5YnVja0BidWNrbGFuZC5leGFtcGxlIiwiZXBrIjp7Imt0eSI6IkVDIiwiY3J2IjoiUC0yNTYiLCJ4IjoibVBVS1RfYkFXR0hJaGcwVHBqanFWc1AxclhXUXVfdndWT0hIdE5rZFlvQSIsInkiOiI4QlFBc0ltR2VBUzQ2ZnlXdzVNaFlmR1RUMElqQnBGdzJTUzM0RHY0SXJzIn0sImVuYyI6IkExMjhDQkMtSFMyNTYifQ..yc9N8v5sYyv3iGQT926IUg.BoDlwPnTypYq-ivjmQvAYJLb5Q6l-F3LIgQomlz87yW4OPKbWE1zSTEFjDfhU9IPIOSA9Bml4m7iDFwA-1ZXvHteLDtw4R1XRGMEsDIqAYtskTTmzmzNa-_q4F_evAPUmwlO-ZG45Mnq4uhM1fm_D9rBtWolqZSF3xGNNkpOMQKF1Cl8i8wjzRli7-IXgyirlKQsbhhqRzkv8IcY6aHl24j03C-AR2le1r7URUhArM79BY8soZU0lzwI-sD5PZ3l4NDCCei9XkoIAfsXJWmySPoeRb2Ni5UZL4mYpvKDiwmyzGd65KqVw7MsFfI_K767G9C9Azp73gKZD0DyUn1mn0WW5LmyX_yJ-3AROq8p1WZBfG-ZyJ6195_JGG2m9Csg.WCCkNa-x4BeB9hIDIfFuhg",
        ),
    ] {
        let d = URL_SAFE_NO_PAD.decode(d).unwrap();
        let key = AgreementKey::from_private_key(agreement::algorithm(curve), &d).unwrap();
        let plain = open(token, &PrivateKey::Agreement(key)).unwrap();
        assert_eq!(String::from_utf8(plain).unwrap(), COOKBOOK);
    }
}

/// One message per algorithm, with `apu` and `apv` where the algorithm allows them.
#[test]
fn what_another_implementation_wrote_is_read() {
    let written: Value = serde_json::from_str(include_str!("npm_jose.json")).unwrap();
    let messages = written["messages"].as_array().unwrap();
    assert_eq!(messages.len(), every_encryption().count());
    for (encryption, message) in every_encryption().zip(messages) {
        let message = message.as_str().unwrap();
        let received = Received::parse(message).unwrap();
        assert_eq!(received.encryption(), encryption);
        let kty = match encryption.alg {
            KeyManagementAlgorithm::RsaOaep256 => "RSA",
            _ => "EC",
        };
        let pkcs8 = STANDARD.decode(written["keys"][kty].as_str().unwrap());
        let key = PrivateKey::parse(encryption.alg, &pkcs8.unwrap()).unwrap();
        let plain = open(message, &key).unwrap();
        assert_eq!(written["plain"], String::from_utf8(plain).unwrap());
    }
}

/// Returns the token with some members of its header replaced.
fn with_header(token: &str, changes: &Value) -> String {
    let mut header = header(token);
    let members = header.as_object_mut().unwrap();
    members.extend(changes.as_object().unwrap().clone());
    let (_, rest) = token.split_once('.').unwrap();
    format!("{}.{rest}", URL_SAFE_NO_PAD.encode(header.to_string()))
}

#[test]
fn a_header_that_asks_for_more_or_for_less_is_refused() {
    let alg = KeyManagementAlgorithm::EcdhEs;
    let (key, jwks) = ours(alg);
    let encryption = Encryption {
        alg,
        enc: ContentEncryption::A128Gcm,
    };
    let token = encrypt_to(&jwks, encryption, Plain::Claims(b"{}"), &Random::System);
    let token = token.unwrap().unwrap();
    assert!(open(&token, &key).is_some());
    for changes in [
        json!({"zip": "DEF"}),
        json!({"crit": ["exp"], "exp": 1}),
        json!({"alg": "dir"}),
        json!({"alg": "RSA1_5"}),
        json!({"alg": "RSA-OAEP-256"}),
        json!({"alg": "ECDH-ES+A128KW"}),
        json!({"enc": "A256GCM"}),
        json!({"enc": "none"}),
        json!({"epk": null}),
        json!({"epk": {"kty": "EC", "crv": "P-256", "x": "AAAA", "y": "AAAA"}}),
        json!({"apu": "!"}),
        json!({"apv": "Qm9i"}),
        json!({"kid": 7}),
        json!({"more": true}),
    ] {
        assert_eq!(
            open(&with_header(&token, &changes), &key),
            None,
            "{changes}"
        );
    }
    let twice = r#"{"alg":"ECDH-ES","alg":"ECDH-ES","enc":"A128GCM"}"#;
    let (_, rest) = token.split_once('.').unwrap();
    let twice = format!("{}.{rest}", URL_SAFE_NO_PAD.encode(twice));
    assert!(Received::parse(&twice).is_none());
}

#[test]
fn an_agreed_key_comes_with_no_other_beside_it() {
    let alg = KeyManagementAlgorithm::EcdhEs;
    let (key, jwks) = ours(alg);
    let encryption = Encryption {
        alg,
        enc: ContentEncryption::A128Gcm,
    };
    let token = encrypt_to(&jwks, encryption, Plain::Claims(b"{}"), &Random::System);
    let token = token.unwrap().unwrap();
    assert_eq!(open(&token.replacen("..", ".AAAA.", 1), &key), None);
}

#[test]
fn a_change_at_any_place_is_noticed() {
    let random = Random::seeded(3);
    for encryption in every_encryption() {
        let (key, jwks) = ours(encryption.alg);
        let token = encrypt_to(&jwks, encryption, Plain::Claims(b"{}"), &random);
        let token = token.unwrap().unwrap();
        for place in (0..token.len()).step_by(7) {
            let mut changed = token.clone().into_bytes();
            changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert_eq!(open(&changed, &key), None, "{encryption:?} at {place}");
        }
    }
}

proptest! {
    #[test]
    fn nothing_that_looks_like_a_token_panics_or_opens(
        parts in proptest::collection::vec("[A-Za-z0-9_-]{0,40}", 0..8),
        text in "\\PC{0,80}",
        header in "\\{\"alg\":\"(ECDH-ES|ECDH-ES\\+A128KW|RSA-OAEP-256)\",\"enc\":\"A128(GCM|CBC-HS256)\"(,\"epk\":\\{\"kty\":\"EC\",\"crv\":\"P-256\"\\})?\\}",
    ) {
        let pkcs8 = generate(KeyManagementAlgorithm::EcdhEs).unwrap();
        let key = PrivateKey::parse(KeyManagementAlgorithm::EcdhEs, &pkcs8).unwrap();
        let joined = parts.join(".");
        let behind_a_header = format!("{}.{joined}", URL_SAFE_NO_PAD.encode(header));
        for token in [&joined, &text, &behind_a_header] {
            prop_assert_eq!(open(token, &key), None);
        }
    }
}
