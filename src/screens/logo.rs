//! `GET /logo/{client_id}/{name}`: a client's logo, as we fetched it when the client
//! registered. Its name is what it is, so it never changes and is kept for ever.

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use crate::app::SharedApp;
use crate::http::refusal::PageRefusal;
use crate::locale::Locale;
use crate::oidc::client::{ClientId, Party};
use crate::store::clients::StoredClient;

/// Answers with the picture.
///
/// # Errors
/// 404 if the client has no such logo.
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

/// Where the logo is that a reader of `locale` sees of another company's client. Our
/// own services have none: they are the brand's.
#[must_use]
pub fn url_of(stored: &StoredClient, locale: Locale) -> Option<String> {
    if stored.client.party != Party::Third {
        return None;
    }
    let name = stored.logos.get(locale.tag())?;
    Some(format!("/logo/{}/{name}", stored.client.client_id))
}
