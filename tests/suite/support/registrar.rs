//! A developer who registers clients over HTTP.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::browser::http_client;
use super::provider::Provider;
use super::relying_party::{RelyingParty, Reply};
use common_id::config::{Config, RegistrationAccess};

/// Redirect URI of this developer's clients.
pub(crate) const CALLBACK: &str = "https://drive.example/callback";

/// Starts a provider where everybody may register any number of clients.
pub(crate) async fn open_provider() -> Provider {
    open_provider_with(|_| ()).await
}

/// The same, with a configuration that `change` has changed, too.
pub(crate) async fn open_provider_with(change: impl FnOnce(&mut Config)) -> Provider {
    Provider::start_with(|config| {
        config.dynamic_registration.access = RegistrationAccess::Open;
        config.dynamic_registration.per_ip_hour = 0;
        change(config);
    })
    .await
}

/// Returns the least metadata that can be registered, with `changes` laid over it.
pub(crate) fn metadata(changes: Value) -> Value {
    let mut metadata = json!({"client_name": "ドライブ手帳", "redirect_uris": [CALLBACK]});
    let members = metadata.as_object_mut().unwrap();
    members.extend(changes.as_object().unwrap().clone());
    metadata
}

/// Sends a request.
pub(crate) async fn send(request: RequestBuilder) -> Reply {
    let answer = request.send().await.unwrap();
    Reply {
        status: answer.status(),
        headers: answer.headers().clone(),
        body: answer.text().await.unwrap(),
    }
}

/// Registers a client at brand toyota, with an initial access token if one is given.
pub(crate) async fn try_register(
    provider: &Provider,
    metadata: &Value,
    token: Option<&str>,
) -> Reply {
    let request = http_client().post(provider.url("/register")).json(metadata);
    send(match token {
        Some(token) => request.bearer_auth(token),
        None => request,
    })
    .await
}

/// A registered client.
#[derive(Clone, Debug)]
pub(crate) struct Registered {
    /// The client information response.
    pub(crate) information: Value,
}

/// Registers a client; fails the test if that is refused.
pub(crate) async fn register(provider: &Provider, changes: Value) -> Registered {
    let reply = try_register(provider, &metadata(changes), None).await;
    assert_eq!(reply.status, 201, "{}", reply.body);
    Registered {
        information: reply.json(),
    }
}

impl Registered {
    /// Returns a member that is a string.
    #[track_caller]
    pub(crate) fn text(&self, member: &str) -> &str {
        self.information[member]
            .as_str()
            .unwrap_or_else(|| panic!("no {member} in {}", self.information))
    }

    /// Builds a request to the client's configuration endpoint with its registration access
    /// token.
    pub(crate) fn manage(&self, method: Method) -> RequestBuilder {
        self.manage_by(method, self.text("registration_access_token"))
    }

    /// The same with another token.
    pub(crate) fn manage_by(&self, method: Method, token: &str) -> RequestBuilder {
        http_client()
            .request(method, self.text("registration_client_uri"))
            .bearer_auth(token)
    }

    /// Replaces its registration.
    pub(crate) async fn put(&self, metadata: &Value) -> Reply {
        send(self.manage(Method::PUT).json(metadata)).await
    }

    /// Reads its registration; fails the test if that is refused.
    pub(crate) async fn read(&self) -> Value {
        let reply = send(self.manage(Method::GET)).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        reply.json()
    }

    /// Returns a relying party that is configured as registered.
    pub(crate) async fn party(&self, provider: &Provider) -> RelyingParty {
        RelyingParty::discover(
            &provider.issuer(),
            self.text("client_id"),
            self.information["client_secret"].as_str(),
            CALLBACK,
            &provider.app.clock,
        )
        .await
    }
}

/// Redeems a code that does not exist; the error tells whether client authentication
/// succeeded.
pub(crate) async fn tries_a_code(party: &RelyingParty) -> (u16, String) {
    let verifier = "v".repeat(43);
    party
        .exchange_raw("no-such-code", &verifier)
        .await
        .refused()
}
