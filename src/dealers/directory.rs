//! The whole dealer directory in memory: a few hundred entries that rarely change and are
//! read on every request that names a dealer.

use std::collections::BTreeMap;
use std::sync::{Arc, RwLock};

use crate::accounts::dealer::Dealer;
use crate::accounts::dealer_directory::present;
use crate::fault::Fault;
use crate::store::Store;

/// The directory by code.
pub type Directory = BTreeMap<String, Arc<Dealer>>;

/// The directory as last loaded.
#[derive(Debug)]
pub struct DealerCache(RwLock<Arc<Directory>>);

impl DealerCache {
    /// Loads the directory.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn load(store: &Store) -> Result<Self, Fault> {
        Ok(Self(RwLock::new(Arc::new(read(store).await?))))
    }

    /// Loads the directory again after a change.
    ///
    /// # Errors
    /// `Fault` if the database fails; the old directory is kept then.
    pub async fn reload(&self, store: &Store) -> Result<(), Fault> {
        let fresh = Arc::new(read(store).await?);
        *self
            .0
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner) = fresh;
        Ok(())
    }

    /// Returns the directory as last loaded.
    #[must_use]
    pub fn directory(&self) -> Arc<Directory> {
        Arc::clone(
            &self
                .0
                .read()
                .unwrap_or_else(std::sync::PoisonError::into_inner),
        )
    }

    /// Returns the dealer with that code.
    #[must_use]
    pub fn get(&self, code: &str) -> Option<Arc<Dealer>> {
        self.directory().get(code).cloned()
    }

    /// Returns the dealer that is responsible now for the dealer of that code: its last
    /// successor, or the dealer itself.
    #[must_use]
    pub fn present(&self, code: &str) -> Option<Arc<Dealer>> {
        let directory = self.directory();
        directory.get(present(&directory, code)).cloned()
    }
}

async fn read(store: &Store) -> Result<Directory, Fault> {
    let dealers = store.dealers().list().await?;
    Ok(dealers
        .into_iter()
        .map(|dealer| (dealer.code.clone(), Arc::new(dealer)))
        .collect())
}
