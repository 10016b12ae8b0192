//! Starts within windows.

use scheduling::availability::Window;
use scheduling::booking::Booking;

/// All starts of meetings of that length, in order. Windows of openings that touch may offer one start twice.
pub(crate) fn starts(windows: &[Window], every_minutes: u32, duration_minutes: u32) -> Vec<i64> {
    let mut starts: Vec<i64> =
        windows.iter().flat_map(|window| window.starts(every_minutes, duration_minutes)).collect();
    starts.sort_unstable();
    starts.dedup();
    starts
}

/// The length of a booking's meeting, in minutes.
pub(crate) fn minutes_of(booking: &Booking) -> u32 {
    u32::try_from((booking.end - booking.start).num_minutes()).unwrap_or(0)
}
