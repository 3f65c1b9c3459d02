//! A round-robin proxy: every request goes to the next node.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use tokio::net::TcpListener;

use super::browser::http_client;

struct Turns {
    nodes: Vec<SocketAddr>,
    next: AtomicUsize,
    client: reqwest::Client,
}

/// Forwards the requests to `listener` to `nodes` in turn.
pub(crate) async fn round_robin(listener: TcpListener, nodes: Vec<SocketAddr>) {
    let turns = Arc::new(Turns {
        nodes,
        next: AtomicUsize::new(0),
        client: http_client(),
    });
    let router = Router::new().fallback(hand_on).with_state(turns);
    axum::serve(listener, router).await.unwrap();
}

/// Forwards the request unchanged, `Host` included.
async fn hand_on(State(turns): State<Arc<Turns>>, request: Request) -> Response {
    let turn = turns.next.fetch_add(1, Ordering::SeqCst);
    let node = turns.nodes[turn % turns.nodes.len()];
    let (parts, body) = request.into_parts();
    let path = parts.uri.path_and_query().unwrap();
    let answer = turns
        .client
        .request(parts.method, format!("http://{node}{path}"))
        .headers(parts.headers)
        .body(to_bytes(body, usize::MAX).await.unwrap())
        .send()
        .await
        .unwrap();
    let mut response = Response::new(Body::empty());
    *response.status_mut() = answer.status();
    *response.headers_mut() = answer.headers().clone();
    response.headers_mut().remove("transfer-encoding");
    *response.body_mut() = Body::from(answer.bytes().await.unwrap());
    response
}
