//! Devices that cannot show a login page, and the person who approves one.

use serde_json::json;

use super::browser::{Landed, Phone};
use super::provider::Provider;
use super::relying_party::{RelyingParty, Reply};
use super::steps::{self, Person};

/// The grant type of RFC 8628 §3.4.
pub(crate) const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// A device's client: public, without any redirect URI.
#[derive(Clone)]
pub(crate) struct Navi {
    /// Sends the device's requests to the provider.
    pub(crate) party: RelyingParty,
}

/// A device that waits for approval.
#[derive(Clone)]
pub(crate) struct Device {
    /// The `device_code`, a secret of the device.
    pub(crate) device_code: String,
    /// The `user_code` that the device shows.
    pub(crate) user_code: String,
    /// The address where a person types the code in.
    pub(crate) verification_uri: String,
}

impl Navi {
    /// Registers the client with the provider.
    pub(crate) async fn of(provider: &Provider) -> Self {
        Self::named(provider, "navi").await
    }

    /// Registers a client with that `client_id`.
    pub(crate) async fn named(provider: &Provider, client_id: &str) -> Self {
        let public = json!({
            "client_name": {"": "ナビ", "en": "Navigation"},
            "token_endpoint_auth_method": "none",
            "redirect_uris": [],
            "response_types": [],
            "grant_types": [DEVICE_CODE, "refresh_token"],
        });
        provider.register(client_id, public).await;
        let party = provider.party(client_id).await;
        Self { party }
    }

    /// Requests codes, and returns any reply.
    pub(crate) async fn ask(&self, parameters: &[(&str, &str)]) -> Reply {
        self.party
            .post("device_authorization_endpoint", parameters)
            .await
    }

    /// Requests codes for a device; fails the test if that is refused.
    pub(crate) async fn begin(&self, scope: &str) -> Device {
        self.begin_with(&[("scope", scope)]).await
    }

    /// Requests codes with more parameters.
    pub(crate) async fn begin_with(&self, parameters: &[(&str, &str)]) -> Device {
        let reply = self.ask(parameters).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        Device {
            device_code: reply.text("device_code"),
            user_code: reply.text("user_code"),
            verification_uri: reply.text("verification_uri"),
        }
    }

    /// Polls the token endpoint for the person's decision.
    pub(crate) async fn poll(&self, device: &Device) -> Reply {
        self.party
            .token(&[
                ("grant_type", DEVICE_CODE),
                ("device_code", &device.device_code),
            ])
            .await
    }
}

/// Types in the code that the device shows.
pub(crate) async fn type_code(phone: &mut Phone, device: &Device) -> Landed {
    let page = phone
        .open(&device.verification_uri)
        .await
        .screen("device-code");
    let code = [("user_code", device.user_code.as_str())];
    phone.press(&page, "next", &code).await
}

/// Approves the device: from the code to the last page, with a login by password.
pub(crate) async fn let_in(phone: &mut Phone, device: &Device, person: &Person) {
    let page = type_code(phone, device).await.screen("device-confirmation");
    let landed = phone.press(&page, "approve", &[]).await;
    steps::log_in(phone, landed, &person.email)
        .await
        .screen("device-complete");
}
