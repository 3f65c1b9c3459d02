//! A browser that began a login, so that a request can go on with it.

use std::sync::LazyLock;

use axum::body::{Body, to_bytes};
use axum::http::{Request, Response, header};
use tower::ServiceExt as _;

use super::{LONGEST, ROUTER};
use crate::node::RUNTIME;
use crate::{ISSUER, text};

/// What a browser holds that began a login.
struct Begun {
    interaction: String,
    browser: String,
    form: String,
}

static BEGUN: LazyLock<Begun> = LazyLock::new(|| RUNTIME.block_on(begin()));

async fn begin() -> Begun {
    let authorize = "/authorize?client_id=web&response_type=code&scope=openid&state=s&nonce=n\
                     &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256\
                     &redirect_uri=https%3A%2F%2Fservice.example%2Fcallback";
    let first = visit(authorize, None).await;
    let interaction = location(&first);
    let cookie = |response: &Response<Body>| {
        let mut set = response.headers().get_all(header::SET_COOKIE).iter();
        let pair = set.find_map(|cookie| {
            cookie
                .to_str()
                .ok()?
                .strip_prefix("browser=")?
                .split(';')
                .next()
                .map(str::to_owned)
        });
        pair
    };
    let mut browser = cookie(&first);
    let mut page = visit(&interaction, browser.as_deref()).await;
    let mut at = interaction;
    while page.status().is_redirection() {
        browser = cookie(&page).or(browser);
        at = location(&page);
        page = visit(&at, browser.as_deref()).await;
    }
    browser = cookie(&page).or(browser);
    let body = to_bytes(page.into_body(), LONGEST).await.expect("a page");
    let body = text(&body).into_owned();
    let form = body
        .split("name=\"form_token\" value=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next());
    let interaction = at
        .split("/interaction/")
        .nth(1)
        .and_then(|rest| rest.split('/').next());
    Begun {
        form: form
            .unwrap_or_else(|| panic!("no form token in {at}: {body}"))
            .to_owned(),
        interaction: interaction.expect("an interaction").to_owned(),
        browser: browser.expect("a cookie of the browser"),
    }
}

async fn visit(target: &str, browser: Option<&str>) -> Response<Body> {
    let mut request = Request::get(target).header(header::HOST, "id.toyota.localhost:8080");
    if let Some(browser) = browser {
        request = request.header(header::COOKIE, format!("browser={browser}"));
    }
    let request = request.body(Body::empty()).expect("a request");
    ROUTER.clone().oneshot(request).await.expect("infallible")
}

fn location(response: &Response<Body>) -> String {
    let location = response
        .headers()
        .get(header::LOCATION)
        .expect("a redirect");
    let location = location.to_str().expect("a URI");
    location.strip_prefix(ISSUER).unwrap_or(location).to_owned()
}

pub(super) fn with_the_browsers(data: &[u8]) -> Vec<u8> {
    if !data.contains(&b'{') {
        return data.to_vec();
    }
    let Ok(text) = std::str::from_utf8(data) else {
        return data.to_vec();
    };
    let text = text
        .replace("{interaction}", &BEGUN.interaction)
        .replace("{browser}", &BEGUN.browser)
        .replace("{form}", &BEGUN.form);
    text.into_bytes()
}
