//! Selects the database that a command works on: that of a configuration, or the demo's.

use std::path::PathBuf;

use clap::Args;

use super::Failure;
use crate::config::Config;
use crate::fault::Fault;
use crate::security_events::{Event, EventKind};
use crate::store::Store;

/// The demo's default data folder.
#[cfg(feature = "demo")]
pub(super) const DEMO_DATA: &str = "data";

/// The demo's default port.
#[cfg(feature = "demo")]
pub(super) const DEMO_PORT: u16 = 8080;

/// The variable without which the environment alone is not a configuration.
#[cfg(feature = "demo")]
const DATABASE_VARIABLE: &str = "COMMON_ID__DATABASE__URL";

/// Which database.
#[derive(Clone, Debug, Args)]
pub(super) struct Database {
    /// Configuration file, unless the environment contains the whole configuration
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Data folder of the demo, to work on its database [default: data]
    #[cfg(feature = "demo")]
    #[arg(long, value_name = "DIR", conflicts_with = "config")]
    data: Option<PathBuf>,
}

impl Database {
    /// Loads the configuration to work with.
    ///
    /// # Errors
    /// `Configuration` if it cannot be read or is wrong.
    pub(super) fn configuration(&self) -> Result<Config, Failure> {
        #[cfg(feature = "demo")]
        if let Some(data) = self.demo() {
            return Ok(Config::demo_with(DEMO_PORT, &data, std::env::vars_os())?);
        }
        Ok(Config::load(self.config.as_deref())?)
    }

    /// Returns the demo's folder, if the demo is meant: neither a file nor the environment
    /// names a database.
    #[cfg(feature = "demo")]
    fn demo(&self) -> Option<PathBuf> {
        let named = self.config.is_some() || std::env::var_os(DATABASE_VARIABLE).is_some();
        let data = || self.data.clone().unwrap_or_else(|| DEMO_DATA.into());
        (!named || self.data.is_some()).then(data)
    }

    /// Opens the database, which must exist and be migrated.
    ///
    /// # Errors
    /// `Asked` if the SQLite file does not exist, `Fault` if the database is not migrated
    /// or cannot be reached.
    pub(super) async fn open(&self, config: &Config) -> Result<Store, Failure> {
        let url = config.database.url.expose();
        // Opening would create an empty database and hide that the path is wrong.
        if let Some(path) = url.strip_prefix("sqlite:")
            && !std::path::Path::new(path).try_exists()?
        {
            return Err(Failure::Asked(format!(
                "there is no database {path} yet: {}",
                self.how_to_migrate()
            )));
        }
        let store = Store::open(url, config.database.connections).await?;
        if !store.is_migrated().await? {
            let how = self.how_to_migrate();
            return Err(Fault::because(format!("the database is not migrated: {how}")).into());
        }
        let run = Event::new(EventKind::CommandRun);
        store.security_events().record(run).await?;
        Ok(store)
    }

    fn how_to_migrate(&self) -> String {
        #[cfg(feature = "demo")]
        if self.demo().is_some() {
            return "start `common-id demo` once, or name a --config".to_owned();
        }
        match &self.config {
            Some(file) => format!("run `common-id migrate --config {}` first", file.display()),
            None => "run `common-id migrate` first".to_owned(),
        }
    }

    /// Creates the demo's folder, if the demo's database is meant.
    ///
    /// # Errors
    /// `Fault` if the folder cannot be created.
    pub(super) fn make_folder(&self) -> Result<(), Failure> {
        #[cfg(feature = "demo")]
        if let Some(data) = self.demo() {
            crate::demo::make_folder(&data)?;
        }
        Ok(())
    }
}
