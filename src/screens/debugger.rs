//! The debugger's pages, for developers of clients: the list of clients, the last requests
//! of one client, and the rules that one request kept and broke; also as JSON, if the
//! request prefers it. Texts that quote specifications are in English, as error
//! descriptions are.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use serde_json::json;
use url::form_urlencoded;

use super::page::shell_at;
use crate::app::{App, SharedApp};
use crate::debugger::{Recorded, moment};
use crate::fault::Fault;
use crate::http::debugger_access::{Sees, open};
use crate::http::refusal::PageRefusal;
use crate::http::request_brand::RequestBrand;
use crate::oidc::client::ClientId;
use crate::oidc::rulebook::Verdict;
use crate::pages::Page;

/// The path of the first page.
pub const DEBUGGER: &str = "/debugger";

/// The clients whose requests are recorded.
#[derive(Clone, Debug, Serialize)]
pub struct DebuggerClients {
    /// The clients.
    pub clients: Vec<ClientLine>,
    /// Whether requests without a known client are shown.
    pub shows_strangers: bool,
    /// The requests without a known client, newest first.
    pub strangers: Vec<RequestLine>,
}

/// The last requests of a client.
#[derive(Clone, Debug, Serialize)]
pub struct DebuggerRequests {
    /// The client ID.
    pub client_id: String,
    /// The requests, newest first.
    pub requests: Vec<RequestLine>,
}

/// One request.
#[derive(Clone, Debug, Serialize)]
pub struct DebuggerRequest {
    /// The request.
    #[serde(flatten)]
    pub recorded: Recorded,
    /// The path of its client's page.
    pub client_url: Option<String>,
}

impl Page for DebuggerClients {
    const TEMPLATE: &'static str = "debugger/clients.html";
    const SCREEN: &'static str = "debugger";
}

impl Page for DebuggerRequests {
    const TEMPLATE: &'static str = "debugger/requests.html";
    const SCREEN: &'static str = "debugger-requests";
}

impl Page for DebuggerRequest {
    const TEMPLATE: &'static str = "debugger/request.html";
    const SCREEN: &'static str = "debugger-request";
}

/// A client in the list.
#[derive(Clone, Debug, Serialize)]
pub struct ClientLine {
    /// The client ID.
    pub client_id: String,
    /// The path of its page.
    pub url: String,
    /// How many of its requests are recorded.
    pub requests: usize,
    /// When it sent the last request.
    pub last_at: String,
}

/// A request in a list.
#[derive(Clone, Debug, Serialize)]
pub struct RequestLine {
    /// The path of its page.
    pub url: String,
    /// When the request arrived.
    pub at: String,
    /// The endpoint it was sent to.
    pub endpoint: String,
    /// The status of the response.
    pub status: u16,
    /// The error code in the response.
    pub error: Option<&'static str>,
    /// The name and the section of the first rule that the request broke.
    pub broken: Option<(String, String)>,
}

/// Returns the routes, which exist only if the debugger is on.
pub fn routes() -> Router<SharedApp> {
    Router::new()
        .route(DEBUGGER, get(clients))
        .route("/debugger/{client_id}", get(requests))
        .route("/debugger/requests/{number}", get(request))
}

/// `GET /debugger`
///
/// # Errors
/// 401 without valid credentials; `Fault` if they cannot be checked.
pub async fn clients(
    State(app): State<SharedApp>,
    brand: RequestBrand,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, PageRefusal> {
    let (debugger, sees) = open(&app, &brand, &headers).await?;
    let shows_strangers = sees == Sees::Everything;
    let strangers = if shows_strangers {
        debugger.requests_of(None)
    } else {
        Vec::new()
    };
    let lines = debugger.clients().into_iter();
    let lines = lines.filter(|(id, _, _)| sees.includes(Some(id)));
    let clients = lines.map(|(id, requests, last)| ClientLine {
        url: url_of(&id),
        client_id: id.0,
        requests,
        last_at: moment(last.heard.at),
    });
    let clients: Vec<_> = clients.collect();
    if wants_json(&headers) {
        let strangers = plain(&strangers);
        let all = json!({ "clients": clients, "requests_of_no_known_client": strangers });
        return Ok(Json(all).into_response());
    }
    let page = DebuggerClients {
        clients,
        shows_strangers,
        strangers: strangers.iter().map(|recorded| line(recorded)).collect(),
    };
    Ok(show(&app, &brand, &uri, &headers, &page)?)
}

/// `GET /debugger/{client_id}`
///
/// # Errors
/// 401 without valid credentials; 404 for another client, or one without requests.
pub async fn requests(
    State(app): State<SharedApp>,
    brand: RequestBrand,
    Path(client_id): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, PageRefusal> {
    let (debugger, sees) = open(&app, &brand, &headers).await?;
    let client_id = ClientId(client_id);
    let requests = debugger.requests_of(Some(&client_id));
    // A client that looks at itself gets an empty list, so that the answer 404 does not
    // reveal which other clients exist.
    if !sees.includes(Some(&client_id)) || (requests.is_empty() && sees == Sees::Everything) {
        return Err(not_found());
    }
    if wants_json(&headers) {
        let all = json!({ "client_id": client_id, "requests": plain(&requests) });
        return Ok(Json(all).into_response());
    }
    let page = DebuggerRequests {
        client_id: client_id.0,
        requests: requests.iter().map(|recorded| line(recorded)).collect(),
    };
    Ok(show(&app, &brand, &uri, &headers, &page)?)
}

/// `GET /debugger/requests/{number}`
///
/// # Errors
/// 401 without valid credentials; 404 for a request of another client, or one that is no
/// longer recorded.
pub async fn request(
    State(app): State<SharedApp>,
    brand: RequestBrand,
    Path(number): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, PageRefusal> {
    let (debugger, sees) = open(&app, &brand, &headers).await?;
    let found = number
        .parse()
        .ok()
        .and_then(|number| debugger.request(number));
    let recorded = found
        .filter(|recorded| sees.includes(recorded.heard.client_id.as_ref()))
        .ok_or_else(not_found)?;
    if wants_json(&headers) {
        return Ok(Json(&*recorded).into_response());
    }
    let page = DebuggerRequest {
        client_url: recorded.heard.client_id.as_ref().map(url_of),
        recorded: (*recorded).clone(),
    };
    Ok(show(&app, &brand, &uri, &headers, &page)?)
}

fn plain(requests: &[Arc<Recorded>]) -> Vec<&Recorded> {
    requests.iter().map(Arc::as_ref).collect()
}

fn not_found() -> PageRefusal {
    PageRefusal::Page(StatusCode::NOT_FOUND, "not-found")
}

fn show<P: Page>(
    app: &App,
    brand: &RequestBrand,
    uri: &Uri,
    headers: &HeaderMap,
    page: &P,
) -> Result<Response, Fault> {
    let shell = shell_at(brand, uri, headers);
    Ok(Html(app.pages.render(&shell, page)?).into_response())
}

fn line(recorded: &Recorded) -> RequestLine {
    let heard = &recorded.heard;
    let broken = heard
        .rules
        .iter()
        .find(|judged| judged.verdict == Verdict::Failed);
    RequestLine {
        url: format!("{DEBUGGER}/requests/{}", recorded.number),
        at: moment(heard.at),
        endpoint: heard.endpoint.to_string(),
        status: heard.status,
        error: heard.error,
        broken: broken.map(|judged| {
            let rule = judged.rule;
            (rule.name.to_owned(), rule.section.to_owned())
        }),
    }
}

fn url_of(id: &ClientId) -> String {
    let encoded: String = form_urlencoded::byte_serialize(id.0.as_bytes()).collect();
    format!("{DEBUGGER}/{}", encoded.replace('+', "%20"))
}

/// Whether the sender prefers JSON; browsers accept HTML.
fn wants_json(headers: &HeaderMap) -> bool {
    let accept = headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok());
    accept
        .is_some_and(|accept| accept.contains("application/json") && !accept.contains("text/html"))
}

#[cfg(test)]
pub(in crate::screens) mod samples {
    use super::*;
    use crate::clock::Timestamp;
    use crate::debugger::Bounds;
    use crate::debugger::Debugger;
    use crate::debugger::Heard;
    use crate::oidc::advice::Advice;
    use crate::oidc::rule;
    use crate::oidc::rulebook::Endpoint;
    use crate::oidc::rulebook::Outcome;
    use crate::oidc::rulebook::Proof;
    use crate::oidc::rulebook::judged;
    use crate::oidc::rulebook::rules;
    use crate::screens::sample::Stage;

    pub(in crate::screens) fn show(stage: &Stage<'_>) {
        let lines = || {
            [
                ("token", 200, None, None),
                (
                    "authorization",
                    400,
                    Some("invalid_request"),
                    Some((stage.of("redirect_uri"), stage.of("RFC 9700 §2.1"))),
                ),
            ]
            .map(|(endpoint, status, error, broken)| RequestLine {
                url: "/debugger/requests/7".to_owned(),
                at: "2026-11-22T12:00:00Z".to_owned(),
                endpoint: endpoint.to_owned(),
                status,
                error,
                broken,
            })
            .to_vec()
        };
        for (name, known, strangers) in [
            ("debugger", true, lines()),
            ("debugger-empty", false, Vec::new()),
        ] {
            let client = ClientLine {
                client_id: stage.of("my-app"),
                url: "/debugger/my-app".to_owned(),
                requests: 12,
                last_at: "2026-11-22T12:00:00Z".to_owned(),
            };
            let page = DebuggerClients {
                clients: known.then_some(client).into_iter().collect(),
                shows_strangers: true,
                strangers,
            };
            stage.show(name, stage.shell(), &page);
        }
        let requests = DebuggerRequests {
            client_id: stage.of("my-app"),
            requests: lines(),
        };
        stage.show("debugger-requests", stage.shell(), &requests);
        stage.show("debugger-request", stage.shell(), &debugged(stage));
    }

    fn debugged(stage: &Stage<'_>) -> DebuggerRequest {
        let uri = stage.of("https://rp.example/callback");
        let parameters = [("redirect_uri".to_owned(), uri.clone())].into();
        let rules = rules(Endpoint::Authorization, &parameters, Proof::Nothing);
        let debugger = Debugger::new(Bounds::of(1), None);
        debugger.keep(Heard {
            at: Timestamp(1_795_348_800),
            issuer: stage.of("https://id.toyota.example"),
            endpoint: Endpoint::Authorization,
            method: "GET".to_owned(),
            client_id: Some(ClientId(stage.of("my-app"))),
            client_authentication: Some("none"),
            parameters,
            status: 400,
            location: Some(uri),
            error: Some("invalid_request"),
            error_description: Some(stage.of("redirect_uri is not registered for this client")),
            error_uri: Some("/errors/invalid_request".to_owned()),
            rules: judged(&rules, Outcome::Broke(rule::REDIRECT_URI)),
            advice: vec![Advice {
                says: stage.of("send state"),
                section: "RFC 6749 §10.12",
            }],
            trace_id: Some(stage.of("4bf92f3577b34da6a3ce929d0e0e4736")),
            request_id: Some(stage.of("Zm9vYmFy")),
        });
        DebuggerRequest {
            recorded: (*debugger.request(1).unwrap()).clone(),
            client_url: Some("/debugger/my-app".to_owned()),
        }
    }
}
