//! Style sheets, the script and the icon. The URL of each contains a part of its hash, so
//! that browsers may cache it for ever and still never show an old version.

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
    /// The content.
    pub bytes: Cow<'static, [u8]>,
    /// Its media type.
    pub media_type: &'static str,
    /// The part of the hash that its URL contains.
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

    /// Returns its entity tag (RFC 9110 §8.8.3).
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

/// All assets by name.
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

    /// Returns the asset of that name.
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

/// Returns a hash in the form of a content security policy.
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
