//! Whether a domain accepts mail, according to DNS. It is looked up for the domain of a new
//! address before a code is sent there. Only what DNS states for certain counts, and nobody
//! waits for a slow answer. The reasons are in
//! `docs/decisions/0018-domains-looked-up-softly.md`.

use std::net::SocketAddr;
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig};
use hickory_resolver::lookup::Lookup;
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::{Name, RData};
use tokio::sync::Semaphore;

use crate::config::MailDomainSettings;
use crate::fault::Fault;

/// How many domains are looked up at the same time; further ones are not looked up.
const AT_ONCE: usize = 64;

/// The longest time that an answer is cached, whatever its TTL.
const KEPT: Duration = Duration::from_secs(60 * 60);

/// The longest time that the absence of a domain is cached; it may be registered any
/// minute.
const ABSENCE_KEPT: Duration = Duration::from_secs(5 * 60);

/// The lookup of mail domains.
#[derive(Debug)]
pub struct MailDomains {
    resolver: Option<TokioResolver>,
    wait: Duration,
    places: Semaphore,
}

impl MailDomains {
    /// Prepares the resolver; sends no query yet.
    ///
    /// # Errors
    /// `Fault` if the resolver refuses the settings.
    pub fn open(settings: &MailDomainSettings) -> Result<Self, Fault> {
        Ok(Self {
            resolver: resolver(settings)?,
            wait: settings.wait,
            places: Semaphore::new(AT_ONCE),
        })
    }

    /// Whether domains are looked up at all.
    #[must_use]
    pub const fn are_looked_up(&self) -> bool {
        self.resolver.is_some()
    }

    /// Whether DNS states for certain that `domain` accepts no mail. False if there is no
    /// answer in time, or none at all.
    pub async fn takes_no_mail(&self, domain: &str) -> bool {
        let (Some(resolver), Ok(_place)) = (&self.resolver, self.places.try_acquire()) else {
            return false;
        };
        match tokio::time::timeout(self.wait, refuses_mail(resolver, domain)).await {
            Ok(Ok(refuses)) => refuses,
            // A failure of the domain's own servers is not logged.
            Ok(Err(NetError::Dns(_))) => false,
            Ok(Err(error)) => {
                tracing::warn!(%error, "the domain of a mail address could not be looked up");
                false
            }
            Err(_late) => {
                tracing::warn!("the domain of a mail address was not looked up in time");
                false
            }
        }
    }
}

fn resolver(settings: &MailDomainSettings) -> Result<Option<TokioResolver>, Fault> {
    if !settings.look_up {
        return Ok(None);
    }
    let mut builder = match settings.servers.as_slice() {
        [] => match TokioResolver::builder_tokio() {
            Ok(builder) => builder,
            Err(error) => {
                tracing::warn!(%error, "the system names no DNS server: domains of mail addresses are not looked up");
                return Ok(None);
            }
        },
        servers => {
            let servers = servers.iter().map(server).collect();
            let config = ResolverConfig::from_name_servers(servers);
            TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
        }
    };
    let options = builder.options_mut();
    // If one packet is lost, the answer to a second still arrives in time.
    options.timeout = settings.wait / 2;
    options.attempts = 1;
    options.use_hosts_file = ResolveHosts::Never;
    options.positive_max_ttl = Some(KEPT);
    options.negative_max_ttl = Some(ABSENCE_KEPT);
    builder.build().map(Some).map_err(Fault::because)
}

fn server(address: &SocketAddr) -> NameServerConfig {
    let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()];
    let connections = connections.map(|mut connection| {
        connection.port = address.port();
        connection
    });
    NameServerConfig::new(address.ip(), true, connections.into())
}

/// Whether the domain refuses mail. RFC 5321 §5.1: mail goes to the MX records of the
/// domain, or without any to its address.
async fn refuses_mail(resolver: &TokioResolver, domain: &str) -> Result<bool, NetError> {
    // The final dot prevents the search domains of this machine from being appended.
    let name = Name::from_ascii(format!("{domain}."))?;
    match resolver.mx_lookup(name.clone()).await {
        Ok(found) if has_exchange(&found) => return Ok(is_null(&found)),
        Err(error) if error.is_nx_domain() => return Ok(true),
        Err(error) if !error.is_no_records_found() => return Err(error),
        Ok(_) | Err(_) => {}
    }
    let (v4, v6) = tokio::join!(
        resolver.ipv4_lookup(name.clone()),
        resolver.ipv6_lookup(name)
    );
    Ok(is_absent(v4)? && is_absent(v6)?)
}

fn exchanges(found: &Lookup) -> impl Iterator<Item = &Name> {
    let records = found.answers().iter();
    records.filter_map(|record| match &record.data {
        RData::MX(mx) => Some(&mx.exchange),
        _ => None,
    })
}

fn has_exchange(found: &Lookup) -> bool {
    exchanges(found).next().is_some()
}

/// RFC 7505 §3: a single MX record whose exchange is the root states that the domain
/// accepts no mail.
fn is_null(found: &Lookup) -> bool {
    exchanges(found).all(Name::is_root)
}

/// Whether it is certain that there is no such record.
fn is_absent(found: Result<Lookup, NetError>) -> Result<bool, NetError> {
    match found {
        Ok(_) => Ok(false),
        Err(error) if error.is_no_records_found() => Ok(true),
        Err(error) => Err(error),
    }
}
