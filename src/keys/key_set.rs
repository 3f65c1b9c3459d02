//! The signing keys at one moment, parsed, with everything that can be prepared: the
//! headers of their tokens and the JWK Set. Signs and verifies; checking `exp`, `aud` and
//! `iss` is left to the callers, and reading the database to `keys`.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::signature::ParsedPublicKey;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::genuine::Genuine;
use super::jwk::{self, PublicJwk};
use super::signature::{self, KeyPair};
use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::oidc::client::SigningAlgorithm;
use crate::random::Random;
use crate::seal::{Purpose, Sealer};
use crate::store::keys::{KeyState, SigningKeyRow};

/// The `typ` values whose headers are prepared: none (ID tokens) and `at+jwt` (access
/// tokens, RFC 9068 §2.1).
const FREQUENT_TYPES: [Option<&str>; 2] = [None, Some("at+jwt")];

/// The `use` of these keys (RFC 7517 §4.2).
const USE: &str = "sig";

/// The initial capacity for a token, in bytes, large enough that it is not reallocated.
const USUAL_TOKEN: usize = 1024;

/// Creates a new key, sealed. Takes some 100 ms for RSA.
pub(super) fn fresh(
    algorithm: SigningAlgorithm,
    state: KeyState,
    sealer: &Sealer,
    random: &Random,
    now: Timestamp,
) -> Result<SigningKeyRow, Fault> {
    let private = signature::generate(algorithm)?;
    let jwk = KeyPair::parse(algorithm, &private)?.jwk()?;
    let kid = jwk.thumbprint()?;
    let context = seal_context(algorithm, &kid);
    Ok(SigningKeyRow {
        sealed_private: sealer.seal(Purpose::SigningKey, &context, &private, random)?,
        public_jwk: serde_json::to_string(&jwk.published(&kid, USE, algorithm.as_str()))?,
        kid,
        algorithm,
        state,
        created_at: now,
        changed_at: now,
    })
}

/// Returns the context that binds a sealed private key to its `kid` and algorithm.
fn seal_context(algorithm: SigningAlgorithm, kid: &str) -> Vec<u8> {
    format!("{algorithm} {kid}").into_bytes()
}

/// All keys, the current ones first.
pub(super) struct KeySet {
    keys: Vec<Key>,
    published: Arc<str>,
}

impl KeySet {
    /// Opens and parses the keys, and leaves out retired ones whose retention has ended.
    pub(super) fn parse(
        rows: &[SigningKeyRow],
        sealer: &Sealer,
        retention: Duration,
        now: Timestamp,
    ) -> Result<Self, Fault> {
        let mut keys = rows
            .iter()
            .map(|row| Key::parse(row, sealer, retention))
            .filter(|key| key.as_ref().map_or(true, |key| key.is_honoured(now)))
            .collect::<Result<Vec<_>, _>>()?;
        keys.sort_by_key(|key| (key.rank(), key.algorithm));
        Ok(Self {
            published: jwk::listed(keys.iter().map(|key| &key.jwk))?,
            keys,
        })
    }

    /// Returns the public halves, as in a JWK Set.
    pub(super) fn published(&self) -> Arc<str> {
        Arc::clone(&self.published)
    }

    /// Signs with the current key and returns a JWS in compact form (RFC 7515 §7.1).
    pub(super) fn sign(
        &self,
        algorithm: SigningAlgorithm,
        typ: Option<&str>,
        claims: &impl Serialize,
    ) -> Result<String, Fault> {
        let key = self
            .keys
            .iter()
            .find(|key| key.algorithm == algorithm && key.state == KeyState::Current)
            .ok_or_else(|| Fault::because(format!("there is no current {algorithm} key")))?;
        let claims = serde_json::to_vec(claims)?;
        let mut token = String::with_capacity(USUAL_TOKEN.max(claims.len() * 2));
        token.push_str(&key.header(typ));
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(claims, &mut token);
        key.pair.sign(&mut token)?;
        Ok(token)
    }

    /// Returns the claims of a token that one of these keys signed with this `typ`.
    ///
    /// The header must be byte for byte the one that the key writes. That excludes other
    /// algorithms, `crit`, and keys embedded in the token.
    pub(super) fn verify(
        &self,
        token: &str,
        typ: Option<&str>,
        now: Timestamp,
        genuine: &Genuine,
    ) -> Option<Map<String, Value>> {
        let (message, signature) = token.rsplit_once('.')?;
        let (header, claims) = message.split_once('.')?;
        let key = self.keys.iter().find(|key| key.header(typ) == header)?;
        if !key.is_honoured(now) {
            return None;
        }
        let is_signed = || {
            let signature = URL_SAFE_NO_PAD.decode(signature);
            signature.is_ok_and(|signature| {
                let verified = key.public.verify_sig(message.as_bytes(), &signature);
                verified.is_ok()
            })
        };
        if !genuine.is_ours(token, is_signed) {
            return None;
        }
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()
    }

    pub(super) fn knows(&self, kid: &str) -> bool {
        self.keys.iter().any(|key| key.kid == kid)
    }
}

/// A parsed key.
struct Key {
    kid: String,
    algorithm: SigningAlgorithm,
    state: KeyState,
    /// Until when tokens of a retired key are accepted.
    honoured_until: Timestamp,
    pair: KeyPair,
    public: ParsedPublicKey,
    jwk: PublicJwk,
    /// The encoded headers for each of `FREQUENT_TYPES`.
    headers: Vec<(Option<&'static str>, String)>,
}

impl Key {
    /// Parses a stored key. The public half is derived from the private key, so that one
    /// that was changed in the database is never published.
    fn parse(row: &SigningKeyRow, sealer: &Sealer, retention: Duration) -> Result<Self, Fault> {
        let (algorithm, kid) = (row.algorithm, row.kid.clone());
        let context = seal_context(algorithm, &kid);
        let private = sealer
            .open(Purpose::SigningKey, &context, &row.sealed_private)
            .map(Zeroizing::new)
            .ok_or_else(|| {
                Fault::because(format!(
                    "the signing key {kid} was sealed with another sealing key"
                ))
            })?;
        let pair = KeyPair::parse(algorithm, &private)?;
        let headers = FREQUENT_TYPES.map(|typ| (typ, header(algorithm, &kid, typ)));
        Ok(Self {
            public: pair.public(algorithm)?,
            jwk: pair.jwk()?.published(&kid, USE, algorithm.as_str()),
            pair,
            headers: headers.into(),
            honoured_until: match row.state {
                KeyState::Next | KeyState::Current => Timestamp(i64::MAX),
                KeyState::Retired => row.changed_at.after(retention),
            },
            state: row.state,
            algorithm,
            kid,
        })
    }

    fn is_honoured(&self, now: Timestamp) -> bool {
        now <= self.honoured_until
    }

    /// Returns the encoded header of the key's tokens.
    fn header(&self, typ: Option<&str>) -> Cow<'_, str> {
        let ready = self.headers.iter().find(|(ready, _)| *ready == typ);
        ready.map_or_else(
            || Cow::Owned(header(self.algorithm, &self.kid, typ)),
            |(_, header)| Cow::Borrowed(header.as_str()),
        )
    }

    /// Returns the order in the JWK Set: clients that ignore `kid` take the first key.
    const fn rank(&self) -> u8 {
        match self.state {
            KeyState::Current => 0,
            KeyState::Next => 1,
            KeyState::Retired => 2,
        }
    }
}

/// Encodes a header (RFC 7515 §4).
fn header(algorithm: SigningAlgorithm, kid: &str, typ: Option<&str>) -> String {
    let mut members = Map::new();
    members.insert("alg".to_owned(), algorithm.as_str().into());
    members.insert("kid".to_owned(), kid.into());
    if let Some(typ) = typ {
        members.insert("typ".to_owned(), typ.into());
    }
    URL_SAFE_NO_PAD.encode(Value::Object(members).to_string())
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, jwk::JwkSet};
    use serde_json::json;

    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000);
    const DAY: Duration = Duration::from_secs(86_400);

    fn sealer() -> Sealer {
        Sealer::from_key([7; 32])
    }

    fn row(algorithm: SigningAlgorithm, state: KeyState) -> SigningKeyRow {
        fresh(algorithm, state, &sealer(), &Random::System, NOW).unwrap()
    }

    fn set(rows: &[SigningKeyRow]) -> KeySet {
        KeySet::parse(rows, &sealer(), DAY, NOW).unwrap()
    }

    fn jwks(set: &KeySet) -> String {
        format!("{{\"keys\":[{}]}}", set.published())
    }

    fn encoded(header: &Value) -> String {
        URL_SAFE_NO_PAD.encode(header.to_string())
    }

    #[test]
    fn tokens_of_every_algorithm_verify_here_and_by_the_jwks_elsewhere() {
        let rows: Vec<_> = SigningAlgorithm::ALL
            .iter()
            .map(|algorithm| row(*algorithm, KeyState::Current))
            .collect();
        let set = set(&rows);
        let jwks: JwkSet = serde_json::from_str(&jwks(&set)).unwrap();
        for row in &rows {
            let claims = json!({ "sub": "account", "iat": 1 });
            let token = set.sign(row.algorithm, Some("at+jwt"), &claims).unwrap();
            let verified = set
                .verify(&token, Some("at+jwt"), NOW, &Genuine::default())
                .unwrap();
            assert_eq!(Value::Object(verified), claims);

            let algorithm: Algorithm = row.algorithm.as_str().parse().unwrap();
            let key = DecodingKey::from_jwk(jwks.find(&row.kid).unwrap()).unwrap();
            let mut validation = Validation::new(algorithm);
            validation.required_spec_claims.clear();
            validation.validate_exp = false;
            let read = decode::<Value>(&token, &key, &validation).unwrap();
            assert_eq!(read.claims, claims);
            assert_eq!(read.header.typ.as_deref(), Some("at+jwt"));
            assert_eq!(read.header.kid.as_deref(), Some(row.kid.as_str()));
        }
    }

    #[test]
    fn the_jwks_names_each_key_and_holds_no_private_member() {
        let rows: Vec<_> = SigningAlgorithm::ALL
            .iter()
            .map(|algorithm| row(*algorithm, KeyState::Current))
            .collect();
        let jwks: Value = serde_json::from_str(&jwks(&set(&rows))).unwrap();
        let public = ["kty", "kid", "alg", "use", "n", "e", "crv", "x", "y"];
        for key in jwks["keys"].as_array().unwrap() {
            let members = key.as_object().unwrap();
            assert!(
                members.keys().all(|name| public.contains(&name.as_str())),
                "{key}"
            );
            assert_eq!(key["use"], "sig");
            let row = rows.iter().find(|row| key["kid"] == row.kid).unwrap();
            assert_eq!(key["alg"], row.algorithm.as_str());
            assert_eq!(
                *key,
                serde_json::from_str::<Value>(&row.public_jwk).unwrap()
            );
        }
        assert_eq!(jwks["keys"].as_array().unwrap().len(), rows.len());
    }

    #[test]
    fn the_current_key_signs_and_next_and_retired_ones_verify() {
        let mut rows = [KeyState::Retired, KeyState::Next, KeyState::Current]
            .map(|state| row(SigningAlgorithm::EdDsa, state));
        let set = set(&rows);
        let token = set.sign(SigningAlgorithm::EdDsa, None, &json!({})).unwrap();
        assert_eq!(
            token.split('.').next().unwrap(),
            header(SigningAlgorithm::EdDsa, &rows[2].kid, None)
        );
        let jwks: Value = serde_json::from_str(&jwks(&set)).unwrap();
        let kids: Vec<_> = jwks["keys"]
            .as_array()
            .unwrap()
            .iter()
            .map(|key| &key["kid"])
            .collect();
        assert_eq!(kids, [&rows[2].kid, &rows[1].kid, &rows[0].kid]);

        for signer in 0..3 {
            for row in &mut rows {
                row.state = KeyState::Next;
            }
            rows[signer].state = KeyState::Current;
            let elsewhere = self::set(&rows);
            let token = elsewhere
                .sign(SigningAlgorithm::EdDsa, None, &json!({}))
                .unwrap();
            assert!(set.verify(&token, None, NOW, &Genuine::default()).is_some());
        }
    }

    #[test]
    fn a_retired_key_is_honoured_until_its_retention_passes() {
        let mut retired = row(SigningAlgorithm::Es256, KeyState::Current);
        let token = set(&[retired.clone()])
            .sign(SigningAlgorithm::Es256, None, &json!({}))
            .unwrap();
        retired.state = KeyState::Retired;
        let rows = [retired];
        let second = Duration::from_secs(1);
        assert!(
            set(&rows)
                .verify(&token, None, NOW.after(DAY), &Genuine::default())
                .is_some()
        );
        assert!(
            set(&rows)
                .verify(&token, None, NOW.after(DAY + second), &Genuine::default())
                .is_none()
        );
        let later = KeySet::parse(&rows, &sealer(), DAY, NOW.after(DAY + second)).unwrap();
        assert_eq!(&*later.published(), "");
    }

    #[test]
    fn a_token_passes_for_its_own_type_alone() {
        let set = set(&[row(SigningAlgorithm::EdDsa, KeyState::Current)]);
        for typ in [None, Some("at+jwt"), Some("logout+jwt")] {
            let token = set.sign(SigningAlgorithm::EdDsa, typ, &json!({})).unwrap();
            for asked in [None, Some("at+jwt"), Some("logout+jwt"), Some("JWT")] {
                assert_eq!(
                    set.verify(&token, asked, NOW, &Genuine::default())
                        .is_some(),
                    asked == typ
                );
            }
        }
    }

    #[test]
    fn a_header_that_is_not_ours_is_refused_even_over_a_good_signature() {
        let row = row(SigningAlgorithm::EdDsa, KeyState::Current);
        let (kid, set) = (row.kid.clone(), set(&[row]));
        let claims = URL_SAFE_NO_PAD.encode("{}");
        let signed = |header: &Value| {
            let mut token = format!("{}.{claims}", encoded(header));
            set.keys[0].pair.sign(&mut token).unwrap();
            token
        };
        let ours = json!({ "alg": "EdDSA", "kid": kid });
        assert!(
            set.verify(&signed(&ours), None, NOW, &Genuine::default())
                .is_some()
        );
        for header in [
            json!({ "alg": "EdDSA", "kid": kid, "crit": ["exp"], "exp": 1 }),
            json!({ "alg": "EdDSA", "kid": kid, "b64": false, "crit": ["b64"] }),
            json!({ "alg": "none", "kid": kid }),
            json!({ "alg": "HS256", "kid": kid }),
            json!({ "alg": "RS256", "kid": kid }),
            json!({ "alg": "EdDSA" }),
            json!({ "alg": "EdDSA", "kid": "unknown" }),
            json!({ "alg": "EdDSA", "jwk": { "kty": "OKP" } }),
        ] {
            assert!(
                set.verify(&signed(&header), None, NOW, &Genuine::default())
                    .is_none(),
                "{header}"
            );
        }
    }

    #[test]
    fn a_changed_token_is_refused() {
        let set = set(&[row(SigningAlgorithm::Es256, KeyState::Current)]);
        let token = set
            .sign(SigningAlgorithm::Es256, None, &json!({ "sub": "me" }))
            .unwrap();
        let parts: Vec<_> = token.split('.').collect();
        let other = URL_SAFE_NO_PAD.encode(r#"{"sub":"you"}"#);
        for changed in [
            format!("{}.{other}.{}", parts[0], parts[2]),
            format!("{}.{}.", parts[0], parts[1]),
            format!("{}.{}", parts[0], parts[1]),
            format!("{token}A"),
            format!("{token}="),
            format!("{token}.{}", parts[2]),
            format!(".{token}"),
            format!(" {token}"),
            parts[0].to_owned(),
            String::new(),
        ] {
            assert!(
                set.verify(&changed, None, NOW, &Genuine::default())
                    .is_none(),
                "{changed}"
            );
        }
    }

    #[test]
    fn a_key_moved_to_another_name_or_algorithm_does_not_open() {
        let (rs, ps) = (SigningAlgorithm::Rs256, SigningAlgorithm::Ps256);
        let mut moved = row(rs, KeyState::Current);
        moved.algorithm = ps;
        assert!(KeySet::parse(&[moved], &sealer(), DAY, NOW).is_err());

        let (mut mine, other) = (row(rs, KeyState::Current), row(rs, KeyState::Next));
        mine.sealed_private = other.sealed_private;
        assert!(KeySet::parse(&[mine], &sealer(), DAY, NOW).is_err());
    }

    #[test]
    fn a_public_key_changed_in_the_database_is_not_published() {
        let mut row = row(SigningAlgorithm::EdDsa, KeyState::Current);
        let published = set(&[row.clone()]).published();
        row.public_jwk = r#"{"kty":"OKP","crv":"Ed25519","x":"AAAA"}"#.to_owned();
        assert_eq!(set(&[row]).published(), published);
    }

    #[test]
    fn an_algorithm_without_a_current_key_does_not_sign() {
        let set = set(&[row(SigningAlgorithm::EdDsa, KeyState::Next)]);
        assert!(set.sign(SigningAlgorithm::EdDsa, None, &json!({})).is_err());
        assert!(set.sign(SigningAlgorithm::Rs256, None, &json!({})).is_err());
    }
}
