//! Random bytes: from the crypto library in a running server, from a seed in tests.
//! Identifiers have 128 bits, secrets 256, both as base64url text.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The source of random bytes.
#[derive(Clone, Debug)]
pub enum Random {
    /// The crypto library's generator.
    System,
    /// A test's generator: SHA-256 over a seed and a counter.
    Seeded(Arc<(u64, AtomicU64)>),
}

impl Random {
    /// Returns a generator that gives the same bytes for the same seed.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self::Seeded(Arc::new((seed, AtomicU64::new(0))))
    }

    /// Returns `N` random bytes.
    ///
    /// # Panics
    /// If the operating system provides no randomness, because nothing safe can be done
    /// without it.
    #[must_use]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        match self {
            Self::System => fill_from_system(&mut bytes),
            Self::Seeded(state) => fill_from_seed(&mut bytes, state.0, &state.1),
        }
        bytes
    }

    /// Returns a secret of 256 bits: 43 characters of base64url.
    #[must_use]
    pub fn secret(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.bytes::<32>())
    }

    /// Returns an identifier of 128 bits: 22 characters of base64url.
    #[must_use]
    pub fn id(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.bytes::<16>())
    }
}

#[expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    reason = "the one place that asks the system for randomness, and cannot go on without"
)]
fn fill_from_system(bytes: &mut [u8]) {
    aws_lc_rs::rand::fill(bytes).expect("the system gives random bytes");
}

fn fill_from_seed(bytes: &mut [u8], seed: u64, counter: &AtomicU64) {
    for chunk in bytes.chunks_mut(digest::SHA256_OUTPUT_LEN) {
        let turn = counter.fetch_add(1, Ordering::SeqCst);
        let mut input = seed.to_be_bytes().to_vec();
        input.extend_from_slice(&turn.to_be_bytes());
        let block = digest::digest(&digest::SHA256, &input);
        for (to, from) in chunk.iter_mut().zip(block.as_ref()) {
            *to = *from;
        }
    }
}
