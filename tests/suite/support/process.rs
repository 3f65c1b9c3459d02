//! The real binary in its own process, which a test can kill at any moment.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use common_id::random::Random;
use tempfile::TempDir;

use super::browser::http_client;
use super::database::{self, Database};
use super::servers::{self, Backend};

/// A demo whose port and data outlive its process.
pub(crate) struct Process {
    /// Its port.
    pub(crate) port: u16,
    folder: TempDir,
    backend: Backend,
    database: Option<Database>,
    prefix: String,
    child: Child,
}

impl Process {
    /// Starts a demo on this backend.
    pub(crate) async fn start(backend: Backend) -> Self {
        let folder = TempDir::new().unwrap();
        let database = match backend {
            Backend::Embedded => None,
            Backend::Cluster => Some(database::empty_postgres().await),
        };
        let prefix = format!("test-{}", Random::System.id());
        let port = free_port();
        let child = spawn(folder.path(), port, database.as_ref(), &prefix);
        let mut process = Self {
            port,
            folder,
            backend,
            database,
            prefix,
            child,
        };
        process.answers().await;
        process
    }

    /// The database's URL.
    pub(crate) fn database_url(&self) -> String {
        let server = self.database.as_ref();
        server.map_or_else(
            || {
                format!(
                    "sqlite:{}",
                    self.folder.path().join("common-id.db").display()
                )
            },
            |database| database.url.clone(),
        )
    }

    /// Which backend it is on.
    pub(crate) fn backend(&self) -> Backend {
        self.backend
    }

    /// The issuer of brand toyota.
    pub(crate) fn issuer(&self) -> String {
        format!("http://id.toyota.localhost:{}", self.port)
    }

    /// Sends `kill -9`, which no code of the process can handle.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts it again, as the service manager would.
    pub(crate) async fn restart(&mut self) {
        let (folder, database) = (self.folder.path(), self.database.as_ref());
        self.child = spawn(folder, self.port, database, &self.prefix);
        self.answers().await;
    }

    /// Returns the code in the newest mail to an address.
    pub(crate) async fn code_for(&self, address: &str) -> String {
        let url = format!("http://outbox.localhost:{}/messages", self.port);
        for _ in 0..100 {
            let answer = http_client().get(&url).send().await.unwrap();
            let messages: Vec<serde_json::Value> = answer.json().await.unwrap();
            let mut mails = messages.iter().filter(|message| message["to"] == address);
            if let Some(mail) = mails.next_back() {
                let text = mail["text"].as_str().unwrap();
                let mut words = text.split(|c: char| !c.is_ascii_digit());
                return words
                    .find(|word| matches!(word.len(), 6 | 8))
                    .unwrap()
                    .to_owned();
            }
            pause(100).await;
        }
        panic!("no mail to {address} came");
    }

    async fn answers(&mut self) {
        for _ in 0..300 {
            let url = format!("{}/readyz", self.issuer());
            let answer = http_client().get(url).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return;
            }
            if let Some(status) = self.child.try_wait().unwrap() {
                panic!("the demo ended: {status}");
            }
            pause(100).await;
        }
        panic!("the demo does not answer");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may be dead already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits in real time, since the process uses the real clock.
#[expect(
    clippy::disallowed_methods,
    reason = "another process has a clock that no test can move"
)]
pub(crate) async fn pause(milliseconds: u64) {
    tokio::time::sleep(Duration::from_millis(milliseconds)).await;
}

fn spawn(folder: &Path, port: u16, database: Option<&Database>, prefix: &str) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_common-id"));
    command
        .args(["demo", "--port", &port.to_string(), "--data"])
        .arg(folder)
        .env("COMMON_ID__SEALING_KEY_FILE", folder.join("sealing.key"))
        .env("COMMON_ID__PASSWORDS__MEMORY_KIB", "64")
        .env("COMMON_ID__PASSWORDS__ITERATIONS", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    if let Some(database) = database {
        command
            .env("COMMON_ID__DATABASE__URL", &database.url)
            .env("COMMON_ID__EPHEMERAL__URL", servers::redis())
            .env("COMMON_ID__EPHEMERAL__PREFIX", prefix);
    }
    command.spawn().unwrap()
}

/// A port that was free a moment ago.
pub(crate) fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    listener.local_addr().unwrap().port()
}
