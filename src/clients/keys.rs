//! Clients' public keys: registered by value (`jwks`), or published by the client
//! (`jwks_uri`) and fetched, kept by the rules of HTTP on each node, and fetched anew
//! when a key is asked for that is not among them: so a client may change its
//! keys whenever it likes (OpenID Connect Core §10.1.1), and nobody who asks for keys
//! that there are not makes us ask the client's server all the time.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::Mutex;
use url::Url;

use crate::clock::{Clock, Timestamp};
use crate::oidc::client::Client;
use crate::outgoing::{Outgoing, Unfetched};

/// The most documents kept.
const CAPACITY: u64 = 10_000;

/// The least time between two fetches of one document, whoever asks for what.
const FLOOR: Duration = Duration::from_secs(5);

/// How long keys that are not fresh any more are good while nothing newer can be had.
const STALE: Duration = Duration::from_secs(60 * 60);

/// The longest document.
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

/// Why a client has no keys, for its developer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoKeys {
    /// It registered none.
    #[error("the client has no registered keys: register jwks or jwks_uri")]
    Unregistered,
    /// They cannot be fetched.
    #[error("the client's jwks_uri {0}")]
    Unfetched(#[from] Unfetched),
    /// What was fetched holds none.
    #[error("the client's jwks_uri is no JWK Set: an object with an array keys")]
    Unreadable,
}

/// Where one document is published.
#[derive(Debug, Default)]
struct Place {
    kept: RwLock<Option<Arc<Kept>>>,
    /// Held while it is fetched, so that of many who ask one does.
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
    /// Nobody's yet.
    #[must_use]
    pub fn new(outgoing: Outgoing, clock: Clock) -> Self {
        Self {
            outgoing,
            clock,
            places: moka::sync::Cache::new(CAPACITY),
        }
    }

    /// What `choose` finds in the client's JWK Set. If it finds nothing there, it is
    /// asked once more of one fetched anew, where there can be one.
    ///
    /// # Errors
    /// If there is no JWK Set.
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

    /// The document, fetched if the one kept is not fresh.
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

    /// A document fetched after that one, if there is one or may be one now.
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
            // What may not be kept is kept for as long as we may not ask again.
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
