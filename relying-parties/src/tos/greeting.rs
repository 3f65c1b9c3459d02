//! ③ greets the person who is logged in at the provider by name. The site finds out by a
//! request without a page (`prompt=none`, OpenID Connect Core §3.1.2.1); if nobody is
//! logged in, or the request fails, ③ is shown without a name.

use std::time::Duration;

use axum::response::Response;
use serde_json::json;
use tokio::time::Instant;

use super::Tos;
use super::hand_over::Errand;
use crate::failure::Failure;
use crate::locale::{Locale, asked_for};
use crate::provider::Person;

/// How long an answer is cached, so that a reload sends no new request.
pub(super) const BELIEVED_FOR: Duration = Duration::from_secs(60);

/// The person logged in at the provider, if any.
#[derive(Clone)]
pub(super) struct Greeting(Option<LoggedIn>);

#[derive(Clone)]
struct LoggedIn {
    name: Option<String>,
    id_token: String,
}

impl Greeting {
    /// Returns the person's ID token, which identifies them to the provider as
    /// `id_token_hint`.
    pub(super) fn id_token(self) -> Option<String> {
        self.0.map(|person| person.id_token)
    }
}

/// Sends the browser to the provider to ask; shows ③ without a name if that fails.
pub(super) async fn ask(
    tos: &Tos,
    session: String,
    locale: Locale,
    query: Option<&str>,
) -> Response {
    let page = match asked_for(query) {
        Some(locale) => format!("/migration?lang={}", locale.tag()),
        None => "/migration".to_owned(),
    };
    let errand = Errand::Greeting { page };
    match tos
        .send(session, errand, locale, &[("prompt", "none")])
        .await
    {
        Ok(onward) => onward,
        Err(failure) => {
            tracing::info!(client.id = tos.config.client_id, reason = %failure, "nobody could be greeted");
            show(tos, locale, &Greeting(None))
        }
    }
}

/// Stores the answer, also if nobody is logged in.
pub(super) fn keep(tos: &Tos, session: String, outcome: Result<Person, Failure>) {
    let person = match outcome {
        Ok(person) => Some(LoggedIn {
            name: person.name,
            id_token: person.id_token.to_string(),
        }),
        Err(Failure::Refused(_) | Failure::Denied) => None,
        Err(failure) => {
            tracing::info!(client.id = tos.config.client_id, reason = %failure, "nobody could be greeted");
            None
        }
    };
    tos.greetings.put(session, Greeting(person), Instant::now());
}

/// Shows ③.
pub(super) fn show(tos: &Tos, locale: Locale, greeting: &Greeting) -> Response {
    let name = greeting
        .0
        .as_ref()
        .and_then(|person| person.name.as_deref());
    tos.show("tos/choice.html", locale, &json!({"name": name}))
}
