//! A certificate and its key, read from two PEM files, with the checks that they are valid,
//! belong together, and name the required hosts.

use std::fmt;
use std::path::{Path, PathBuf};

use rustls::client::verify_server_name;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::ParsedCertificate;
use rustls::sign::CertifiedKey;
use zeroize::Zeroizing;

use super::provider;

/// A certificate and its private key, as PEM files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CertificateFiles {
    /// The brand that the certificate is for. `None`: all brands without a certificate of
    /// their own.
    pub brand: Option<String>,
    /// The certificate, followed by its intermediate certificates.
    pub certificate_file: PathBuf,
    /// The private key.
    pub key_file: PathBuf,
}

impl CertificateFiles {
    /// Returns the full name of one of the settings that configure it.
    #[must_use]
    pub fn setting(&self, name: &str) -> String {
        format!("{}.{name}", self.table())
    }

    /// Returns the full name of the table that configures it.
    #[must_use]
    pub fn table(&self) -> String {
        match &self.brand {
            Some(brand) => format!("brands.{brand}.tls"),
            None => "tls".to_owned(),
        }
    }
}

/// The contents of the two files. `Debug` does not print them.
#[derive(PartialEq, Eq)]
pub(super) struct Pem {
    certificate: Vec<u8>,
    key: Zeroizing<Vec<u8>>,
}

impl fmt::Debug for Pem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[..]")
    }
}

/// Which of the two files cannot be used, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// The certificate file; the reason.
    Certificate(String),
    /// The key file; the reason.
    Key(String),
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Certificate(why) | Self::Key(why) => f.write_str(why),
        }
    }
}

impl Wrong {
    /// Returns the name of the setting for the file.
    pub(crate) fn setting(&self, files: &CertificateFiles) -> String {
        match self {
            Self::Certificate(_) => files.setting("certificate_file"),
            Self::Key(_) => files.setting("key_file"),
        }
    }
}

/// Reads both files.
///
/// # Errors
/// [`Wrong`] with the file that cannot be read.
pub(super) fn read(files: &CertificateFiles) -> Result<Pem, Wrong> {
    Ok(Pem {
        certificate: content(&files.certificate_file).map_err(Wrong::Certificate)?,
        key: Zeroizing::new(content(&files.key_file).map_err(Wrong::Key)?),
    })
}

fn content(file: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(file).map_err(|error| format!("{}: {error}", file.display()))
}

/// Parses the certificate with its chain, and its key, and checks them for these hosts.
///
/// # Errors
/// [`Wrong::Certificate`] if it cannot be parsed or does not name a host; [`Wrong::Key`] if
/// the key cannot be parsed or does not belong to the certificate.
pub(super) fn certified(pem: &Pem, hosts: &[String]) -> Result<CertifiedKey, Wrong> {
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&pem.certificate)
        .collect::<Result<_, _>>()
        .map_err(|error| Wrong::Certificate(format!("is not PEM: {error}")))?;
    let first = chain
        .first()
        .ok_or_else(|| Wrong::Certificate("has no certificate in PEM".to_owned()))?;
    let parsed = ParsedCertificate::try_from(first)
        .map_err(|error| Wrong::Certificate(format!("is no certificate: {error}")))?;
    for host in hosts {
        let named = ServerName::try_from(host.as_str())
            .is_ok_and(|name| verify_server_name(&parsed, &name).is_ok());
        if !named {
            return Err(Wrong::Certificate(format!("is not for {host}")));
        }
    }
    // The error about a key is replaced, so that it reveals nothing of the key.
    let key = PrivateKeyDer::from_pem_slice(&pem.key)
        .map_err(|_| Wrong::Key("has no private key in PEM".to_owned()))?;
    CertifiedKey::from_der(chain, key, &provider()).map_err(|error| match error {
        rustls::Error::InconsistentKeys(_) => {
            Wrong::Key("is not the key of this certificate".to_owned())
        }
        _ => Wrong::Key("is no RSA, ECDSA or Ed25519 key".to_owned()),
    })
}
