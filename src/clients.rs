//! Registered clients, kept in memory between requests. A change made by any
//! node empties the cache within a second (`App::follow_changes`).

use std::sync::Arc;

use crate::fault::Fault;
use crate::oidc::client::ClientId;
use crate::store::Store;
use crate::store::clients::StoredClient;

/// The most clients kept in memory.
const CAPACITY: u64 = 10_000;

/// The cache. Unknown names are not kept: an attacker could fill it with them.
#[derive(Debug)]
pub struct ClientCache(moka::sync::Cache<ClientId, Arc<StoredClient>>);

impl Default for ClientCache {
    fn default() -> Self {
        Self(moka::sync::Cache::new(CAPACITY))
    }
}

impl ClientCache {
    /// The client of that name.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn get(
        &self,
        store: &Store,
        id: &ClientId,
    ) -> Result<Option<Arc<StoredClient>>, Fault> {
        if let Some(client) = self.0.get(id) {
            return Ok(Some(client));
        }
        let Some(client) = store.clients().get(id).await? else {
            return Ok(None);
        };
        let client = Arc::new(client);
        self.0.insert(id.clone(), Arc::clone(&client));
        Ok(Some(client))
    }

    /// Forgets everything, after a change.
    pub fn forget_all(&self) {
        self.0.invalidate_all();
    }
}
