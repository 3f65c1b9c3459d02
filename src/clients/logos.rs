//! Fetches a client's logo at registration, so that browsers load it from this server only.
//! Only pure image formats are accepted: an SVG may contain scripts and links. If a logo
//! cannot be fetched, the client is registered without it.

use url::Url;

use crate::locale::Locale;
use crate::oidc::client::Client;
use crate::outgoing::Outgoing;
use crate::sha256::sha256_hex;
use crate::store::clients::logos::{Logos, Picture};

const ACCEPT: &str = "image/webp, image/png, image/jpeg";

/// Fetches the logo for each supported language: images of at most `longest` bytes.
pub async fn fetch(outgoing: &Outgoing, client: &Client, longest: usize) -> Logos {
    let mut logos = Logos::default();
    let mut fetched: Vec<(&Url, Option<String>)> = Vec::new();
    for locale in Locale::ALL {
        let Some(uri) = client.logo_uri.in_language(locale.tag()) else {
            continue;
        };
        let known = fetched.iter().find(|(known, _)| *known == uri);
        let name = match known {
            Some((_, name)) => name.clone(),
            None => {
                let picture = picture(outgoing, client, uri, longest).await;
                let name = picture.map(|picture| {
                    let mut name = sha256_hex(&picture.bytes);
                    name.truncate(32);
                    logos.pictures.insert(name.clone(), picture);
                    name
                });
                fetched.push((uri, name.clone()));
                name
            }
        };
        logos
            .names
            .extend(name.map(|name| (locale.tag().to_owned(), name)));
    }
    logos
}

async fn picture(
    outgoing: &Outgoing,
    client: &Client,
    uri: &Url,
    longest: usize,
) -> Option<Picture> {
    let refused = |why: &dyn std::fmt::Display| {
        tracing::info!(client.id = %client.client_id, "a client's logo is not shown: it {why}");
    };
    let document = match outgoing.get(uri, ACCEPT, longest).await {
        Ok(document) => document,
        Err(why) => {
            refused(&why);
            return None;
        }
    };
    let media_type = media_type(&document.body);
    if media_type.is_none() {
        refused(&"is neither PNG, JPEG nor WebP");
    }
    Some(Picture {
        media_type: media_type?,
        bytes: document.body,
    })
}

/// Returns the media type that the bytes themselves show (WHATWG MIME Sniffing §6.1),
/// regardless of the server's `Content-Type`.
fn media_type(bytes: &[u8]) -> Option<&'static str> {
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        Some("image/png")
    } else if bytes.starts_with(b"\xff\xd8\xff") {
        Some("image/jpeg")
    } else if bytes.starts_with(b"RIFF") && bytes.get(8..14) == Some(b"WEBPVP") {
        Some("image/webp")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_what_its_bytes_say() {
        for (bytes, kind) in [
            (&b"\x89PNG\r\n\x1a\n...."[..], Some("image/png")),
            (b"\xff\xd8\xff\xe0", Some("image/jpeg")),
            (b"RIFF\0\0\0\0WEBPVP8 ", Some("image/webp")),
            (b"RIFF\0\0\0\0WAVEfmt ", None),
            (b"GIF89a", None),
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>", None),
            (b"<!doctype html>", None),
            (b"", None),
        ] {
            assert_eq!(media_type(bytes), kind, "{bytes:?}");
        }
    }
}
