//! Serves many hosts on one port: the host name selects the router, as in a reverse proxy.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use tower::ServiceExt as _;

use crate::http::request_brand::host_of;

/// Returns a router that selects the site by host (with port), or `otherwise` for any other
/// host.
pub fn by_host(sites: BTreeMap<String, Router>, otherwise: Router) -> Router {
    let sites = Arc::new(sites);
    Router::new().fallback(move |request: Request| {
        let site = site_of(&sites, &request)
            .cloned()
            .unwrap_or_else(|| otherwise.clone());
        async move { answer(site, request).await }
    })
}

fn site_of<'a>(sites: &'a BTreeMap<String, Router>, request: &Request) -> Option<&'a Router> {
    let host = host_of(request.uri(), request.headers())?;
    sites.get(&host.to_ascii_lowercase())
}

async fn answer(site: Router, request: Request) -> Response {
    let answered: Result<Response, Infallible> = site.oneshot(request).await;
    answered.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}
