//! argon2id (RFC 9106), as PHC strings. The working memory is kept between two hashes, and
//! returned to the system when there is nothing to do.

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Block, Params, Version};
use aws_lc_rs::constant_time;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::Verdict;
use crate::config::PasswordHashing;
use crate::fault::Fault;
use crate::random::Random;

const SALT_LEN: usize = 16;
const HASH_LEN: usize = 32;

/// The highest accepted cost of a stored hash: about a second and a quarter of a GiB.
const MOST_MEMORY_KIB: u32 = 256 << 10;
const MOST_WORK_KIB: u64 = 1 << 20;
const MOST_LANES: u32 = 16;

/// The shortest accepted hash, in bytes: below 128 bits a wrong password could match.
const SHORTEST_HASH: usize = 16;

/// The minimum capacity of the working memory. glibc returns a block to the system at once
/// only if it is larger than any threshold it may have learnt (`M_MMAP_THRESHOLD`: 32 MiB
/// at most, mallopt(3)). Memory that is reserved and never touched costs nothing.
const ALWAYS_MAPPED_BLOCKS: usize = (33 << 20) / Block::SIZE;

/// The hasher of one thread.
pub(super) struct Argon2id {
    argon2: Argon2<'static>,
    random: Arc<Random>,
    memory: Vec<Block>,
}

impl Argon2id {
    pub(super) fn new(settings: &PasswordHashing, random: Random) -> Result<Self, Fault> {
        let params = Params::new(
            settings.memory_kib,
            settings.iterations,
            settings.parallelism,
            Some(HASH_LEN),
        )
        .map_err(|error| Fault::because(format!("the cost of passwords: {error}")))?;
        Ok(Self {
            argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, params),
            random: Arc::new(random),
            memory: Vec::new(),
        })
    }

    /// Returns a hasher with the same settings, for another thread.
    pub(super) fn another(&self) -> Self {
        Self {
            argon2: self.argon2.clone(),
            random: Arc::clone(&self.random),
            memory: Vec::new(),
        }
    }

    pub(super) fn hash(&mut self, password: &[u8]) -> Result<String, Fault> {
        let salt = self.random.bytes::<SALT_LEN>();
        let mut hash = [0; HASH_LEN];
        let argon2 = self.argon2.clone();
        self.compute(&argon2, password, &salt, &mut hash)?;
        Ok(self.phc(&salt, &hash))
    }

    /// Returns a random hash with the configured cost, whose password nobody knows.
    pub(super) fn decoy(&self) -> String {
        let (salt, hash) = (self.random.bytes::<SALT_LEN>(), self.random.bytes());
        self.phc(&salt, &hash)
    }

    pub(super) fn verify(&mut self, password: &[u8], stored: &str) -> Result<Verdict, Fault> {
        let Some(stored) = Stored::parse(stored) else {
            return Ok(Verdict::Wrong);
        };
        let mut hash = vec![0; stored.hash.len()];
        self.compute(&stored.argon2, password, &stored.salt, &mut hash)?;
        if constant_time::verify_slices_are_equal(&hash, &stored.hash).is_err() {
            return Ok(Verdict::Wrong);
        }
        Ok(if self.would_write(&stored) {
            Verdict::Right
        } else {
            Verdict::RightButRenew
        })
    }

    pub(super) fn holds_memory(&self) -> bool {
        self.memory.capacity() > 0
    }

    pub(super) fn release_memory(&mut self) {
        self.memory = Vec::new();
    }

    fn compute(
        &mut self,
        argon2: &Argon2<'_>,
        password: &[u8],
        salt: &[u8],
        hash: &mut [u8],
    ) -> Result<(), Fault> {
        let blocks = argon2.params().block_count();
        if self.memory.len() < blocks {
            // The old memory is released first, so that both do not exist at once.
            self.release_memory();
            self.memory = Vec::with_capacity(blocks.max(ALWAYS_MAPPED_BLOCKS));
            self.memory.resize(blocks, Block::new());
        }
        argon2
            .hash_password_into_with_memory(password, salt, hash, &mut self.memory)
            .map_err(|error| Fault::because(format!("argon2id failed: {error}")))?;
        if blocks > self.argon2.params().block_count() {
            // An imported hash needed more memory than our own hashes ever do.
            self.release_memory();
        }
        Ok(())
    }

    /// Whether a new hash would have the same cost and length.
    fn would_write(&self, stored: &Stored) -> bool {
        let (ours, theirs) = (self.argon2.params(), stored.argon2.params());
        stored.version == Version::V0x13
            && ours.m_cost() == theirs.m_cost()
            && ours.t_cost() == theirs.t_cost()
            && ours.p_cost() == theirs.p_cost()
            && stored.salt.len() == SALT_LEN
            && stored.hash.len() == HASH_LEN
    }

    fn phc(&self, salt: &[u8; SALT_LEN], hash: &[u8; HASH_LEN]) -> String {
        let params = self.argon2.params();
        format!(
            "$argon2id$v=19$m={},t={},p={}${}${}",
            params.m_cost(),
            params.t_cost(),
            params.p_cost(),
            STANDARD_NO_PAD.encode(salt),
            STANDARD_NO_PAD.encode(hash),
        )
    }
}

pub(super) fn is_understood(hash: &str) -> bool {
    Stored::parse(hash).is_some()
}

/// A stored hash with an acceptable cost.
struct Stored {
    argon2: Argon2<'static>,
    version: Version,
    salt: Vec<u8>,
    hash: Vec<u8>,
}

impl Stored {
    fn parse(text: &str) -> Option<Self> {
        let phc = PasswordHash::new(text).ok()?;
        if phc.algorithm.as_str() != "argon2id" {
            return None;
        }
        // Strings without a version are of version 16.
        let version = phc.version.map_or(Ok(Version::V0x10), Version::try_from);
        let (version, params) = (version.ok()?, Params::try_from(&phc).ok()?);
        let work = u64::from(params.m_cost()) * u64::from(params.t_cost());
        let bearable = params.m_cost() <= MOST_MEMORY_KIB
            && work <= MOST_WORK_KIB
            && params.p_cost() <= MOST_LANES;
        let hash = phc.hash?.as_bytes().to_vec();
        (bearable && hash.len() >= SHORTEST_HASH).then_some(Self {
            argon2: Argon2::new(Algorithm::Argon2id, version, params),
            version,
            salt: phc.salt?.to_vec(),
            hash,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hasher() -> Argon2id {
        let settings = PasswordHashing {
            memory_kib: 64,
            iterations: 1,
            parallelism: 1,
            threads: 1,
            queue: 1,
        };
        Argon2id::new(&settings, Random::seeded(1)).unwrap()
    }

    // From the reference implementation's src/test.c, versions 0x13 and 0x10.
    const KNOWN: [&str; 2] = [
        "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc",
    ];

    #[test]
    fn the_reference_implementations_hashes_match() {
        let mut hasher = hasher();
        for known in KNOWN {
            let verdict = hasher.verify(b"password", known).unwrap();
            assert_eq!(verdict, Verdict::RightButRenew, "{known}");
            assert_eq!(hasher.verify(b"passwore", known).unwrap(), Verdict::Wrong);
        }
    }

    #[test]
    fn memory_is_kept_between_hashes_and_given_back_on_demand() {
        let mut hasher = hasher();
        assert!(!hasher.holds_memory());
        hasher.hash(b"x").unwrap();
        let kept = hasher.memory.as_ptr();
        hasher.hash(b"y").unwrap();
        assert_eq!(hasher.memory.as_ptr(), kept);
        hasher.release_memory();
        assert!(!hasher.holds_memory());
    }

    #[test]
    fn more_memory_than_ours_is_not_kept() {
        let mut hasher = hasher();
        hasher.verify(b"password", KNOWN[0]).unwrap();
        assert!(!hasher.holds_memory());
    }

    #[test]
    fn a_hash_of_absurd_cost_or_too_short_to_mean_anything_is_not_understood() {
        let with = |params: &str, hash: &str| format!("$argon2id$v=19${params}$c29tZXNhbHQ${hash}");
        let good = "CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
        assert!(is_understood(&with("m=65536,t=2,p=1", good)));
        for params in [
            "m=4194304,t=1,p=1",
            "m=65536,t=1000,p=1",
            "m=65536,t=2,p=64",
        ] {
            assert!(!is_understood(&with(params, good)), "{params}");
        }
        assert!(!is_understood(&with("m=65536,t=2,p=1", "CTFhFdXPJO1aFa")));
        assert!(!is_understood(&with("m=65536,t=2,p=1", "")));
        assert!(!is_understood(
            "$argon2i$v=19$m=64,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
        ));
    }

    #[test]
    fn the_decoy_costs_what_a_hash_costs() {
        let mut hasher = hasher();
        let (decoy, hash) = (hasher.decoy(), hasher.hash(b"x").unwrap());
        let cost = |phc: &str| {
            phc.split('$')
                .take(4)
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        assert_eq!(cost(&decoy), cost(&hash));
        assert_eq!(decoy.len(), hash.len());
    }
}
