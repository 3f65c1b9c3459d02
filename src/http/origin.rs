//! Tells the audit trail where the events of a request come from, and hands over what the
//! request noted once it is answered.

use std::sync::Arc;

use axum::extract::{FromRequestParts as _, Request, State};
use axum::http::header;
use axum::middleware::Next;
use axum::response::Response;

use super::client_address::ClientAddress;
use super::request_brand::host_of;
use crate::accounts::device_label::device_label;
use crate::app::SharedApp;
use crate::security_events::{Actor, Origin, Place, scope};

/// Runs the request as the origin of its events.
pub async fn tell(State(app): State<SharedApp>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let Ok(address) = ClientAddress::from_request_parts(&mut parts, &app).await;
    let brand = host_of(&parts.uri, &parts.headers)
        .and_then(|host| app.brands.by_host(host))
        .cloned();
    let user_agent = parts.headers.get(header::USER_AGENT).cloned();
    let place = move || {
        let device = user_agent.as_ref().and_then(|text| text.to_str().ok());
        Place {
            brand: brand.map(|brand| brand.name.clone()),
            device: device.map(device_label).unwrap_or_default(),
            network: Some(address.truncated()),
        }
    };
    let origin = Origin::new(Actor::Caller, app.clock.clone(), app.random.clone());
    let origin = Arc::new(origin.from(place));
    let answered = Answered {
        app,
        origin: Arc::clone(&origin),
    };
    let response = scope(origin, next.run(Request::from_parts(parts, body))).await;
    drop(answered);
    response
}

/// A request that is answered when this is dropped, or whose client went away before.
struct Answered {
    app: SharedApp,
    origin: Arc<Origin>,
}

impl Drop for Answered {
    fn drop(&mut self) {
        let noted = self.origin.take_noted();
        self.app.store.security_events().keep(noted);
    }
}
