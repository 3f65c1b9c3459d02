//! Everything that a request may need, assembled once at start: the seams (store,
//! short-lived state, keys, outbox), the clock and randomness, and the caches that save
//! round trips on frequent requests.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;

use crate::brand::{Brand, Brands};
use crate::clients::cache::ClientCache;
use crate::clients::keys::ClientKeys;
use crate::clients::secret;
use crate::clients::software_statements::SoftwareStatements;
use crate::clock::Clock;
use crate::config::Config;
use crate::dealers::directory::DealerCache;
use crate::debugger::{Bounds, Debugger};
use crate::ephemeral::Ephemeral;
use crate::error_reference::ErrorReference;
use crate::fault::Fault;
use crate::keys::{EncryptionKeys, SigningKeys, authenticator_apps, shared_secret};
use crate::ledger;
use crate::mail_domains::MailDomains;
use crate::oidc::metadata;
use crate::outbox::Outbox;
use crate::outgoing::Outgoing;
use crate::pages::Pages;
use crate::passwords::Passwords;
use crate::random::Random;
use crate::seal::pairwise::PairwiseSecret;
use crate::seal::{Purpose, Sealer};
use crate::security_events::{self, Actor, Origin};
use crate::store::Store;

/// How often a node checks whether another one changed clients, dealers or keys. Nothing
/// may depend on seeing a change sooner: a key is published long before it signs, and the
/// removal of a client may take this long to take effect on all nodes.
const CHANGES_POLL: Duration = Duration::from_secs(1);

/// The purpose, and the name in the database, of the secret for pairwise subject
/// identifiers.
const PAIRWISE: (Purpose, &str) = (Purpose::Pairwise, "pairwise");

/// The application, shared by all handlers; one per process.
#[derive(Debug)]
pub struct App {
    /// The settings.
    pub config: Config,
    /// The brands, by host and by name.
    pub brands: Brands,
    /// The current time.
    pub clock: Clock,
    /// Random bytes.
    pub random: Random,
    /// The database.
    pub store: Store,
    /// Short-lived state.
    pub ephemeral: Ephemeral,
    /// Seals secrets at rest.
    pub sealer: Sealer,
    /// Signs tokens.
    pub keys: SigningKeys,
    /// Decrypts what clients encrypt to us.
    pub encryption_keys: EncryptionKeys,
    /// Derives pairwise subject identifiers.
    pub pairwise: PairwiseSecret,
    /// Hashes passwords, off the async threads.
    pub passwords: Passwords,
    /// Delivers mails, SMS, events and logouts.
    pub outbox: Outbox,
    /// Looks up which domains accept mail.
    pub mail_domains: MailDomains,
    /// Sends requests to addresses that clients name.
    pub outgoing: Outgoing,
    /// Renders the pages.
    pub pages: Pages,
    /// The explanations of our error codes.
    pub error_reference: ErrorReference,
    /// The cache of registered clients.
    pub clients: ClientCache,
    /// The cache of the clients' public keys.
    pub client_keys: ClientKeys,
    /// The trusted issuers of software statements.
    pub software_statements: SoftwareStatements,
    /// The cached dealer directory.
    pub dealers: DealerCache,
    /// The discovery document of each brand, serialized.
    pub metadata: BTreeMap<String, Bytes>,
    /// The last requests of each client, if the debugger is on.
    pub debugger: Option<Debugger>,
}

/// Returns how long a retired key is published: as long as any token it signed is valid,
/// and as long as a session may live, since an ID token is a hint for its session after it
/// expired (RP-Initiated Logout 1.0 §2).
#[must_use]
pub fn retention(config: &Config) -> Duration {
    config
        .tokens
        .access_token_lifetime
        .max(config.tokens.id_token_lifetime)
        .max(config.sessions.absolute_lifetime)
        + CHANGES_POLL
}

/// Returns a brand's discovery document, serialized.
fn document(brand: &Brand, config: &Config) -> Result<Bytes, Fault> {
    let mut metadata = metadata::metadata(&brand.issuer);
    if config.registers_clients_at(&brand.name) {
        metadata = metadata.with_registration();
    }
    Ok(serde_json::to_vec(&metadata)?.into())
}

/// The application as handlers share it.
pub type SharedApp = Arc<App>;

impl App {
    /// Opens everything that the configuration names and loads the keys, creating them on
    /// the very first start.
    ///
    /// # Errors
    /// `Fault` if the database is unreachable or not migrated, the sealing key does not
    /// open what is stored, Redis is unreachable, or a configured file cannot be used.
    pub async fn start(config: Config, clock: Clock, random: Random) -> Result<SharedApp, Fault> {
        crate::texts::check()?;
        let sealer = Sealer::load(&config.sealing_key_file)?;
        let store = Store::open(config.database.url.expose(), config.database.connections).await?;
        if !store.is_migrated().await? {
            return Err(Fault::because(
                "the database is not migrated: run `common-id migrate` first",
            ));
        }
        let ephemeral = Ephemeral::open(
            config.ephemeral.url.expose(),
            &config.ephemeral.prefix,
            &clock,
        )
        .await?;
        let keys = SigningKeys::load(&store, &sealer, &random, &clock, retention(&config)).await?;
        secret::reseal(&store, &sealer, &random).await?;
        authenticator_apps::reseal(&store, &sealer, &random).await?;
        let encryption_keys = EncryptionKeys::load(&store, &sealer, &random, &clock).await?;
        let pairwise = shared_secret::load(&store, &sealer, &random, PAIRWISE).await?;
        let pairwise = PairwiseSecret::new(&pairwise);
        // The ledger is empty although consents were recorded, so they were written by a
        // version without a ledger.
        let standing = store.ledger().standing().await?;
        if standing.head.sequence == 0 && standing.outside > 0 {
            return Err(Fault::because(
                "the consents recorded so far are not in the ledger: `common-id ledger take-in` shows them and takes them in",
            ));
        }
        store.keep_ledger_with(ledger::load_key(&store, &sealer, &random).await?);
        let brands = Brands::load(&config)?;
        let metadata = brands
            .iter()
            .map(|brand| Ok((brand.name.clone(), document(brand, &config)?)))
            .collect::<Result<_, Fault>>()?;
        let outgoing = Outgoing::open(&config.outgoing)?;
        let debugger = config.debugger.enabled.then(|| {
            let key = config.debugger.key.clone();
            Debugger::new(Bounds::of(config.debugger.requests), key)
        });
        Ok(Arc::new(Self {
            passwords: Passwords::start(&config.passwords, random.clone())?,
            outbox: Outbox::open(
                &config,
                outgoing.clone(),
                (store.clone(), ephemeral.clone()),
                sealer.clone(),
                (clock.clone(), random.clone()),
            )?,
            mail_domains: MailDomains::open(&config.mail.domains)?,
            pages: Pages::load()?,
            error_reference: ErrorReference::load()?,
            clients: ClientCache::default(),
            software_statements: SoftwareStatements::load(
                &config.dynamic_registration.software_statement_issuers,
            )?,
            client_keys: ClientKeys::new(outgoing.clone(), clock.clone()),
            dealers: DealerCache::load(&store).await?,
            brands,
            clock,
            random,
            store,
            ephemeral,
            sealer,
            keys,
            encryption_keys,
            pairwise,
            metadata,
            debugger,
            outgoing,
            config,
        }))
    }

    /// Runs background work of the provider itself as the origin of its security events.
    pub async fn as_provider<T>(&self, work: impl Future<Output = T>) -> T {
        let origin = Origin::new(Actor::Provider, self.clock.clone(), self.random.clone());
        let origin = Arc::new(origin);
        let outcome = security_events::scope(Arc::clone(&origin), work).await;
        self.store.security_events().keep(origin.take_noted());
        outcome
    }

    /// Follows the changes of other nodes until the task is dropped.
    pub async fn follow_changes(self: Arc<Self>) {
        let mut ticks = tokio::time::interval(CHANGES_POLL);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut seen = BTreeMap::new();
        loop {
            ticks.tick().await;
            if let Err(fault) = self.take_changes(&mut seen).await {
                tracing::warn!(
                    fault = &fault as &dyn std::error::Error,
                    "could not look for changes of other nodes"
                );
            }
        }
    }

    /// Checks once for changes and reloads what changed.
    ///
    /// # Errors
    /// `Fault` if the database is unreachable.
    pub async fn take_changes(&self, seen: &mut BTreeMap<String, i64>) -> Result<(), Fault> {
        let counters = self.store.changes().counters().await?;
        let moved = |topic: &str| counters.get(topic) != seen.get(topic);
        if moved("clients") {
            self.clients.forget_all();
        }
        if moved("dealers") {
            self.dealers.reload(&self.store).await?;
        }
        if moved("keys") {
            self.keys.reload().await?;
            self.encryption_keys.reload().await?;
        }
        *seen = counters;
        Ok(())
    }
}
