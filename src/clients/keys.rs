//! Clients' public keys: registered by value (`jwks`), or published by the client
//! (`jwks_uri`), fetched and cached on each node by the rules of HTTP. If a key is not in
//! the cached set, the set is fetched again, so a client may change its keys at any time
//! (OpenID Connect Core §10.1.1). A minimum interval keeps requests for unknown keys from
//! causing constant fetches.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::Mutex;
use url::Url;

use crate::clock::{Clock, Timestamp};
use crate::oidc::client::Client;
use crate::outgoing::{Outgoing, Unfetched};

/// Maximum number of cached documents.
const CAPACITY: u64 = 10_000;

/// Minimum time between two fetches of one document.
const FLOOR: Duration = Duration::from_secs(5);

/// How long keys that are no longer fresh are used while no newer ones can be fetched.
const STALE: Duration = Duration::from_secs(60 * 60);

/// Maximum length of a document in bytes.
const LONGEST: usize = 64 * 1024;

/// RFC 7517 §8.5.
const ACCEPT: &str = "application/jwk-set+json, application/json";

/// The keys of all clients. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ClientKeys {
    outgoing: Outgoing,
    clock: Clock,
    places: moka::sync::Cache<Url, Arc<Place>>,
}

/// Why a client has no keys, for its developer to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoKeys {
    /// It registered none.
    #[error("the client has no registered keys: register jwks or jwks_uri")]
    Unregistered,
    /// The keys cannot be fetched.
    #[error("the client's jwks_uri {0}")]
    Unfetched(#[from] Unfetched),
    /// The fetched document is not a JWK Set.
    #[error("the client's jwks_uri is no JWK Set: an object with an array keys")]
    Unreadable,
}

/// The cached state of one document, by its URL.
#[derive(Debug, Default)]
struct Place {
    kept: RwLock<Option<Arc<Kept>>>,
    /// Locked during a fetch, so that only one of several waiting requests fetches.
    last: Mutex<Option<Attempt>>,
}

#[derive(Debug)]
struct Kept {
    jwks: Value,
    fresh_until: Timestamp,
    good_until: Timestamp,
}

#[derive(Debug)]
struct Attempt {
    at: Timestamp,
    failed: Option<NoKeys>,
}

impl ClientKeys {
    /// Returns an empty cache.
    #[must_use]
    pub fn new(outgoing: Outgoing, clock: Clock) -> Self {
        Self {
            outgoing,
            clock,
            places: moka::sync::Cache::new(CAPACITY),
        }
    }

    /// Returns what `choose` finds in the client's JWK Set. If it finds nothing, the set is
    /// fetched again, if possible, and `choose` is called once more.
    ///
    /// # Errors
    /// [`NoKeys`] if the client has no readable JWK Set.
    pub async fn find<T>(
        &self,
        client: &Client,
        choose: impl Fn(&Value) -> Option<T>,
    ) -> Result<Option<T>, NoKeys> {
        if let Some(jwks) = &client.jwks {
            return Ok(choose(jwks));
        }
        let url = client.jwks_uri.as_ref().ok_or(NoKeys::Unregistered)?;
        let place = self.places.get_with_by_ref(url, Arc::default);
        let kept = self.current(url, &place).await?;
        if let Some(found) = choose(&kept.jwks) {
            return Ok(Some(found));
        }
        let newer = self.newer(url, &place, &kept).await;
        Ok(newer.and_then(|newer| choose(&newer.jwks)))
    }

    /// Returns the document, after fetching it if the cached one is not fresh.
    async fn current(&self, url: &Url, place: &Place) -> Result<Arc<Kept>, NoKeys> {
        let fresh = || {
            place
                .kept()
                .filter(|kept| self.clock.now() < kept.fresh_until)
        };
        if let Some(kept) = fresh() {
            return Ok(kept);
        }
        let mut last = place.last.lock().await;
        if let Some(kept) = fresh() {
            return Ok(kept);
        }
        let now = self.clock.now();
        let failed = match &*last {
            Some(attempt) if now < attempt.at.after(FLOOR) => attempt.failed,
            _ => self.fetch(url, place, &mut last).await.err(),
        };
        let good = place.kept().filter(|kept| now < kept.good_until);
        good.ok_or(failed.unwrap_or(NoKeys::Unreadable))
    }

    /// Returns a document newer than `than`, if one is cached or can be fetched now.
    async fn newer(&self, url: &Url, place: &Place, than: &Arc<Kept>) -> Option<Arc<Kept>> {
        let mut last = place.last.lock().await;
        let newer = || place.kept().filter(|kept| !Arc::ptr_eq(kept, than));
        if let Some(kept) = newer() {
            return Some(kept);
        }
        let soon = last
            .as_ref()
            .is_some_and(|attempt| self.clock.now() < attempt.at.after(FLOOR));
        if !soon {
            let _told_by_what_is_kept = self.fetch(url, place, &mut last).await;
        }
        newer()
    }

    async fn fetch(
        &self,
        url: &Url,
        place: &Place,
        last: &mut Option<Attempt>,
    ) -> Result<(), NoKeys> {
        let at = self.clock.now();
        let fetched = self.outgoing.get(url, ACCEPT, LONGEST).await;
        let read = fetched
            .map_err(NoKeys::from)
            .and_then(|document| Ok((read(&document.body)?, document.fresh_for)));
        let outcome = read.map(|(jwks, fresh_for)| {
            let fresh_until = at.after(fresh_for);
            // A document that must not be cached is used until the next fetch is allowed.
            let beyond = if fresh_for.is_zero() { FLOOR } else { STALE };
            place.keep(Kept {
                jwks,
                fresh_until,
                good_until: fresh_until.after(beyond),
            });
        });
        *last = Some(Attempt {
            at,
            failed: outcome.err(),
        });
        outcome
    }
}

impl Place {
    fn kept(&self) -> Option<Arc<Kept>> {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        kept.clone()
    }

    fn keep(&self, new: Kept) {
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        *kept = Some(Arc::new(new));
    }
}

fn read(body: &[u8]) -> Result<Value, NoKeys> {
    let jwks: Value = serde_json::from_slice(body).map_err(|_| NoKeys::Unreadable)?;
    match jwks.get("keys") {
        Some(Value::Array(_)) => Ok(jwks),
        _ => Err(NoKeys::Unreadable),
    }
}

#[cfg(test)]
mod tests;
