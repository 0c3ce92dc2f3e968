//! HTTP/1.1 on a socket, until somebody says stop.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::select;
use tokio::time::{sleep, timeout};

/// How long running requests may take to end after the stop.
const PATIENCE: Duration = Duration::from_secs(5);

/// Answers requests until `stop` is done, and lets those that run come to an end.
pub(super) async fn serve(listener: TcpListener, router: Router, stop: impl Future<Output = ()>) {
    let connections = GracefulShutdown::new();
    let mut stop = pin!(stop);
    loop {
        let accepted = select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        match accepted {
            Ok((stream, _)) => connect(stream, router.clone(), &connections),
            // Too many open files, for example: some of them will be closed.
            Err(_) => sleep(Duration::from_millis(50)).await,
        }
    }
    drop(listener);
    let _ = timeout(PATIENCE, connections.shutdown()).await;
}

fn connect(stream: TcpStream, router: Router, connections: &GracefulShutdown) {
    let _ = stream.set_nodelay(true);
    let mut server = http1::Builder::new();
    // With a timer, a visitor who never finishes the headers is sent away after half a minute.
    let connection = server
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    let watched = connections.watch(connection);
    // An error here is a visitor who went away.
    tokio::spawn(async move { drop(watched.await) });
}
