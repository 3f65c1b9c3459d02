//! Registered clients, kept in memory between requests. A change made by any
//! node empties the cache within a second (`App::follow_changes`).

pub mod secret;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::fault::Fault;
use crate::oidc::client::ClientId;
use crate::store::Store;
use crate::store::clients::StoredClient;

/// The most clients kept in memory.
const CAPACITY: u64 = 10_000;

/// The cache. Unknown names are not kept: an attacker could fill it with them.
#[derive(Debug)]
pub struct ClientCache {
    kept: moka::sync::Cache<ClientId, Kept>,
    /// How often everything was forgotten.
    turn: AtomicU64,
}

/// A client, and the turn in which it was read. One that was being read while
/// everything was forgotten may be what was removed: it counts for nothing.
#[derive(Clone, Debug)]
struct Kept {
    turn: u64,
    client: Arc<StoredClient>,
}

impl Default for ClientCache {
    fn default() -> Self {
        Self {
            kept: moka::sync::Cache::new(CAPACITY),
            turn: AtomicU64::new(0),
        }
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
        if let Some(client) = self.known(id) {
            return Ok(Some(client));
        }
        let turn = self.turn();
        let Some(client) = store.clients().get(id).await? else {
            return Ok(None);
        };
        Ok(Some(self.keep(turn, id, client)))
    }

    /// Forgets everything, after a change.
    pub fn forget_all(&self) {
        self.turn.fetch_add(1, Ordering::AcqRel);
        self.kept.invalidate_all();
    }

    fn turn(&self) -> u64 {
        self.turn.load(Ordering::Acquire)
    }

    fn known(&self, id: &ClientId) -> Option<Arc<StoredClient>> {
        let kept = self.kept.get(id)?;
        (kept.turn == self.turn()).then_some(kept.client)
    }

    fn keep(&self, turn: u64, id: &ClientId, client: StoredClient) -> Arc<StoredClient> {
        let client = Arc::new(client);
        let kept = Kept {
            turn,
            client: Arc::clone(&client),
        };
        self.kept.insert(id.clone(), kept);
        client
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oidc::client::sample;

    #[test]
    fn a_client_read_while_everything_was_forgotten_is_not_kept() {
        let cache = ClientCache::default();
        let client = sample();
        let id = client.client_id.clone();
        let stored = StoredClient {
            client,
            secret_hash: None,
            sealed_secret: None,
        };
        let turn = cache.turn();
        cache.forget_all();
        cache.keep(turn, &id, stored.clone());
        assert!(cache.known(&id).is_none());
        cache.keep(cache.turn(), &id, stored);
        assert!(cache.known(&id).is_some());
        cache.forget_all();
        assert!(cache.known(&id).is_none());
    }
}
