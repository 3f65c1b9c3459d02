//! How a refusal is answered. A protocol endpoint answers with JSON (RFC 6749 §5.2) or a
//! challenge for a token (RFC 6750 §3); a screen answers with a page. What is to be logged
//! is in the response extensions and is logged once, by `request_log`.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::request_brand::host_of;
use crate::app::SharedApp;
use crate::brand::Brand;
use crate::fault::Fault;
use crate::oidc::rule::{self, Breaks, Rule};
use crate::oidc::token_type::TokenType;
use crate::oidc::{Error, ErrorCode};

/// How long a client should wait when this node is too busy, in seconds.
pub const BUSY_RETRY_AFTER: HeaderValue = HeaderValue::from_static("2");

/// How long a client should wait that used up a limit, in seconds.
const LIMIT_RETRY_AFTER: HeaderValue = HeaderValue::from_static("60");

/// What the log says of a refused request. It contains no personal data.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// The stable code.
    pub code: &'static str,
    /// The sentence for the client or the operator.
    pub description: String,
    /// Whether this provider failed, rather than the request.
    pub ours: bool,
    /// The number on the error page by which a person can ask about it.
    pub request_id: Option<String>,
    /// The rule that was broken.
    pub rule: Option<&'static Rule>,
}

impl From<&Error> for Refusal {
    fn from(error: &Error) -> Self {
        Self {
            code: error.code.as_str(),
            description: error.description.to_string(),
            ours: false,
            request_id: None,
            rule: error.rule,
        }
    }
}

impl From<&Fault> for Refusal {
    fn from(fault: &Fault) -> Self {
        let code = if fault.is_passing() {
            "temporarily_unavailable"
        } else {
            "server_error"
        };
        Self {
            code,
            description: chain(fault),
            ours: true,
            request_id: None,
            rule: None,
        }
    }
}

fn chain(fault: &dyn std::error::Error) -> String {
    let mut text = fault.to_string();
    let mut source = fault.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

/// A refusal by a protocol endpoint.
#[derive(Debug)]
pub enum ProtocolRefusal {
    /// An error for the client, as JSON.
    Client(Error),
    /// The client was not authenticated by HTTP Basic: 401 with a challenge.
    Challenge(Error),
    /// Allowed to nobody here: 403, as JSON.
    Forbidden(Error),
    /// At a protected resource: 401 or 403 with a challenge for each type of token that it
    /// accepts. No error if there was no token.
    Token(&'static [TokenType], Option<Error>),
    /// Not a form: 415.
    UnsupportedMediaType,
    /// Too long: 413.
    PayloadTooLarge,
    /// Our failure: 500, or 503 when we are too busy.
    Fault(Fault),
}

impl From<Error> for ProtocolRefusal {
    fn from(error: Error) -> Self {
        Self::Client(error)
    }
}

impl Breaks for ProtocolRefusal {
    fn breaks(self, rule: &'static Rule) -> Self {
        match self {
            Self::Client(error) => Self::Client(error.breaks(rule)),
            Self::Challenge(error) => Self::Challenge(error.breaks(rule)),
            Self::Forbidden(error) => Self::Forbidden(error.breaks(rule)),
            Self::Token(accepted, error) => {
                Self::Token(accepted, error.map(|error| error.breaks(rule)))
            }
            other => other,
        }
    }
}

impl<F: Into<Fault>> From<F> for ProtocolRefusal {
    fn from(fault: F) -> Self {
        Self::Fault(fault.into())
    }
}

/// What a client is told, on its way to [`tell`], which knows the issuer.
#[derive(Clone, Debug)]
struct Told {
    error: Error,
    challenge: Challenge,
}

/// How a client is asked to authenticate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Challenge {
    /// Without a `WWW-Authenticate` header.
    Nothing,
    /// By HTTP Basic (RFC 7617).
    Basic,
    /// By a token of one of these types (RFC 6750 §3), in a header that contains the error
    /// too.
    Token(&'static [TokenType]),
}

impl IntoResponse for ProtocolRefusal {
    fn into_response(self) -> Response {
        let refusal = self.logged();
        let mut response = match self {
            Self::Client(error) => told(status_of(error.code), error, Challenge::Nothing),
            Self::Challenge(error) => told(StatusCode::UNAUTHORIZED, error, Challenge::Basic),
            Self::Forbidden(error) => told(StatusCode::FORBIDDEN, error, Challenge::Nothing),
            Self::Token(accepted, Some(error)) => {
                told(status_of(error.code), error, Challenge::Token(accepted))
            }
            // RFC 6750 §3.1: a request without any token gets no error code.
            Self::Token(accepted, None) => challenged(
                StatusCode::UNAUTHORIZED.into_response(),
                &challenges(accepted, None, None),
            ),
            Self::UnsupportedMediaType => told(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                not_a_form(),
                Challenge::Nothing,
            ),
            Self::PayloadTooLarge => told(
                StatusCode::PAYLOAD_TOO_LARGE,
                too_long(),
                Challenge::Nothing,
            ),
            Self::Fault(fault) => failed(&fault),
        };
        response.extensions_mut().insert(refusal);
        response
    }
}

impl ProtocolRefusal {
    fn logged(&self) -> Refusal {
        match self {
            Self::Client(error)
            | Self::Challenge(error)
            | Self::Forbidden(error)
            | Self::Token(_, Some(error)) => error.into(),
            Self::Fault(fault) => fault.into(),
            Self::UnsupportedMediaType => (&not_a_form()).into(),
            Self::PayloadTooLarge => (&too_long()).into(),
            Self::Token(_, None) => no_token(),
        }
    }
}

/// What the log says of a request without its access token; its sender gets no error code.
const fn no_token() -> Refusal {
    Refusal {
        code: "unauthorized",
        description: String::new(),
        ours: false,
        request_id: None,
        rule: Some(rule::TOKEN_SENT),
    }
}

fn not_a_form() -> Error {
    let how = "send the parameters as application/x-www-form-urlencoded";
    Error::invalid_request(how).breaks(rule::PARAMETERS)
}

fn too_long() -> Error {
    let error = "the request body is longer than this server reads";
    Error::invalid_request(error).breaks(rule::PARAMETERS)
}

fn status_of(code: ErrorCode) -> StatusCode {
    match code {
        ErrorCode::InvalidClient | ErrorCode::InvalidToken => StatusCode::UNAUTHORIZED,
        ErrorCode::InsufficientScope => StatusCode::FORBIDDEN,
        ErrorCode::TemporarilyUnavailable => StatusCode::SERVICE_UNAVAILABLE,
        ErrorCode::ServerError => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::BAD_REQUEST,
    }
}

fn told(status: StatusCode, error: Error, challenge: Challenge) -> Response {
    let mut response = status.into_response();
    if status == StatusCode::SERVICE_UNAVAILABLE {
        let headers = response.headers_mut();
        headers.insert(RETRY_AFTER, LIMIT_RETRY_AFTER);
    }
    response.extensions_mut().insert(Told { error, challenge });
    response
}

fn challenged(mut response: Response, challenge: &str) -> Response {
    if let Ok(value) = HeaderValue::from_str(challenge) {
        response.headers_mut().insert(WWW_AUTHENTICATE, value);
    }
    response
}

fn failed(fault: &Fault) -> Response {
    if fault.is_passing() {
        let error = match fault {
            Fault::Full => "there is no room for this request at the moment: try again later",
            _ => "too many requests are waiting: try again in a moment",
        };
        let error = Error::new(ErrorCode::TemporarilyUnavailable, error);
        let mut response = told(StatusCode::SERVICE_UNAVAILABLE, error, Challenge::Nothing);
        response.headers_mut().insert(RETRY_AFTER, BUSY_RETRY_AFTER);
        return response;
    }
    let error = Error::new(
        ErrorCode::ServerError,
        "the server failed; the request may be repeated",
    );
    told(StatusCode::INTERNAL_SERVER_ERROR, error, Challenge::Nothing)
}

/// Writes the error into the response. Only this layer knows the issuer, whose page
/// `error_uri` names.
pub async fn tell(State(app): State<SharedApp>, request: Request, next: Next) -> Response {
    let brand = host_of(request.uri(), request.headers())
        .and_then(|host| app.brands.by_host(host))
        .cloned();
    let mut response = next.run(request).await;
    match response.extensions_mut().remove::<Told>() {
        Some(told) => written(response, &told, brand.as_deref()),
        None => response,
    }
}

/// An error as JSON (RFC 6749 §5.2).
#[derive(Serialize)]
struct Body<'a> {
    #[serde(flatten)]
    error: &'a Error,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_uri: Option<String>,
}

fn written(
    response: Response,
    Told { error, challenge }: &Told,
    brand: Option<&Brand>,
) -> Response {
    let error_uri = brand.map(|brand| error.code.uri(&brand.issuer));
    let header = match challenge {
        Challenge::Nothing => None,
        Challenge::Basic => Some("Basic realm=\"Common ID\", charset=\"UTF-8\"".to_owned()),
        Challenge::Token(accepted) => Some(challenges(accepted, Some(error), error_uri.as_deref())),
    };
    // RFC 6749 §5.1: no response of the token endpoint may be cached.
    let no_store = [(CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    let body = (no_store, Json(Body { error, error_uri })).into_response();
    let (mut parts, _) = response.into_parts();
    parts.headers.extend(body.headers().clone());
    let response = Response::from_parts(parts, body.into_body());
    match header {
        Some(header) => challenged(response, &header),
        None => response,
    }
}

/// The challenges for tokens of these types, in one header (RFC 9110 §11.6.1).
fn challenges(accepted: &[TokenType], error: Option<&Error>, error_uri: Option<&str>) -> String {
    let each = accepted.iter();
    let each: Vec<_> = each
        .map(|token_type| token_type.challenge(error, error_uri))
        .collect();
    each.join(", ")
}

/// A refusal by a screen. The page itself is rendered by
/// `crate::screens::error::render`, which knows the brand and the language.
#[derive(Debug)]
pub enum PageRefusal {
    /// The request of a client whose error cannot be redirected back.
    Client(Error),
    /// An error page with a stable code that has a text in the catalogue.
    Page(StatusCode, &'static str),
    /// A failure of this provider.
    Fault(Fault),
    /// No refusal: the person is redirected elsewhere.
    Elsewhere(Box<Response>),
}

impl From<Error> for PageRefusal {
    fn from(error: Error) -> Self {
        Self::Client(error)
    }
}

impl<F: Into<Fault>> From<F> for PageRefusal {
    fn from(fault: F) -> Self {
        Self::Fault(fault.into())
    }
}

impl PageRefusal {
    /// The refusal of a form that could not be read, as a page.
    #[must_use]
    pub fn from_form(refusal: ProtocolRefusal) -> Self {
        match refusal {
            ProtocolRefusal::Client(error) => Self::Client(error),
            ProtocolRefusal::Fault(fault) => Self::Fault(fault),
            ProtocolRefusal::PayloadTooLarge => {
                Self::Page(StatusCode::PAYLOAD_TOO_LARGE, "too-large")
            }
            _ => Self::Page(StatusCode::UNSUPPORTED_MEDIA_TYPE, "bad-form"),
        }
    }
}

/// What `crate::screens::error::render` puts on the error page.
#[derive(Clone, Debug)]
pub struct PageError {
    /// The stable code shown in `data-error`; its text is `page-error-<code>`,
    /// or `page-error-client` where a client is at fault.
    pub code: &'static str,
    /// The error for the client's developer, if the client is at fault.
    pub developer: Option<Error>,
}

impl IntoResponse for PageRefusal {
    fn into_response(self) -> Response {
        let (status, refusal, page) = match self {
            Self::Elsewhere(response) => return *response,
            Self::Client(error) => (
                StatusCode::BAD_REQUEST,
                Refusal::from(&error),
                PageError {
                    code: error.code.as_str(),
                    developer: Some(error),
                },
            ),
            Self::Page(status, code) => (
                status,
                Refusal {
                    code,
                    description: String::new(),
                    ours: false,
                    request_id: None,
                    rule: None,
                },
                PageError {
                    code,
                    developer: None,
                },
            ),
            Self::Fault(fault) => {
                let refusal = Refusal::from(&fault);
                let busy = fault.is_passing();
                let status = if busy {
                    StatusCode::SERVICE_UNAVAILABLE
                } else {
                    StatusCode::INTERNAL_SERVER_ERROR
                };
                let code = refusal.code;
                (
                    status,
                    refusal,
                    PageError {
                        code,
                        developer: None,
                    },
                )
            }
        };
        let mut response = status.into_response();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(RETRY_AFTER, BUSY_RETRY_AFTER);
        }
        response.extensions_mut().insert(refusal);
        response.extensions_mut().insert(page);
        response
    }
}
