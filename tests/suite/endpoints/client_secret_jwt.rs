//! `client_secret_jwt`: a client signs with its secret instead of sending it; and
//! `token_endpoint_auth_signing_alg`, which binds a client to one algorithm.

use common_id::clients::secret;
use common_id::random::Random;
use common_id::seal::Sealer;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use crate::support::keyring::Keyring;
use crate::support::provider::{Provider, SECRET};
use crate::support::relying_party::{RelyingParty, Reply, basic};

const BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

async fn machine(provider: &Provider, changes: Value) -> RelyingParty {
    let mut registration = json!({
        "grant_types": ["client_credentials"],
        "response_types": [],
        "redirect_uris": [],
    });
    let members = registration.as_object_mut().unwrap();
    members.extend(changes.as_object().unwrap().clone());
    provider.register("machine", registration).await;
    provider.party("machine").await
}

async fn signing_machine(provider: &Provider) -> RelyingParty {
    machine(
        provider,
        json!({"token_endpoint_auth_method": "client_secret_jwt"}),
    )
    .await
}

fn claims(party: &RelyingParty, jti: &str) -> Value {
    let now = party.clock.now().0;
    json!({
        "iss": "machine", "sub": "machine", "aud": party.endpoint("issuer"),
        "jti": jti, "iat": now, "exp": now + 60,
    })
}

fn signed(algorithm: Algorithm, secret: &str, claims: &Value) -> String {
    let key = EncodingKey::from_secret(secret.as_bytes());
    jsonwebtoken::encode(&Header::new(algorithm), claims, &key).unwrap()
}

async fn assert_by(party: &RelyingParty, assertion: &str) -> Reply {
    let proof = [
        ("grant_type", "client_credentials"),
        ("client_assertion_type", BEARER),
        ("client_assertion", assertion),
    ];
    party
        .post_as("token_endpoint", HeaderMap::new(), &proof)
        .await
}

#[tokio::test]
async fn a_client_signs_with_its_secret_once_for_each_request() {
    let provider = Provider::start().await;
    let party = signing_machine(&provider).await;
    let assertion = signed(Algorithm::HS256, SECRET, &claims(&party, "first"));
    assert_eq!(assert_by(&party, &assertion).await.status, 200);
    let again = assert_by(&party, &assertion).await;
    assert_eq!(again.refused(), (401, "invalid_client".to_owned()));
}

#[tokio::test]
async fn the_audience_is_the_issuer_or_the_token_endpoint() {
    let provider = Provider::start().await;
    let party = signing_machine(&provider).await;
    for (jti, audience, status) in [
        ("1", json!(party.endpoint("issuer")), 200),
        ("2", json!(party.endpoint("token_endpoint")), 200),
        (
            "3",
            json!([party.endpoint("issuer"), party.endpoint("token_endpoint")]),
            200,
        ),
        // Made for somebody else beside us, who could present it here.
        (
            "7",
            json!([party.endpoint("issuer"), "https://x.example"]),
            401,
        ),
        ("4", json!("https://another.example"), 401),
        ("5", json!(party.endpoint("userinfo_endpoint")), 401),
        ("6", json!([]), 401),
    ] {
        let mut claims = claims(&party, jti);
        claims["aud"] = audience.clone();
        let reply = assert_by(&party, &signed(Algorithm::HS256, SECRET, &claims)).await;
        assert_eq!(reply.status, status, "{audience}: {}", reply.body);
    }
}

#[tokio::test]
async fn what_is_not_signed_with_the_secret_is_refused() {
    let provider = Provider::start().await;
    let party = signing_machine(&provider).await;
    let (keyring, good) = (Keyring::shared().await, claims(&party, "x"));
    let right = signed(Algorithm::HS256, SECRET, &good);
    let (head, _) = right.rsplit_once('.').unwrap();
    let mut expired = good.clone();
    expired["exp"] = json!(party.clock.now().0 - 1);
    let mut another = good.clone();
    another["sub"] = json!("service");
    for (what, assertion) in [
        ("another secret", signed(Algorithm::HS256, "guess", &good)),
        ("an empty secret", signed(Algorithm::HS256, "", &good)),
        ("another MAC", signed(Algorithm::HS512, SECRET, &good)),
        ("a key pair", keyring.sign("ES256", &good)),
        ("no signature", format!("{head}.")),
        ("it has expired", signed(Algorithm::HS256, SECRET, &expired)),
        ("another's", signed(Algorithm::HS256, SECRET, &another)),
    ] {
        let reply = assert_by(&party, &assertion).await;
        assert_eq!(
            reply.refused(),
            (401, "invalid_client".to_owned()),
            "{what}"
        );
    }
    assert_eq!(assert_by(&party, &right).await.status, 200);
}

#[tokio::test]
async fn the_secret_itself_is_no_proof_for_a_client_that_signs_with_it() {
    let provider = Provider::start().await;
    let party = signing_machine(&provider).await;
    let mut headers = HeaderMap::new();
    let proof = basic("machine", SECRET).parse().unwrap();
    headers.insert(reqwest::header::AUTHORIZATION, proof);
    let grant = ("grant_type", "client_credentials");
    let reply = party.post_as("token_endpoint", headers, &[grant]).await;
    assert_eq!(reply.refused(), (401, "invalid_client".to_owned()));
    let posted = [grant, ("client_id", "machine"), ("client_secret", SECRET)];
    let reply = party
        .post_as("token_endpoint", HeaderMap::new(), &posted)
        .await;
    assert_eq!(reply.refused(), (401, "invalid_client".to_owned()));
}

#[tokio::test]
async fn a_public_key_is_no_secret_to_sign_with() {
    let provider = Provider::start().await;
    let keyring = Keyring::shared().await;
    let jwks = keyring.jwks();
    let changes = json!({"token_endpoint_auth_method": "private_key_jwt", "jwks": jwks});
    let party = machine(&provider, changes).await;
    for secret in [SECRET.to_owned(), jwks.to_string(), String::new()] {
        let assertion = signed(Algorithm::HS256, &secret, &claims(&party, "confused"));
        let reply = assert_by(&party, &assertion).await;
        assert_eq!(reply.refused(), (401, "invalid_client".to_owned()));
    }
}

#[tokio::test]
async fn a_client_with_keys_signs_by_any_algorithm_or_by_the_one_it_registered() {
    let provider = Provider::start().await;
    let keyring = Keyring::shared().await;
    let mut changes =
        json!({"token_endpoint_auth_method": "private_key_jwt", "jwks": keyring.jwks()});
    let party = machine(&provider, changes.clone()).await;
    let algorithms = ["RS256", "ES256", "PS256", "EdDSA"];
    for algorithm in algorithms {
        let assertion = keyring.sign(algorithm, &claims(&party, algorithm));
        let reply = assert_by(&party, &assertion).await;
        assert_eq!(reply.status, 200, "{algorithm}: {}", reply.body);
    }
    changes["token_endpoint_auth_signing_alg"] = json!("PS256");
    let party = machine(&provider, changes).await;
    for algorithm in algorithms {
        let jti = format!("only {algorithm}");
        let reply = assert_by(&party, &keyring.sign(algorithm, &claims(&party, &jti))).await;
        match algorithm {
            "PS256" => assert_eq!(reply.status, 200, "{}", reply.body),
            _ => assert_eq!(reply.refused(), (401, "invalid_client".to_owned())),
        }
    }
}

#[tokio::test]
async fn the_secret_rests_sealed_and_is_sealed_anew_when_the_sealing_key_changes() {
    let provider = Provider::start().await;
    signing_machine(&provider).await;
    let (store, random) = (&provider.app.store, Random::System);
    let sealed = || async {
        let mut all = store.clients().sealed_secrets().await.unwrap();
        assert_eq!(all.len(), 1);
        all.remove(0).1
    };
    let before = sealed().await;
    assert!(!before.contains(SECRET));
    secret::reseal(store, &provider.app.sealer, &random)
        .await
        .unwrap();
    assert_eq!(sealed().await, before, "the same key sealed it");
    let stranger = Sealer::from_key([8; 32]);
    assert!(secret::reseal(store, &stranger, &random).await.is_err());
    assert_eq!(sealed().await, before);

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sealing.key");
    write_keys(&file, &[[8; 32], [7; 32]]);
    let both = Sealer::load(&file).unwrap();
    secret::reseal(store, &both, &random).await.unwrap();
    assert_ne!(sealed().await, before);
    secret::reseal(store, &stranger, &random).await.unwrap();
    let id = common_id::oidc::client::ClientId("machine".to_owned());
    let stored = store.clients().get(&id).await.unwrap().unwrap();
    let opened = secret::open(&stranger, &stored).unwrap();
    assert_eq!(opened.expose(), SECRET);
}

fn write_keys(file: &std::path::Path, keys: &[[u8; 32]]) {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;

    use base64::Engine as _;
    let mut options = std::fs::OpenOptions::new();
    let mut file = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)
        .unwrap();
    for key in keys {
        let text = base64::engine::general_purpose::STANDARD.encode(key);
        writeln!(file, "{text}").unwrap();
    }
}

#[tokio::test]
async fn a_client_leaves_room_for_the_assertions_of_others() {
    let provider = Provider::start_with(|config| {
        config.limits.assertions_per_client = 62;
    })
    .await;
    let party = signing_machine(&provider).await;
    let hour = |jti: &str| {
        let mut claims = claims(&party, jti);
        claims["exp"] = json!(party.clock.now().0 + 3600);
        signed(Algorithm::HS256, SECRET, &claims)
    };
    // One that lives for an hour is remembered as long as 31 that live for a minute.
    let first = hour("first");
    assert_eq!(assert_by(&party, &first).await.status, 200);
    assert_eq!(assert_by(&party, &hour("second")).await.status, 200);
    let short = signed(Algorithm::HS256, SECRET, &claims(&party, "short"));
    for assertion in [&hour("third"), &short] {
        let refused = assert_by(&party, assertion).await;
        assert_eq!(
            refused.refused(),
            (503, "temporarily_unavailable".to_owned())
        );
        assert!(!refused.header("retry-after").is_empty());
    }
    let replayed = assert_by(&party, &first).await;
    assert_eq!(replayed.refused(), (401, "invalid_client".to_owned()));

    // Another client has its own share, and this one has its again.
    let other = json!({
        "grant_types": ["client_credentials"], "response_types": [], "redirect_uris": [],
        "token_endpoint_auth_method": "client_secret_jwt",
    });
    provider.register("other", other).await;
    let mut claims = claims(&party, "theirs");
    (claims["iss"], claims["sub"]) = (json!("other"), json!("other"));
    let theirs = signed(Algorithm::HS256, SECRET, &claims);
    assert_eq!(assert_by(&party, &theirs).await.status, 200);
    provider
        .let_expire("rate:*", std::time::Duration::from_secs(120))
        .await;
    let later = json!(party.clock.now().0 + 60);
    (claims["iss"], claims["sub"]) = (json!("machine"), json!("machine"));
    (claims["jti"], claims["exp"]) = (json!("short"), later);
    let again = signed(Algorithm::HS256, SECRET, &claims);
    assert_eq!(assert_by(&party, &again).await.status, 200);
}
