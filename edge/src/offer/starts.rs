//! Starts within windows.

use scheduling::availability::Window;
use scheduling::booking::Booking;
use scheduling::order::sorted;

/// All starts of meetings of that length, in order. Windows of openings that touch may offer one start twice.
pub(crate) fn starts(windows: &[Window], every_minutes: u32, duration_minutes: u32) -> Vec<i64> {
    let starts = windows.iter().flat_map(|window| window.starts(every_minutes, duration_minutes));
    let mut starts: Vec<i64> =
        sorted(starts.map(|start| (start, 0)).collect()).into_iter().map(|(start, _)| start).collect();
    starts.dedup();
    starts
}

/// The length of a booking's meeting, in minutes.
pub(crate) fn minutes_of(booking: &Booking) -> u32 {
    u32::try_from((booking.end - booking.start).num_minutes()).unwrap_or(0)
}
