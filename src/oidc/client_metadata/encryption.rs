//! Checks the encryption metadata of a client (OpenID Connect Dynamic Client Registration
//! §2) and its default authentication contexts.

use super::{Unlawful, refuse};
use crate::oidc::authentication_context::AuthenticationContext;
use crate::oidc::client::Client;

/// Checks that each `enc` has its `alg`, and that a client for which we encrypt has a key.
pub(super) fn encryption(client: &Client, wrong: &mut Vec<Unlawful>) {
    for (enc, has_alg, has_enc, is_to_client) in [
        (
            "id_token_encrypted_response_enc",
            client.id_token_encrypted_response_alg.is_some(),
            client.id_token_encrypted_response_enc.is_some(),
            true,
        ),
        (
            "userinfo_encrypted_response_enc",
            client.userinfo_encrypted_response_alg.is_some(),
            client.userinfo_encrypted_response_enc.is_some(),
            true,
        ),
        (
            "request_object_encryption_enc",
            client.request_object_encryption_alg.is_some(),
            client.request_object_encryption_enc.is_some(),
            false,
        ),
    ] {
        if has_enc && !has_alg {
            refuse(wrong, enc, "needs the alg that goes with it");
        }
        if has_alg && is_to_client && client.jwks.is_none() && client.jwks_uri.is_none() {
            let reason = "to encrypt for the client needs its public key, as jwks or at jwks_uri";
            refuse(wrong, "jwks", reason);
        }
    }
}

/// Checks `default_acr_values` (Registration §2).
pub(super) fn default_contexts(client: &Client, wrong: &mut Vec<Unlawful>) {
    for value in &client.default_acr_values {
        if value.parse::<AuthenticationContext>().is_err() {
            let known: Vec<_> = AuthenticationContext::ALL
                .iter()
                .map(|context| context.as_str())
                .collect();
            let reason = format!("must be of {}", known.join(", "));
            refuse(wrong, "default_acr_values", reason);
        }
    }
}
