//! TLS in this process: the protocol versions and cipher suites (BCP 195), the certificate
//! for a connection, and the takeover of renewed files while serving. The HTTP inside is
//! left to `server`.

mod certificate;

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{ServerConfig, version};
use tokio::signal::unix::{SignalKind, signal};

pub use certificate::CertificateFiles;
pub(crate) use certificate::Wrong;

use crate::fault::Fault;

/// How often the files are checked. They are renewed weeks before they expire.
const FILES_POLL: Duration = Duration::from_secs(5);

/// The application protocols, the preferred one first (RFC 7301).
const ALPN: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// The certificates in use, each in the last valid state of its files.
#[derive(Clone, Debug)]
pub struct Certificates(Arc<[Entry]>);

/// A certificate's files, and the hosts that the certificate must name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForHosts {
    /// The PEM files.
    pub files: CertificateFiles,
    /// The hosts that the certificate must name.
    pub hosts: Vec<String>,
}

/// A certificate in use, with its files.
#[derive(Debug)]
struct Entry {
    files: CertificateFiles,
    /// The host it is for; `None` for all hosts without a certificate of their own.
    host: Option<String>,
    /// The hosts that the certificate must name.
    covers: Vec<String>,
    now: RwLock<Now>,
}

#[derive(Debug)]
struct Now {
    shown: Arc<CertifiedKey>,
    /// The contents of the files when they were last read, valid or not.
    seen: Result<certificate::Pem, Wrong>,
}

impl Certificates {
    /// Reads the configured certificates; `None` if there are none, because TLS ends
    /// elsewhere.
    ///
    /// # Errors
    /// `Fault` if a certificate or key cannot be used.
    pub fn load(configured: Vec<ForHosts>) -> Result<Option<Self>, Fault> {
        let entries = configured.into_iter().map(Entry::load);
        let entries: Vec<Entry> = entries.collect::<Result<_, _>>()?;
        Ok((!entries.is_empty()).then(|| Self(entries.into())))
    }

    /// Returns the configuration for rustls.
    ///
    /// # Errors
    /// `Fault` if the crypto library lacks what TLS 1.2 or 1.3 needs.
    pub fn server_config(&self) -> Result<ServerConfig, Fault> {
        let mut config = ServerConfig::builder_with_provider(Arc::new(provider()))
            .with_protocol_versions(&[&version::TLS13, &version::TLS12])
            .map_err(Fault::because)?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(self.clone()));
        config.alpn_protocols = ALPN.iter().map(|name| name.to_vec()).collect();
        Ok(config)
    }

    /// Checks the files every few seconds, and at once on SIGHUP, until the task is
    /// dropped.
    pub async fn follow_files(self) {
        let mut ticks = tokio::time::interval(FILES_POLL);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut hangup = signal(SignalKind::hangup()).ok();
        loop {
            let hung_up = async {
                match &mut hangup {
                    Some(hangup) => hangup.recv().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                _ = ticks.tick() => (),
                _ = hung_up => (),
            }
            let certificates = self.clone();
            // Files on a network may be slow, so they are read on a blocking thread.
            let looked = tokio::task::spawn_blocking(move || certificates.look()).await;
            if looked.is_err() {
                tracing::error!("looking for renewed certificates failed");
            }
        }
    }

    /// Takes over files that changed, if they are valid. Invalid files are logged once, and
    /// the previous certificate stays in use.
    pub fn look(&self) {
        for entry in self.0.iter() {
            entry.look();
        }
    }

    /// Returns the certificate for a host: its own, or the general one. A client that names
    /// no host, or an unknown one, gets one too; its request is answered 421.
    fn of(&self, host: Option<&str>) -> Option<Arc<CertifiedKey>> {
        let own = |entry: &&Entry| entry.host.is_some() && entry.host.as_deref() == host;
        let general = |entry: &&Entry| entry.host.is_none();
        let entries = || self.0.iter();
        let entry = entries()
            .find(own)
            .or_else(|| entries().find(general))
            .or_else(|| self.0.first())?;
        let now = entry.now.read().unwrap_or_else(PoisonError::into_inner);
        Some(now.shown.clone())
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.of(hello.server_name())
    }
}

impl Entry {
    fn load(configured: ForHosts) -> Result<Self, Fault> {
        let ForHosts {
            files,
            hosts: covers,
        } = configured;
        let fault = |wrong: Wrong| Fault::because(format!("{}: {wrong}", wrong.setting(&files)));
        let pem = certificate::read(&files).map_err(fault)?;
        let shown = certificate::certified(&pem, &covers).map_err(fault)?;
        Ok(Self {
            host: files.brand.as_ref().and_then(|_| covers.first().cloned()),
            files,
            covers,
            now: RwLock::new(Now {
                shown: Arc::new(shown),
                seen: Ok(pem),
            }),
        })
    }

    fn look(&self) {
        let pem = certificate::read(&self.files);
        let now = self.now.read().unwrap_or_else(PoisonError::into_inner);
        if now.seen == pem {
            return;
        }
        drop(now);
        let fresh = pem
            .as_ref()
            .map_err(Clone::clone)
            .and_then(|pem| certificate::certified(pem, &self.covers));
        let file = self.files.certificate_file.display();
        match &fresh {
            Ok(_) => tracing::info!(%file, "a renewed certificate is shown from now on"),
            Err(wrong) => {
                tracing::error!(%file, %wrong, "a renewed certificate cannot be used: the one before stays");
            }
        }
        let mut now = self.now.write().unwrap_or_else(PoisonError::into_inner);
        if let Ok(fresh) = fresh {
            now.shown = Arc::new(fresh);
        }
        now.seen = pem;
    }
}

/// Returns what is wrong with the files of one certificate, if anything, for
/// `check-config`.
pub(crate) fn wrong_files(files: &CertificateFiles, hosts: &[String]) -> Option<Wrong> {
    let pem = match certificate::read(files) {
        Ok(pem) => pem,
        Err(wrong) => return Some(wrong),
    };
    certificate::certified(&pem, hosts).err()
}

/// Returns the cipher suites of BCP 195 (RFC 9325 §4.2) for TLS 1.2, and those of TLS 1.3.
fn provider() -> CryptoProvider {
    use aws_lc_rs::cipher_suite as suite;
    CryptoProvider {
        cipher_suites: vec![
            suite::TLS13_AES_256_GCM_SHA384,
            suite::TLS13_AES_128_GCM_SHA256,
            suite::TLS13_CHACHA20_POLY1305_SHA256,
            suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
            suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
            suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
            suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        ],
        ..aws_lc_rs::default_provider()
    }
}
