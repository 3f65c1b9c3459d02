//! The end session endpoint (OpenID Connect RP-Initiated Logout 1.0): logs out the person
//! that a client names by its ID token, and asks for confirmation otherwise. A request that
//! proves nothing still shows a page and no protocol error: the error is logged for the
//! client's developer, and the browser is not redirected.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use url::form_urlencoded;

use crate::app::{App, SharedApp};
use crate::fault::Fault;
use crate::http::parameters::FormBody;
use crate::http::refusal::{PageRefusal, ProtocolRefusal, Refusal};
use crate::http::request_brand::RequestBrand;
use crate::oidc::authorization_request::HintedBy;
use crate::oidc::logout::{
    Destination, Logout, RawLogoutRequest, SessionNamed, client_named, decide,
};
use crate::oidc::rule::{self, Breaks as _};
use crate::oidc::{Error, parameters};
use crate::sessions::browser::{self, LiveSession};
use crate::sessions::log_out::log_out;
use crate::sessions::sign_out::{self, LOGGED_OUT, Leaving};
use crate::tokens::id_token_hint;

/// The page that asks whether the person wants to log out.
pub const CONFIRMATION: &str = "/logout/confirm";

/// A logout request with its decision.
#[derive(Debug)]
pub struct Decided {
    /// The decision.
    pub logout: Logout,
    /// The browser's session, if it has one.
    pub session: Option<LiveSession>,
    /// The client that asks, if it is known.
    pub client: Option<std::sync::Arc<crate::store::clients::StoredClient>>,
    /// The error of the request, for the log.
    pub refused: Option<Error>,
}

/// `GET /logout`
///
/// # Errors
/// `Fault` if the database is unreachable.
pub async fn get(
    State(app): State<SharedApp>,
    brand: RequestBrand,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, PageRefusal> {
    let query = uri.query().unwrap_or_default();
    let decided = decision(&app, &brand, query, &headers).await?;
    let mut response = match &decided.logout {
        Logout::Nobody(_) | Logout::End(_) => end(&app, &brand, &decided).await?,
        Logout::Ask(_) => see_other(&format!("{CONFIRMATION}?{query}"))?,
    };
    if let Some(error) = &decided.refused {
        response.extensions_mut().insert(Refusal::from(error));
    }
    Ok(response)
}

/// `POST /logout`: the same request by form (RP-Initiated Logout 1.0 §2). A form from
/// another site lacks our SameSite=Lax cookies, so the browser is redirected to the GET.
///
/// # Errors
/// An error page if the form cannot be read.
pub async fn post(form: Result<FormBody, ProtocolRefusal>) -> Result<Response, PageRefusal> {
    let form = form.map_err(PageRefusal::from_form)?;
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(&form.0)
        .finish();
    see_other(&format!("/logout?{query}"))
}

/// Decides what a logout request with this query means in this browser.
///
/// # Errors
/// `Fault` if the database is unreachable.
pub async fn decision(
    app: &App,
    brand: &RequestBrand,
    query: &str,
    headers: &HeaderMap,
) -> Result<Decided, Fault> {
    let session = browser::session_of(app, brand, headers).await?;
    let (raw, malformed) = match parameters::parse(query.as_bytes()) {
        Ok(parameters) => (RawLogoutRequest(parameters), None),
        Err(malformed) => {
            let error = malformed.error.breaks(rule::PARAMETERS);
            (RawLogoutRequest::default(), Some(error))
        }
    };
    let hint = match raw.get("id_token_hint") {
        None => HintedBy::Nothing,
        Some(token) => {
            id_token_hint::read(app, brand, token).map_or(HintedBy::Forgery, HintedBy::Genuine)
        }
    };
    let named = match client_named(&raw, &hint) {
        Ok(named) => named,
        Err(error) => return Ok(unproven(session, error)),
    };
    let client = match named {
        Some(id) => app.clients.get(&app.store, &id).await?,
        None => None,
    };
    let client = client.filter(|stored| stored.client.brands.contains(&brand.name));
    let (subject, sid) = match (&client, &session) {
        (Some(stored), Some(live)) => (
            app.pairwise.subject(&stored.client, &live.account.id),
            app.pairwise.session(&stored.client, &live.session.sid),
        ),
        _ => Default::default(),
    };
    let known_as = session.as_ref().map(|live| SessionNamed {
        sids: [&sid, &live.session.sid],
        subject: &subject,
    });
    match decide(
        &raw,
        &hint,
        client.as_ref().map(|stored| &stored.client),
        known_as,
    ) {
        Ok(logout) => Ok(Decided {
            logout,
            session,
            client,
            refused: malformed,
        }),
        Err(error) => Ok(unproven(session, error)),
    }
}

fn unproven(session: Option<LiveSession>, error: Error) -> Decided {
    let logout = match session {
        Some(_) => Logout::Ask(Destination::LoggedOut),
        None => Logout::Nobody(Destination::LoggedOut),
    };
    Decided {
        logout,
        session,
        client: None,
        refused: Some(error),
    }
}

/// Ends the login, if there is one, and leaves: past the brands where the person has
/// another login, and the page that tells clients of the logout in frames.
///
/// # Errors
/// `Fault` if the database is unreachable.
pub async fn end(
    app: &App,
    brand: &RequestBrand,
    decided: &Decided,
) -> Result<Response, PageRefusal> {
    let destination = decided.logout.destination();
    let mut response = match &decided.session {
        Some(live) => {
            let ended = log_out(app, live).await?;
            let service = decided.client.as_ref().map(|stored| &stored.client);
            let leaving = Leaving::of(live, destination, service);
            sign_out::leave(app, brand, leaving, ended)?
        }
        None => go(destination)?,
    };
    sign_out::forget_session(brand, &mut response);
    Ok(response)
}

/// Redirects the browser to the final destination.
///
/// # Errors
/// `Fault` if the address is no header value.
pub fn go(destination: &Destination) -> Result<Response, PageRefusal> {
    match destination {
        Destination::LoggedOut => see_other(LOGGED_OUT),
        Destination::Client(uri) => see_other(uri),
    }
}

fn see_other(location: &str) -> Result<Response, PageRefusal> {
    let location = HeaderValue::try_from(location)
        .map_err(|_| Error::invalid_request("the parameters cannot be put in a URL"))?;
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response())
}
