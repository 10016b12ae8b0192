/**
 * Views: the view of each address.
 */

import { own } from './pieces.js';
import { AlikeView } from './view_alike.js';
import { CalendarsView } from './view_calendars.js';
import { ContactView, ContactsView } from './view_contacts.js';
import { BookingView, PastView, TodayView, UpcomingView } from './view_days.js';
import { DeliveriesView } from './view_deliveries.js';
import { EmbedView } from './view_embed.js';
import { InviteView } from './view_invite.js';
import { LinkView } from './view_link.js';
import { MoveView } from './view_move.js';
import { SettingsView } from './view_settings.js';
import { ShareView } from './view_share.js';
import { SuggestView } from './view_suggest.js';

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
    share: ShareView,
    suggest: SuggestView,
    invite: InviteView,
    embed: EmbedView,
};

/** The views of one thing in a view's list. */
const OF_ONE = { contacts: ContactView, share: LinkView };


/** The view of an address. @param {string} name among the views' @param {string} argument the rest of the address */
export const viewOf = (name, argument) => {
    // Of pages, a single part is their owner.
    const isOne = name === 'share' ? argument.includes('/') : argument;
    return isOne && own(OF_ONE, name) || VIEWS[name];
};
