//! `GET /assets/{name}`: style sheets, the script, the icon. Pages link them with a hash in
//! the URL; under that URL a file never changes and is cached for ever.

use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use crate::app::SharedApp;
use crate::http::refusal::PageRefusal;
use crate::pages::Asset;

const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// During an upgrade, an old page may ask a new node for an old file. The file it gets must
/// not be cached under the old URL.
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");

/// Answers with the file, or with 304 if the browser has it.
///
/// # Errors
/// 404 if there is no such file.
pub async fn get(
    State(app): State<SharedApp>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, PageRefusal> {
    let asset = app
        .pages
        .asset(&name)
        .ok_or(PageRefusal::Page(StatusCode::NOT_FOUND, "not-found"))?;
    let is_named = query.is_some_and(|query| query.strip_prefix("v=") == Some(&asset.version));
    let caching = if is_named { FOR_EVER } else { ASK_AGAIN };
    let tag = asset.entity_tag();
    let known = headers
        .get(header::IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|tags| tags.split(',').any(|known| known.trim() == tag));
    let response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        whole(asset)
    };
    Ok(with_headers(
        response,
        [
            (header::ETAG, HeaderValue::try_from(tag).ok()),
            (header::CACHE_CONTROL, Some(caching)),
        ],
    ))
}

fn whole(asset: &Asset) -> Response {
    let media_type = HeaderValue::from_static(asset.media_type);
    (
        [(header::CONTENT_TYPE, media_type)],
        asset.bytes.clone().into_owned(),
    )
        .into_response()
}

fn with_headers(
    mut response: Response,
    headers: [(HeaderName, Option<HeaderValue>); 2],
) -> Response {
    for (name, value) in headers {
        if let Some(value) = value {
            response.headers_mut().insert(name, value);
        }
    }
    response
}
