//! Which database a command works on: that of a configuration, or the demo's.

use std::path::PathBuf;

use clap::Args;

use super::Failure;
use crate::config::Config;
use crate::fault::Fault;
use crate::store::Store;

/// Where the demo keeps its data unless told otherwise.
#[cfg(feature = "demo")]
pub(super) const DEMO_DATA: &str = "data";

/// Where the demo listens unless told otherwise.
#[cfg(feature = "demo")]
pub(super) const DEMO_PORT: u16 = 8080;

/// What the environment must say to be a configuration by itself.
#[cfg(feature = "demo")]
const DATABASE_VARIABLE: &str = "COMMON_ID__DATABASE__URL";

/// Which database.
#[derive(Clone, Debug, Args)]
pub(super) struct Database {
    /// The configuration whose database it is, if the environment alone is not one
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The folder of the demo whose database it is [default: data]
    #[cfg(feature = "demo")]
    #[arg(long, value_name = "DIR", conflicts_with = "config")]
    data: Option<PathBuf>,
}

impl Database {
    /// The configuration to work with.
    ///
    /// # Errors
    /// If it does not read.
    pub(super) fn configuration(&self) -> Result<Config, Failure> {
        #[cfg(feature = "demo")]
        if let Some(data) = self.demo() {
            return Ok(Config::demo_with(DEMO_PORT, &data, std::env::vars_os())?);
        }
        Ok(Config::load(self.config.as_deref())?)
    }

    /// The demo's folder, if the demo is meant: neither a file nor the
    /// environment names a database.
    #[cfg(feature = "demo")]
    fn demo(&self) -> Option<PathBuf> {
        let named = self.config.is_some() || std::env::var_os(DATABASE_VARIABLE).is_some();
        let data = || self.data.clone().unwrap_or_else(|| DEMO_DATA.into());
        (!named || self.data.is_some()).then(data)
    }

    /// Opens the database, which must be there and migrated.
    ///
    /// # Errors
    /// If it is not, or cannot be reached.
    pub(super) async fn open(&self, config: &Config) -> Result<Store, Failure> {
        let url = config.database.url.expose();
        // Opening would make an empty one, and hide that the path is wrong.
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

    /// Makes the demo's folder, if it is the demo's database that is meant.
    ///
    /// # Errors
    /// If it cannot be made.
    pub(super) fn make_folder(&self) -> Result<(), Failure> {
        #[cfg(feature = "demo")]
        if let Some(data) = self.demo() {
            crate::demo::make_folder(&data)?;
        }
        Ok(())
    }
}
