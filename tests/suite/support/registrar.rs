//! A developer who registers clients over HTTP.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::browser::http_client;
use super::provider::Provider;
use super::relying_party::{RelyingParty, Reply};
use common_id::config::{Config, RegistrationAccess};

/// Where the clients of this developer wait for answers.
pub(crate) const CALLBACK: &str = "https://drive.example/callback";

/// A provider where everybody may register clients, any number.
pub(crate) async fn open_provider() -> Provider {
    open_provider_with(|_| ()).await
}

/// The same, whose configuration `change` has changed besides.
pub(crate) async fn open_provider_with(change: impl FnOnce(&mut Config)) -> Provider {
    Provider::start_with(|config| {
        config.dynamic_registration.access = RegistrationAccess::Open;
        config.dynamic_registration.per_ip_hour = 0;
        change(config);
    })
    .await
}

/// The least that can be registered, with `changes` laid over it.
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

/// A client that is registered.
#[derive(Clone, Debug)]
pub(crate) struct Registered {
    /// What it was told.
    pub(crate) information: Value,
}

/// Registers a client; else the test fails.
pub(crate) async fn register(provider: &Provider, changes: Value) -> Registered {
    let reply = try_register(provider, &metadata(changes), None).await;
    assert_eq!(reply.status, 201, "{}", reply.body);
    Registered {
        information: reply.json(),
    }
}

impl Registered {
    /// A member that is text.
    #[track_caller]
    pub(crate) fn text(&self, member: &str) -> &str {
        self.information[member]
            .as_str()
            .unwrap_or_else(|| panic!("no {member} in {}", self.information))
    }

    /// Asks for its registration, or whatever the method says, by its own token.
    pub(crate) fn manage(&self, method: Method) -> RequestBuilder {
        self.manage_by(method, self.text("registration_access_token"))
    }

    /// The same by some token.
    pub(crate) fn manage_by(&self, method: Method, token: &str) -> RequestBuilder {
        http_client()
            .request(method, self.text("registration_client_uri"))
            .bearer_auth(token)
    }

    /// Replaces its registration.
    pub(crate) async fn put(&self, metadata: &Value) -> Reply {
        send(self.manage(Method::PUT).json(metadata)).await
    }

    /// Reads its registration; else the test fails.
    pub(crate) async fn read(&self) -> Value {
        let reply = send(self.manage(Method::GET)).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        reply.json()
    }

    /// A relying party that works as registered.
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

/// What a client is told of a code that there never was: whether it proved itself.
pub(crate) async fn tries_a_code(party: &RelyingParty) -> (u16, String) {
    let verifier = "v".repeat(43);
    party
        .exchange_raw("no-such-code", &verifier)
        .await
        .refused()
}
