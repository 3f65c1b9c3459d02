//! `GET /logo/{client_id}/{name}`: a client's logo, as it was fetched when the client
//! registered. Its name is derived from its content, so that it never changes and is cached
//! for ever.

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use crate::app::SharedApp;
use crate::http::refusal::PageRefusal;
use crate::locale::Locale;
use crate::oidc::client::{ClientId, Party};
use crate::store::clients::StoredClient;

/// Answers with the image.
///
/// # Errors
/// 404 if the client has no such logo; `Fault` if the database is unreachable.
pub async fn get(
    State(app): State<SharedApp>,
    Path((client_id, name)): Path<(String, String)>,
) -> Result<Response, PageRefusal> {
    let logo = app
        .store
        .clients()
        .logo(&ClientId(client_id), &name)
        .await?;
    let Some((media_type, bytes)) = logo else {
        return Err(PageRefusal::Page(StatusCode::NOT_FOUND, "not-found"));
    };
    let headers = [
        (header::CONTENT_TYPE, media_type),
        (
            header::CACHE_CONTROL,
            "public, max-age=31536000, immutable".to_owned(),
        ),
    ];
    Ok((headers, bytes).into_response())
}

/// Returns the path of the logo of another company's client, for the language `locale`. Our
/// own services have no logo here; they are shown under the brand.
#[must_use]
pub fn url_of(stored: &StoredClient, locale: Locale) -> Option<String> {
    if stored.client.party != Party::Third {
        return None;
    }
    let name = stored.logos.get(locale.tag())?;
    Some(format!("/logo/{}/{name}", stored.client.client_id))
}
