//! Connections over raw sockets: what sends nothing, or not enough, is closed, and one
//! address has a limited number of connections.

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use common_id::config::Config;
use common_id::{routes, server};
use rustix::process::{Resource, getrlimit};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::support::log::Log;
use crate::support::provider::Provider;

/// The limit that each test shortens.
const SHORT: Duration = Duration::from_secs(1);

/// The longest time that a test waits for a short limit.
const PATIENCE: Duration = Duration::from_secs(20);

const HEALTH: &[u8] = b"GET /healthz HTTP/1.1\r\nHost: id.toyota.localhost\r\n\r\n";

/// A provider behind the server of `common-id serve`.
struct Stage {
    address: SocketAddr,
    server: JoinHandle<()>,
    provider: Provider,
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Stage {
    async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let provider = Provider::start_with(change).await;
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let app = provider.app.clone();
        let router = routes::router(app.clone());
        let server = tokio::spawn(async move {
            server::serve(app, router, listener, None).await.unwrap();
        });
        Self {
            address,
            server,
            provider,
        }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Connects and gets an answer; `None` if the connection is closed without one.
    async fn healthy(&self) -> Option<TcpStream> {
        let mut socket = self.connect().await;
        socket.write_all(HEALTH).await.ok()?;
        let answer = first_bytes(&mut socket).await;
        answer.starts_with(b"HTTP/1.1 200").then_some(socket)
    }
}

/// Returns what comes first; nothing if the connection is closed.
async fn first_bytes(socket: &mut TcpStream) -> Vec<u8> {
    let mut bytes = vec![0; 4096];
    let read = timeout(PATIENCE, socket.read(&mut bytes)).await;
    let length = read.expect("an answer or an end").unwrap_or_default();
    bytes.truncate(length);
    bytes
}

/// Waits until the connection is closed.
async fn closed(socket: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    let end = timeout(PATIENCE, socket.read_to_end(&mut bytes)).await;
    // A reset is an end too.
    let _ = end.expect("the connection is closed");
    bytes
}

#[tokio::test]
async fn a_connection_that_sends_no_whole_request_is_closed() {
    let stage = Stage::with(|config| config.limits.header_timeout = SHORT).await;
    for begun in [
        "",
        "GET /healthz HTTP/1.1\r\nHost: id",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ] {
        let mut socket = stage.connect().await;
        socket.write_all(begun.as_bytes()).await.unwrap();
        let answered = closed(&mut socket).await;
        assert!(!answered.starts_with(b"HTTP/1.1 200"), "{begun}");
    }
    stage.healthy().await.expect("others are served");
}

#[tokio::test]
async fn a_connection_that_is_idle_after_an_answer_is_closed() {
    let stage = Stage::with(|config| config.limits.idle_timeout = SHORT).await;
    let mut socket = stage.healthy().await.unwrap();
    assert!(closed(&mut socket).await.is_empty());
}

#[tokio::test]
async fn an_idle_connection_of_http_2_is_closed() {
    let stage = Stage::with(|config| config.limits.idle_timeout = SHORT).await;
    let socket = stage.connect().await;
    let (client, connection) = h2::client::handshake(socket).await.unwrap();
    let ended = tokio::spawn(connection);
    let mut client = client.ready().await.unwrap();
    let url = "http://id.toyota.localhost/healthz";
    let request = axum::http::Request::get(url).body(()).unwrap();
    let (answer, _) = client.send_request(request, true).unwrap();
    assert_eq!(answer.await.unwrap().status(), 200);
    let _ = timeout(PATIENCE, ended)
        .await
        .expect("the connection is closed");
}

#[tokio::test]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let stage = Stage::with(|config| config.limits.request_timeout = SHORT).await;
    let mut socket = stage.connect().await;
    let issuer = stage.provider.issuer();
    let host = issuer.trim_start_matches("http://");
    let head = format!(
        "POST /token HTTP/1.1\r\nHost: {host}\r\nContent-Length: 100\r\n\
         Content-Type: application/x-www-form-urlencoded\r\n\r\ngrant_type"
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    let answer = closed(&mut socket).await;
    assert!(answer.starts_with(b"HTTP/1.1 503"), "{answer:?}");
}

#[tokio::test]
async fn one_address_has_so_many_connections_and_proxies_have_as_many_as_they_need() {
    let stage = Stage::with(|config| config.limits.connections_per_ip = 3).await;
    let mut open = Vec::new();
    for _ in 0..3 {
        open.push(stage.healthy().await.expect("within the limit"));
    }
    assert!(stage.healthy().await.is_none());
    // A place is free again once a connection is closed.
    drop(open.pop());
    let mut again = None;
    for _ in 0..200 {
        again = stage.healthy().await;
        if again.is_some() {
            break;
        }
    }
    assert!(again.is_some());

    let stage = Stage::with(|config| {
        config.limits.connections_per_ip = 3;
        config.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    })
    .await;
    let mut open = Vec::new();
    for _ in 0..10 {
        open.push(stage.healthy().await.expect("a proxy's connection"));
    }
}

/// A frame of HTTP/2 (RFC 9113 §4.1).
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut frame = length[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

#[tokio::test]
async fn streams_of_http_2_that_are_opened_and_reset_end_the_connection() {
    let stage = Stage::with(|_| ()).await;
    let mut socket = stage.connect().await;
    let mut flood = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    flood.extend(frame(4, 0, 0, &[]));
    for number in 0..200_u32 {
        // GET http://a/, by indexes of the static table (RFC 7541 §A).
        let stream = 2 * number + 1;
        flood.extend(frame(1, 0b101, stream, &[0x82, 0x86, 0x84, 0x41, 1, b'a']));
        flood.extend(frame(3, 0, stream, &8_u32.to_be_bytes()));
    }
    socket.write_all(&flood).await.unwrap();
    let answer = closed(&mut socket).await;
    // GOAWAY with ENHANCE_YOUR_CALM (RFC 9113 §7).
    let goaway = answer.windows(17).any(|bytes| {
        bytes[3] == 7 && bytes[..3] != [0; 3] && bytes[13..17] == 11_u32.to_be_bytes()
    });
    assert!(goaway, "{answer:?}");
}

#[tokio::test]
async fn a_connection_of_http_2_has_a_limited_number_of_streams() {
    let stage = Stage::with(|_| ()).await;
    let socket = stage.connect().await;
    let (client, connection) = h2::client::handshake(socket).await.unwrap();
    let connection = tokio::spawn(connection);
    let mut client = client.ready().await.unwrap();
    let url = "http://id.toyota.localhost/healthz";
    let request = axum::http::Request::get(url).body(()).unwrap();
    let (answer, _) = client.send_request(request, true).unwrap();
    answer.await.unwrap();
    assert_eq!(client.current_max_send_streams(), 100);
    connection.abort();
}

#[tokio::test]
async fn as_many_files_may_be_open_as_the_system_allows() {
    let stage = Stage::with(|_| ()).await;
    stage.healthy().await.unwrap();
    let limit = getrlimit(Resource::Nofile);
    assert_eq!(limit.current, limit.maximum);
}

#[tokio::test]
async fn the_operator_is_told_once_that_an_address_has_too_many_connections() {
    let stage = Stage::with(|config| config.limits.connections_per_ip = 1).await;
    let log = Log::open();
    let _open = stage.healthy().await.unwrap();
    for _ in 0..5 {
        assert!(stage.healthy().await.is_none());
    }
    let told = log.with("connections are refused");
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("limits.connections_per_ip"), "{told:?}");
    // Of the address, only its network.
    assert!(told[0].contains("127.0.0.0/24"), "{told:?}");
    assert!(!told[0].contains("127.0.0.1"), "{told:?}");
    stage.provider.advance(Duration::from_secs(60));
    assert!(stage.healthy().await.is_none());
    assert_eq!(log.with("connections are refused").len(), 2);
}
