//! The ledger of consents as a chain: in which form a record is marked, what
//! follows what, and what shows that records are no longer those that were
//! written. Knows no key and no database.

pub mod export;

use std::fmt;
use std::str::FromStr;

use super::consent::Consent;
use crate::sha256::sha256_hex;

/// Names the form that a record is hashed in: another form needs another name.
const FORM: &str = "common-id consent 1";

crate::wire_words! {
    /// How a record came into the chain.
    pub enum Origin {
        /// In the event that wrote it.
        Written = "written",
        /// Later, by `common-id migrate`: whoever wrote it knew no chain.
        TakenIn = "taken_in",
    }
}

/// A record as the database holds it, every column unread: what is marked is
/// what is there, whatever a later version makes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawRecord {
    /// Its name.
    pub id: String,
    /// Who.
    pub account_id: String,
    /// To what.
    pub kind: String,
    /// Given or withdrawn.
    pub action: String,
    /// The terms' name, the dealer's code or the client's ID.
    pub target: String,
    /// The wording's version.
    pub wording_version: String,
    /// SHA-256 of the wording, hex.
    pub wording_hash: String,
    /// The language it was shown in.
    pub locale: String,
    /// The brand under which.
    pub brand: String,
    /// The client through which, if any.
    pub client_id: Option<String>,
    /// When, in seconds since 1970.
    pub recorded_at: i64,
    /// What the law wants kept, as JSON.
    pub record: String,
}

impl RawRecord {
    /// The record of a consent.
    ///
    /// # Errors
    /// Never in practice: everything in a consent has a form in JSON.
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

    /// The SHA-256 of the record, hex. It is taken over the form's name and every
    /// column in the order above, each as a netstring (`5:hello,`), or `-,` where
    /// there is nothing: no two records have the same form.
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

/// Where a record stands in the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Which one it is, from 1 on, in the order of writing.
    pub sequence: i64,
    /// The hash of the record before it; nothing for the first.
    pub previous: String,
    /// Its own hash: a MAC, hex.
    pub hash: String,
    /// How it came there.
    pub origin: String,
}

/// What the hash of a record is made over.
#[derive(Clone, Copy, Debug)]
pub struct Marked<'a> {
    /// Which one it is.
    pub sequence: i64,
    /// The hash of the record before it.
    pub previous: &'a str,
    /// How it came into the chain.
    pub origin: &'a str,
    /// The digest of the record.
    pub digest: &'a str,
}

/// A record and its place; none if whoever wrote it knew no chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its place.
    pub place: Option<Place>,
    /// What it says.
    pub record: RawRecord,
}

/// The last record of a chain: its number and its hash.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// Which one it is; 0 while there is none.
    pub sequence: i64,
    /// Its hash; nothing while there is none.
    pub hash: String,
}

impl Head {
    /// The places of records that are written now, in this order, and the chain's
    /// new end.
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

/// A text that names no head.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be SEQUENCE:HASH, as `ledger verify` prints it")]
pub struct NoHead;

impl FromStr for Head {
    type Err = NoHead;

    fn from_str(text: &str) -> Result<Self, NoHead> {
        let (sequence, hash) = text.split_once(':').ok_or(NoHead)?;
        let sequence = sequence.parse().map_err(|_| NoHead)?;
        let is_hash = hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit());
        // Before the first record there is nothing to hash.
        match is_hash || (sequence == 0 && hash.is_empty()) {
            true if sequence >= 0 => Ok(Self {
                sequence,
                hash: hash.to_ascii_lowercase(),
            }),
            _ => Err(NoHead),
        }
    }
}

/// What shows that the ledger is not what was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// A number is left out.
    #[error("record {0} is missing")]
    Missing(i64),
    /// What it says, or its hash, is not what was written there.
    #[error("record {0} was changed")]
    Changed(i64),
    /// It names another record as the one before it.
    #[error("record {0} does not follow the record before it")]
    Unlinked(i64),
    /// The head names another record as the last.
    #[error("record {0} is not the one that the ledger's head names as its last")]
    AnotherHead(i64),
    /// There is more than the head knows of.
    #[error("record {0} stands after the end of the ledger")]
    AfterTheEnd(i64),
    /// Records without a place.
    #[error(
        "{0} records stand outside of the ledger: either an older version wrote them \
         (`common-id migrate` takes them in) or somebody else did"
    )]
    Outside(i64),
    /// It is not the record that was noted elsewhere.
    #[error("record {0} is not the one noted: the ledger was written anew")]
    NotAsNoted(i64),
    /// The ledger was longer once.
    #[error("record {0} is missing: it was noted as the last, and the ledger ends before it")]
    CutOff(i64),
}

/// A reading of the chain, from its first record on.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// The last record read.
    pub read: Head,
    /// How many were taken in late.
    pub taken_in: u64,
}

impl Reading {
    /// Reads the next record.
    ///
    /// # Errors
    /// If it is not the next, or not as it was written.
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

    /// Ends where the ledger says that it ends.
    ///
    /// # Errors
    /// If it does not.
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
