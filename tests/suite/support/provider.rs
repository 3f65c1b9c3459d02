//! A provider for one test: its clock stands still until the test moves it, its random
//! numbers are seeded, its mails stay in its outbox, and it shares neither its database nor
//! its Redis keys with another test.

use std::io::Write as _;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Once;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::middleware::from_fn_with_state;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use common_id::accounts::account::Account;
use common_id::accounts::dealer::Dealer;
use common_id::app::{App, SharedApp};
use common_id::clients::secret;
use common_id::clock::{Clock, Timestamp};
use common_id::config::Config;
use common_id::keys::jwe::{self, Plain};
use common_id::keys::{EncryptionKeys, SigningKeys};
use common_id::oidc::client::{Client, ClientId};
use common_id::oidc::encryption::{ContentEncryption, Encryption, KeyManagementAlgorithm};
use common_id::outbox::KeptMessage;
use common_id::random::Random;
use common_id::routes;
use common_id::seal::Sealer;
use common_id::store::Store;
use common_id::store::accounts::profile::Updated;
use common_id::store::dealers::Imported;
use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection, SqliteConnection};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::OnceCell;
use tokio::task::JoinHandle;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

use super::browser::http_client;
use super::database::{self, Database};
use super::proxy;
use super::relying_party::RelyingParty;
use super::servers::{self, Backend};
use super::work::{self, Work};

/// 2026-11-22T12:00:00Z: the time at which every test begins.
pub(crate) const START: Timestamp = Timestamp(1_795_348_800);

/// The secret of every confidential client of the tests.
pub(crate) const SECRET: &str = "a-secret-of-the-tests, with: odd/characters+%";

/// Redirect URI of the tests' web clients.
pub(crate) const CALLBACK: &str = "https://service.example/callback";

/// Code of a dealer in every test provider's directory.
pub(crate) const DEALER: &str = "20100";

/// A running provider.
pub(crate) struct Provider {
    /// The application itself, for what cannot be done over HTTP: moving the clock,
    /// registering clients, reading the outbox.
    pub(crate) app: SharedApp,
    /// The nodes, if there are several behind a proxy; `app` is the first.
    pub(crate) nodes: Vec<SharedApp>,
    /// Records the database statements of requests.
    pub(crate) work: Work,
    port: u16,
    servers: Vec<JoinHandle<()>>,
    place: Place,
}

impl Provider {
    /// Starts a provider.
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| ()).await
    }

    /// Starts a provider with a configuration that `change` has changed.
    pub(crate) async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let place = Place::new(Backend::of_this_run()).await;
        let mut config = place.config(port);
        change(&mut config);
        let clock = Clock::manual(START);
        let app = App::start(config, clock, next_random()).await.unwrap();
        let work = Work::default();
        Self {
            servers: vec![serve(app.clone(), listener, &work)],
            work,
            nodes: vec![app.clone()],
            app,
            port,
            place,
        }
    }

    /// Starts two nodes on one PostgreSQL and one Redis, behind a proxy that sends
    /// consecutive requests to different nodes.
    pub(crate) async fn two_nodes() -> Self {
        Self::two_nodes_with(|_| ()).await
    }

    /// Starts two nodes with a configuration that `change` has changed.
    pub(crate) async fn two_nodes_with(change: impl Fn(&mut Config)) -> Self {
        let front = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = front.local_addr().unwrap().port();
        let place = Place::new(Backend::Cluster).await;
        let clock = Clock::manual(START);
        let work = Work::default();
        let (mut nodes, mut servers, mut backs) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..2 {
            let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
            backs.push(listener.local_addr().unwrap());
            let mut config = place.config(port);
            change(&mut config);
            let app = App::start(config, clock.clone(), next_random())
                .await
                .unwrap();
            servers.push(serve(app.clone(), listener, &work));
            servers.push(tokio::spawn(app.clone().follow_changes()));
            nodes.push(app);
        }
        servers.push(tokio::spawn(proxy::round_robin(front, backs)));
        Self {
            app: nodes[0].clone(),
            nodes,
            work,
            port,
            servers,
            place,
        }
    }

    /// Starts the provider once more on the same data, as after a crash.
    pub(crate) async fn restarted(&self) -> SharedApp {
        let config = self.place.config(self.port);
        let clock = self.app.clock.clone();
        App::start(config, clock, next_random()).await.unwrap()
    }

    /// Stops the provider, and starts it on another port with the same data and a changed
    /// configuration.
    pub(crate) async fn reconfigure(&mut self, change: impl FnOnce(&mut Config)) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        self.port = listener.local_addr().unwrap().port();
        let mut config = self.place.config(self.port);
        change(&mut config);
        let clock = self.app.clock.clone();
        self.app = App::start(config, clock, next_random()).await.unwrap();
        self.nodes = vec![self.app.clone()];
        for server in self.servers.drain(..) {
            server.abort();
        }
        self.servers
            .push(serve(self.app.clone(), listener, &self.work));
    }

    /// The issuer of brand toyota.
    pub(crate) fn issuer(&self) -> String {
        self.issuer_of("toyota")
    }

    /// The issuer of a brand.
    pub(crate) fn issuer_of(&self, brand: &str) -> String {
        format!("http://id.{brand}.localhost:{}", self.port)
    }

    /// The address of a page under brand toyota.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.issuer())
    }

    /// Moves the clock.
    pub(crate) fn advance(&self, duration: Duration) {
        self.app.clock.advance(duration);
    }

    /// Registers a client: `changes` over a first-party web client's metadata.
    pub(crate) async fn register(&self, client_id: &str, changes: Value) -> Client {
        let client = client(client_id, changes);
        let clients = self.app.store.clients();
        let (id, method) = (&client.client_id, client.token_endpoint_auth_method);
        if secret::is_needed(method) {
            let (sealer, random) = (&self.app.sealer, &self.app.random);
            let kept = secret::keep(sealer, id, method, &SECRET.to_owned().into(), random);
            let kept = kept.unwrap();
            clients.put_with_secret(&client, &kept).await.unwrap();
        } else {
            clients.put(&client, None).await.unwrap();
        }
        for node in &self.nodes {
            node.clients.forget_all();
        }
        client
    }

    /// A relying party for a client that is registered.
    pub(crate) async fn party(&self, client_id: &str) -> RelyingParty {
        self.party_at("toyota", client_id).await
    }

    /// A relying party of a brand for a client that is registered.
    pub(crate) async fn party_at(&self, brand: &str, client_id: &str) -> RelyingParty {
        let id = ClientId(client_id.to_owned());
        let stored = self.app.store.clients().get(&id).await.unwrap();
        let client = stored.expect("a registered client").client;
        let callback = client
            .redirect_uris
            .first()
            .map_or(CALLBACK, String::as_str);
        RelyingParty::discover(
            &self.issuer_of(brand),
            client_id,
            has_secret(&client).then_some(SECRET),
            callback,
            &self.app.clock,
        )
        .await
    }

    /// Encrypts a JWT with the provider's published keys, as any client can.
    pub(crate) async fn encrypted_to_it(&self, token: &str) -> String {
        let url = self.url("/jwks");
        let jwks = http_client().get(url).send().await.unwrap();
        let encryption = Encryption {
            alg: KeyManagementAlgorithm::EcdhEsA256Kw,
            enc: ContentEncryption::A256Gcm,
        };
        let jwks: Value = jwks.json().await.unwrap();
        let plain = Plain::Jwt(token);
        let written = jwe::encrypt_to(&jwks, encryption, plain, &Random::System);
        written.unwrap().expect("a key to encrypt to")
    }

    /// A first-party web client with every scope, and its relying party.
    pub(crate) async fn service(&self) -> RelyingParty {
        self.register("service", json!({})).await;
        self.party("service").await
    }

    /// A first-party public client (an app), and its relying party.
    pub(crate) async fn native_app(&self) -> RelyingParty {
        let public = json!({
            "token_endpoint_auth_method": "none",
            "redirect_uris": ["https://app.example/callback", "http://127.0.0.1/callback"],
        });
        self.register("app", public).await;
        self.party("app").await
    }

    /// Another company's web client, and its relying party.
    pub(crate) async fn partner(&self) -> RelyingParty {
        let partner = json!({
            "party": "third",
            "client_name": {"": "提携先", "en": "Partner"},
            "redirect_uris": ["https://partner.example/callback"],
            "subject_type": "pairwise",
        });
        self.register("partner", partner).await;
        self.party("partner").await
    }

    /// A client that acts only for itself, and its relying party.
    pub(crate) async fn machine(&self) -> RelyingParty {
        let machine = json!({
            "grant_types": ["client_credentials"],
            "response_types": [],
            "redirect_uris": [],
        });
        self.register("machine", machine).await;
        self.party("machine").await
    }
}

impl Provider {
    /// Sends all messages to other systems that are due, from the last node.
    pub(crate) async fn push(&self) {
        let node = self.nodes.last().unwrap();
        while node.outbox.push_due(&node.keys).await.unwrap() > 0 {}
    }

    /// Delivers the mails that are due, and returns all mails, oldest first.
    pub(crate) async fn all_mails(&self) -> Vec<KeptMessage> {
        while self.app.outbox.deliver_due().await.unwrap() > 0 {}
        self.app.outbox.kept(500).await.unwrap()
    }

    /// Returns the mails to an address, oldest first.
    pub(crate) async fn mails_to(&self, address: &str) -> Vec<KeptMessage> {
        let mut mails = self.all_mails().await;
        mails.retain(|mail| mail.to == address);
        mails
    }

    /// Returns the newest code sent to an address.
    pub(crate) async fn code_for(&self, address: &str) -> String {
        let digits = |word: &&str| matches!(word.len(), 6 | 8);
        let mails = self.mails_to(address).await;
        let code = mails.iter().rev().find_map(|mail| {
            let mut lines = mail.text.lines().filter(|line| !line.contains("://"));
            lines.find_map(|line| line.split(|c: char| !c.is_ascii_digit()).find(digits))
        });
        code.unwrap_or_else(|| panic!("no code among {} mails to {address}", mails.len()))
            .to_owned()
    }

    /// How many rows a table has.
    pub(crate) async fn count(&self, table: &str) -> i64 {
        self.number(format!("SELECT count(*) FROM {table}")).await
    }

    /// How many rows all tables have together.
    pub(crate) async fn rows(&self) -> i64 {
        let mut sum = 0;
        for table in TABLES {
            sum += self.count(table).await;
        }
        sum
    }

    async fn number(&self, sql: String) -> i64 {
        let (url, sql) = (self.place.database_url(), sqlx::AssertSqlSafe(sql));
        if url.starts_with("sqlite:") {
            let mut connection = SqliteConnection::connect(&url).await.unwrap();
            sqlx::query_scalar(sql)
                .fetch_one(&mut connection)
                .await
                .unwrap()
        } else {
            let mut connection = PgConnection::connect(&url).await.unwrap();
            sqlx::query_scalar(sql)
                .fetch_one(&mut connection)
                .await
                .unwrap()
        }
    }

    /// Returns the account as stored.
    pub(crate) async fn account(&self, email: &str) -> Account {
        let accounts = self.app.store.accounts();
        let found = accounts.by_email_key(email).await.unwrap().unwrap();
        found.account
    }

    /// Changes the dealer directory, as `dealers import` does, and reloads it on every
    /// node.
    pub(crate) async fn import_dealers(&self, dealers: &[Dealer]) {
        let now = self.app.clock.now();
        let store = &self.app.store;
        let imported = store.dealers().import(dealers, now).await.unwrap();
        assert!(matches!(imported, Imported::Done(_)), "{imported:?}");
        for node in &self.nodes {
            node.dealers.reload(store).await.unwrap();
        }
    }

    /// Returns a dealer of the directory.
    pub(crate) fn dealer(&self, code: &str) -> Dealer {
        (*self.app.dealers.get(code).unwrap()).clone()
    }

    /// Changes an account, as its owner would on another device.
    pub(crate) async fn change_account(&self, email: &str, change: impl FnOnce(&mut Account)) {
        let accounts = self.app.store.accounts();
        let mut account = self.account(email).await;
        change(&mut account);
        let now = self.app.clock.now();
        let updated = accounts.update_profile(&account, &[], now).await.unwrap();
        assert_eq!(updated, Updated::Saved);
    }

    /// Marks an account's mobile number as verified.
    pub(crate) async fn prove_mobile_phone(&self, email: &str) {
        let sql = "UPDATE accounts SET mobile_phone_verified = TRUE WHERE email_key = $1";
        self.execute(sql, email).await;
    }

    /// Marks an account's mailbox as unverified, as in some imported accounts.
    pub(crate) async fn forget_that_mailbox_was_proven(&self, email: &str) {
        let sql = "UPDATE accounts SET email_verified = FALSE WHERE email_key = $1";
        self.execute(sql, email).await;
    }

    /// Runs a statement with one value directly on the database.
    pub(crate) async fn execute(&self, sql: &'static str, value: &str) {
        let url = self.place.database_url();
        if url.starts_with("sqlite:") {
            let mut connection = SqliteConnection::connect(&url).await.unwrap();
            let query = sqlx::query(sql).bind(value);
            query.execute(&mut connection).await.unwrap();
        } else {
            let mut connection = PgConnection::connect(&url).await.unwrap();
            let query = sqlx::query(sql).bind(value);
            query.execute(&mut connection).await.unwrap();
        }
    }

    /// Lets an hour pass, and with it all short-lived state expire: in process by our
    /// clock; in Redis, which has its own clock, by removing the keys.
    pub(crate) async fn let_short_lived_state_expire(&self) {
        self.let_expire("*", Duration::from_secs(3601)).await;
    }

    /// Lets so much time pass that interactions expire, while short-lived state with a
    /// longer lifetime stays.
    pub(crate) async fn let_interactions_expire(&self, after: Duration) {
        self.let_expire("interaction:*", after).await;
    }

    /// Lets time pass, and short-lived state of these kinds expire.
    pub(crate) async fn let_expire(&self, kinds: &str, after: Duration) {
        self.advance(after);
        if self.place.backend == Backend::Cluster {
            let client = redis::Client::open(servers::redis()).unwrap();
            let mut connection = client.get_multiplexed_async_connection().await.unwrap();
            let pattern = format!("{}:{kinds}", self.place.prefix);
            let keys: Vec<String> = redis::cmd("KEYS")
                .arg(pattern)
                .query_async(&mut connection)
                .await
                .unwrap();
            for key in keys {
                let _: i64 = redis::cmd("DEL")
                    .arg(key)
                    .query_async(&mut connection)
                    .await
                    .unwrap();
            }
        }
    }
}

/// Every table a request may write to.
const TABLES: &[&str] = &[
    "accounts",
    "recovery_codes",
    "consents",
    "dealer_links",
    "grants",
    "outbox",
    "pending_changes",
    "revocations",
    "scope_grants",
    "session_clients",
    "service_use",
    "sessions",
];

impl Drop for Provider {
    fn drop(&mut self) {
        for server in &self.servers {
            server.abort();
        }
    }
}

/// A first-party web client's registration, with `changes` laid over it.
pub(crate) fn client(client_id: &str, changes: Value) -> Client {
    let mut registration = json!({
        "client_id": client_id,
        "client_name": {"": "テストのサービス", "en": "A service of the tests"},
        "brands": ["toyota", "lexus"],
        "party": "first",
        "redirect_uris": [CALLBACK],
        "post_logout_redirect_uris": ["https://service.example/goodbye"],
        "token_endpoint_auth_method": "client_secret_basic",
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "scope": "openid profile email phone address offline_access dealers",
        "subject_type": "public",
        "id_token_signed_response_alg": "RS256",
        "authorization_details_types": ["dealer_link"],
    });
    let members = registration.as_object_mut().unwrap();
    members.extend(changes.as_object().unwrap().clone());
    serde_json::from_value(registration).unwrap()
}

/// Whether the client authenticates with a secret.
fn has_secret(client: &Client) -> bool {
    let method = client.token_endpoint_auth_method.as_str();
    ["client_secret_basic", "client_secret_post"].contains(&method)
}

fn serve(app: SharedApp, listener: TcpListener, work: &Work) -> JoinHandle<()> {
    let router = routes::router(app).layer(from_fn_with_state(work.clone(), work::note));
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await.unwrap() })
}

/// Returns random numbers that differ from every other node's of this run, and are the same
/// in the next run.
fn next_random() -> Random {
    static SEED: AtomicU64 = AtomicU64::new(1);
    Random::seeded(SEED.fetch_add(1, Ordering::Relaxed))
}

/// Where one provider keeps its data.
struct Place {
    backend: Backend,
    folder: TempDir,
    /// The PostgreSQL database; `None` if the data is in a SQLite file in the folder.
    database: Option<Database>,
    prefix: String,
}

impl Place {
    /// Copies the template with its migrated database and keys, in milliseconds.
    async fn new(backend: Backend) -> Self {
        log_into_the_test();
        let template = template().await;
        let folder = TempDir::new().unwrap();
        for file in ["sealing.key", "common-id.db"] {
            let from = template.folder.path().join(file);
            std::fs::copy(from, folder.path().join(file)).unwrap();
        }
        let database = match backend {
            Backend::Embedded => None,
            Backend::Cluster => Some(database::copy_of(template.postgres().await).await),
        };
        Self {
            backend,
            folder,
            database,
            prefix: format!("test-{}", Random::System.id()),
        }
    }

    fn database_url(&self) -> String {
        let server = self.database.as_ref();
        server.map_or_else(
            || sqlite_in(self.folder.path()),
            |database| database.url.clone(),
        )
    }

    fn config(&self, port: u16) -> Config {
        let mut config = config_in(self.folder.path(), port);
        config.database.url = self.database_url().into();
        config.database.connections = 4;
        if self.backend == Backend::Cluster {
            config.ephemeral.url = servers::redis().into();
            config.ephemeral.prefix.clone_from(&self.prefix);
        }
        config
    }
}

/// Shows the provider's log with a failed test; `RUST_LOG` shows more of it.
fn log_into_the_test() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| "warn".into());
        let shown = tracing_subscriber::fmt::layer()
            .with_ansi(false)
            .with_test_writer()
            .with_filter(filter);
        tracing_subscriber::registry()
            .with(shown)
            .with(work::layer())
            .init();
    });
}

/// The initial data of every provider, created once in a run, because creating keys takes
/// long.
struct Template {
    folder: TempDir,
    postgres: OnceCell<Database>,
}

impl Template {
    async fn new() -> Self {
        let folder = TempDir::new().unwrap();
        write_sealing_key(&folder.path().join("sealing.key"));
        fill(&sqlite_in(folder.path()), folder.path()).await;
        Self {
            folder,
            postgres: OnceCell::new(),
        }
    }

    /// Returns the PostgreSQL database with the same content.
    async fn postgres(&self) -> &Database {
        let make = || async {
            let database = database::empty_postgres().await;
            fill(&database.url, self.folder.path()).await;
            database
        };
        self.postgres.get_or_init(make).await
    }
}

async fn template() -> &'static Template {
    static TEMPLATE: OnceCell<Template> = OnceCell::const_new();
    TEMPLATE.get_or_init(Template::new).await
}

/// Migrates a database, and inserts what every provider needs.
async fn fill(url: &str, folder: &Path) {
    let config = config_in(folder, 1);
    let store = Store::open(url, 2).await.unwrap();
    store.migrate().await.unwrap();
    let sealer = Sealer::load(&config.sealing_key_file).unwrap();
    let (random, clock) = (Random::seeded(0), Clock::manual(START));
    SigningKeys::load(&store, &sealer, &random, &clock, Duration::from_secs(600))
        .await
        .unwrap();
    EncryptionKeys::load(&store, &sealer, &random, &clock)
        .await
        .unwrap();
    let dealers = common_id::demo::directory::dealers().unwrap();
    store.dealers().import(&dealers, START).await.unwrap();
    store.close().await;
}

/// Returns the demo's configuration, with cheap password hashing.
fn config_in(folder: &Path, port: u16) -> Config {
    let mut config = Config::demo(port, folder).unwrap();
    // Off as in production; the debugger's own tests switch it on.
    config.debugger.enabled = false;
    config.sealing_key_file = folder.join("sealing.key");
    config.passwords.memory_kib = 64;
    config.passwords.iterations = 1;
    config.passwords.threads = 1;
    config
}

fn sqlite_in(folder: &Path) -> String {
    format!("sqlite:{}", folder.join("common-id.db").display())
}

fn write_sealing_key(file: &Path) {
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)
        .unwrap();
    writeln!(file, "{}", STANDARD.encode([7; 32])).unwrap();
}
