//! Serves HTTP, with limits on connections, and shuts down gracefully: SIGTERM or Ctrl-C
//! stops accepting connections, lets running requests finish, and then stops the workers.

mod connections;
mod open_files;
mod refused;
mod security_events;

pub mod ledger_anchors;

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use axum_server::{Handle, Server};
use tokio::signal::unix::{SignalKind, signal};

use self::connections::Connections;
use self::refused::Refused;
use crate::account_changes::pending;
use crate::app::SharedApp;
use crate::config::RequestLimits;
use crate::dealer_links::events;
use crate::fault::Fault;
use crate::tls::Certificates;

/// How many requests one connection of HTTP/2 may have open at a time.
const MOST_STREAMS: u32 = 100;

/// How many streams may be reset before they are accepted; with one more, the connection
/// ends (CVE-2023-44487).
const MOST_RESETS: usize = 20;

/// The largest headers of a request of HTTP/2, in bytes.
const LARGEST_HEADERS: u32 = 16 * 1024;

/// How often closed accounts whose time is over are looked for.
const ERASURE_POLL: Duration = Duration::from_secs(60);

/// Serves `router` on `listener`, over TLS if there are certificates, until the process is
/// told to stop.
///
/// # Errors
/// `Fault` if the listener fails, or TLS cannot be set up.
pub async fn serve(
    app: SharedApp,
    router: Router,
    listener: TcpListener,
    certificates: Option<Certificates>,
) -> Result<(), Fault> {
    let changes = tokio::spawn(app.clone().follow_changes());
    let deliveries = tokio::spawn(app.outbox.clone().deliver_forever());
    let pushes = tokio::spawn(app.outbox.clone().push_forever(app.keys.clone()));
    let successions = tokio::spawn(events::tell_of_successions_forever(app.clone()));
    let pending = tokio::spawn(pending::carry_out_forever(app.clone()));
    let anchors = tokio::spawn(ledger_anchors::anchor_forever(app.clone()));
    let erasures = tokio::spawn(erase_forever(app.clone()));
    let events = tokio::spawn(security_events::keep_forever(app.clone()));
    let handle = Handle::new();
    let grace = app.config.limits.shutdown_grace;
    tokio::spawn(stop_on_signal(handle.clone(), grace));
    let limits = &app.config.limits;
    let connections = Connections::new(
        limits.connections_per_ip,
        limits.idle_timeout,
        &app.config.trusted_proxies,
    );
    tracing::info!(open_files = open_files::raise(), "accepting connections");
    listener.set_nonblocking(true)?;
    let refused = Refused::new(app.clock.clone());
    let mut server = axum_server::from_tcp(listener)?
        .handle(handle)
        .first_request_timeout(limits.header_timeout)
        .accept_error_handler(move |peer, error| refused.note(peer, error));
    limit(&mut server, limits);
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let served = match certificates {
        None => server.acceptor(connections).serve(service).await,
        Some(certificates) => {
            let config = RustlsConfig::from_config(Arc::new(certificates.server_config()?));
            let files = tokio::spawn(certificates.follow_files());
            let acceptor = RustlsAcceptor::new(config).acceptor(connections);
            let served = server.acceptor(acceptor).serve(service).await;
            files.abort();
            served
        }
    };
    changes.abort();
    deliveries.abort();
    pushes.abort();
    successions.abort();
    pending.abort();
    anchors.abort();
    erasures.abort();
    events.abort();
    security_events::write_all(&app).await;
    Ok(served?)
}

/// Limits what one connection may do.
fn limit(server: &mut Server<SocketAddr>, limits: &RequestLimits) {
    let builder = server.http_builder();
    // hyper's limit runs between requests too.
    builder.http1().header_read_timeout(limits.idle_timeout);
    builder
        .http2()
        .max_concurrent_streams(MOST_STREAMS)
        .max_pending_accept_reset_streams(MOST_RESETS)
        .max_header_list_size(LARGEST_HEADERS);
}

/// Erases closed accounts whose time is over, repeatedly, until the task is dropped.
async fn erase_forever(app: SharedApp) {
    let mut ticks = tokio::time::interval(ERASURE_POLL);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let accounts = app.store.accounts();
        let erased = app.as_provider(accounts.erase_due(app.clock.now()));
        if let Err(fault) = erased.await {
            tracing::warn!(
                fault = &fault as &dyn std::error::Error,
                "closed accounts could not be erased"
            );
        }
    }
}

/// Waits for the signal, and then lets running requests take `grace` longer.
async fn stop_on_signal(handle: Handle<SocketAddr>, grace: Duration) {
    let terminated = async {
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => drop(terminate.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        () = terminated => (),
        _ = tokio::signal::ctrl_c() => (),
    }
    tracing::info!("stopping: no new connections, requests under way finish");
    handle.graceful_shutdown(Some(grace));
}
