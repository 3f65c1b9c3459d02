//! A DNS server on loopback that says of each domain what a test has it say
//! (RFC 1035 §4.1), and remembers what it was asked.

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

/// What it says of a domain. Of those it was told nothing about, that there is none.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Says {
    /// A mail exchange.
    Mx,
    /// The mail exchange that says "none" (RFC 7505).
    NullMx,
    /// No mail exchange, but an address of IPv4.
    AddressOnly,
    /// No mail exchange, but an address of IPv6.
    Ipv6AddressOnly,
    /// That it is there, and has neither.
    Nothing,
    /// That it cannot say (`SERVFAIL`).
    Failure,
    /// Nothing at all.
    Silence,
    /// `REFUSED`.
    Refusal,
}

/// A server at work.
#[derive(Clone)]
pub(crate) struct Dns {
    address: SocketAddr,
    domains: Arc<BTreeMap<&'static str, Says>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Dns {
    /// Starts one.
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

    /// Has a provider ask it.
    pub(crate) fn for_domains_of(&self, config: &mut Config) {
        let domains = &mut config.mail.domains;
        domains.look_up = true;
        domains.servers = vec![self.address];
        // Long, so that on a busy machine an answer is never late.
        domains.wait = Duration::from_secs(10);
    }

    /// How often it was asked about a domain.
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
        // Header: an answer, from a server that looks up for others.
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
            // Names, then serial, refresh, retry, expire, minimum (RFC 2308 §3).
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

/// A record of the name asked about, good for an hour.
fn append(answer: &mut Vec<u8>, kind: u16, data: &[u8]) {
    answer.extend([0xC0, 12]);
    answer.extend(kind.to_be_bytes());
    answer.extend([0, 1]);
    answer.extend(3600_u32.to_be_bytes());
    answer.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
    answer.extend(data);
}

/// The name that begins there, and where it ends.
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
