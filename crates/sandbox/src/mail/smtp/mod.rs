//! The receiving end of SMTP (RFC 5321): plain text, on loopback, from whoever connects.

mod command;
mod session;
mod wire;

use crate::app::App;
use std::{sync::Arc, time::Duration};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};

/// More than a mailer on one machine opens.
const CONNECTIONS: usize = 32;
/// A session ends after this long, whatever it is doing.
const SESSION: Duration = Duration::from_mins(5);
/// After a fault of `accept`, for example too many open files.
const PAUSE: Duration = Duration::from_millis(100);

/// Answers until the sandbox stops. Connections above the limit are told to come back.
pub(crate) async fn serve(app: App, listener: TcpListener) {
    let seats = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let accepted = tokio::select! {
            () = app.shutdown.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, _)) = accepted else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        match seats.clone().try_acquire_owned() {
            Ok(seat) => {
                let app = app.clone();
                tokio::spawn(async move {
                    tokio::select! {
                        () = app.shutdown.cancelled() => {}
                        // A session that takes too long, or whose other side has gone, is over; nobody waits for it.
                        _ = tokio::time::timeout(SESSION, session::run(&app, stream)) => {}
                    }
                    drop(seat);
                });
            }
            Err(_) => turn_away(stream),
        }
    }
}

fn turn_away(mut stream: TcpStream) {
    tokio::spawn(async move {
        let answer = stream.write_all(b"421 4.3.2 Too many connections, come back later\r\n");
        // It is told if it listens.
        let _ = tokio::time::timeout(Duration::from_secs(1), answer).await;
    });
}
