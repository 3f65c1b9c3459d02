//! The dealer directory, whole in memory: a few hundred entries that change
//! seldom and are asked for on every request that names a dealer.

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
    /// If the database cannot be read.
    pub async fn load(store: &Store) -> Result<Self, Fault> {
        Ok(Self(RwLock::new(Arc::new(read(store).await?))))
    }

    /// Loads it again, after a change.
    ///
    /// # Errors
    /// If the database cannot be read; the old directory stays then.
    pub async fn reload(&self, store: &Store) -> Result<(), Fault> {
        let fresh = Arc::new(read(store).await?);
        *self
            .0
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner) = fresh;
        Ok(())
    }

    /// The directory now.
    #[must_use]
    pub fn directory(&self) -> Arc<Directory> {
        Arc::clone(
            &self
                .0
                .read()
                .unwrap_or_else(std::sync::PoisonError::into_inner),
        )
    }

    /// The dealer of that code.
    #[must_use]
    pub fn get(&self, code: &str) -> Option<Arc<Dealer>> {
        self.directory().get(code).cloned()
    }

    /// Whoever answers today for the dealer of that code: its last successor, or
    /// the dealer itself.
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
