//! The key of the consent ledger. The hash of a ledger record is a MAC under this key,
//! so somebody who can write to the database alone can neither change a record nor
//! write a new chain (`docs/decisions/0010-one-chain-of-consents.md`).

use super::MacKey;
use crate::accounts::ledger::Marked;
use crate::sha256::hex;

/// Identifies the format of the marked record. Another format needs another name.
const FORM: &[u8] = b"common-id ledger 1";

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
