/**
 * QR codes: drawn here, so that nobody else learns of a link.
 */

import { html } from '../words.js';
import { MEDIUM, encodeSegments, makeSegments } from './uqr.js';

/** The light modules around a code, in modules. */
const QUIET = 4;

/** The code of a text as an SVG image, one unit for each module, as `generator link --qr-svg` draws it; nothing if no
 * code holds so much.
 * @param {string} text @param {string} [label] read in place of the image */
export const qrCode = (text, label = '') => {
    let code;
    try {
        code = encodeSegments(makeSegments(text), MEDIUM);
    } catch {
        return undefined;
    }
    const path = code.modules.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x + QUIET} ${y + QUIET}h1v1h-1z` : '')));
    const side = code.size + 2 * QUIET;
    return html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${side} ${side}" shape-rendering="crispEdges" role="img" aria-label="${label}"><path fill="#fff" d="M0 0h${side}v${side}H0z"/><path d="${path.join('')}"/></svg>`;
};
