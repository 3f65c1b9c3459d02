//! Decides for which hosts a configured certificate is used. `tls` decides whether its
//! files are usable.

use super::Config;
use crate::tls::{CertificateFiles, ForHosts};

impl Config {
    /// Returns the configured certificates, each with the hosts that it must name.
    #[must_use]
    pub fn certificates(&self) -> Vec<ForHosts> {
        let files = self.tls.iter();
        files
            .map(|files| ForHosts {
                files: files.clone(),
                hosts: self.certificate_hosts(files),
            })
            .collect()
    }

    /// Returns the hosts for which a certificate is used: its brand's host, or for a
    /// certificate without a brand, the hosts of all brands that have no certificate of
    /// their own.
    pub(super) fn certificate_hosts(&self, files: &CertificateFiles) -> Vec<String> {
        let has_own = |name: &str| {
            let mut own = self.tls.iter();
            own.any(|other| other.brand.as_deref() == Some(name))
        };
        let brands = self.brands.iter();
        brands
            .filter(|brand| match &files.brand {
                Some(name) => *name == brand.name,
                None => !has_own(&brand.name),
            })
            .filter_map(|brand| {
                let issuer = url::Url::parse(&brand.issuer).ok()?;
                issuer.host_str().map(str::to_owned)
            })
            .collect()
    }
}
