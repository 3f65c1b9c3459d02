//! Renders the pages from templates, data and words, and adds the headers that restrict
//! what a page may do.

use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use serde::Serialize;
use tera::{Context, Tera};

use crate::locale::Locale;
use crate::relying_party::RelyingPartyConfig;
use crate::words::Words;

const TEMPLATES: &[(&str, &str)] = &[
    ("page.html", include_str!("../templates/page.html")),
    ("home.html", include_str!("../templates/home.html")),
    (
        "service_history.html",
        include_str!("../templates/service_history.html"),
    ),
    (
        "linked_dealers.html",
        include_str!("../templates/linked_dealers.html"),
    ),
    (
        "purchase_plans.html",
        include_str!("../templates/purchase_plans.html"),
    ),
    ("tos/ways.html", include_str!("../templates/tos/ways.html")),
    ("tos/page.html", include_str!("../templates/tos/page.html")),
    (
        "tos/login.html",
        include_str!("../templates/tos/login.html"),
    ),
    (
        "tos/forgotten.html",
        include_str!("../templates/tos/forgotten.html"),
    ),
    ("tos/top.html", include_str!("../templates/tos/top.html")),
    (
        "tos/choice.html",
        include_str!("../templates/tos/choice.html"),
    ),
    (
        "tos/complete.html",
        include_str!("../templates/tos/complete.html"),
    ),
    (
        "tos/problem.html",
        include_str!("../templates/tos/problem.html"),
    ),
    (
        "phone_app.html",
        include_str!("../templates/phone_app.html"),
    ),
    ("navi.html", include_str!("../templates/navi.html")),
    ("remote.html", include_str!("../templates/remote.html")),
    (
        "remote_confirmation.html",
        include_str!("../templates/remote_confirmation.html"),
    ),
    ("staff.html", include_str!("../templates/staff.html")),
    (
        "staff_refused.html",
        include_str!("../templates/staff_refused.html"),
    ),
    ("problem.html", include_str!("../templates/problem.html")),
];

const STYLE: &str = include_str!("../assets/style.css");
const ICON: &str = include_str!("../assets/icon.svg");

/// The templates of one relying party, and the security policy of its pages.
pub(crate) struct Pages {
    tera: Tera,
    policy: HeaderValue,
}

impl Pages {
    /// Reads the templates. `provider_origins` lists, separated by spaces, the origins
    /// besides ours to which a form may lead: a logout redirects there.
    pub(crate) fn new(provider_origins: &str) -> Result<Self, crate::routes::CannotStart> {
        let mut tera = Tera::new();
        tera.add_raw_templates(TEMPLATES.iter().copied())?;
        let policy = format!(
            "default-src 'none'; style-src 'self'; img-src 'self'; \
             form-action 'self' {provider_origins}; base-uri 'none'; frame-ancestors 'none'"
        );
        Ok(Self {
            tera,
            policy: HeaderValue::try_from(policy)?,
        })
    }

    /// Renders the page `template` of `party`, with `data` under the name `data`.
    pub(crate) fn show(
        &self,
        template: &str,
        party: &RelyingPartyConfig,
        locale: Locale,
        data: &impl Serialize,
    ) -> Response {
        let mut context = Context::new();
        context.insert("lang", locale.tag());
        context.insert("words", Words::of(locale));
        context.insert("theme", party.key);
        context.insert("name", party.name.read_in(locale));
        context.insert("lead", party.lead.read_in(locale));
        context.insert("data", data);
        match self.tera.render(template, &context) {
            Ok(html) => Html(html).into_response(),
            Err(error) => {
                tracing::error!(template, %error, "a page cannot be rendered");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }

    /// Adds the security headers that every response carries.
    pub(crate) fn guard(&self, mut response: Response) -> Response {
        let headers = response.headers_mut();
        headers.insert(CONTENT_SECURITY_POLICY, self.policy.clone());
        headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(
            HeaderName::from_static("cross-origin-opener-policy"),
            HeaderValue::from_static("same-origin"),
        );
        headers
            .entry(CACHE_CONTROL)
            .or_insert(HeaderValue::from_static("no-store"));
        response
    }
}

/// Returns the style sheet.
pub(crate) async fn style() -> impl IntoResponse {
    asset("text/css; charset=utf-8", STYLE)
}

/// Returns the icon.
pub(crate) async fn icon() -> impl IntoResponse {
    asset("image/svg+xml", ICON)
}

fn asset(media_type: &'static str, body: &'static str) -> impl IntoResponse {
    let headers = [
        (CONTENT_TYPE, media_type),
        (CACHE_CONTROL, "public, max-age=300"),
    ];
    (headers, body)
}
