//! File handles: as many as connections and ledgers need, and what to say when there are fewer.

use std::io;

/// Connections that are open at once, where there are handles enough; others wait to be accepted.
const MOST_CONNECTIONS: usize = 1024;
/// Handles beside those of connections: ledgers with their logs, records, receivers, and files that are read.
const RESERVED: usize = 448;
/// The handles that are asked for at the start.
const WANTED: usize = 4 * MOST_CONNECTIONS;

/// The connections that this process can hold, after asking for the handles that it needs: never so many that none
/// would be left for ledgers. With a sentence for the operator where that is fewer than it should be.
pub(super) fn connections() -> (usize, Option<String>) {
    connections_with(raise_limit(WANTED))
}

fn connections_with(handles: Option<usize>) -> (usize, Option<String>) {
    let Some(handles) = handles else { return (MOST_CONNECTIONS, None) };
    let connections = handles.saturating_sub(RESERVED).clamp(16, MOST_CONNECTIONS);
    let warning = (connections < MOST_CONNECTIONS).then(|| {
        format!(
            "this process may open only {handles} files at once, so it accepts {connections} connections instead of \
             {MOST_CONNECTIONS}. Raise the limit to {WANTED}: `LimitNOFILE={WANTED}` in the unit, `--ulimit \
             nofile={WANTED}` for a container, `ulimit -n {WANTED}` in a shell."
        )
    });
    (connections, warning)
}

/// The soft limit of open files, raised as far as the hard limit and `wanted` allow. `None` where nobody knows it.
#[cfg(unix)]
fn raise_limit(wanted: usize) -> Option<usize> {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).ok()?;
    let raised = hard.min(wanted as u64).max(soft);
    let limit =
        if raised > soft && setrlimit(Resource::RLIMIT_NOFILE, raised, hard).is_ok() { raised } else { soft };
    usize::try_from(limit).ok()
}

#[cfg(not(unix))]
fn raise_limit(_: usize) -> Option<usize> {
    None
}

/// What to tell the operator of a connection that could not be accepted; nothing where only its client is concerned.
pub(super) fn refused_accept(cause: &io::Error) -> Option<String> {
    if crate::local::store::is_out_of_handles(cause) {
        return Some(format!(
            "no connection can be accepted: too many files are open ({cause}). Raise the limit, as docs/self-host.md \
             explains under Connections."
        ));
    }
    let of_client = [
        io::ErrorKind::ConnectionAborted,
        io::ErrorKind::ConnectionReset,
        io::ErrorKind::Interrupted,
        io::ErrorKind::TimedOut,
        io::ErrorKind::InvalidInput,
        io::ErrorKind::NotConnected,
    ];
    (!of_client.contains(&cause.kind())).then(|| format!("no connection can be accepted: {cause}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ledgers_have_handles_whatever_the_limit() {
        for (handles, connections) in [(4096, 1024), (1472, 1024), (1471, 1023), (1024, 576), (256, 16)] {
            assert_eq!(connections_with(Some(handles)).0, connections, "{handles}");
        }
        assert_eq!(connections_with(None), (1024, None));
        assert_eq!(connections_with(Some(65536)), (1024, None));
        let expected = "this process may open only 1024 files at once, so it accepts 576 connections instead of 1024. \
            Raise the limit to 4096: `LimitNOFILE=4096` in the unit, `--ulimit nofile=4096` for a container, \
            `ulimit -n 4096` in a shell.";
        assert_eq!(connections_with(Some(1024)).1.as_deref(), Some(expected));
    }

    #[test]
    fn the_operator_hears_why_no_connection_is_accepted() {
        let said = |number| refused_accept(&io::Error::from_raw_os_error(number));
        let expected = "no connection can be accepted: too many files are open (Too many open files (os error 24)). \
            Raise the limit, as docs/self-host.md explains under Connections.";
        assert_eq!(said(24).as_deref(), Some(expected));
        assert!(said(23).is_some_and(|said| said.contains("too many files are open")));
        assert_eq!(said(103), None, "a client that went away");
        let expected = "no connection can be accepted: Cannot allocate memory (os error 12)";
        assert_eq!(said(12).as_deref(), Some(expected));
    }
}
