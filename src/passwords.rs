//! Hashes and verifies passwords (argon2id), on threads of their own with a low priority.
//! Only few requests may wait: under a flood of logins the surplus is told to come back
//! later, and the other endpoints are not affected. Which passwords are acceptable, and
//! whose they are, is decided in `accounts/`.

mod argon2id;
mod imported;
mod queue;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;

use crate::accounts::password;
use crate::config::PasswordHashing;
use crate::fault::Fault;
use crate::random::Random;
use crate::secret::Secret;
use argon2id::Argon2id;
use queue::{Queue, Taken};

/// How long an idle thread keeps its memory.
const IDLE: Duration = Duration::from_secs(5);

/// The nice value of these threads on Linux, so that a login waits rather than a token
/// request.
const NICENESS: i32 = 10;

/// The stack size of a thread, enough for bcrypt and for argon2, whose memory is on the
/// heap.
const STACK_BYTES: usize = 512 << 10;

const fn busy() -> Fault {
    Fault::Busy("passwords to hash")
}

/// The result of a verification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The password is right.
    Right,
    /// The password is right, but its hash has another scheme or cost than configured:
    /// store a new one.
    RightButRenew,
    /// The password is wrong, or there is no hash that it could match.
    Wrong,
}

/// The hashing threads and their queue. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Passwords {
    pool: Arc<Pool>,
}

#[derive(Debug)]
struct Pool {
    queue: Arc<Queue<Job>>,
    /// A random hash with the same cost, which is verified if there is no account.
    decoy: String,
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.queue.close();
    }
}

impl Passwords {
    /// Starts the threads.
    ///
    /// # Errors
    /// `Fault` if argon2 refuses the settings, or a thread cannot be started.
    pub fn start(settings: &PasswordHashing, random: Random) -> Result<Self, Fault> {
        let hasher = Argon2id::new(settings, random)?;
        let pool = Pool {
            queue: Arc::new(Queue::new(settings.queue)),
            decoy: hasher.decoy(),
        };
        for _ in 0..settings.threads.max(1) {
            let (queue, hasher) = (Arc::clone(&pool.queue), hasher.another());
            thread::Builder::new()
                .name("passwords".to_owned())
                .stack_size(STACK_BYTES)
                .spawn(move || work(&queue, hasher))?;
        }
        Ok(Self {
            pool: Arc::new(pool),
        })
    }

    /// Returns the hash to store, as a PHC string.
    ///
    /// # Errors
    /// `Fault::Busy` if too many requests wait already.
    pub async fn hash(&self, password: Secret) -> Result<String, Fault> {
        let password = canonical(&password);
        let (answer, answered) = oneshot::channel();
        self.enqueue(Job::Hash { password, answer })?;
        answered.await.map_err(|_gone| no_answer())?
    }

    /// Compares `password` with a stored hash. With `None`, if there is no account or it
    /// has no password, the same work is done and the verdict is `Wrong`, so that the time
    /// reveals nothing.
    ///
    /// # Errors
    /// `Fault::Busy` if too many requests wait already.
    pub async fn verify(&self, password: Secret, hash: Option<String>) -> Result<Verdict, Fault> {
        let password = canonical(&password);
        let (answer, answered) = oneshot::channel();
        let known = hash.filter(|hash| {
            let understood = is_understood(hash);
            if !understood {
                tracing::warn!("a stored password hash is of an unknown scheme or absurd cost");
            }
            understood
        });
        let comparison = known.map_or_else(
            || Comparison::Decoy(self.pool.decoy.clone()),
            Comparison::Stored,
        );
        self.enqueue(Job::Verify {
            password,
            comparison,
            answer,
        })?;
        answered.await.map_err(|_gone| no_answer())?
    }

    /// Refuses a request that would find no free place now, before anything is looked up or
    /// counted for it. The place may still be taken a moment later.
    ///
    /// # Errors
    /// `Fault::Busy` if too many requests wait already.
    pub fn admit(&self) -> Result<(), Fault> {
        if self.pool.queue.has_room(Job::is_abandoned) {
            Ok(())
        } else {
            Err(busy())
        }
    }

    fn enqueue(&self, job: Job) -> Result<(), Fault> {
        self.pool
            .queue
            .push(job, Job::is_abandoned)
            .map_err(|_full| busy())
    }
}

/// Returns the canonical form of a password, in which it is hashed and compared.
fn canonical(typed: &Secret) -> Secret {
    Secret::from(password::canonical(typed.expose()))
}

/// Whether a stored hash can be verified in an acceptable time: argon2id, PBKDF2 (SHA-256
/// and SHA-512) as PHC strings, bcrypt. An import checks every hash with this.
#[must_use]
pub fn is_understood(hash: &str) -> bool {
    argon2id::is_understood(hash) || imported::is_understood(hash)
}

enum Job {
    Hash {
        password: Secret,
        answer: oneshot::Sender<Result<String, Fault>>,
    },
    Verify {
        password: Secret,
        comparison: Comparison,
        answer: oneshot::Sender<Result<Verdict, Fault>>,
    },
}

enum Comparison {
    Stored(String),
    /// No password matches it, whatever the comparison returns.
    Decoy(String),
}

impl Job {
    /// Whether the caller no longer waits for the answer.
    fn is_abandoned(&self) -> bool {
        match self {
            Self::Hash { answer, .. } => answer.is_closed(),
            Self::Verify { answer, .. } => answer.is_closed(),
        }
    }

    /// Does the work and sends the answer, if the caller still waits.
    fn run(self, hasher: &mut Argon2id) {
        match self {
            Self::Hash { password, answer } => {
                drop(answer.send(hasher.hash(password.expose().as_bytes())));
            }
            Self::Verify {
                password,
                comparison,
                answer,
            } => {
                let verdict = verdict(hasher, password.expose().as_bytes(), &comparison);
                drop(answer.send(verdict));
            }
        }
    }
}

fn verdict(
    hasher: &mut Argon2id,
    password: &[u8],
    comparison: &Comparison,
) -> Result<Verdict, Fault> {
    match comparison {
        Comparison::Decoy(hash) => hasher.verify(password, hash).map(|_any| Verdict::Wrong),
        Comparison::Stored(hash) if argon2id::is_understood(hash) => hasher.verify(password, hash),
        Comparison::Stored(hash) => Ok(if imported::matches(password, hash) {
            Verdict::RightButRenew
        } else {
            Verdict::Wrong
        }),
    }
}

fn work(queue: &Queue<Job>, mut hasher: Argon2id) {
    lower_priority();
    loop {
        match queue.take(hasher.holds_memory().then_some(IDLE)) {
            Taken::Job(job) if job.is_abandoned() => {}
            Taken::Job(job) => {
                // A panic in hashing costs one answer, which its caller reports as missing,
                // not the thread.
                if catch_unwind(AssertUnwindSafe(|| job.run(&mut hasher))).is_err() {
                    hasher.release_memory();
                }
            }
            Taken::Nothing => hasher.release_memory(),
            Taken::Closed => return,
        }
    }
}

/// On Linux this changes only the calling thread: `setpriority(2)`, "C library/kernel
/// differences".
fn lower_priority() {
    if let Err(error) = rustix::process::setpriority_process(None, NICENESS) {
        tracing::warn!(%error, "password threads run at full priority");
    }
}

fn no_answer() -> Fault {
    Fault::because("a password thread gave no answer")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> PasswordHashing {
        PasswordHashing {
            memory_kib: 19_456,
            iterations: 2,
            parallelism: 1,
            threads: 1,
            queue: 2,
        }
    }

    fn cheap() -> PasswordHashing {
        PasswordHashing {
            memory_kib: 64,
            iterations: 1,
            queue: 64,
            ..settings()
        }
    }

    fn secret(text: &str) -> Secret {
        Secret::from(text.to_owned())
    }

    async fn verdict_of(passwords: &Passwords, text: &str, hash: &str) -> Verdict {
        let hash = Some(hash.to_owned());
        passwords.verify(secret(text), hash).await.unwrap()
    }

    #[tokio::test]
    async fn a_password_matches_its_own_hash_and_no_other_does() {
        let passwords = Passwords::start(&cheap(), Random::seeded(1)).unwrap();
        let hash = passwords.hash(secret("Toyota-2020")).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{hash}");
        assert_eq!(
            verdict_of(&passwords, "Toyota-2020", &hash).await,
            Verdict::Right
        );
        assert_eq!(
            verdict_of(&passwords, "toyota-2020", &hash).await,
            Verdict::Wrong
        );
        assert_ne!(passwords.hash(secret("Toyota-2020")).await.unwrap(), hash);
    }

    #[tokio::test]
    async fn a_hash_of_another_cost_or_scheme_is_to_be_renewed() {
        let passwords = Passwords::start(&cheap(), Random::seeded(1)).unwrap();
        let costly = PasswordHashing {
            iterations: 2,
            ..cheap()
        };
        let costly = Passwords::start(&costly, Random::seeded(2)).unwrap();
        let hash = costly.hash(secret("Toyota-2020")).await.unwrap();
        assert_eq!(
            verdict_of(&passwords, "Toyota-2020", &hash).await,
            Verdict::RightButRenew
        );
        assert_eq!(verdict_of(&passwords, "wrong", &hash).await, Verdict::Wrong);

        let bcrypt = "$2b$05$abcdefghijklmnopqrstuuq.ox6v90nBDsgiTORVzWIu0zbviNBs.";
        assert_eq!(
            verdict_of(&passwords, "Toyota-2020", bcrypt).await,
            Verdict::RightButRenew
        );
        assert_eq!(
            verdict_of(&passwords, "wrong", bcrypt).await,
            Verdict::Wrong
        );
    }

    #[tokio::test]
    async fn nothing_matches_where_there_is_no_hash_or_none_we_know() {
        let passwords = Passwords::start(&cheap(), Random::seeded(1)).unwrap();
        let none = passwords.verify(secret(""), None).await.unwrap();
        assert_eq!(none, Verdict::Wrong);
        for hash in [
            "",
            "x",
            "$1$abc$def",
            "$argon2id$v=19$m=64,t=1,p=1$",
            "plain",
        ] {
            assert_eq!(verdict_of(&passwords, "x", hash).await, Verdict::Wrong);
        }
    }

    #[tokio::test]
    async fn a_full_queue_says_busy_and_drains() {
        let passwords = Passwords::start(&settings(), Random::seeded(1)).unwrap();
        let attempts: Vec<_> = (0..10)
            .map(|_| {
                let passwords = passwords.clone();
                tokio::spawn(async move { passwords.verify(secret("x"), None).await })
            })
            .collect();
        let (mut busy, mut answered) = (0, 0);
        for attempt in attempts {
            match attempt.await.unwrap() {
                Err(Fault::Busy(_)) => busy += 1,
                Ok(_) => answered += 1,
                Err(other) => panic!("{other}"),
            }
        }
        assert!(
            busy >= 1 && answered >= 2,
            "{busy} busy, {answered} answered"
        );
        assert!(passwords.hash(secret("x")).await.is_ok());
    }

    #[tokio::test]
    async fn those_who_went_away_leave_their_places_to_others() {
        let passwords = Passwords::start(&settings(), Random::seeded(1)).unwrap();
        for _ in 0..20 {
            let gone = passwords.verify(secret("x"), None);
            // One poll puts the job into the queue; then its caller goes away.
            tokio::select! { biased; _ = gone => {}, () = async {} => {} }
        }
        assert!(passwords.hash(secret("x")).await.is_ok());
    }

    #[test]
    fn a_thread_lowers_its_own_priority_and_no_others() {
        let priority = || rustix::process::getpriority_process(None).unwrap();
        let before = priority();
        let lowered = thread::spawn(move || {
            lower_priority();
            priority()
        });
        assert_eq!(lowered.join().unwrap(), NICENESS);
        assert_eq!(priority(), before);
    }

    #[test]
    fn settings_that_argon2_does_not_take_are_refused() {
        let none = PasswordHashing {
            memory_kib: 1,
            ..settings()
        };
        assert!(Passwords::start(&none, Random::seeded(1)).is_err());
    }
}
