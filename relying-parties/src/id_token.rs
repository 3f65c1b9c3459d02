//! Verifies ID tokens: that the token proves who logged in, and is meant for this client.

use openidconnect::{AccessTokenHash, ClaimsVerificationError, NonceVerifier, OAuth2TokenResponse};

use crate::openid_client::{Client, OurIdToken, OurIdTokenClaims, Tokens};

/// Returns the ID token's claims, if signature, `iss`, `aud`, times, `nonce` and, where
/// present, `at_hash` are right (OpenID Connect Core §3.1.3.7, §3.1.3.8).
pub(crate) fn verify<'t, N: NonceVerifier>(
    client: &Client,
    id_token: &'t OurIdToken,
    nonce: N,
    tokens: &Tokens,
) -> Result<&'t OurIdTokenClaims, ClaimsVerificationError> {
    let verifier = client.id_token_verifier();
    let claims = id_token.claims(&verifier, nonce)?;
    if let Some(expected) = claims.access_token_hash() {
        let algorithm = id_token
            .signing_alg()
            .map_err(ClaimsVerificationError::SignatureVerification)?;
        let key = id_token
            .signing_key(&verifier)
            .map_err(ClaimsVerificationError::SignatureVerification)?;
        let actual = AccessTokenHash::from_token(tokens.access_token(), algorithm, key)
            .map_err(|error| ClaimsVerificationError::Other(error.to_string()))?;
        if actual != *expected {
            return Err(ClaimsVerificationError::Other(
                "at_hash is of another access token".to_owned(),
            ));
        }
    }
    Ok(claims)
}
