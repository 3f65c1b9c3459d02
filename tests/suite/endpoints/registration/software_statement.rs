//! Software statements (RFC 7591 §2.3): an issuer that the operator trusts signs a client's
//! metadata.

use std::path::PathBuf;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use common_id::config::{RegistrationAccess, SoftwareStatementIssuer};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::provider::{Provider, START};
use crate::support::registrar::{metadata, register, try_register};

const ISSUER: &str = "https://trust.example";

/// An issuer that signs software statements.
struct Voucher {
    key: EncodingKey,
    jwks: Value,
}

impl Voucher {
    fn new() -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let public = pair.public_key().as_ref();
        let half = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let jwk = json!({
            "kty": "EC", "crv": "P-256", "x": half(&public[1..33]), "y": half(&public[33..65]),
        });
        Self {
            key: EncodingKey::from_ec_der(pair.to_pkcs8v1().unwrap().as_ref()),
            jwks: json!({"keys": [jwk]}),
        }
    }

    fn vouch(&self, claims: Value) -> String {
        let mut all = json!({"iss": ISSUER});
        all.as_object_mut()
            .unwrap()
            .extend(claims.as_object().unwrap().clone());
        jsonwebtoken::encode(&Header::new(Algorithm::ES256), &all, &self.key).unwrap()
    }
}

/// Starts a provider that trusts one issuer.
async fn stage() -> (Provider, Voucher, TempDir) {
    let (voucher, folder) = (Voucher::new(), tempfile::tempdir().unwrap());
    let jwks_file: PathBuf = folder.path().join("jwks.json");
    std::fs::write(&jwks_file, voucher.jwks.to_string()).unwrap();
    let provider = Provider::start_with(|config| {
        let settings = &mut config.dynamic_registration;
        settings.access = RegistrationAccess::Open;
        settings.software_statement_issuers = vec![SoftwareStatementIssuer {
            issuer: ISSUER.to_owned(),
            jwks_file,
        }];
    })
    .await;
    (provider, voucher, folder)
}

#[tokio::test]
async fn what_is_vouched_for_goes_before_what_is_said() {
    let (provider, voucher, _folder) = stage().await;
    let statement = voucher.vouch(json!({
        "client_name": "Vouched",
        "software_id": "drive",
        "exp": START.0 + 60,
        "nbf": START.0,
        "aud": provider.issuer(),
        "party": "first",
    }));
    let changes = json!({
        "client_name": "Said",
        "software_version": "2",
        "software_statement": statement,
    });
    let registered = register(&provider, changes).await;
    assert_eq!(registered.text("client_name"), "Vouched");
    assert_eq!(registered.text("software_id"), "drive");
    assert_eq!(registered.text("software_version"), "2");
    assert_eq!(registered.text("software_statement"), statement);
    assert_eq!(registered.information.get("iss"), None);
    assert_eq!(registered.information.get("party"), None);
}

#[tokio::test]
async fn a_statement_that_does_not_count_refuses_its_client() {
    let (provider, voucher, _folder) = stage().await;
    let other = Voucher::new();
    for (statement, code) in [
        (
            voucher.vouch(json!({"iss": "https://other.example"})),
            "unapproved_software_statement",
        ),
        (
            voucher.vouch(json!({"iss": 1})),
            "invalid_software_statement",
        ),
        (other.vouch(json!({})), "invalid_software_statement"),
        (
            voucher.vouch(json!({"exp": START.0})),
            "invalid_software_statement",
        ),
        (
            voucher.vouch(json!({"exp": "soon"})),
            "invalid_software_statement",
        ),
        (
            voucher.vouch(json!({"nbf": START.0 + 1})),
            "invalid_software_statement",
        ),
        (
            voucher.vouch(json!({"aud": "https://other.example"})),
            "invalid_software_statement",
        ),
        ("not.a.jwt".to_owned(), "invalid_software_statement"),
        (
            voucher.vouch(json!({"redirect_uris": ["https://a.example/#f"]})),
            "invalid_redirect_uri",
        ),
    ] {
        let said = metadata(json!({"software_statement": statement}));
        let reply = try_register(&provider, &said, None).await;
        assert_eq!(reply.refused(), (400, code.to_owned()), "{}", reply.body);
    }
}
