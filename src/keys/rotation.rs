//! The turns of all our keys, those that sign and those that others encrypt to: the next key
//! becomes current, and a fresh one next. How one kind of keys takes turns is decided by
//! `SigningKeys` and `EncryptionKeys`.

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
    /// Every algorithm that we have keys of.
    pub fn all() -> impl Iterator<Item = Self> {
        let signing = SigningAlgorithm::ALL.iter().copied().map(Self::Signing);
        let encryption = KeyManagementAlgorithm::ALL.iter().copied();
        signing.chain(encryption.map(Self::Encryption))
    }

    /// Its name (RFC 7518).
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Signing(algorithm) => algorithm.as_str(),
            Self::Encryption(algorithm) => algorithm.as_str(),
        }
    }
}

/// Lets the next keys take over, of one algorithm or (`None`) of all.
///
/// # Errors
/// If the database fails, or a key cannot be sealed.
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

/// A key as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its name (`kid`).
    pub kid: String,
    /// Its algorithm.
    pub algorithm: Algorithm,
    /// Whose turn it has.
    pub state: KeyState,
    /// Since when.
    pub since: Timestamp,
}

/// Every key: first those that sign.
///
/// # Errors
/// If the database fails.
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
