//! Fetches the list of customers from the provider, page by page, with an access token of
//! the dealer's own (RFC 6749 §4.4).

use axum::http::Request;
use axum::http::header::AUTHORIZATION;
use openidconnect::AsyncHttpClient as _;
use serde::Deserialize;

use super::Desk;
use crate::failure::{Failure, with_causes};

/// The most pages fetched; no dealer has customers for so many.
const MOST_PAGES: usize = 100;

#[derive(Deserialize)]
struct Token {
    access_token: String,
}

#[derive(Deserialize)]
struct Page {
    customers: Vec<Listed>,
    next_cursor: Option<String>,
}

/// A customer in the provider's list.
#[derive(Debug, Deserialize)]
pub(super) struct Listed {
    pub(super) sub: String,
    pub(super) linked_at: u64,
    pub(super) customer_number: Option<String>,
    pub(super) services: Vec<Used>,
}

/// A service that the customer uses.
#[derive(Debug, Deserialize)]
pub(super) struct Used {
    pub(super) client_name: String,
    pub(super) last_used_on: String,
}

impl Desk {
    /// Returns everyone who linked this dealer.
    pub(super) async fn listed(&self) -> Result<Vec<Listed>, Failure> {
        let token = self.token().await?;
        let list = format!("{}/dealer/customers", self.machine.issuer());
        let mut customers = Vec::new();
        let mut url = list.clone();
        for _ in 0..MOST_PAGES {
            let page = self.page(&url, &token).await?;
            customers.extend(page.customers);
            let Some(cursor) = page.next_cursor else {
                break;
            };
            let cursor: String = url::form_urlencoded::byte_serialize(cursor.as_bytes()).collect();
            url = format!("{list}?cursor={cursor}");
        }
        Ok(customers)
    }

    async fn token(&self) -> Result<String, Failure> {
        let discovered = self.machine.discovered().await?;
        let endpoint = discovered.metadata.token_endpoint();
        let endpoint =
            endpoint.ok_or_else(|| Failure::Unreachable("no token endpoint".to_owned()))?;
        let form = [
            ("grant_type", "client_credentials"),
            ("scope", "dealer.customers"),
        ];
        let (status, body) = self.machine.post_authenticated(endpoint, &form).await?;
        if !status.is_success() {
            return Err(Failure::Refused(format!("no token: {status}")));
        }
        let token: Token =
            serde_json::from_slice(&body).map_err(|error| Failure::Untrusted(error.to_string()))?;
        Ok(token.access_token)
    }

    async fn page(&self, url: &str, token: &str) -> Result<Page, Failure> {
        let request = Request::get(url)
            .header(AUTHORIZATION, format!("Bearer {token}"))
            .body(Vec::new())
            .map_err(|error| Failure::Unreachable(with_causes(&error)))?;
        let answer = self.machine.http.call(request).await;
        let answer = answer.map_err(|error| Failure::Unreachable(with_causes(&error)))?;
        if !answer.status().is_success() {
            return Err(Failure::Refused(format!("no list: {}", answer.status())));
        }
        serde_json::from_slice(answer.body()).map_err(|error| Failure::Untrusted(error.to_string()))
    }
}
