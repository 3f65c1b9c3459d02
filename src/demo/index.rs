//! The demo's front page at the bare address: links to everything.

use axum::Router;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::routing::get;
use relying_parties::RelyingPartyConfig;

/// Returns the router of the page, which is served at any other host.
pub fn router(parties: &[RelyingPartyConfig], port: u16) -> Router {
    let page = page(parties, port);
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'",
        ),
    ];
    Router::new().route("/", get(move || async move { (headers, page) }))
}

/// Names and addresses are constants of this program: nothing here comes from outside.
fn page(parties: &[RelyingPartyConfig], port: u16) -> String {
    let mut items = String::new();
    for party in parties {
        items.push_str(&format!(
            "<li><a href=\"{}/\">{} / {}</a></li>",
            party.base_url, party.name.ja, party.name.en
        ));
    }
    format!(
        "<!doctype html><html lang=\"ja\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>Common ID</title><style>body{{font:16px/1.7 sans-serif;max-width:40rem;margin:2rem auto;padding:0 1rem}}</style>\
         <h1>Common ID</h1><p>サービスを開いて、ログインしてください。 / Open a service and log in.</p><ul>{items}</ul>\
         <p><a href=\"http://outbox.localhost:{port}/\">送信されたメールとSMS / Mails and SMS sent</a></p></html>"
    )
}
