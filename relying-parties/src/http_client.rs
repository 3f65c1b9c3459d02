//! The HTTP client that `openidconnect` uses for the provider: reqwest, with names under
//! `localhost` resolved to this machine.

use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Longest response body read, in bytes; no answer of a provider needs more.
const MAX_BODY: usize = 1 << 20;

/// A request to the provider without a readable response.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HttpError {
    #[error("request failed")]
    Request(#[from] reqwest::Error),
    #[error("the answer is over {MAX_BODY} bytes")]
    TooLarge,
    #[error("the answer is malformed")]
    Malformed(#[from] axum::http::Error),
}

/// A reqwest client with the interface that `openidconnect` expects.
pub(crate) struct HttpClient(reqwest::Client);

impl HttpClient {
    /// Creates a client that follows no redirects: no endpoint of a provider answers with
    /// one, and following it would send the client secret to another host.
    pub(crate) fn new() -> Result<Self, reqwest::Error> {
        reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .dns_resolver(Arc::new(Resolver))
            .connect_timeout(Duration::from_secs(5))
            .timeout(Duration::from_secs(15))
            .build()
            .map(Self)
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let mut answer = self.0.execute(request.try_into()?).await?;
        let mut response = axum::http::Response::builder().status(answer.status());
        if let Some(headers) = response.headers_mut() {
            *headers = answer.headers().clone();
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await? {
            if body.len() + chunk.len() > MAX_BODY {
                return Err(HttpError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(response.body(body)?)
    }
}

impl<'c> AsyncHttpClient<'c> for HttpClient {
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}

/// Resolves host names. Names under `localhost` resolve to this machine without a DNS query
/// (RFC 6761 §6.3), which not every system's resolver does.
struct Resolver;

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let name = name.as_str();
            let addresses: Addrs = if is_localhost(name) {
                Box::new(std::iter::once(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))))
            } else {
                let found: Vec<_> = tokio::net::lookup_host((name, 0)).await?.collect();
                Box::new(found.into_iter())
            };
            Ok(addresses)
        })
    }
}

fn is_localhost(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_under_localhost_stay_on_this_machine() {
        assert!(is_localhost("localhost"));
        assert!(is_localhost("ID.toyota.localhost."));
        assert!(!is_localhost("notlocalhost"));
        assert!(!is_localhost("localhost.example"));
    }
}
