//! The key of the ledger, and the proof that nothing in it was changed. Each
//! record's hash is a MAC: whoever has only the database can neither change a
//! record nor write the chain anew. Why so: `docs/decisions/0010-one-chain-of-consents.md`.

use crate::accounts::ledger::{Head, Marked, Reading, Wrong};
use crate::fault::Fault;
use crate::random::Random;
use crate::seal::{MacKey, Purpose, Sealer};
use crate::sha256::hex;
use crate::shared_secret;
use crate::store::Store;
use crate::store::ledger::Wanted;

/// The name of its secret in the database.
const NAME: &str = "ledger";

/// Names the form of what is marked: another form needs another name.
const FORM: &[u8] = b"common-id ledger 1";

/// Makes the hashes of the chain.
#[derive(Clone, Debug)]
pub struct LedgerKey(MacKey);

/// A ledger in which nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Its last record; there are as many as its number says.
    pub head: Head,
    /// How many of them were taken in after they were written.
    pub taken_in: u64,
}

impl LedgerKey {
    /// Reads the key, making it if nothing was ever marked.
    ///
    /// # Errors
    /// If the database fails, the key is gone from it, or it was sealed with a
    /// sealing key we do not have.
    pub async fn load(store: &Store, sealer: &Sealer, random: &Random) -> Result<Self, Fault> {
        // Another key would call everything written so far a forgery.
        if store.ledger().standing().await?.head.sequence > 0
            && store.secrets().find(NAME).await?.is_none()
        {
            return Err(Fault::because(
                "the ledger's key is gone from the table secrets: bring it back from a backup",
            ));
        }
        let secret = shared_secret::load(store, sealer, random, (Purpose::Ledger, NAME)).await?;
        Ok(Self::new(&secret))
    }

    /// The key over a secret.
    #[must_use]
    pub fn new(secret: &[u8]) -> Self {
        Self(MacKey::new(secret))
    }

    /// The hash of a record in its place, hex.
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

/// Takes in what was written before there was a chain, or by nodes of an older
/// version. Says how many records that were.
///
/// # Errors
/// If the database fails, or the key cannot be had.
pub async fn take_in(
    store: &Store,
    sealer: impl FnOnce() -> Result<Sealer, Fault>,
    random: &Random,
) -> Result<u64, Fault> {
    let ledger = store.ledger();
    if ledger.standing().await?.outside == 0 {
        return Ok(0);
    }
    store.keep_ledger_with(LedgerKey::load(store, &sealer()?, random).await?);
    let mut taken_in = 0;
    loop {
        match ledger.take_in_some().await? {
            0 => return Ok(taken_in),
            some => taken_in += some,
        }
    }
}

/// Reads the whole ledger, a part at a time. `noted` is a head that was noted
/// elsewhere earlier: it proves that nothing was cut off or written anew since.
///
/// # Errors
/// `Ok(Err(wrong))` says what is wrong with it; a fault, that it cannot be read.
pub async fn verify(
    store: &Store,
    key: &LedgerKey,
    noted: Option<&Head>,
) -> Result<Result<Verified, Wrong>, Fault> {
    let ledger = store.ledger();
    let standing = ledger.standing().await?;
    let mut reading = Reading::default();
    // What is written meanwhile is left to the next reading.
    while reading.read.sequence < standing.head.sequence {
        let part = ledger
            .part(&Wanted::default(), reading.read.sequence)
            .await?;
        if part.is_empty() {
            break;
        }
        for entry in part {
            if reading.read.sequence == standing.head.sequence {
                break;
            }
            if let Err(wrong) = reading.next(&entry, |marked| key.mark(marked)) {
                return Ok(Err(wrong));
            }
            if noted.is_some_and(|noted| {
                noted.sequence == reading.read.sequence && *noted != reading.read
            }) {
                return Ok(Err(Wrong::NotAsNoted(reading.read.sequence)));
            }
        }
    }
    if let Err(wrong) = reading.end(&standing.head) {
        return Ok(Err(wrong));
    }
    let wrong = match noted {
        _ if standing.last > standing.head.sequence => {
            Wrong::AfterTheEnd(standing.head.sequence.saturating_add(1))
        }
        Some(noted) if noted.sequence > standing.head.sequence => Wrong::CutOff(noted.sequence),
        _ if standing.outside > 0 => Wrong::Outside(standing.outside),
        _ => {
            return Ok(Ok(Verified {
                head: reading.read,
                taken_in: reading.taken_in,
            }));
        }
    };
    Ok(Err(wrong))
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
