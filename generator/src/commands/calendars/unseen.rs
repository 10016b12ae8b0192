//! A terminal that does not show what is typed.

use std::io;

use nix::sys::termios::{LocalFlags, SetArg, Termios, tcgetattr, tcsetattr};

/// While it lives, the terminal shows nothing of what is typed, and hands it on letter by letter, as `rpassword` reads.
pub(super) struct Unseen(Option<Termios>);

impl Unseen {
    /// Begins now. Where there is no terminal, nothing is set.
    pub(super) fn begin() -> Self {
        let before = tcgetattr(io::stdin()).ok();
        if let Some(mut unseen) = before.clone() {
            let shown = LocalFlags::ECHO | LocalFlags::ECHONL | LocalFlags::ICANON | LocalFlags::ISIG;
            unseen.local_flags.remove(shown);
            // Where it cannot be set, `rpassword` says so.
            let _ = tcsetattr(io::stdin(), SetArg::TCSANOW, &unseen);
        }
        Self(before)
    }
}

impl Drop for Unseen {
    fn drop(&mut self) {
        if let Some(before) = &self.0 {
            let _ = tcsetattr(io::stdin(), SetArg::TCSANOW, before);
        }
    }
}
