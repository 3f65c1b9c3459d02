//! Serves HTTP and shuts down gracefully: SIGTERM or Ctrl-C stops accepting connections,
//! lets running requests finish, and then stops the workers.

pub mod ledger_anchors;

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum_server::Handle;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use tokio::signal::unix::{SignalKind, signal};

use crate::account_changes::pending;
use crate::app::SharedApp;
use crate::dealer_links::events;
use crate::fault::Fault;
use crate::tls::Certificates;

/// How long a connection may take to send its first request.
const FIRST_REQUEST: Duration = Duration::from_secs(15);

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
    let handle = Handle::new();
    let grace = app.config.limits.shutdown_grace;
    tokio::spawn(stop_on_signal(handle.clone(), grace));
    listener.set_nonblocking(true)?;
    let server = axum_server::from_tcp(listener)?
        .handle(handle)
        .first_request_timeout(FIRST_REQUEST);
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let served = match certificates {
        None => server.serve(service).await,
        Some(certificates) => {
            let config = RustlsConfig::from_config(Arc::new(certificates.server_config()?));
            let files = tokio::spawn(certificates.follow_files());
            let acceptor = RustlsAcceptor::new(config);
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
    Ok(served?)
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
