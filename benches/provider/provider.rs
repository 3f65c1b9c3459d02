//! The measured provider: the built binary's demo on its own core, with its own database,
//! one client and some people who can log in.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use common_id::accounts::account::{Account, AccountStatus};
use common_id::accounts::profile::Profile;
use common_id::clock::Timestamp;
use common_id::config::Config;
use common_id::locale::Locale;
use common_id::passwords::Passwords;
use common_id::random::Random;
use common_id::secret::Secret;
use common_id::sha256::sha256_hex;
use common_id::store::Store;
use common_id::store::accounts::import::ImportedAccount;
use common_id::terms::BUILT_IN_TERMS_VERSION;
use serde_json::json;

use super::{Outcome, process};

/// The `client_id`.
pub(crate) const CLIENT: &str = "load";
/// The client secret.
pub(crate) const CLIENT_SECRET: &str = "load-secret-load-secret-load-secret";
/// The client's redirect URI, which is never opened.
pub(crate) const REDIRECT_URI: &str = "http://127.0.0.1:9/cb";
/// Number of people: `load0@example.jp` and so on.
pub(crate) const PEOPLE: usize = 64;
/// The password of every person.
pub(crate) const PASSWORD: &str = "load-password-1";

/// How long it may take to start.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running provider. Dropping this value ends it.
#[derive(Debug)]
pub(crate) struct Provider {
    /// The address it listens on.
    pub(crate) address: SocketAddr,
    access_token_alg: String,
    data: tempfile::TempDir,
    running: Child,
}

impl Provider {
    /// Starts a provider on the first core, and keeps the second core for this process.
    pub(crate) fn start(access_token_alg: &str, id_token_alg: &str) -> Outcome<Self> {
        let data = tempfile::tempdir()?;
        let address = free_address()?;
        let config = Config::demo(address.port(), data.path())?;
        tokio::runtime::Runtime::new()?.block_on(provision(&config, id_token_alg))?;
        let mut command = command(address, data.path(), access_token_alg);
        process::bind_to_core(0)?;
        let running = command.spawn();
        process::bind_to_core(1)?;
        let provider = Self {
            address,
            access_token_alg: access_token_alg.to_owned(),
            data,
            running: running?,
        };
        until_it_answers(address)?;
        Ok(provider)
    }

    /// Returns its process ID.
    pub(crate) fn pid(&self) -> u32 {
        self.running.id()
    }

    /// Starts another provider on the same data, and measures the time to its first
    /// response. The keys and the migrated database exist by then.
    pub(crate) fn time_of_start(&self) -> Outcome<Duration> {
        let address = free_address()?;
        let mut command = command(address, self.data.path(), &self.access_token_alg);
        process::bind_to_core(0)?;
        let began = Instant::now();
        let running = command.spawn();
        process::bind_to_core(1)?;
        let mut running = running?;
        let answered = until_it_answers(address);
        let took = began.elapsed();
        running.kill()?;
        running.wait()?;
        answered.map(|()| took)
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        // Its data is not needed any more.
        drop(self.running.kill());
        drop(self.running.wait());
    }
}

fn command(address: SocketAddr, data: &Path, access_token_alg: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_common-id"));
    command
        .arg("demo")
        .arg("--port")
        .arg(address.port().to_string())
        .arg("--data")
        .arg(data)
        .env(
            "COMMON_ID__BRANDS__TOYOTA__ISSUER",
            format!("http://{address}"),
        )
        .env("COMMON_ID__SEALING_KEY_FILE", data.join("sealing.key"))
        .env("COMMON_ID__TOKENS__ACCESS_TOKEN_ALG", access_token_alg)
        // All people have the same client address here, which must not count as password
        // guessing.
        .env("COMMON_ID__LOGIN__WRONG_PER_ACCOUNT_AND_IP", "1000000")
        // Off as in production.
        .env("COMMON_ID__DEBUGGER__ENABLED", "false")
        .env("COMMON_ID__LOG__FILTER", "warn")
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

fn free_address() -> Outcome<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

fn until_it_answers(address: SocketAddr) -> Outcome<()> {
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        if TcpStream::connect(address).is_ok() {
            let mut browser = super::http::Browser::new(address);
            let answer = browser.get("/healthz", &[]);
            if answer.is_ok_and(|answer| answer.status == 200) {
                return Ok(());
            }
        }
        sleep(Duration::from_millis(1));
    }
    Err("the provider does not answer".into())
}

/// Registers the client and imports the people, as an operator would.
async fn provision(config: &Config, id_token_alg: &str) -> Outcome<()> {
    let store = Store::open(config.database.url.expose(), 1).await?;
    store.migrate().await?;
    let client = serde_json::from_value(json!({
        "client_id": CLIENT,
        "client_name": { "": "Load" },
        "brands": ["toyota"],
        "party": "first",
        "redirect_uris": [REDIRECT_URI],
        "token_endpoint_auth_method": "client_secret_basic",
        "grant_types": ["authorization_code", "refresh_token", "client_credentials"],
        "response_types": ["code"],
        "scope": "openid profile email offline_access",
        "subject_type": "public",
        "id_token_signed_response_alg": id_token_alg,
    }))?;
    let secret_hash = sha256_hex(CLIENT_SECRET.as_bytes());
    store.clients().put(&client, Some(&secret_hash)).await?;
    let random = Random::System;
    let passwords = Passwords::start(&config.passwords, random.clone())?;
    let hash = passwords.hash(Secret::from(PASSWORD.to_owned())).await?;
    let people: Vec<_> = (0..PEOPLE)
        .map(|number| ImportedAccount {
            external_id: number.to_string(),
            account: person(random.id(), number),
            password_hash: Some(hash.clone()),
        })
        .collect();
    store.accounts().import(&people).await?;
    store.close().await;
    Ok(())
}

fn person(id: String, number: usize) -> Account {
    Account {
        id,
        email: email_of(number),
        email_verified: true,
        mobile_phone: None,
        mobile_phone_verified: false,
        phone_login: false,
        recovered: common_id::accounts::recovered::Recovered::default(),
        password_set_at: None,
        enrolled: common_id::accounts::second_factor::Enrolled::default(),
        profile: Profile {
            family_name: Some("豊田".to_owned()),
            given_name: Some("花子".to_owned()),
            family_name_kana: Some("トヨタ".to_owned()),
            given_name_kana: Some("ハナコ".to_owned()),
            ..Profile::default()
        },
        brand: "toyota".to_owned(),
        locale: Locale::Ja,
        status: AccountStatus::Active,
        terms_version: Some(BUILT_IN_TERMS_VERSION.to_owned()),
        created_at: Timestamp(1_700_000_000),
        updated_at: Timestamp(1_700_000_000),
        version: 1,
    }
}

/// Returns the e-mail address with which a person logs in.
pub(crate) fn email_of(number: usize) -> String {
    format!("load{}@example.jp", number % PEOPLE)
}
