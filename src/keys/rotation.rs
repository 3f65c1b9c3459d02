//! The rotation of all our keys, the signing keys and the encryption keys: the next key
//! becomes current, and a new next one is created. How one kind of keys is rotated is
//! decided by `SigningKeys` and `EncryptionKeys`.

use super::{EncryptionKeys, SigningKeys};
use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::oidc::client::SigningAlgorithm;
use crate::oidc::encryption::KeyManagementAlgorithm;
use crate::store::Store;
use crate::store::keys::{KeyRow, KeyState};

/// The algorithm of a key, of either kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// The key signs.
    Signing(SigningAlgorithm),
    /// Others encrypt to the key.
    Encryption(KeyManagementAlgorithm),
}

impl Algorithm {
    /// All algorithms that we have keys for.
    pub fn all() -> impl Iterator<Item = Self> {
        let signing = SigningAlgorithm::ALL.iter().copied().map(Self::Signing);
        let encryption = KeyManagementAlgorithm::ALL.iter().copied();
        signing.chain(encryption.map(Self::Encryption))
    }

    /// Returns its name (RFC 7518).
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Signing(algorithm) => algorithm.as_str(),
            Self::Encryption(algorithm) => algorithm.as_str(),
        }
    }
}

/// Rotates the keys of one algorithm or (`None`) of all.
///
/// # Errors
/// `Fault` if the database is unreachable, a key cannot be sealed, or there is no next key.
pub async fn rotate(
    signing: &SigningKeys,
    encryption: &EncryptionKeys,
    algorithm: Option<Algorithm>,
) -> Result<(), Fault> {
    match algorithm {
        Some(Algorithm::Signing(only)) => signing.rotate(Some(only)).await,
        Some(Algorithm::Encryption(only)) => encryption.rotate(Some(only)).await,
        None => {
            signing.rotate(None).await?;
            encryption.rotate(None).await
        }
    }
}

/// A key as listed, without its private half.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The key ID (`kid`).
    pub kid: String,
    /// Its algorithm.
    pub algorithm: Algorithm,
    /// Its place in the rotation.
    pub state: KeyState,
    /// When it entered that state.
    pub since: Timestamp,
}

/// Returns all keys, the signing keys first.
///
/// # Errors
/// `Fault` if the database is unreachable.
pub async fn list(store: &Store) -> Result<Vec<Key>, Fault> {
    let signing = store.signing_keys().list().await?;
    let encryption = store.encryption_keys().list().await?;
    let signing = signing.into_iter().map(|row| key(row, Algorithm::Signing));
    let encryption = encryption
        .into_iter()
        .map(|row| key(row, Algorithm::Encryption));
    Ok(signing.chain(encryption).collect())
}

fn key<A>(row: KeyRow<A>, algorithm: impl FnOnce(A) -> Algorithm) -> Key {
    Key {
        kid: row.kid,
        algorithm: algorithm(row.algorithm),
        state: row.state,
        since: row.changed_at,
    }
}
