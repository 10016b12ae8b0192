//! The server: connections, their limits in number and time, and a graceful end.

use std::io;
use std::net::{IpAddr, SocketAddr};
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
use tokio::time::Instant;

use super::respond::{MOST_HEAD_BYTES, router};
use super::shares::{Counted, Shares};
use super::stream::{Patient, WRITE_TIMEOUT};
use super::{Peer, handles};
use crate::Fault;
use crate::local::app::App;
use crate::local::courier;

/// The time that a connection may take to send a request's head, and may stay idle.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// The time that requests in flight have to finish when the server ends.
const END_TIMEOUT: Duration = Duration::from_secs(10);
/// The pause after a connection could not be accepted, mostly because too many files are open.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// The operator hears at most so often that connections cannot be accepted.
const REPORT_EVERY: Duration = Duration::from_mins(1);

/// Serves, and carries out deliveries, until `shutdown` is done; then finishes the requests in flight. The app stays
/// open.
pub async fn serve(app: Arc<App>, listener: TcpListener, shutdown: impl Future<Output = ()>) {
    let router = TowerToHyperService::new(router(&app));
    let (end_courier, ending) = watch::channel(false);
    let courier = app.take_wakes().map(|wakes| tokio::spawn(courier::run(Arc::clone(&app), wakes, ending)));
    let mut door = Door::open(&app, listener);
    let graceful = GracefulShutdown::new();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            biased;
            () = &mut shutdown => break,
            accepted = door.accept(&app.options.trusted_proxies) => accepted,
        };
        let Accepted { stream, peer, counted } = match accepted {
            Ok(Some(accepted)) => accepted,
            Ok(None) => continue,
            Err(cause) => {
                door.report(&app, &cause);
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let router = router.clone();
        let service = service_fn(move |mut request: hyper::Request<Incoming>| {
            request.extensions_mut().insert(peer);
            router.call(request)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIMEOUT)
            .max_buf_size(MOST_HEAD_BYTES)
            .serve_connection(TokioIo::new(Patient::new(stream, WRITE_TIMEOUT)), service);
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            // Only the client's connection can fail here, and then nobody is left to hear of it.
            let _ = connection.await;
            drop(counted);
        });
    }
    drop(door);
    app.stop_waiting();
    let _ = tokio::time::timeout(END_TIMEOUT, graceful.shutdown()).await;
    let _ = end_courier.send(true);
    if let Some(courier) = courier {
        let _ = courier.await;
    }
}

/// Where connections come in, as many as there is room for.
struct Door {
    listener: TcpListener,
    room: Arc<Semaphore>,
    shares: Shares,
    reported: Option<Instant>,
}

/// A connection, counted until it ends.
struct Accepted {
    stream: TcpStream,
    peer: Peer,
    counted: (Counted, OwnedSemaphorePermit),
}

impl Door {
    fn open(app: &App, listener: TcpListener) -> Self {
        let (connections, warning) = handles::connections();
        if let Some(warning) = warning {
            app.report(&Fault::Operator(warning));
        }
        let room = Arc::new(Semaphore::new(connections));
        Self { listener, room, shares: Shares::of(connections), reported: None }
    }

    /// The next connection; `None` for one whose network has its share already, or that has ended.
    async fn accept(&self, trusted: &[IpAddr]) -> io::Result<Option<Accepted>> {
        let Ok(permit) = Arc::clone(&self.room).acquire_owned().await else { return Ok(None) };
        let (stream, client): (TcpStream, SocketAddr) = self.listener.accept().await?;
        let Some(counted) = self.shares.take(client.ip(), trusted) else { return Ok(None) };
        let Ok(here) = stream.local_addr() else { return Ok(None) };
        if stream.set_nodelay(true).is_err() {
            return Ok(None);
        }
        let peer = Peer { address: client.ip(), here: here.ip() };
        Ok(Some(Accepted { stream, peer, counted: (counted, permit) }))
    }

    /// Tells the operator why no connection is accepted, now and then.
    fn report(&mut self, app: &App, cause: &io::Error) {
        let Some(text) = handles::refused_accept(cause) else { return };
        if self.reported.is_none_or(|at| at.elapsed() >= REPORT_EVERY) {
            self.reported = Some(Instant::now());
            app.report(&Fault::Operator(text));
        }
    }
}
