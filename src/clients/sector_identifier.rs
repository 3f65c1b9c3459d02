//! Checks that the document at a client's `sector_identifier_uri` lists every one of its
//! redirect URIs (OpenID Connect Core §8.1, Dynamic Client Registration §5), so that the
//! hosts which share pairwise subjects confirm it themselves. The document is checked at
//! registration only.

use crate::oidc::client::Client;
use crate::oidc::client_metadata::Unlawful;
use crate::outgoing::Outgoing;

/// Maximum length of the document in bytes.
const LONGEST: usize = 64 * 1024;

const FIELD: &str = "sector_identifier_uri";

/// Checks the document, if the client names one.
///
/// # Errors
/// [`Unlawful`] if the document cannot be fetched, or does not list every redirect URI of
/// the client.
pub async fn check(outgoing: &Outgoing, client: &Client) -> Result<(), Unlawful> {
    let Some(uri) = &client.sector_identifier_uri else {
        return Ok(());
    };
    let wrong = |reason: String| Unlawful {
        field: FIELD,
        reason,
    };
    let fetched = outgoing.get(uri, "application/json", LONGEST).await;
    let document = fetched.map_err(|why| wrong(why.to_string()))?;
    let listed: Vec<String> = serde_json::from_slice(&document.body)
        .map_err(|_| wrong("must hold a JSON array of redirect URIs".to_owned()))?;
    match client
        .redirect_uris
        .iter()
        .find(|uri| !listed.contains(uri))
    {
        None => Ok(()),
        Some(missing) => Err(wrong(format!("does not list the redirect URI {missing}"))),
    }
}
