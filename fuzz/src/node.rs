//! A provider in this process, on a database in a temporary folder, with the demo's
//! settings. Its keys are new in every run: no judgement depends on them.

use std::sync::LazyLock;

use common_id::app::{App, SharedApp};
use common_id::clock::Clock;
use common_id::config::Config;
use common_id::oidc::client::Client;
use common_id::random::Random;
use common_id::seal::Sealer;
use common_id::store::Store;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

use crate::NOW;
use crate::clients::CLIENTS;

/// The runtime of the provider: one thread, so that a run is the same every time.
pub static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime")
});

/// The provider.
pub static NODE: LazyLock<SharedApp> = LazyLock::new(|| RUNTIME.block_on(start()));

async fn start() -> SharedApp {
    let folder = TempDir::new().expect("a folder").keep();
    let random = Random::seeded(1);
    let mut config = Config::demo(8080, &folder).expect("settings");
    config.sealing_key_file = folder.join("sealing.key");
    config.debugger.enabled = false;
    // The tests' own proxy, so that a forwarding header counts; and hashes that cost little.
    config.trusted_proxies = vec!["127.0.0.0/8".parse().expect("a network")];
    config.passwords.memory_kib = 64;
    config.passwords.iterations = 1;
    Sealer::load_or_create(&config.sealing_key_file, &random).expect("a sealing key");
    let url = config.database.url.expose().to_owned();
    let store = Store::open(&url, 1).await.expect("a database");
    store.migrate().await.expect("a schema");
    for client in CLIENTS.iter() {
        // Nothing is fetched from elsewhere.
        let client = Client {
            request_uris: Vec::new(),
            ..client.clone()
        };
        store.clients().put(&client, None).await.expect("a client");
    }
    store.close().await;
    App::start(config, Clock::manual(NOW), random)
        .await
        .expect("a provider")
}
