//! The work that one read may cost, so that no rule, however it is written, holds anything up.

use super::moments::Wall;

/// Steps of recurrence that are left: one for each interval that is looked at, and one for each start in it but the
/// first.
#[derive(Debug)]
pub(super) struct Budget {
    left: u32,
}

/// The budget is spent, at a wall time up to which all starts are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spent(pub(super) Wall);

impl Budget {
    pub(super) fn new(steps: u32) -> Self {
        Self { left: steps }
    }

    /// Takes steps for what is at a wall time.
    pub(super) fn take(&mut self, steps: u32, at: Wall) -> Result<(), Spent> {
        let left = self.left.checked_sub(steps);
        self.left = left.unwrap_or(0);
        left.map(|_| ()).ok_or(Spent(at))
    }
}
