//! Caches registered clients in memory. A change made by any node empties the cache of
//! every node within a second (`App::follow_changes`).

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::oidc::client::ClientId;
use crate::random::Random;
use crate::store::Store;
use crate::store::clients::StoredClient;

/// Makes a new `client_id` that a command line does not mistake for an option.
#[must_use]
pub fn new_id(random: &Random) -> ClientId {
    let mut id = random.id();
    while id.starts_with('-') {
        id = random.id();
    }
    ClientId(id)
}

/// Maximum number of clients kept in memory.
const CAPACITY: u64 = 10_000;

/// The cache. Unknown ids are not cached: an attacker could fill it with them.
#[derive(Debug)]
pub struct ClientCache {
    kept: moka::sync::Cache<ClientId, Kept>,
    /// Number of times that the cache was emptied.
    turn: AtomicU64,
    /// Clients whose first use this node has noted.
    in_use: moka::sync::Cache<ClientId, ()>,
}

/// A client, and the turn in which it was read. An entry of an earlier turn is ignored: it
/// may have been read just before the change that emptied the cache.
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
            in_use: moka::sync::Cache::new(CAPACITY),
        }
    }
}

impl ClientCache {
    /// Returns the client with that `client_id`.
    ///
    /// # Errors
    /// `Fault` if the database fails, or if a newer version registered the client with
    /// values that this one does not understand.
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
        client.check_understood()?;
        Ok(Some(self.keep(turn, id, client)))
    }

    /// Notes the first use of a client that registered itself, so that it is not deleted as
    /// unused.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn note_use(
        &self,
        store: &Store,
        stored: &StoredClient,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let id = &stored.client.client_id;
        let is_new = stored.registered.as_ref().is_some_and(|own| !own.is_used);
        if is_new && !self.in_use.contains_key(id) {
            store.clients().note_use(id, now).await?;
            self.in_use.insert(id.clone(), ());
        }
        Ok(())
    }

    /// Empties the cache after a change.
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
        let stored = StoredClient::of(client, None);
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
