//! Style sheets, the script and the icon. Each is named with a piece of its hash,
//! so that browsers may keep it for ever and still never show an old one.

use std::borrow::Cow;
use std::collections::BTreeMap;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rust_embed::Embed;

#[derive(Embed)]
#[folder = "templates/assets/"]
struct Files;

/// A file that pages refer to.
#[derive(Debug)]
pub struct Asset {
    /// Its bytes.
    pub bytes: Cow<'static, [u8]>,
    /// Its media type.
    pub media_type: &'static str,
    /// The piece of its hash that stands in its URL.
    pub version: String,
    integrity: String,
}

impl Asset {
    fn new(name: &str, bytes: Cow<'static, [u8]>) -> Self {
        let hash = digest::digest(&digest::SHA256, &bytes);
        let version = URL_SAFE_NO_PAD
            .encode(hash.as_ref())
            .chars()
            .take(16)
            .collect();
        Self {
            media_type: media_type_of(name),
            version,
            integrity: format!("sha256-{}", STANDARD.encode(hash.as_ref())),
            bytes,
        }
    }

    /// Its entity tag (RFC 9110 §8.8.3).
    #[must_use]
    pub fn entity_tag(&self) -> String {
        format!("\"{}\"", self.version)
    }
}

fn media_type_of(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}

/// Every asset by its name.
#[derive(Debug)]
pub struct Assets(BTreeMap<String, Asset>);

impl Assets {
    pub(super) fn load() -> Self {
        let assets = Files::iter().filter_map(|name| {
            let file = Files::get(&name)?;
            let asset = Asset::new(&name, file.data);
            Some((name.into_owned(), asset))
        });
        Self(assets.collect())
    }

    /// The asset of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Asset> {
        self.0.get(name)
    }

    pub(super) fn urls(&self) -> BTreeMap<String, String> {
        let url = |(name, asset): (&String, &Asset)| {
            (name.clone(), format!("/assets/{name}?v={}", asset.version))
        };
        self.0.iter().map(url).collect()
    }

    pub(super) fn integrities(&self) -> BTreeMap<String, String> {
        let integrity = |(name, asset): (&String, &Asset)| (name.clone(), asset.integrity.clone());
        self.0.iter().map(integrity).collect()
    }
}

/// A hash as a content security policy writes it.
pub(super) fn sha256_base64(bytes: &[u8]) -> String {
    STANDARD.encode(digest::digest(&digest::SHA256, bytes).as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_assets_url_changes_with_its_content() {
        let version =
            |css: &'static str| Asset::new("common.css", Cow::Borrowed(css.as_bytes())).version;
        assert_ne!(version("a{}"), version("b{}"));
    }

    #[test]
    fn what_a_page_loads_is_small() {
        let assets = Assets::load();
        let size: usize = assets.0.values().map(|asset| asset.bytes.len()).sum();
        assert!(size < 40_000, "{size} bytes of assets");
    }
}
