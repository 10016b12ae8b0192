/**
 * Views: which view each address shows, and the beginning of it all.
 */

const VIEWS = {
    today: TodayView,
    upcoming: UpcomingView,
    past: PastView,
    booking: BookingView,
    move: MoveView,
    contacts: ContactsView,
    deliveries: DeliveriesView,
    settings: SettingsView,
};

document.documentElement.dataset.js = '';
addEventListener('DOMContentLoaded', () => {
    for (const element of document.querySelectorAll('[data-component=desk]')) new Desk(element);
});
