//! A DNS server on loopback that answers for each domain what a test tells it to (RFC 1035
//! §4.1), and counts the queries.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common_id::config::Config;
use tokio::net::UdpSocket;

const A: u16 = 1;
const AAAA: u16 = 28;
const MX: u16 = 15;
const SOA: u16 = 6;

/// The answer for a domain. Any domain without one does not exist.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Says {
    /// A mail exchange (MX).
    Mx,
    /// The null MX, "no mail" (RFC 7505).
    NullMx,
    /// No MX, but an IPv4 address.
    AddressOnly,
    /// No MX, but an IPv6 address.
    Ipv6AddressOnly,
    /// The domain exists, with neither MX nor address.
    Nothing,
    /// `SERVFAIL`.
    Failure,
    /// No answer.
    Silence,
    /// `REFUSED`.
    Refusal,
}

/// A running DNS server.
#[derive(Clone)]
pub(crate) struct Dns {
    address: SocketAddr,
    domains: Arc<BTreeMap<&'static str, Says>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Dns {
    /// Starts a server with these domains.
    pub(crate) async fn with<const N: usize>(domains: [(&'static str, Says); N]) -> Self {
        let socket = UdpSocket::bind(("127.0.0.1", 0)).await.unwrap();
        let dns = Self {
            address: socket.local_addr().unwrap(),
            domains: Arc::new(BTreeMap::from(domains)),
            asked: Arc::default(),
        };
        tokio::spawn(dns.clone().answer(socket));
        dns
    }

    /// Configures a provider to use this server.
    pub(crate) fn for_domains_of(&self, config: &mut Config) {
        let domains = &mut config.mail.domains;
        domains.look_up = true;
        domains.servers = vec![self.address];
        // Long, so that on a busy machine no answer comes too late.
        domains.wait = Duration::from_secs(10);
    }

    /// Returns how often a domain was asked for.
    pub(crate) fn times_asked(&self, domain: &str) -> usize {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|name| *name == domain).count()
    }

    async fn answer(self, socket: UdpSocket) {
        let mut query = [0; 1500];
        loop {
            let (length, from) = socket.recv_from(&mut query).await.unwrap();
            if let Some(answer) = self.answer_to(&query[..length]) {
                socket.send_to(&answer, from).await.unwrap();
            }
        }
    }

    fn answer_to(&self, query: &[u8]) -> Option<Vec<u8>> {
        let (name, end) = name_at(query, 12);
        let kind = u16::from_be_bytes([query[end], query[end + 1]]);
        self.asked.lock().unwrap().push(name.clone());
        let says = self.domains.get(name.as_str()).copied();
        let (code, record) = match (says, kind) {
            (Some(Says::Silence), _) => return None,
            (Some(Says::Failure), _) => (2, None),
            (None, _) => (3, None),
            (Some(Says::Refusal), _) => (5, None),
            (Some(Says::Mx), MX) => (0, Some([0, 10, 2, b'm', b'x', 0].to_vec())),
            (Some(Says::NullMx), MX) => (0, Some([0, 0, 0].to_vec())),
            (Some(Says::AddressOnly), A) => (0, Some([192, 0, 2, 1].to_vec())),
            (Some(Says::Ipv6AddressOnly), AAAA) => (0, Some([0x20; 16].to_vec())),
            (Some(_), _) => (0, None),
        };
        // The header of an answer from a recursive server.
        let mut answer = query[..2].to_vec();
        answer.extend([0x81, 0x80 | code]);
        let is_absence = matches!(code, 0 | 3) && record.is_none();
        let (answers, authorities) = (u8::from(record.is_some()), u8::from(is_absence));
        answer.extend([0, 1, 0, answers, 0, authorities, 0, 0]);
        answer.extend(&query[12..end + 4]);
        if let Some(data) = record {
            append(&mut answer, kind, &data);
        }
        if is_absence {
            // The SOA's names, then serial, refresh, retry, expire, minimum (RFC 2308 §3).
            let mut soa = vec![0, 0];
            soa.extend(
                [1_u32, 3600, 600, 86400, 300]
                    .iter()
                    .flat_map(|n| n.to_be_bytes()),
            );
            append(&mut answer, SOA, &soa);
        }
        Some(answer)
    }
}

/// Appends a record of the name that was asked for, valid for an hour.
fn append(answer: &mut Vec<u8>, kind: u16, data: &[u8]) {
    answer.extend([0xC0, 12]);
    answer.extend(kind.to_be_bytes());
    answer.extend([0, 1]);
    answer.extend(3600_u32.to_be_bytes());
    answer.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
    answer.extend(data);
}

/// Returns the name that begins at `start`, and where it ends.
fn name_at(query: &[u8], start: usize) -> (String, usize) {
    let (mut labels, mut at) = (Vec::new(), start);
    loop {
        let length = usize::from(query[at]);
        at += 1;
        if length == 0 {
            return (labels.join("."), at);
        }
        let label = String::from_utf8_lossy(&query[at..at + length]);
        labels.push(label.to_ascii_lowercase());
        at += length;
    }
}
