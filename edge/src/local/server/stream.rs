//! A connection's stream that gives up on a client who does not read.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

/// The time that a client may take to make room for what is sent to it.
pub(super) const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// The least that a client has to read in a second, once it keeps the server waiting, in bytes.
const LEAST_BYTES_PER_SECOND: usize = 1024;

/// A stream whose writes fail once the client has read too little for too long. A client that is waited for uses up its
/// [`WRITE_TIMEOUT`], and gains time with what it reads: a byte now and then does not keep a connection open.
pub(super) struct Patient<S> {
    stream: S,
    timeout: Duration,
    /// What is left of the time, while nobody waits.
    left: Duration,
    /// Ends when the time is used up, while the client is waited for.
    waiting: Option<Pin<Box<Sleep>>>,
}

impl<S> Patient<S> {
    pub(super) fn new(stream: S, timeout: Duration) -> Self {
        Self { stream, timeout, left: timeout, waiting: None }
    }

    /// What became of a write of so many bytes, unless the client has used up its time.
    fn heed<T>(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<T>>,
        bytes: usize,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.gain(bytes);
            return written;
        }
        let left = self.left;
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(tokio::time::sleep(left)));
        if waiting.as_mut().poll(context).is_pending() {
            return Poll::Pending;
        }
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client does not read")))
    }

    /// Ends a wait: the client has what is left of its time, and as much as reading so many bytes may take.
    fn gain(&mut self, bytes: usize) {
        if let Some(waiting) = self.waiting.take() {
            self.left = waiting.deadline().saturating_duration_since(Instant::now());
        }
        let gained = Duration::from_millis((bytes * 1000 / LEAST_BYTES_PER_SECOND) as u64);
        self.left = (self.left + gained).min(self.timeout);
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        let count = bytes_of(&written);
        self.heed(context, written, count)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        let count = bytes_of(&written);
        self.heed(context, written, count)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        self.heed(context, flushed, 0)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let closed = Pin::new(&mut self.stream).poll_shutdown(context);
        self.heed(context, closed, 0)
    }
}

fn bytes_of(written: &Poll<io::Result<usize>>) -> usize {
    match written {
        Poll::Ready(Ok(count)) => *count,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    const TIMEOUT: Duration = Duration::from_millis(200);
    const ROOM: usize = 4096;

    /// Writes without end to a client that reads so many bytes at each interval: the error that ends it, or none while
    /// the test looks.
    async fn write_to(read_bytes: usize, every: Duration) -> Option<io::ErrorKind> {
        let (near, mut far) = tokio::io::duplex(ROOM);
        let reader = tokio::spawn(async move {
            let mut buffer = vec![0; read_bytes.max(1)];
            loop {
                tokio::time::sleep(every).await;
                if read_bytes > 0 && far.read_exact(&mut buffer).await.is_err() {
                    break;
                }
            }
        });
        let mut stream = Patient::new(near, TIMEOUT);
        let writing = async {
            loop {
                if let Err(error) = stream.write_all(&[0; 1000]).await {
                    return error.kind();
                }
            }
        };
        let ended = tokio::time::timeout(TIMEOUT * 6, writing).await.ok();
        reader.abort();
        ended
    }

    #[tokio::test]
    async fn who_reads_nothing_or_next_to_nothing_is_given_up() {
        let soon = Duration::from_millis(20);
        assert_eq!(write_to(0, soon).await, Some(io::ErrorKind::TimedOut), "nothing");
        assert_eq!(write_to(1, soon).await, Some(io::ErrorKind::TimedOut), "50 bytes a second");
    }

    #[tokio::test]
    async fn who_reads_slowly_gets_all_of_it() {
        assert_eq!(write_to(100, Duration::from_millis(20)).await, None, "5,000 bytes a second");
    }

    #[tokio::test]
    async fn what_is_read_at_once_takes_as_long_as_it_likes() {
        let (near, mut far) = tokio::io::duplex(ROOM);
        let mut stream = Patient::new(near, TIMEOUT);
        for _ in 0..3 {
            stream.write_all(b"hello").await.unwrap();
            let mut hello = [0; 5];
            far.read_exact(&mut hello).await.unwrap();
            tokio::time::sleep(TIMEOUT * 2).await;
        }
        stream.write_all(b"hello").await.unwrap();
    }
}
