/**
 * Views: the view of each address.
 */

import { AlikeView } from './view_alike.js';
import { CalendarsView } from './view_calendars.js';
import { ContactView, ContactsView } from './view_contacts.js';
import { BookingView, PastView, TodayView, UpcomingView } from './view_days.js';
import { DeliveriesView } from './view_deliveries.js';
import { MoveView } from './view_move.js';
import { SettingsView } from './view_settings.js';

export const VIEWS = {
    today: TodayView,
    upcoming: UpcomingView,
    past: PastView,
    booking: BookingView,
    move: MoveView,
    alike: AlikeView,
    contacts: ContactsView,
    deliveries: DeliveriesView,
    calendars: CalendarsView,
    settings: SettingsView,
};

/** The view of an address. @param {string} name among the views' @param {string} argument the rest of the address */
export const viewOf = (name, argument) => (name === 'contacts' && argument ? ContactView : VIEWS[name]);
