//! The claims of a request object whose signature was verified.

use common_id::oidc::authorization_request::{Channel, RawAuthorizationRequest};
use common_id::oidc::client::Client;
use common_id::oidc::request_object::{self, Circumstances};
use serde_json::{Map, Value};

use super::authorization::judge_request;
use super::form;
use crate::clients::CLIENTS;
use crate::{ISSUER, NOW, choose, judge_error, line, text};

/// `CLIENT CHANNEL QUERY ⏎ CLAIMS`: parameters and the claims of a verified request object.
pub(super) fn request_object_of(data: &[u8]) {
    let Some((client, data)) = choose(data, CLIENTS.len()) else {
        return;
    };
    let Some((channel, data)) = choose(data, 2) else {
        return;
    };
    let channel = [Channel::Browser, Channel::Pushed][channel];
    let client = &CLIENTS[client];
    let data = text(data);
    let mut data = data.as_ref();
    let Ok(outside) = form(line(&mut data).as_bytes()) else {
        return;
    };
    let raw = RawAuthorizationRequest(outside);
    judge_handed(&raw, client);
    let Ok(object) = serde_json::from_str::<Map<String, Value>>(data) else {
        return;
    };
    let circumstances = Circumstances {
        client,
        issuer: ISSUER,
        channel,
        now: NOW,
    };
    match request_object::merged(&raw, &object, circumstances) {
        Ok(merged) => {
            judge_merged(&merged, &raw, &object, circumstances);
            judge_request(&merged, client, channel);
        }
        Err(error) => judge_error(&error),
    }
}

fn judge_handed(raw: &RawAuthorizationRequest, client: &Client) {
    match request_object::handed(raw, client) {
        Ok(request_object::Handed::Nothing) => assert!(!client.require_signed_request_object),
        Ok(request_object::Handed::ByValue(object)) => {
            assert_eq!(raw.get("request"), Some(object));
            if let Err(error) = request_object::algorithm_of(object, client) {
                judge_error(&error);
            }
        }
        Ok(request_object::Handed::ByReference(uri)) => {
            assert!(client.request_uris.iter().any(|own| own == uri));
        }
        Err(error) => judge_error(&error),
    }
}

fn judge_merged(
    merged: &RawAuthorizationRequest,
    raw: &RawAuthorizationRequest,
    object: &Map<String, Value>,
    circumstances: Circumstances<'_>,
) {
    let client_id = &circumstances.client.client_id.0;
    assert!(object.get("iss").is_none_or(|iss| iss == client_id));
    let past = |exp: &Value| exp.as_f64().is_none_or(|exp| exp < NOW.0 as f64);
    assert!(!object.get("exp").is_some_and(past), "an expired object");
    for (name, value) in &merged.0 {
        assert!(!["request", "request_uri"].contains(&name.as_str()));
        assert!(!value.is_empty() && !value.contains('\0'));
        let inside = object.get(name).map(|inside| match inside {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        });
        let from_inside = inside.as_ref() == Some(value);
        assert!(from_inside || raw.get(name) == Some(value), "{name}");
        let ignores = circumstances.client.require_signed_request_object
            || circumstances.channel == Channel::Pushed;
        assert!(
            from_inside || !ignores || name == "client_id",
            "{name} counts"
        );
    }
}
