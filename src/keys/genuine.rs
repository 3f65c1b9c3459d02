//! A cache of tokens known to be signed by us: made here, or verified before. Verifying a
//! signature costs far more than a hash, and the same token is presented again and again.
//! Everything else that makes a token valid (its key, its type, its expiry, its revocation)
//! is checked each time by the callers.

use std::collections::HashSet;
use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};

use aws_lc_rs::digest;

/// The minimum number of remembered tokens; the maximum is twice as many, in about 2 MiB.
const GENERATION: usize = 16_384;

type Hash = [u8; digest::SHA256_OUTPUT_LEN];

/// The hashes of genuine tokens. A token that is not asked for during a whole generation of
/// others is forgotten, so that entries need not be removed one by one.
#[derive(Debug, Default)]
pub(super) struct Genuine(Mutex<Generations>);

#[derive(Debug, Default)]
struct Generations {
    young: HashSet<Hash>,
    old: HashSet<Hash>,
}

impl Genuine {
    /// Remembers a token that we signed.
    pub(super) fn remember(&self, token: &str) {
        self.lock().add(hash(token));
    }

    /// Whether we signed this token: it is remembered, or `check` returns true.
    pub(super) fn is_ours(&self, token: &str, check: impl FnOnce() -> bool) -> bool {
        let hash = hash(token);
        // The check takes long, so it does not run under the lock.
        if !self.lock().holds(&hash) {
            if !check() {
                return false;
            }
            self.lock().add(hash);
        }
        true
    }

    fn lock(&self) -> MutexGuard<'_, Generations> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Generations {
    fn holds(&mut self, hash: &Hash) -> bool {
        if self.young.contains(hash) {
            return true;
        }
        let held = self.old.contains(hash);
        if held {
            self.add(*hash);
        }
        held
    }

    fn add(&mut self, hash: Hash) {
        if self.young.len() >= GENERATION {
            self.old = mem::take(&mut self.young);
        }
        self.young.insert(hash);
    }
}

fn hash(token: &str) -> Hash {
    let digest = digest::digest(&digest::SHA256, token.as_bytes());
    let mut hash = [0; digest::SHA256_OUTPUT_LEN];
    hash.copy_from_slice(digest.as_ref());
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_remembered(genuine: &Genuine, token: &str) -> bool {
        genuine.is_ours(token, || false)
    }

    #[test]
    fn a_token_that_was_made_or_checked_once_is_not_checked_again() {
        let genuine = Genuine::default();
        assert!(!is_remembered(&genuine, "made"));
        genuine.remember("made");
        assert!(is_remembered(&genuine, "made"));
        assert!(genuine.is_ours("checked", || true));
        assert!(is_remembered(&genuine, "checked"));
    }

    #[test]
    fn a_forgery_is_checked_each_time() {
        let genuine = Genuine::default();
        assert!(!genuine.is_ours("forged", || false));
        assert!(!is_remembered(&genuine, "forged"));
        genuine.remember("token");
        assert!(!is_remembered(&genuine, "tokem"));
    }

    #[test]
    fn memory_is_bounded_and_what_is_asked_for_stays() {
        let genuine = Genuine::default();
        genuine.remember("asked for");
        genuine.remember("forgotten");
        for turn in 0..3 * GENERATION {
            genuine.remember(&turn.to_string());
            assert!(is_remembered(&genuine, "asked for"));
        }
        assert!(!is_remembered(&genuine, "forgotten"));
        let generations = genuine.lock();
        assert!(generations.young.len() + generations.old.len() <= 2 * GENERATION);
    }
}
