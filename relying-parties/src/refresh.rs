//! Refreshing: replaces an expired access token, and reads the person's data again (OpenID
//! Connect Core §12). It also revokes refresh tokens.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Redirect, Response};
use openidconnect::{
    AccessToken, Nonce, OAuth2TokenResponse as _, RefreshToken, SubjectIdentifier,
    TokenResponse as _,
};
use tokio::time::Instant;

use crate::cookie;
use crate::failure::{Failure, with_causes};
use crate::id_token::verify;
use crate::linked_dealers::dealer_codes;
use crate::locale::Locale;
use crate::logout::is_from_our_page;
use crate::provider::{Person, Provider, display_name, exchange_failure};
use crate::routes::RelyingParty;

/// `POST /refresh`
pub(crate) async fn refresh(
    State(party): State<Arc<RelyingParty>>,
    headers: HeaderMap,
) -> Response {
    let locale = Locale::of(&headers, None);
    if !is_from_our_page(&headers) {
        return party.problem(StatusCode::FORBIDDEN, "cross_site", locale);
    }
    let Some(session) = cookie::read(&headers, &party.session_cookie).map(str::to_owned) else {
        return Redirect::to("/").into_response();
    };
    let Some(person) = party.sessions.get(&session, Instant::now()) else {
        return Redirect::to("/").into_response();
    };
    match party.provider_of(&person).refreshed(&person).await {
        Ok(person) => {
            party
                .sessions
                .put(session, Arc::new(person), Instant::now());
            Redirect::to("/").into_response()
        }
        Err(failure) => {
            // The grant has ended, so the person has to log in again.
            if matches!(failure, Failure::Refused(_)) {
                party.sessions.take(&session, Instant::now());
            }
            party.failed(&failure, locale)
        }
    }
}

/// The result of a refresh.
pub(crate) struct Refreshed {
    pub(crate) name: Option<String>,
    pub(crate) phone_number: Option<String>,
    pub(crate) dealer_codes: Vec<String>,
    pub(crate) access_token: AccessToken,
    pub(crate) refresh_token: RefreshToken,
}

impl Provider {
    /// Returns the person with current data and a new refresh token.
    pub(crate) async fn refreshed(&self, person: &Person) -> Result<Person, Failure> {
        let token = person.refresh_token.as_ref().ok_or(Failure::Stale)?;
        let refreshed = self.refresh(&person.subject, token).await?;
        Ok(Person {
            subject: person.subject.clone(),
            name: refreshed.name,
            dealer_codes: refreshed.dealer_codes,
            phone_number: refreshed.phone_number,
            verified_email: person.verified_email.clone(),
            age: person.age,
            issuer: person.issuer.clone(),
            access_token: refreshed.access_token,
            refresh_token: Some(refreshed.refresh_token),
            id_token: person.id_token.clone(),
            sid: person.sid.clone(),
        })
    }

    /// Redeems the refresh token of the person `subject`.
    pub(crate) async fn refresh(
        &self,
        subject: &str,
        token: &RefreshToken,
    ) -> Result<Refreshed, Failure> {
        let discovered = self.discovered().await?;
        let tokens = discovered
            .client
            .exchange_refresh_token(token)
            .map_err(|missing| Failure::Unreachable(with_causes(&missing)))?
            .request_async(&self.http)
            .await
            .map_err(exchange_failure)?;
        let subject = SubjectIdentifier::new(subject.to_owned());
        let mut known = discovered;
        if let Some(id_token) = tokens.id_token() {
            known = self.with_the_key_of(id_token, any_nonce, known).await?;
            let claims = verify(&known.client, id_token, any_nonce, &tokens)
                .map_err(|error| Failure::Untrusted(with_causes(&error)))?;
            // OpenID Connect Core §12.2: `sub` and `iss` must not change.
            if *claims.subject() != subject {
                return Err(Failure::Untrusted("sub is another person's".to_owned()));
            }
        }
        let profile = self.user_info(&known.client, &tokens, &subject).await?;
        Ok(Refreshed {
            name: display_name(&profile),
            phone_number: profile.phone_number().map(|number| number.to_string()),
            dealer_codes: dealer_codes(&tokens.extra_fields().extra_fields().authorization_details),
            access_token: tokens.access_token().clone(),
            refresh_token: tokens.refresh_token().unwrap_or(token).clone(),
        })
    }
}

impl Provider {
    /// Revokes a refresh token and the grant behind it (RFC 7009 §2.1), as a public client.
    pub(crate) async fn revoke(&self, token: &RefreshToken) -> Result<(), Failure> {
        let discovered = self.discovered().await?;
        let metadata = discovered.metadata.additional_metadata();
        let Some(endpoint) = metadata.revocation_endpoint.as_deref() else {
            return Ok(());
        };
        let form = [
            ("token", token.secret().as_str()),
            ("token_type_hint", "refresh_token"),
            ("client_id", discovered.client.client_id().as_str()),
        ];
        match self.post(endpoint, &form).await?.0 {
            StatusCode::OK => Ok(()),
            status => Err(Failure::Refused(format!("revocation answered {status}"))),
        }
    }
}

/// Accepts any nonce: a refreshed ID token need not repeat it (OpenID Connect Core §12.2),
/// and a device's request has none.
pub(crate) fn any_nonce(_: Option<&Nonce>) -> Result<(), String> {
    Ok(())
}
