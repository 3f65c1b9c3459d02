//! Client secrets: which clients have one, how it is stored, and how it is read back. A
//! secret that is only compared is stored as a hash; that of a client that signs with it
//! (`client_secret_jwt`) is also stored sealed.

use crate::fault::Fault;
use crate::oidc::client::{ClientId, TokenEndpointAuthMethod};
use crate::random::Random;
use crate::seal::{Purpose, Sealer, SealingKey, sha256_hex};
use crate::secret::Secret;
use crate::sha256::is_sha256_of;
use crate::store::Store;
use crate::store::clients::{SecretAtRest, StoredClient};

/// Returns whether a client with this authentication method has a secret issued by this
/// server.
#[must_use]
pub const fn is_needed(method: TokenEndpointAuthMethod) -> bool {
    match method {
        TokenEndpointAuthMethod::ClientSecretBasic
        | TokenEndpointAuthMethod::ClientSecretPost
        | TokenEndpointAuthMethod::ClientSecretJwt => true,
        TokenEndpointAuthMethod::PrivateKeyJwt | TokenEndpointAuthMethod::None => false,
    }
}

/// Returns whether the stored forms of a client's secret are sufficient for `method`; if
/// not, the client needs a new secret.
#[must_use]
pub const fn is_kept(stored: &StoredClient, method: TokenEndpointAuthMethod) -> bool {
    if is_sealed(method) {
        stored.sealed_secret.is_some()
    } else {
        stored.secret_hash.is_some()
    }
}

/// Generates a new secret, which is shown only once.
#[must_use]
pub fn fresh(random: &Random) -> Secret {
    Secret::from(random.secret())
}

/// Returns whether a text is the client's secret. A secret is 256 random bits, so one
/// SHA-256 protects it as well as a slow hash would.
#[must_use]
pub fn is_secret_of(stored: &StoredClient, given: &str) -> bool {
    let hash = stored.secret_hash.as_ref();
    hash.is_some_and(|hash| is_sha256_of(hash, given))
}

/// A new secret and its stored forms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    /// The secret. It cannot be read again.
    pub secret: Secret,
    /// The stored forms.
    pub kept: SecretAtRest,
}

/// Makes a secret for a client, if its authentication method needs one.
///
/// # Errors
/// `Fault` if the client signs with its secret and the sealing key cannot be read, or
/// sealing fails.
pub fn issue(
    sealing_key: SealingKey<'_>,
    random: &Random,
    id: &ClientId,
    method: TokenEndpointAuthMethod,
) -> Result<Option<Issued>, Fault> {
    if !is_needed(method) {
        return Ok(None);
    }
    let secret = fresh(random);
    let kept = if is_sealed(method) {
        keep(&sealing_key.sealer()?, id, method, &secret, random)?
    } else {
        hashed(&secret)
    };
    Ok(Some(Issued { secret, kept }))
}

/// Result of rotating a client's secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rotated {
    /// The new secret; the old one is no longer valid. It cannot be read again.
    To(Secret),
    /// The client uses this authentication method, which needs no secret.
    NeedsNone(TokenEndpointAuthMethod),
    /// There is no such client.
    NoClient,
}

/// Replaces a client's secret.
///
/// # Errors
/// `Fault` if the database fails, if a newer version registered the client with values that
/// this one does not understand, or if the secret must be sealed and cannot be.
pub async fn rotate(
    store: &Store,
    sealing_key: SealingKey<'_>,
    random: &Random,
    id: &ClientId,
) -> Result<Rotated, Fault> {
    let Some(stored) = store.clients().get(id).await? else {
        return Ok(Rotated::NoClient);
    };
    stored.check_understood()?;
    let method = stored.client.token_endpoint_auth_method;
    let Some(issued) = issue(sealing_key, random, id, method)? else {
        return Ok(Rotated::NeedsNone(method));
    };
    if !store.clients().set_secret(id, Some(&issued.kept)).await? {
        return Ok(Rotated::NoClient);
    }
    Ok(Rotated::To(issued.secret))
}

/// Returns the stored form of a secret that is only compared.
#[must_use]
fn hashed(secret: &Secret) -> SecretAtRest {
    SecretAtRest {
        hash: sha256_hex(secret.expose().as_bytes()),
        sealed: None,
    }
}

/// Returns whether the secret of a client with this authentication method is stored sealed.
#[must_use]
pub const fn is_sealed(method: TokenEndpointAuthMethod) -> bool {
    matches!(method, TokenEndpointAuthMethod::ClientSecretJwt)
}

/// Returns the stored forms of a secret. A sealed secret opens for its own client only.
///
/// # Errors
/// `Fault` if sealing fails.
pub fn keep(
    sealer: &Sealer,
    id: &ClientId,
    method: TokenEndpointAuthMethod,
    secret: &Secret,
    random: &Random,
) -> Result<SecretAtRest, Fault> {
    let mut kept = hashed(secret);
    if is_sealed(method) {
        let (context, plain) = (id.0.as_bytes(), secret.expose().as_bytes());
        kept.sealed = Some(sealer.seal(Purpose::ClientSecret, context, plain, random)?);
    }
    Ok(kept)
}

/// Returns the secret of a client that signs with it.
#[must_use]
pub fn open(sealer: &Sealer, stored: &StoredClient) -> Option<Secret> {
    let id = stored.client.client_id.0.as_bytes();
    let sealed = stored.sealed_secret.as_deref()?;
    let secret = sealer.open(Purpose::ClientSecret, id, sealed)?;
    String::from_utf8(secret).ok().map(Secret::from)
}

/// Seals again the secrets that an older sealing key sealed, so that the old key can be
/// removed.
///
/// # Errors
/// `Fault` if the database fails, or if a secret was sealed with a key that this node does
/// not have.
pub async fn reseal(store: &Store, sealer: &Sealer, random: &Random) -> Result<(), Fault> {
    for (id, sealed) in store.clients().sealed_secrets().await? {
        let context = id.0.as_bytes();
        if sealer.sealed_by_first(Purpose::ClientSecret, context, &sealed) {
            continue;
        }
        let opened = sealer.open(Purpose::ClientSecret, context, &sealed);
        let secret = opened.map(zeroize::Zeroizing::new).ok_or_else(|| {
            Fault::because(format!(
                "the secret of the client {id} was sealed with a sealing key we do not have"
            ))
        })?;
        let anew = sealer.seal(Purpose::ClientSecret, context, &secret, random)?;
        store.clients().reseal_secret(&id, &sealed, &anew).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oidc::client::sample;

    #[test]
    fn a_secret_that_signs_comes_back_for_its_own_client_and_any_other_does_not() {
        let (sealer, random) = (Sealer::from_key([7; 32]), Random::seeded(1));
        let mut stored = StoredClient::of(sample(), None);
        let id = stored.client.client_id.clone();
        for &method in TokenEndpointAuthMethod::ALL {
            let secret = fresh(&random);
            let kept = keep(&sealer, &id, method, &secret, &random).unwrap();
            assert_eq!(kept.hash, sha256_hex(secret.expose().as_bytes()));
            stored.secret_hash = Some(kept.hash);
            stored.sealed_secret = kept.sealed;
            let opened = open(&sealer, &stored);
            if is_sealed(method) {
                assert!(is_kept(&stored, method));
                assert_eq!(opened, Some(secret));
                let mut other = stored.clone();
                other.client.client_id = ClientId("other".to_owned());
                assert_eq!(open(&sealer, &other), None);
            } else {
                assert_eq!(opened, None);
                assert!(!is_kept(&stored, TokenEndpointAuthMethod::ClientSecretJwt));
            }
        }
    }
}
