//! The table of contents: every path, and who answers it.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, Method, StatusCode, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::{Any, CorsLayer};
use tower_http::timeout::TimeoutLayer;

use crate::app::SharedApp;
use crate::endpoints::{
    authorization, check_session, dealer_customers, device_authorization, discovery, end_session,
    introspection, jwks, pushed_authorization_request, registration, revocation, security_txt,
    sign_on, sign_out, token, userinfo,
};
use crate::http::{
    fetch_metadata, head, origin, recording, refusal, request_log, request_target, security_headers,
};
use crate::oidc::token_type::TokenType;
use crate::{health, screens};

/// Everything under the brands' hosts.
pub fn router(app: SharedApp) -> Router {
    let limits = &app.config.limits;
    let body_limit = DefaultBodyLimit::max(limits.body_bytes);
    let time_limit =
        TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, limits.request_timeout);
    recorded(protocol(&app).merge(pages(&app)), &app)
        .layer(body_limit)
        .layer(time_limit)
        .layer(from_fn_with_state(app.clone(), refusal::tell))
        .layer(from_fn_with_state(app.clone(), origin::tell))
        .layer(from_fn(request_log::log))
        .layer(CatchPanicLayer::new())
        .layer(from_fn(request_target::settle))
        .layer(from_fn_with_state(
            app.clone(),
            security_headers::everywhere,
        ))
        .with_state(app)
}

/// The same, with what the debugger is to see, where there is one.
fn recorded(router: Router<SharedApp>, app: &SharedApp) -> Router<SharedApp> {
    match app.debugger {
        Some(_) => router.layer(from_fn_with_state(app.clone(), recording::record)),
        None => router,
    }
}

/// What relying parties call.
fn protocol(app: &SharedApp) -> Router<SharedApp> {
    let security = match app.config.security_contact {
        Some(_) => Router::new().route(security_txt::PATH, get(security_txt::get)),
        None => Router::new(),
    };
    // Browser-based clients read these from their own origins; no cookie is looked at here.
    let open = Router::new()
        .route("/.well-known/openid-configuration", get(discovery::get))
        .route(
            "/.well-known/oauth-authorization-server",
            get(discovery::get),
        )
        .route("/jwks", get(jwks::get))
        .route("/token", post(token::post))
        .route("/userinfo", get(userinfo::answer).post(userinfo::answer))
        .route("/revoke", post(revocation::post))
        .layer(cross_origin());
    Router::new()
        .merge(open)
        .merge(security)
        .route("/par", post(pushed_authorization_request::post))
        .route("/introspect", post(introspection::post))
        .route("/register", post(registration::post))
        .route(
            "/register/{client_id}",
            get(registration::management::get)
                .put(registration::management::put)
                .delete(registration::management::delete),
        )
        .route("/device_authorization", post(device_authorization::post))
        .route("/dealer/customers", get(dealer_customers::get))
        .route("/check_session", get(check_session::get))
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
}

/// What people's browsers open.
fn pages(app: &SharedApp) -> Router<SharedApp> {
    let debugger = match app.debugger {
        Some(_) => screens::debugger::routes(),
        None => Router::new(),
    };
    debugger
        .route(
            "/authorize",
            get(authorization::get).post(authorization::post),
        )
        .route("/logout", get(end_session::get).post(end_session::post))
        .route(crate::interaction::sign_on::ASK, get(sign_on::ask))
        .route(crate::interaction::sign_on::RETURN, get(sign_on::come_back))
        .route(crate::sessions::sign_out::PATH, get(sign_out::get))
        // Those above are called from other sites by design; a screen's form never is.
        .merge(screens::routes().layer(from_fn(fetch_metadata::same_site)))
        .route_layer(from_fn(head::refuse))
        .layer(from_fn_with_state(app.clone(), screens::error::render))
        .layer(from_fn(security_headers::add))
}

/// What a browser lets another origin's script send and read: `own` and the headers of the
/// tokens that are presented here.
fn with_those_of_tokens(
    of: fn(TokenType) -> &'static [&'static str],
    own: HeaderName,
) -> Vec<HeaderName> {
    let of_tokens = TokenType::ALL.iter().flat_map(|token_type| of(*token_type));
    let of_tokens = of_tokens.map(|name| HeaderName::from_static(name));
    of_tokens.chain([own]).collect()
}

fn cross_origin() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers(with_those_of_tokens(
            TokenType::request_headers,
            header::CONTENT_TYPE,
        ))
        .expose_headers(with_those_of_tokens(
            TokenType::response_headers,
            header::RETRY_AFTER,
        ))
}
