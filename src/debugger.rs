//! The debugger of the demo and of staging: keeps the last requests of each client, rule by
//! rule, in the memory of this process, and removes the oldest. Which requests are recorded
//! is decided in `http::recording`, what may be shown of them in `shown`. Nothing is
//! written to disk, and two nodes have separate records.

pub mod shown;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Serialize, Serializer};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::clock::Timestamp;
use crate::oidc::advice::Advice;
use crate::oidc::client::ClientId;
use crate::oidc::rulebook::{Endpoint, Judged};
use crate::secret::Secret;

/// The limits of the debugger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// The number of requests per client.
    pub requests: usize,
    /// The number of clients.
    pub clients: usize,
    /// The total size, in bytes of JSON.
    pub bytes: usize,
}

impl Bounds {
    /// Returns limits with that many requests per client, and defaults for the rest.
    #[must_use]
    pub const fn of(requests: usize) -> Self {
        Self {
            requests,
            clients: 500,
            bytes: 16 * 1024 * 1024,
        }
    }
}

/// The records of the debugger.
#[derive(Debug)]
pub struct Debugger {
    bounds: Bounds,
    key: Option<Secret>,
    kept: Mutex<Kept>,
}

/// Requests by client, oldest first; those without a known client under `None`.
#[derive(Debug, Default)]
struct Kept {
    requests: BTreeMap<Option<ClientId>, VecDeque<Arc<Recorded>>>,
    bytes: usize,
    last: u64,
}

/// A request, as far as it may be shown.
#[derive(Clone, Debug, Serialize)]
pub struct Heard {
    /// When the request arrived.
    #[serde(serialize_with = "rfc3339")]
    pub at: Timestamp,
    /// The issuer it was sent to.
    pub issuer: String,
    /// The endpoint it was sent to.
    pub endpoint: Endpoint,
    /// The HTTP method.
    pub method: String,
    /// The registered client that sent it, or that it names.
    pub client_id: Option<ClientId>,
    /// The method by which the client authenticated, or tried to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_authentication: Option<&'static str>,
    /// The parameters, with secrets and personal data blanked.
    pub parameters: BTreeMap<String, String>,
    /// The status of the response.
    pub status: u16,
    /// Where the browser was redirected to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// The error code in the response.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<&'static str>,
    /// The error description in the response.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_description: Option<String>,
    /// The page that explains the error code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_uri: Option<String>,
    /// The rules in the order of checking, each with its verdict.
    pub rules: Vec<Judged>,
    /// Advice on what is allowed but could be better.
    pub advice: Vec<Advice>,
    /// The trace it belongs to (W3C Trace Context), if it named one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<String>,
    /// The number that the error page shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

/// A recorded request.
#[derive(Clone, Debug, Serialize)]
pub struct Recorded {
    /// The number of the request in this process.
    pub number: u64,
    /// The request.
    #[serde(flatten)]
    pub heard: Heard,
    #[serde(skip)]
    bytes: usize,
}

impl Debugger {
    /// Returns an empty debugger; `key` gives access to all requests.
    #[must_use]
    pub fn new(bounds: Bounds, key: Option<Secret>) -> Self {
        Self {
            bounds,
            key,
            kept: Mutex::default(),
        }
    }

    /// Whether `key` is the operator's key.
    #[must_use]
    pub fn opens(&self, key: &Secret) -> bool {
        self.key.as_ref().is_some_and(|own| own == key)
    }

    /// Records a request, and removes the oldest ones beyond the limits.
    pub fn keep(&self, heard: Heard) {
        let bytes = serde_json::to_vec(&heard).map_or(0, |json| json.len());
        let mut kept = self.kept();
        kept.last += 1;
        let recorded = Recorded {
            number: kept.last,
            heard,
            bytes,
        };
        kept.bytes += bytes;
        let client = recorded.heard.client_id.clone();
        let requests = kept.requests.entry(client.clone()).or_default();
        requests.push_back(Arc::new(recorded));
        if requests.len() > self.bounds.requests {
            kept.forget_oldest_of(&client);
        }
        while kept.bytes > self.bounds.bytes || kept.requests.len() > self.bounds.clients {
            kept.forget_oldest();
        }
    }

    /// Returns the clients with recorded requests, each with their number and the newest.
    #[must_use]
    pub fn clients(&self) -> Vec<(ClientId, usize, Arc<Recorded>)> {
        let kept = self.kept();
        let line = |(client, requests): (&Option<ClientId>, &VecDeque<Arc<Recorded>>)| {
            Some((client.clone()?, requests.len(), requests.back()?.clone()))
        };
        kept.requests.iter().filter_map(line).collect()
    }

    /// Returns the requests of a client, or (`None`) those without a known client, newest
    /// first.
    #[must_use]
    pub fn requests_of(&self, client: Option<&ClientId>) -> Vec<Arc<Recorded>> {
        let kept = self.kept();
        let requests = kept.requests.get(&client.cloned());
        requests.into_iter().flatten().rev().cloned().collect()
    }

    /// Returns the request of that number.
    #[must_use]
    pub fn request(&self, number: u64) -> Option<Arc<Recorded>> {
        let kept = self.kept();
        let mut all = kept.requests.values().flatten();
        all.find(|recorded| recorded.number == number).cloned()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        // A panic while the lock is held leaves only whole requests behind, so a poisoned
        // lock is usable.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn forget_oldest(&mut self) {
        let oldest = self
            .requests
            .iter()
            .min_by_key(|(_, requests)| requests.front().map(|recorded| recorded.number))
            .map(|(client, _)| client.clone());
        match oldest {
            Some(client) => self.forget_oldest_of(&client),
            None => self.bytes = 0,
        }
    }

    fn forget_oldest_of(&mut self, client: &Option<ClientId>) {
        let Some(requests) = self.requests.get_mut(client) else {
            return;
        };
        let forgotten = requests.pop_front().map_or(0, |recorded| recorded.bytes);
        self.bytes = self.bytes.saturating_sub(forgotten);
        if requests.is_empty() {
            self.requests.remove(client);
        }
    }
}

/// Formats a time for machines (RFC 3339).
#[must_use]
pub fn moment(at: Timestamp) -> String {
    OffsetDateTime::from_unix_timestamp(at.0)
        .ok()
        .and_then(|moment| moment.format(&Rfc3339).ok())
        .unwrap_or_default()
}

fn rfc3339<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&moment(*at))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(client: Option<&str>, scope: &str) -> Heard {
        Heard {
            at: Timestamp(1_795_348_800),
            issuer: "https://id.example".to_owned(),
            endpoint: Endpoint::Token,
            method: "POST".to_owned(),
            client_id: client.map(|id| ClientId(id.to_owned())),
            client_authentication: None,
            parameters: BTreeMap::from([("scope".to_owned(), scope.to_owned())]),
            status: 200,
            location: None,
            error: None,
            error_description: None,
            error_uri: None,
            rules: Vec::new(),
            advice: Vec::new(),
            trace_id: None,
            request_id: None,
        }
    }

    fn scopes(debugger: &Debugger, client: Option<&str>) -> Vec<String> {
        let client = client.map(|id| ClientId(id.to_owned()));
        let requests = debugger.requests_of(client.as_ref());
        requests
            .iter()
            .map(|recorded| recorded.heard.parameters["scope"].clone())
            .collect()
    }

    #[test]
    fn each_client_has_its_last_requests_and_so_have_strangers() {
        let debugger = Debugger::new(Bounds::of(2), None);
        for scope in ["1", "2", "3"] {
            debugger.keep(heard(Some("a"), scope));
            debugger.keep(heard(None, scope));
        }
        debugger.keep(heard(Some("b"), "4"));
        assert_eq!(scopes(&debugger, Some("a")), ["3", "2"]);
        assert_eq!(scopes(&debugger, Some("b")), ["4"]);
        assert_eq!(scopes(&debugger, None), ["3", "2"]);
        let clients = debugger.clients();
        let counts: Vec<_> = clients
            .iter()
            .map(|(id, count, _)| (id.0.as_str(), *count))
            .collect();
        assert_eq!(counts, [("a", 2), ("b", 1)]);
        assert_eq!(debugger.request(7).unwrap().heard.parameters["scope"], "4");
        assert!(debugger.request(1).is_none());
    }

    #[test]
    fn neither_clients_nor_bytes_grow_without_end() {
        let bounds = Bounds {
            requests: 50,
            clients: 3,
            bytes: 2_000,
        };
        let debugger = Debugger::new(bounds, None);
        for number in 0..10 {
            debugger.keep(heard(Some(&format!("client-{number}")), "x"));
        }
        assert_eq!(debugger.clients().len(), 3);
        for number in 0..100 {
            debugger.keep(heard(Some("loud"), &number.to_string()));
            assert!(debugger.kept().bytes <= 2_000);
        }
        assert_eq!(scopes(&debugger, Some("loud"))[0], "99");
        debugger.keep(heard(Some("loud"), &"x".repeat(3_000)));
        assert!(debugger.clients().is_empty());
        assert_eq!(debugger.kept().bytes, 0);
    }

    #[test]
    fn only_its_own_key_opens_it() {
        let key = || Secret::from("k".repeat(40));
        assert!(Debugger::new(Bounds::of(1), Some(key())).opens(&key()));
        let other = Debugger::new(Bounds::of(1), Some(Secret::from("l".repeat(40))));
        assert!(!other.opens(&key()));
        assert!(!Debugger::new(Bounds::of(1), None).opens(&Secret::default()));
    }
}
