//! The ledger of consents as a hash chain: what a record's hash covers, how records are
//! appended, and how a reader detects that records were changed, removed or added. The key
//! of the hash comes from `seal::ledger_key`, the records from `store::ledger`.

pub mod export;

use std::fmt;
use std::str::FromStr;

use super::consent::Consent;
use crate::sha256::sha256_hex;

/// Identifies the format in which a record is hashed. A changed format needs a new name.
const FORM: &str = "common-id consent 1";

crate::wire_words! {
    /// How a record came into the chain.
    pub enum Origin {
        /// It was appended when it was written.
        Written = "written",
        /// It was appended later, by `common-id ledger take-in`, because the version that wrote
        /// it had no chain.
        TakenIn = "taken_in",
    }
}

/// A record exactly as the database holds it, with no column parsed: the hash covers what
/// is stored, even if a later version interprets it differently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawRecord {
    /// The ID of the consent.
    pub id: String,
    /// The account of the person.
    pub account_id: String,
    /// What the consent is to.
    pub kind: String,
    /// Whether it was given or withdrawn.
    pub action: String,
    /// The name of the terms, the dealer's code or the client's ID, depending on `kind`.
    pub target: String,
    /// The version of the wording.
    pub wording_version: String,
    /// SHA-256 of the wording, hex.
    pub wording_hash: String,
    /// The language the wording was shown in.
    pub locale: String,
    /// The brand of the page.
    pub brand: String,
    /// The client whose request led to the page, if any.
    pub client_id: Option<String>,
    /// When it was given or withdrawn, in seconds since 1970.
    pub recorded_at: i64,
    /// The details that the law requires (`ConsentRecord`), as JSON.
    pub record: String,
}

impl RawRecord {
    /// Returns the record of a consent.
    ///
    /// # Errors
    /// If the details cannot be written as JSON, which does not happen in practice.
    pub fn of(consent: &Consent) -> serde_json::Result<Self> {
        Ok(Self {
            id: consent.id.clone(),
            account_id: consent.account_id.clone(),
            kind: consent.kind.to_string(),
            action: consent.action.to_string(),
            target: consent.target.clone(),
            wording_version: consent.wording_version.clone(),
            wording_hash: consent.wording_hash.clone(),
            locale: consent.locale.tag().to_owned(),
            brand: consent.brand.clone(),
            client_id: consent.client_id.clone(),
            recorded_at: consent.at.0,
            record: serde_json::to_string(&consent.record)?,
        })
    }

    /// Returns the SHA-256 of the record, hex. It covers the name of the format and every
    /// column in the order above, each as a netstring (`5:hello,`), or `-,` for no value,
    /// so that no two records have the same hashed text.
    #[must_use]
    pub fn digest(&self) -> String {
        let recorded_at = self.recorded_at.to_string();
        let columns = [
            Some(FORM),
            Some(&self.id),
            Some(&self.account_id),
            Some(&self.kind),
            Some(&self.action),
            Some(&self.target),
            Some(&self.wording_version),
            Some(&self.wording_hash),
            Some(&self.locale),
            Some(&self.brand),
            self.client_id.as_deref(),
            Some(&recorded_at),
            Some(&self.record),
        ];
        let form: String = columns.into_iter().map(netstring).collect();
        sha256_hex(form.as_bytes())
    }
}

fn netstring(text: Option<&str>) -> String {
    text.map_or_else(|| "-,".to_owned(), |text| format!("{}:{text},", text.len()))
}

/// The position of a record in the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The number of the record, from 1, in the order of writing.
    pub sequence: i64,
    /// The hash of the previous record; empty for the first.
    pub previous: String,
    /// The hash of this record: a MAC, hex.
    pub hash: String,
    /// How the record came into the chain (a word of [`Origin`]).
    pub origin: String,
}

/// What the hash of a record covers.
#[derive(Clone, Copy, Debug)]
pub struct Marked<'a> {
    /// The number of the record.
    pub sequence: i64,
    /// The hash of the previous record.
    pub previous: &'a str,
    /// How the record came into the chain.
    pub origin: &'a str,
    /// The digest of the record.
    pub digest: &'a str,
}

/// A record with its position in the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The position; `None` if the version that wrote the record had no chain.
    pub place: Option<Place>,
    /// The record.
    pub record: RawRecord,
}

/// The last record of a chain: its number and its hash.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The number of the last record; 0 for an empty chain.
    pub sequence: i64,
    /// The hash of the last record; empty for an empty chain.
    pub hash: String,
}

impl Head {
    /// Appends records in this order. Returns their positions and the new head. `mark`
    /// computes the keyed hash of a record.
    #[must_use]
    pub fn append(
        self,
        records: &[RawRecord],
        origin: Origin,
        mark: impl Fn(&Marked<'_>) -> String,
    ) -> (Vec<Place>, Self) {
        let mut end = self;
        let mut places = Vec::with_capacity(records.len());
        for record in records {
            let sequence = end.sequence.saturating_add(1);
            let hash = mark(&Marked {
                sequence,
                previous: &end.hash,
                origin: origin.as_str(),
                digest: &record.digest(),
            });
            places.push(Place {
                sequence,
                previous: end.hash,
                hash: hash.clone(),
                origin: origin.to_string(),
            });
            end = Self { sequence, hash };
        }
        (places, end)
    }
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.sequence, self.hash)
    }
}

/// The text is not a head of a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be SEQUENCE:HASH, as `ledger verify` prints it")]
pub struct NoHead;

impl FromStr for Head {
    type Err = NoHead;

    fn from_str(text: &str) -> Result<Self, NoHead> {
        let (sequence, hash) = text.split_once(':').ok_or(NoHead)?;
        let sequence = sequence.parse().map_err(|_| NoHead)?;
        let is_hash = hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit());
        // An empty chain has no hash.
        match is_hash || (sequence == 0 && hash.is_empty()) {
            true if sequence >= 0 => Ok(Self {
                sequence,
                hash: hash.to_ascii_lowercase(),
            }),
            _ => Err(NoHead),
        }
    }
}

/// How the ledger differs from what was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// The record of this number is missing.
    #[error("record {0} is missing")]
    Missing(i64),
    /// The record, or its hash, was changed.
    #[error("record {0} was changed")]
    Changed(i64),
    /// The record names another record as the previous one.
    #[error("record {0} does not follow the record before it")]
    Unlinked(i64),
    /// The head names another record as the last.
    #[error("record {0} is not the one that the ledger's head names as its last")]
    AnotherHead(i64),
    /// There are more records than the head counts.
    #[error("record {0} stands after the end of the ledger")]
    AfterTheEnd(i64),
    /// So many records have no position in the chain.
    #[error(
        "{0} records stand outside of the ledger: either an older version wrote them, \
         or somebody else did (`common-id ledger take-in` shows them)"
    )]
    Outside(i64),
    /// The record is not the one that an operator noted elsewhere.
    #[error("record {0} is not the one noted: the ledger was written anew")]
    NotAsNoted(i64),
    /// The ledger ends before a record that an operator noted elsewhere.
    #[error("record {0} is missing: it was noted as the last, and the ledger ends before it")]
    CutOff(i64),
}

/// A verification of the chain, which reads it from its first record on.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// The last record read.
    pub read: Head,
    /// How many records were appended later, by `common-id ledger take-in`.
    pub taken_in: u64,
}

impl Reading {
    /// Verifies the next record.
    ///
    /// # Errors
    /// [`Wrong::Missing`] if the record does not have the next number, [`Wrong::Unlinked`]
    /// if it names another previous record, [`Wrong::Changed`] if its hash does not match.
    pub fn next(
        &mut self,
        entry: &Entry,
        mark: impl Fn(&Marked<'_>) -> String,
    ) -> Result<(), Wrong> {
        let sequence = self.read.sequence.saturating_add(1);
        let place = entry.place.as_ref();
        let place = place.filter(|place| place.sequence == sequence);
        let place = place.ok_or(Wrong::Missing(sequence))?;
        if place.previous != self.read.hash {
            return Err(Wrong::Unlinked(sequence));
        }
        let hash = mark(&Marked {
            sequence,
            previous: &place.previous,
            origin: &place.origin,
            digest: &entry.record.digest(),
        });
        if place.hash != hash {
            return Err(Wrong::Changed(sequence));
        }
        self.taken_in += u64::from(place.origin == Origin::TakenIn.as_str());
        self.read = Head { sequence, hash };
        Ok(())
    }

    /// Verifies that the last record read is the one that `head` names.
    ///
    /// # Errors
    /// [`Wrong::Missing`] if `head` counts more records, [`Wrong::AnotherHead`] if it names
    /// another record.
    pub fn end(&self, head: &Head) -> Result<(), Wrong> {
        if self.read.sequence < head.sequence {
            return Err(Wrong::Missing(self.read.sequence.saturating_add(1)));
        }
        if self.read == *head {
            Ok(())
        } else {
            Err(Wrong::AnotherHead(self.read.sequence))
        }
    }
}

#[cfg(test)]
mod tests;
