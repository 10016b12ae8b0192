//! The server: connections, their limits in number and time, and a graceful end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use super::Peer;
use super::respond::router;
use crate::local::app::App;
use crate::local::courier;

/// Connections that are open at once; others wait to be accepted.
const MOST_CONNECTIONS: usize = 1024;
/// The time that a connection may take to send a request's head, and may stay idle.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// The time that requests in flight have to finish when the server ends.
const END_TIMEOUT: Duration = Duration::from_secs(10);
/// The pause after a connection could not be accepted, mostly because too many files are open.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves, and carries out deliveries, until `shutdown` is done; then finishes the requests in flight. The app stays
/// open.
pub async fn serve(app: Arc<App>, listener: TcpListener, shutdown: impl Future<Output = ()>) {
    let router = TowerToHyperService::new(router(&app));
    let (end_courier, ending) = watch::channel(false);
    let courier = app.take_wakes().map(|wakes| tokio::spawn(courier::run(Arc::clone(&app), wakes, ending)));
    let connections = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    let graceful = GracefulShutdown::new();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            biased;
            () = &mut shutdown => break,
            accepted = accept(&listener, &connections) => accepted,
        };
        let Some((stream, peer, permit)) = accepted else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        let router = router.clone();
        let service = service_fn(move |mut request: hyper::Request<Incoming>| {
            request.extensions_mut().insert(Peer(peer.ip()));
            router.call(request)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIMEOUT)
            .serve_connection(TokioIo::new(stream), service);
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            // Only the client's connection can fail here, and then nobody is left to hear of it.
            let _ = connection.await;
            drop(permit);
        });
    }
    drop(listener);
    app.stop_waiting();
    let _ = tokio::time::timeout(END_TIMEOUT, graceful.shutdown()).await;
    let _ = end_courier.send(true);
    if let Some(courier) = courier {
        let _ = courier.await;
    }
}

async fn accept(
    listener: &TcpListener,
    connections: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let permit = Arc::clone(connections).acquire_owned().await.ok()?;
    let (stream, peer) = listener.accept().await.ok()?;
    stream.set_nodelay(true).ok()?;
    Some((stream, peer, permit))
}
