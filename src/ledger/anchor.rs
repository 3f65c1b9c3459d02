//! Anchors of the ledger: its head, signed, kept where whoever can write to the database
//! cannot. An anchor proves later that nothing up to it was cut off or written anew
//! (`docs/decisions/0032-the-ledger-is-anchored-outside.md`). When it is taken, and where it
//! is sent besides the file, is left to `server::ledger_anchors`.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::verify;
use crate::accounts::ledger::{Head, Wrong};
use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::seal::ledger_key::{AnchorKey, LedgerKey};
use crate::store::Store;

/// The header of every anchor (RFC 7515).
const HEADER: &str = r#"{"alg":"EdDSA","typ":"ledger-anchor+jwt"}"#;

/// The ledger's head at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// The head.
    pub head: Head,
    /// When it was the head.
    pub at: Timestamp,
}

/// The claims of an anchor.
#[derive(Serialize, Deserialize)]
struct Claims {
    ledger: String,
    sequence: i64,
    hash: String,
    iat: Timestamp,
}

impl Anchor {
    /// Returns the anchor as a signed JWT.
    ///
    /// # Errors
    /// `Fault` if it cannot be written as JSON.
    pub fn sign(&self, key: &AnchorKey) -> Result<String, Fault> {
        let claims = serde_json::to_vec(&Claims {
            ledger: "consents".to_owned(),
            sequence: self.head.sequence,
            hash: self.head.hash.clone(),
            iat: self.at,
        })?;
        let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let text = format!("{}.{}", part(HEADER.as_bytes()), part(&claims));
        let signature = part(&key.sign(text.as_bytes()));
        Ok(format!("{text}.{signature}"))
    }

    /// Reads a signed anchor; `None` if this key did not sign it.
    #[must_use]
    pub fn read(text: &str, key: &AnchorKey) -> Option<Self> {
        let (signed, signature) = text.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let bytes = |part: &str| URL_SAFE_NO_PAD.decode(part).ok();
        if bytes(header)? != HEADER.as_bytes() || !key.signed(signed.as_bytes(), &bytes(signature)?)
        {
            return None;
        }
        let claims: Claims = serde_json::from_slice(&bytes(claims)?).ok()?;
        Some(Self {
            head: Head {
                sequence: claims.sequence,
                hash: claims.hash,
            },
            at: claims.iat,
        })
    }
}

/// Returns the newest anchor of a file; none if there is no file yet.
///
/// # Errors
/// `Fault` if the file cannot be read, or a line is no anchor of this ledger.
pub fn newest(file: &Path, key: &AnchorKey) -> Result<Option<Anchor>, Fault> {
    if !file.try_exists()? {
        return Ok(None);
    }
    let text = std::fs::read_to_string(file)?;
    let mut newest: Option<Anchor> = None;
    // What follows the last line break is half a line, which the next anchor replaces.
    let whole = text.rfind('\n').and_then(|end| text.get(..end));
    let lines = whole.unwrap_or_default().lines();
    for (number, line) in (1..).zip(lines).filter(|(_, line)| !line.is_empty()) {
        let anchor = Anchor::read(line, key).ok_or_else(|| {
            let file = file.display();
            Fault::because(format!(
                "line {number} of {file} is no anchor of this ledger"
            ))
        })?;
        let is_newer = |before: &Anchor| before.head.sequence <= anchor.head.sequence;
        if newest.as_ref().is_none_or(is_newer) {
            newest = Some(anchor);
        }
    }
    Ok(newest)
}

/// Verifies the ledger against an earlier anchor, if there is one, and returns the anchor of
/// its present head, signed. Returns `Ok(Err(wrong))` if the ledger is not as it was
/// written: its head is then not anchored.
///
/// # Errors
/// `Fault` if the database fails.
pub async fn take(
    store: &Store,
    key: &LedgerKey,
    before: Option<&Anchor>,
    now: Timestamp,
) -> Result<Result<String, Wrong>, Fault> {
    let noted = before.map(|anchor| &anchor.head);
    let verified = match verify(store, key, noted).await? {
        Ok(verified) => verified,
        Err(wrong) => return Ok(Err(wrong)),
    };
    let anchor = Anchor {
        head: verified.head,
        at: now,
    };
    Ok(Ok(anchor.sign(&key.anchor_key()?)?))
}

/// Appends a signed anchor to a file, which is created if there is none.
///
/// # Errors
/// `Fault` if the file cannot be written.
pub fn append(file: &Path, anchor: &str) -> Result<(), Fault> {
    // A crash may have left half a line: it is taken away, or it would stay as a wrong one.
    let written = std::fs::read(file).unwrap_or_default();
    let whole = written.iter().rposition(|byte| *byte == b'\n');
    let whole = whole.map_or(0, |end| end + 1);
    let mut file = OpenOptions::new().create(true).append(true).open(file)?;
    if whole < written.len() {
        file.set_len(u64::try_from(whole).map_err(Fault::because)?)?;
    }
    file.write_all(format!("{anchor}\n").as_bytes())?;
    file.sync_all()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_anchor_is_read_back_by_its_own_key_alone() {
        let key = LedgerKey::new(b"secret").anchor_key().unwrap();
        let other = LedgerKey::new(b"other").anchor_key().unwrap();
        let anchor = Anchor {
            head: Head {
                sequence: 7,
                hash: "aa".repeat(32),
            },
            at: Timestamp(1_800_000_000),
        };
        let text = anchor.sign(&key).unwrap();
        assert_eq!(Anchor::read(&text, &key), Some(anchor));
        assert_eq!(Anchor::read(&text, &other), None);
        let (signed, signature) = text.rsplit_once('.').unwrap();
        for forged in [signed, &format!("{signed}A.{signature}"), "a.b.c", ""] {
            assert_eq!(Anchor::read(forged, &key), None, "{forged}");
        }
    }

    #[test]
    fn half_a_line_is_no_anchor_and_the_next_one_replaces_it() {
        let key = LedgerKey::new(b"secret").anchor_key().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("anchors");
        let anchor = |sequence| Anchor {
            head: Head {
                sequence,
                hash: "aa".repeat(32),
            },
            at: Timestamp(1_800_000_000 + sequence),
        };
        append(&file, &anchor(1).sign(&key).unwrap()).unwrap();
        let mut torn = OpenOptions::new().append(true).open(&file).unwrap();
        torn.write_all(b"eyJhbGci").unwrap();
        assert_eq!(newest(&file, &key).unwrap(), Some(anchor(1)));
        append(&file, &anchor(2).sign(&key).unwrap()).unwrap();
        assert_eq!(newest(&file, &key).unwrap(), Some(anchor(2)));
        assert_eq!(std::fs::read_to_string(&file).unwrap().lines().count(), 2);
    }
}
