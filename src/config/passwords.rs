//! The cost of a password hash and the capacity for hashing.

use super::declared::settings;
use super::reader;

/// Waiting hashes for each thread. A hash takes some 20 ms, so 64 of them keep the wait
/// under two seconds.
const WAITING_PER_THREAD: usize = 64;

settings! {
    /// The cost of a password hash (argon2id), and the capacity for hashing.
    pub struct PasswordHashing in "passwords" of config {
        /// The memory of one hash, in KiB; the default is OWASP's minimum.
        memory_kib: u32 = reader::number, 19_456;
        /// Passes over the memory.
        iterations: u32 = reader::number, 2;
        /// Lanes of one hash.
        parallelism: u32 = reader::number, 1;
        /// Threads that hash; default: one for each core.
        threads: usize = reader::number,
            std::thread::available_parallelism().map_or(1, usize::from);
        /// The most hashes that wait; default: 64 for each thread; a longer queue means longer
        /// waits, a full one is answered with 503.
        queue: usize = reader::number, threads.saturating_mul(WAITING_PER_THREAD);
    }
}
