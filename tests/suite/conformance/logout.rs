//! The four logout plans, one test for each module and named like it. A phone does what the
//! suite's scripted browser does; texts for the reviewer are read from the page.

use std::collections::BTreeMap;

use common_id::sha256::sha256_hex;
use jsonwebtoken::Algorithm;
use serde_json::{Value, json};
use url::Url;

use crate::support::both_brands::parameter;
use crate::support::browser::{Landed, Page, Phone};
use crate::support::provider::Provider;
use crate::support::receiver::{Receiver, verified_as};
use crate::support::relying_party::{RelyingParty, jwt_part};
use crate::support::steps::{self, Person};

const ORIGIN: &str = "https://suite.example:8443";
const BYE: &str = "https://suite.example:8443/test/a/common-id/post_logout_redirect";

/// The suite's client after a login.
struct Suite {
    provider: Provider,
    party: RelyingParty,
    person: Person,
    phone: Phone,
    id_token: String,
    /// The parameters of the authorization response.
    answer: BTreeMap<String, String>,
}

impl Suite {
    async fn with(registered: Value) -> Self {
        let provider = Provider::start().await;
        let mut client = json!({
            "redirect_uris": [format!("{ORIGIN}/test/a/common-id/callback")],
            "post_logout_redirect_uris": [BYE],
        });
        let members = client.as_object_mut().unwrap();
        members.extend(registered.as_object().unwrap().clone());
        provider.register("suite", client).await;
        let party = provider.party("suite").await;
        let person = steps::person(&provider, "hanako@example.jp").await;
        let mut phone = Phone::new();
        let request = party.ask("openid");
        let url = steps::answer(&mut phone, &party, &request, &person).await;
        let id_token = party.exchange(&url, &request).await.id_token;
        Self {
            answer: party.answer_of(&url, &request),
            provider,
            party,
            person,
            phone,
            id_token,
        }
    }

    async fn new() -> Self {
        Self::with(json!({})).await
    }

    async fn end_session(&mut self, parameters: &[(&str, &str)]) -> Landed {
        let mut url = Url::parse(&self.party.endpoint("end_session_endpoint")).unwrap();
        if !parameters.is_empty() {
            url.query_pairs_mut().extend_pairs(parameters);
        }
        self.phone.open(url).await
    }

    /// The module's last step: `prompt=none` must return `login_required`.
    async fn assert_logged_out(&mut self) {
        let request = self.party.ask("openid").with("prompt", "none");
        let url = self.phone.open(self.party.url(&request)).await.away();
        assert_eq!(self.party.error_of(&url, &request), "login_required");
    }

    /// Does the browser task "Confirm".
    async fn confirm(&mut self, page: &Page) -> Landed {
        self.phone.press(page, "logout", &[]).await
    }
}

/// Checks what a module with this metadata reads in the discovery document.
async fn assert_announced(endpoints: &[&str], supported: &[&str]) {
    let provider = Provider::start().await;
    for brand in ["toyota", "lexus"] {
        provider.register("suite", json!({})).await;
        let party = provider.party_at(brand, "suite").await;
        for name in endpoints {
            assert!(party.endpoint(name).starts_with(&provider.issuer_of(brand)));
        }
        for name in supported {
            assert_eq!(party.metadata[*name], true, "{name}");
        }
    }
}

/// Checks that a page is shown, with a success status and nothing that leads to the client.
fn assert_stays(landed: Landed, screen: &str) -> Page {
    let page = landed.screen(screen);
    assert_eq!(page.status, 200);
    let leads_away = page.body.contains("href=\"https://suite");
    assert!(!leads_away, "{}", page.body);
    page
}

#[tokio::test]
async fn oidcc_rp_initiated_logout_discovery_endpoint_verification() {
    assert_announced(&["end_session_endpoint"], &[]).await;
}

#[tokio::test]
async fn oidcc_rp_initiated_logout() {
    let mut suite = Suite::new().await;
    let (hint, state) = (suite.id_token.clone(), "s".repeat(128));
    let sent = [
        ("id_token_hint", hint.as_str()),
        ("post_logout_redirect_uri", BYE),
        ("state", &state),
    ];
    let url = suite.end_session(&sent).await.away();
    assert_eq!(
        url.as_str(),
        format!("{BYE}?state={state}"),
        "and nothing else"
    );
    suite.assert_logged_out().await;
}

#[tokio::test]
async fn oidcc_rp_initiated_logout_no_state() {
    let mut suite = Suite::new().await;
    let hint = suite.id_token.clone();
    let sent = [
        ("id_token_hint", hint.as_str()),
        ("post_logout_redirect_uri", BYE),
    ];
    let url = suite.end_session(&sent).await.away();
    assert_eq!(url.as_str(), BYE);
    suite.assert_logged_out().await;
}

#[tokio::test]
async fn oidcc_rp_initiated_logout_bad_post_logout_redirect_uri() {
    let mut suite = Suite::new().await;
    let (hint, bad) = (suite.id_token.clone(), format!("{BYE}_bad"));
    let sent = [
        ("id_token_hint", hint.as_str()),
        ("post_logout_redirect_uri", &bad),
        ("state", "s"),
    ];
    let page = assert_stays(suite.end_session(&sent).await, "logout");
    let after = suite.confirm(&page).await;
    assert_stays(after, "logged-out");
}

#[tokio::test]
async fn oidcc_rp_initiated_logout_query_added_to_post_logout_redirect_uri() {
    let mut suite = Suite::new().await;
    let (hint, added) = (suite.id_token.clone(), format!("{BYE}?foo=bar"));
    let sent = [
        ("id_token_hint", hint.as_str()),
        ("post_logout_redirect_uri", &added),
        ("state", "s"),
    ];
    let page = assert_stays(suite.end_session(&sent).await, "logout");
    let after = suite.confirm(&page).await;
    assert_stays(after, "logged-out");
}

/// Returns the ID token hint with `alg` none and no signature.
fn unsigned(id_token: &str) -> String {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let mut header = jwt_part(id_token, 0);
    header["alg"] = json!("none");
    let header = URL_SAFE_NO_PAD.encode(header.to_string());
    let claims = id_token.split('.').nth(1).unwrap();
    format!("{header}.{claims}.")
}

#[tokio::test]
async fn oidcc_rp_initiated_logout_modified_id_token_hint() {
    let mut suite = Suite::new().await;
    let hint = unsigned(&suite.id_token);
    let sent = [
        ("id_token_hint", hint.as_str()),
        ("post_logout_redirect_uri", BYE),
        ("state", "s"),
    ];
    let page = assert_stays(suite.end_session(&sent).await, "logout");
    let after = suite.confirm(&page).await;
    assert_stays(after, "logged-out");
}

#[tokio::test]
async fn oidcc_rp_initiated_logout_bad_id_token_hint() {
    let mut suite = Suite::new().await;
    // Signed with another key under one of our `kid`s.
    let (signed, _) = suite.id_token.rsplit_once('.').unwrap();
    let hint = format!("{signed}.{}", "A".repeat(342));
    let sent = [
        ("id_token_hint", hint.as_str()),
        ("post_logout_redirect_uri", BYE),
        ("state", "s"),
    ];
    let page = assert_stays(suite.end_session(&sent).await, "logout");
    let after = suite.confirm(&page).await;
    assert_stays(after, "logged-out");
}

#[tokio::test]
async fn oidcc_rp_initiated_logout_no_id_token_hint() {
    let mut suite = Suite::new().await;
    let sent = [("post_logout_redirect_uri", BYE), ("state", "s")];
    let page = assert_stays(suite.end_session(&sent).await, "logout");
    let after = suite.confirm(&page).await;
    assert_stays(after, "logged-out");
}

#[tokio::test]
async fn oidcc_rp_initiated_logout_no_params() {
    let mut suite = Suite::new().await;
    let page = assert_stays(suite.end_session(&[]).await, "logout");
    let after = suite.confirm(&page).await;
    let page = assert_stays(after, "logged-out");
    assert!(page.words().contains("ログアウトしました"));
    suite.assert_logged_out().await;
}

#[tokio::test]
async fn oidcc_rp_initiated_logout_no_post_logout_redirect_uri() {
    let mut suite = Suite::new().await;
    let hint = suite.id_token.clone();
    let sent = [("id_token_hint", hint.as_str()), ("state", "s")];
    assert_stays(suite.end_session(&sent).await, "logged-out");
    suite.assert_logged_out().await;
}

#[tokio::test]
async fn oidcc_rp_initiated_logout_only_state() {
    let mut suite = Suite::new().await;
    let page = assert_stays(suite.end_session(&[("state", "s")]).await, "logout");
    let after = suite.confirm(&page).await;
    assert_stays(after, "logged-out");
    suite.assert_logged_out().await;
}

#[tokio::test]
async fn oidcc_backchannel_logout_discovery_endpoint_verification() {
    let supported = [
        "backchannel_logout_supported",
        "backchannel_logout_session_supported",
    ];
    assert_announced(&["end_session_endpoint"], &supported).await;
}

#[tokio::test]
async fn oidcc_backchannel_rp_initiated_logout() {
    let receiver = Receiver::start([]).await;
    let mut suite = Suite::with(json!({
        "backchannel_logout_uri": receiver.logout_url(),
        "backchannel_logout_session_required": true,
    }))
    .await;
    let hint = suite.id_token.clone();
    let sent = [
        ("id_token_hint", hint.as_str()),
        ("post_logout_redirect_uri", BYE),
        ("state", "s"),
    ];
    let url = suite.end_session(&sent).await.away();
    assert_eq!(url.as_str(), format!("{BYE}?state=s"));
    suite.provider.push().await;
    let token = receiver.taken().remove(0).token;
    let kind = ("logout+jwt", Algorithm::RS256);
    let claims = verified_as(&suite.provider, &token, kind).await;
    let id_token = jwt_part(&hint, 1);
    for name in ["iss", "aud", "sub", "sid"] {
        assert_eq!(claims[name], id_token[name], "{name}");
    }
    let event = "http://schemas.openid.net/event/backchannel-logout";
    assert_eq!(claims["events"], json!({event: {}}));
    assert!(claims["jti"].is_string() && claims["iat"].is_i64());
    assert_eq!(claims.get("nonce"), None);
    assert!(jwt_part(&token, 0)["kid"].is_string());
    suite.assert_logged_out().await;
}

#[tokio::test]
async fn oidcc_frontchannel_logout_discovery_endpoint_verification() {
    let supported = [
        "frontchannel_logout_supported",
        "frontchannel_logout_session_supported",
    ];
    assert_announced(&["end_session_endpoint"], &supported).await;
}

#[tokio::test]
async fn oidcc_frontchannel_rp_initiated_logout() {
    let uri = format!("{ORIGIN}/test/a/common-id/frontchannel_logout");
    let mut suite = Suite::with(json!({
        "frontchannel_logout_uri": uri,
        "frontchannel_logout_session_required": true,
    }))
    .await;
    let hint = suite.id_token.clone();
    let sent = [
        ("id_token_hint", hint.as_str()),
        ("post_logout_redirect_uri", BYE),
        ("state", "s"),
    ];
    let page = suite.end_session(&sent).await.screen("logged-out");
    let frame = &page.frames()[0];
    assert!(frame.as_str().starts_with(&uri));
    let id_token = jwt_part(&hint, 1);
    for name in ["iss", "sid"] {
        assert_eq!(parameter(frame, name).as_deref(), id_token[name].as_str());
    }
    assert_eq!(page.goes_on_to(), Some(format!("{BYE}?state=s")));
    assert!(page.body.contains("onward.js"), "or at once, by its script");
    suite.assert_logged_out().await;
}

#[tokio::test]
async fn oidcc_session_management_discovery_endpoint_verification() {
    assert_announced(&["end_session_endpoint", "check_session_iframe"], &[]).await;
}

#[tokio::test]
async fn oidcc_session_management_rp_initiated_logout() {
    let mut suite = Suite::new().await;
    let issuer = Url::parse(&suite.provider.issuer()).unwrap();
    let state = suite.answer["session_state"].clone();
    assert!(!state.contains(' '));
    // Computes what the page in the frame answers; a browser test shows that they agree.
    let verify = |phone: &Phone| {
        let held = phone.cookie(&issuer, "browser-state").unwrap_or_default();
        let (hash, salt) = state.split_once('.').unwrap();
        hash == sha256_hex(format!("suite {ORIGIN} {held} {salt}").as_bytes())
    };
    assert!(verify(&suite.phone), "unchanged");
    let hint = suite.id_token.clone();
    let sent = [
        ("id_token_hint", hint.as_str()),
        ("post_logout_redirect_uri", BYE),
    ];
    suite.end_session(&sent).await.away();
    assert!(!verify(&suite.phone), "changed");
    suite.assert_logged_out().await;
    assert_eq!(suite.person.email, "hanako@example.jp");
}
