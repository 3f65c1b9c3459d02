//! Loads the consent ledger's key, verifies that no record of the ledger was changed, and
//! anchors its head outside of the database.
//! Why the ledger is one chain: `docs/decisions/0010-one-chain-of-consents.md`.

pub mod anchor;
pub mod export;

use crate::accounts::ledger::{Head, Reading, Wrong};
use crate::fault::Fault;
use crate::keys::shared_secret;
use crate::random::Random;
use crate::seal::ledger_key::LedgerKey;
use crate::seal::{Purpose, Sealer, SealingKey};
use crate::store::Store;
use crate::store::ledger::Wanted;

/// The name of its secret in the database.
const NAME: &str = "ledger";

/// A ledger that was verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Its last record; its sequence number is the number of records.
    pub head: Head,
    /// Number of records that were taken into the chain after they were written.
    pub taken_in: u64,
}

/// Loads the ledger's key from the database, or creates it if no record was ever marked.
///
/// # Errors
/// `Fault` if the database is unreachable, the key is missing in it, or the key was sealed
/// with a sealing key that this node does not have.
pub async fn load_key(store: &Store, sealer: &Sealer, random: &Random) -> Result<LedgerKey, Fault> {
    // With another key, everything written so far would look forged.
    if store.ledger().standing().await?.head.sequence > 0
        && store.secrets().find(NAME).await?.is_none()
    {
        return Err(Fault::because(
            "the ledger's key is gone from the table secrets: bring it back from a backup",
        ));
    }
    let secret = shared_secret::load(store, sealer, random, (Purpose::Ledger, NAME)).await?;
    Ok(LedgerKey::new(&secret))
}

/// Takes records into the chain that were written before there was a chain, or by nodes of
/// an older version. Returns how many records that were.
///
/// # Errors
/// `Fault` if the database fails, or if there are such records and the ledger's key cannot
/// be loaded.
pub async fn take_in(
    store: &Store,
    sealing_key: SealingKey<'_>,
    random: &Random,
) -> Result<u64, Fault> {
    let ledger = store.ledger();
    if ledger.standing().await?.outside == 0 {
        return Ok(0);
    }
    store.keep_ledger_with(load_key(store, &sealing_key.sealer()?, random).await?);
    let mut taken_in = 0;
    loop {
        match ledger.take_in_some().await? {
            0 => return Ok(taken_in),
            some => taken_in += some,
        }
    }
}

/// Reads and verifies the whole ledger, a part at a time. `noted` is a head that was noted
/// elsewhere earlier: it proves that nothing up to it was cut off or rewritten since.
/// Returns `Ok(Err(wrong))` if the ledger is not as it was written.
///
/// # Errors
/// `Fault` if the database fails.
pub async fn verify(
    store: &Store,
    key: &LedgerKey,
    noted: Option<&Head>,
) -> Result<Result<Verified, Wrong>, Fault> {
    let ledger = store.ledger();
    let standing = ledger.standing().await?;
    let mut reading = Reading::default();
    // Records written meanwhile are left to the next verification.
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
