//! What a calendar is to hold of a booking.

use scheduling::invitation::BookingCopy;

/// What a calendar is to hold of a booking.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Held<'a> {
    Nothing,
    /// The booking as it is, beside what its host has added.
    Copy(&'a BookingCopy),
    /// The same, and as one event where its host has made a series of it.
    Alone(&'a BookingCopy),
}

impl<'a> Held<'a> {
    pub(super) fn text(self) -> Option<&'a BookingCopy> {
        match self {
            Held::Nothing => None,
            Held::Copy(copy) | Held::Alone(copy) => Some(copy),
        }
    }

    pub(super) fn is_alone(self) -> bool {
        matches!(self, Held::Alone(_))
    }
}

impl<'a> From<Option<&'a BookingCopy>> for Held<'a> {
    fn from(copy: Option<&'a BookingCopy>) -> Self {
        copy.map_or(Held::Nothing, Held::Copy)
    }
}
