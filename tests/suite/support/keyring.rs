//! A client's own keys, to sign with and to decrypt what is encrypted to the client. They
//! are created once in a run, by the same code that creates the provider's.

use common_id::clock::Clock;
use common_id::keys::{EncryptionKeys, SigningKeys, jwk_set};
use common_id::oidc::client::SigningAlgorithm;
use common_id::random::Random;
use common_id::seal::Sealer;
use common_id::store::Store;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{DecodingKey, Validation, decode, decode_header};
use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::Value;
use tokio::sync::OnceCell;

use super::provider::START;
use super::relying_party::{RelyingParty, jwt_part};

/// The keys of a client.
pub(crate) struct Keyring {
    signing: SigningKeys,
    encryption: EncryptionKeys,
}

impl Keyring {
    /// Returns the keys that all tests share.
    pub(crate) async fn shared() -> &'static Self {
        static KEYRING: OnceCell<Keyring> = OnceCell::const_new();
        KEYRING.get_or_init(Self::fresh).await
    }

    /// Creates other keys, which no other test has.
    pub(crate) async fn fresh() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("keys.db").display());
        std::fs::write(folder.path().join("keys.db"), "").unwrap();
        let store = Store::open(&url, 1).await.unwrap();
        store.migrate().await.unwrap();
        let (sealer, random) = (Sealer::from_key([9; 32]), Random::System);
        let clock = Clock::manual(START);
        let life = std::time::Duration::from_secs(60);
        let signing = SigningKeys::load(&store, &sealer, &random, &clock, life);
        let encryption = EncryptionKeys::load(&store, &sealer, &random, &clock);
        let keyring = Self {
            signing: signing.await.unwrap(),
            encryption: encryption.await.unwrap(),
        };
        store.close().await;
        keyring
    }

    /// Returns the public halves, as the client registers them.
    pub(crate) fn jwks(&self) -> Value {
        serde_json::from_str(&jwk_set(&self.signing, &self.encryption)).unwrap()
    }

    /// Signs a JWT as the client.
    pub(crate) fn sign(&self, algorithm: &str, claims: &Value) -> String {
        let algorithm: SigningAlgorithm = algorithm.parse().unwrap();
        self.signing.sign(algorithm, None, claims).unwrap()
    }

    /// Decrypts what was encrypted to the client.
    pub(crate) fn open(&self, token: &str) -> Option<String> {
        let decrypted = self.encryption.decrypt(token)?;
        Some(String::from_utf8(decrypted.plain).unwrap())
    }
}

/// Verifies a JWT with the keys that the provider publishes, and returns its header and
/// claims; fails the test if the signature is wrong.
pub(crate) async fn verified(party: &RelyingParty, token: &str) -> (Value, Value) {
    let jwks = party
        .send(
            Method::GET,
            &party.endpoint("jwks_uri"),
            HeaderMap::new(),
            None,
        )
        .await;
    let jwks: JwkSet = serde_json::from_str(&jwks.body).unwrap();
    let header = decode_header(token).unwrap();
    let key = jwks.find(header.kid.as_deref().expect("a kid")).unwrap();
    let mut validation = Validation::new(header.alg);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    let key = DecodingKey::from_jwk(key).unwrap();
    let read = decode::<Value>(token, &key, &validation).unwrap();
    (jwt_part(token, 0), read.claims)
}
