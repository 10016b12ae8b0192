/**
 * Framed: a page in another site's frame loads what tells that site what happens. No other page needs it.
 */

if (parent !== self) import('/frame.js');
