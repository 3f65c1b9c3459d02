//! The key of the consent ledger. The hash of a ledger record is a MAC under this key,
//! so somebody who can write to the database alone can neither change a record nor
//! write a new chain (`docs/decisions/0010-one-chain-of-consents.md`).

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};

use super::MacKey;
use crate::accounts::ledger::Marked;
use crate::fault::Fault;
use crate::sha256::hex;

/// Identifies the format of the marked record. Another format needs another name.
const FORM: &[u8] = b"common-id ledger 1";

/// What the key that signs anchors is derived from. It never changes: anchors outlive every
/// other key.
const ANCHOR: &[u8] = b"common-id ledger anchor 1";

/// Computes the hashes of the ledger's chain.
#[derive(Clone, Debug)]
pub struct LedgerKey(MacKey);

impl LedgerKey {
    /// Wraps the secret's bytes.
    #[must_use]
    pub fn new(secret: &[u8]) -> Self {
        Self(MacKey::new(secret))
    }

    /// Returns the hash of a record at its position in the chain, hex.
    #[must_use]
    pub fn mark(&self, marked: &Marked<'_>) -> String {
        let sequence = marked.sequence.to_string();
        let parts = [
            FORM,
            sequence.as_bytes(),
            marked.previous.as_bytes(),
            marked.origin.as_bytes(),
            marked.digest.as_bytes(),
        ];
        hex(&self.0.mac(&parts))
    }

    /// Returns the key that signs anchors.
    ///
    /// # Errors
    /// `Fault` if the crypto library refuses the derived key.
    pub fn anchor_key(&self) -> Result<AnchorKey, Fault> {
        let seed = self.0.mac(&[ANCHOR]);
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(Fault::because)?;
        Ok(AnchorKey(pair))
    }
}

/// Signs anchors of the ledger (Ed25519), so that whoever receives them can prove later
/// what they were.
#[derive(Debug)]
pub struct AnchorKey(Ed25519KeyPair);

impl AnchorKey {
    /// Returns the signature of a text.
    #[must_use]
    pub fn sign(&self, text: &[u8]) -> Vec<u8> {
        self.0.sign(text).as_ref().to_vec()
    }

    /// Whether this key signed the text.
    #[must_use]
    pub fn signed(&self, text: &[u8], signature: &[u8]) -> bool {
        let public = UnparsedPublicKey::new(&ED25519, self.public());
        public.verify(text, signature).is_ok()
    }

    /// Returns the public key.
    #[must_use]
    pub fn public(&self) -> &[u8] {
        self.0.public_key().as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_of_a_record_stays_what_it_is() {
        let hash = LedgerKey::new(b"secret").mark(&Marked {
            sequence: 7,
            previous: "aa",
            origin: "written",
            digest: "bb",
        });
        assert_eq!(
            hash,
            "84c55c97049007165415f9b3ecea14a2d6cabbab9011eaa5aabafac920bbbb3f"
        );
    }
}
