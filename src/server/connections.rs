//! Open connections: how many one address may have, and how long one may stay open without
//! a byte being sent or received. Proxies that the configuration trusts carry many people's
//! requests on few connections, so they are not counted. What the bytes mean is left to
//! HTTP, which has limits of its own (`server::limit`).

use std::collections::HashMap;
use std::future::{Ready, ready};
use std::io::{self, ErrorKind};
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum_server::accept::Accept;
use ipnet::IpNet;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep};

use crate::http::client_address::ClientAddress;

/// Lets connections in, and limits them. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Connections {
    open: Arc<Mutex<HashMap<String, u64>>>,
    most: u64,
    idle: Duration,
    trusted: Arc<[IpNet]>,
}

impl Connections {
    /// Makes limits of `most` connections from one address, each closed after `idle`
    /// without a byte.
    pub(super) fn new(most: u64, idle: Duration, trusted: &[IpNet]) -> Self {
        Self {
            open: Arc::default(),
            most,
            idle,
            trusted: trusted.into(),
        }
    }

    /// Takes a place for a connection from `peer`; `None` if it has too many already.
    fn place(&self, peer: IpAddr) -> Option<Place> {
        let address = peer.to_canonical();
        let is_trusted = self.trusted.iter().any(|net| net.contains(&address));
        let networks = if is_trusted {
            Vec::new()
        } else {
            ClientAddress(address).networks()
        };
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let is_free = |(name, addresses): &(String, u64)| {
            let now = open.get(name).copied().unwrap_or_default();
            now < self.most.saturating_mul(*addresses)
        };
        if !networks.iter().all(is_free) {
            return None;
        }
        let names: Vec<String> = networks.into_iter().map(|(name, _)| name).collect();
        for name in &names {
            *open.entry(name.clone()).or_default() += 1;
        }
        drop(open);
        Some(Place {
            open: Arc::clone(&self.open),
            names,
        })
    }
}

impl<S> Accept<TcpStream, S> for Connections {
    type Stream = Watched;
    type Service = S;
    type Future = Ready<io::Result<(Watched, S)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let place = stream.peer_addr().map(|peer| self.place(peer.ip()));
        ready(match place {
            Ok(Some(place)) => Ok((Watched::new(stream, self.idle, place), service)),
            Ok(None) => Err(io::Error::new(
                ErrorKind::ConnectionRefused,
                "too many connections from this address",
            )),
            Err(error) => Err(error),
        })
    }
}

/// The place of an open connection; free again once it is dropped.
#[derive(Debug)]
struct Place {
    open: Arc<Mutex<HashMap<String, u64>>>,
    names: Vec<String>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        for name in &self.names {
            if let Some(count) = open.get_mut(name) {
                *count = count.saturating_sub(1);
                if *count == 0 {
                    open.remove(name);
                }
            }
        }
    }
}

/// A connection that fails once no byte went either way for a while.
#[derive(Debug)]
pub(super) struct Watched {
    stream: TcpStream,
    idle: Duration,
    last_byte: Instant,
    end: Pin<Box<Sleep>>,
    _place: Place,
}

impl Watched {
    #[expect(
        clippy::disallowed_methods,
        reason = "the operating system's connections have no clock that a test can move"
    )]
    fn new(stream: TcpStream, idle: Duration, place: Place) -> Self {
        Self {
            stream,
            idle,
            last_byte: Instant::now(),
            end: Box::pin(tokio::time::sleep(idle)),
            _place: place,
        }
    }

    /// Notes that bytes went through, or fails if none did for too long.
    fn watch<T>(&mut self, cx: &mut Context<'_>, done: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if done.is_ready() {
            self.last_byte = Instant::now();
            return done;
        }
        while self.end.as_mut().poll(cx).is_ready() {
            let end = self.last_byte + self.idle;
            if end <= Instant::now() {
                let idle = io::Error::new(ErrorKind::TimedOut, "the connection was idle");
                return Poll::Ready(Err(idle));
            }
            self.end.as_mut().reset(end);
        }
        Poll::Pending
    }
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let done = Pin::new(&mut self.stream).poll_read(cx, buffer);
        self.watch(cx, done)
    }
}

impl AsyncWrite for Watched {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.watch(cx, done)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.watch(cx, done)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
