//! A booking for the visitor's calendar: `GET /api/bookings/{id}/invite.ics?token=`, and the links that fill in a
//! calendar's own form. Mails invite; this is a copy that the visitor takes.

use bytes::Bytes;
use http::{HeaderValue, header};
use scheduling::booking::{Booking, Party};
use scheduling::invitation::{Invitation, Method};
use scheduling::view::rfc3339;

use crate::call::exchange::Response;
use crate::call::platform::Platform;
use crate::call::today::as_of_today;
use crate::call::{Call, opened};
use crate::page::shell::Fields;
use crate::page::{answer, links};

pub(crate) async fn answer<P: Platform>(mut call: Call<'_, P>, id: &str) -> Response {
    let token = call.parameter("token").unwrap_or_default();
    match opened::opened(&call, id, &token).await {
        Ok(booking) => {
            call.speak(&booking.visitor.locale);
            let booking = as_of_today(call.platform, &booking).await;
            file(&call, &Booking { location: booking.place_for(Party::Visitor), ..booking }, &token)
        }
        Err(stop) => call.refused(stop).problem(call.words()),
    }
}

fn file<P: Platform>(call: &Call<'_, P>, booking: &Booking, token: &str) -> Response {
    let manage_url = manage_url(call, booking, token);
    let text = invitation(call, booking, manage_url.as_deref()).icalendar(Method::Publish, call.now);
    let mut response = Response::new(Bytes::from(text));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/calendar; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Named after the page and the date, which need no escaping: not every system takes a title as a file's name.
    let date = booking.visitor.time_zone.to_wall_time(booking.start).date();
    let name = format!("{}-{date}.ics", booking.page.replace('/', "-"));
    answer::set(headers, header::CONTENT_DISPOSITION, &format!("attachment; filename=\"{name}\""));
    response
}

/// The ways into a calendar: Google's and Outlook's own forms, and for all others the file.
pub(crate) fn links<P: Platform>(call: &Call<'_, P>, booking: &Booking, token: &str) -> Fields {
    let manage_url = manage_url(call, booking, token);
    let invitation = invitation(call, booking, manage_url.as_deref());
    let (summary, description) = (encoded(&invitation.summary()), encoded(&invitation.description()));
    let place = encoded(booking.place_for(Party::Visitor).text());
    let (start, end) = (rfc3339(booking.start), rfc3339(booking.end));
    let dates = format!("{start}/{end}").replace(['-', ':'], "");
    let google = format!(
        "https://calendar.google.com/calendar/render?action=TEMPLATE&text={summary}&dates={dates}\
         &details={description}&location={place}"
    );
    let outlook = format!(
        "https://outlook.live.com/calendar/deeplink/compose?path=/calendar/action/compose&rru=addevent\
         &startdt={}&enddt={}&subject={summary}&body={description}&location={place}",
        encoded(&start),
        encoded(&end),
    );
    Fields::default()
        .text("google_url", google)
        .text("outlook_url", outlook)
        .text("ics_path", links::ics_path(booking, token))
}

fn invitation<'a, P: Platform>(
    call: &'a Call<'_, P>,
    booking: &'a Booking,
    manage_url: Option<&'a str>,
) -> Invitation<'a> {
    Invitation { booking, words: call.words(), manage_url, guest: None }
}

/// The address of the booking's page, if the host lets it appear in calendars.
fn manage_url<P: Platform>(call: &Call<'_, P>, booking: &Booking, token: &str) -> Option<String> {
    let address = || format!("{}{}", call.site.base_url, links::path_with(booking, token));
    booking.terms.links_in_invitation.then(address)
}

/// Text in a query. A space is `%20`: Outlook shows a plus as a plus.
fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}
