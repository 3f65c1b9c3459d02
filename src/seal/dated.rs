//! Seals a value together with the time at which that was done, for what travels through a
//! form or a link and is good for a while.

use std::time::Duration;

use zeroize::Zeroizing;

use super::{Purpose, Sealer};
use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::random::Random;

/// The length of the time before the value.
const TIME_BYTES: usize = size_of::<i64>();

/// A value, and when it was sealed.
#[derive(Clone)]
pub struct Dated {
    /// When it was sealed.
    pub at: Timestamp,
    /// The value.
    pub value: Zeroizing<Vec<u8>>,
}

impl std::fmt::Debug for Dated {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Dated")
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}

impl Sealer {
    /// Seals `value` as base64url text, with the time `at`.
    ///
    /// # Errors
    /// `Fault` if the crypto library fails.
    pub fn seal_dated(
        &self,
        (purpose, context): (Purpose, &[u8]),
        value: &[u8],
        at: Timestamp,
        random: &Random,
    ) -> Result<String, Fault> {
        let plain = Zeroizing::new([at.0.to_be_bytes().as_slice(), value].concat());
        self.seal(purpose, context, &plain, random)
    }

    /// Returns what was sealed for this purpose and context less than `good_for` ago; `None`
    /// if this text was not.
    #[must_use]
    pub fn open_dated(
        &self,
        (purpose, context): (Purpose, &[u8]),
        sealed: &str,
        now: Timestamp,
        good_for: Duration,
    ) -> Option<Dated> {
        let plain = Zeroizing::new(self.open(purpose, context, sealed)?);
        let (at, value) = plain.split_first_chunk::<TIME_BYTES>()?;
        let at = Timestamp(i64::from_be_bytes(*at));
        let value = Zeroizing::new(value.to_vec());
        (now.since(at) < good_for).then_some(Dated { at, value })
    }
}
