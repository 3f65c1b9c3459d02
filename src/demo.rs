//! `common-id demo`: both brands, the demo relying parties and an outbox in one process on
//! loopback, distinguished by host name, with data kept across restarts.

pub mod dealer_system;
pub mod directory;
pub mod hosts;
pub mod index;
pub mod outbox;
pub mod provision;

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::Path;

use axum::Router;
use relying_parties::RelyingPartyConfig;

use crate::app::{App, SharedApp};
use crate::brand::Brands;
use crate::clock::Clock;
use crate::config::Config;
use crate::fault::Fault;
use crate::ledger;
use crate::random::Random;
use crate::seal::{Sealer, SealingKey};
use crate::store::Store;

/// A prepared demo, ready to be served.
#[derive(Debug)]
pub struct Demo {
    /// The provider.
    pub app: SharedApp,
    /// The router for all hosts.
    pub router: Router,
    /// The relying parties as registered.
    pub parties: Vec<RelyingPartyConfig>,
}

/// Prepares a demo: creates what is missing under `data`, migrates the database, registers
/// the relying parties and fills the dealer directory.
///
/// # Errors
/// `Fault` if the data cannot be created or opened.
pub async fn prepare(
    config: Config,
    port: u16,
    data: &Path,
    clock: Clock,
    random: Random,
) -> Result<Demo, Fault> {
    let sealer = Sealer::load_or_create(&config.sealing_key_file, &random)?;
    let store = Store::open(config.database.url.expose(), config.database.connections).await?;
    store.migrate().await?;
    ledger::take_in(&store, SealingKey::Loaded(&sealer), &random).await?;
    let brands = Brands::load(&config)?;
    let parties = provision::provision(&store, &brands, port, data, &random).await?;
    for party in &parties {
        dealer_system::register(&store, party, &sealer, &random).await?;
    }
    store.close().await;
    let config = with_debugger_key(config, &random);
    let app = App::start(config, clock, random).await?;
    let router = router(&app, &parties, port)?;
    Ok(Demo {
        app,
        router,
        parties,
    })
}

/// Adds a random key for the debugger, unless the configuration has one.
fn with_debugger_key(mut config: Config, random: &Random) -> Config {
    let key = &mut config.debugger.key;
    key.get_or_insert_with(|| random.secret().into());
    config
}

/// Creates the folder for the demo's data, if it is missing.
///
/// # Errors
/// `Fault` if it cannot be created.
pub fn make_folder(data: &Path) -> Result<(), Fault> {
    Ok(std::fs::create_dir_all(data)?)
}

/// Listens on loopback; the error for a port in use is explained.
///
/// # Errors
/// `Fault` if the port cannot be listened on.
pub fn listen(config: &Config) -> Result<TcpListener, Fault> {
    TcpListener::bind(config.listen).map_err(|error| {
        Fault::because(format!(
            "cannot listen on {}: {error}; try --port with another number",
            config.listen
        ))
    })
}

fn router(app: &SharedApp, parties: &[RelyingPartyConfig], port: u16) -> Result<Router, Fault> {
    let provider = crate::routes::router(app.clone());
    let mut sites = BTreeMap::new();
    for brand in app.brands.iter() {
        sites.insert(brand.host.clone(), provider.clone());
    }
    for party in parties {
        let site = relying_parties::router(party.clone()).map_err(Fault::because)?;
        sites.insert(party.host().to_owned(), site);
    }
    let outbox = outbox::router(app.clone());
    sites.insert(format!("outbox.localhost:{port}"), outbox);
    Ok(hosts::by_host(sites, index::router(parties, port)))
}
