//! Connections that a handler can cut. A vendor that resets a connection answers nothing at all, and no response value
//! can say that; so the handler marks the connection, and the next write on it fails.

use axum::{
    extract::connect_info::Connected,
    serve::{IncomingStream, Listener},
};
use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    task::{Context, Poll},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
};

/// The handler's end of its connection.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wire(Arc<AtomicU8>);

const CUT: u8 = 1;
const RESET: u8 = 2;

impl Wire {
    /// Nothing more is written to this connection.
    pub(crate) fn cut(&self) {
        self.0.store(CUT, Ordering::Relaxed);
    }

    /// The same, and the other side is told by a reset (RST) in place of an orderly end.
    pub(crate) fn reset(&self) {
        self.0.store(RESET, Ordering::Relaxed);
    }
}

pub(crate) struct Door(pub(crate) TcpListener);

pub(crate) struct Line {
    stream: TcpStream,
    wire: Wire,
}

impl Listener for Door {
    type Io = Line;
    type Addr = Wire;

    async fn accept(&mut self) -> (Line, Wire) {
        // axum's own listener logs and survives what `accept` can report (too many open files, a client gone already).
        let (stream, _) = Listener::accept(&mut self.0).await;
        let wire = Wire::default();
        (Line { stream, wire: wire.clone() }, wire)
    }

    fn local_addr(&self) -> io::Result<Wire> {
        Ok(Wire::default())
    }
}

impl Connected<IncomingStream<'_, Door>> for Wire {
    fn connect_info(stream: IncomingStream<'_, Door>) -> Self {
        stream.remote_addr().clone()
    }
}

impl AsyncRead for Line {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Line {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let state = self.wire.0.load(Ordering::Relaxed);
        if state == RESET {
            // Where this is not possible, the connection still ends.
            let _ = self.stream.set_zero_linger();
        }
        if state != 0 {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
