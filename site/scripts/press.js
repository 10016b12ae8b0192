/**
 * Press: what a finger or the mouse is on is not replaced under it. A press whose element is gone when it ends is lost.
 */

/** The longest that a press is waited for, in milliseconds. */
const LONGEST_PRESS = 1000;

let end = () => {};
let pressed;

addEventListener('pointerdown', () => {
    end();
    pressed = new Promise((done) => { end = done; });
    setTimeout(end, LONGEST_PRESS);
}, true);
// What is clicked on hears of it before the end.
for (const type of ['pointerup', 'pointercancel']) addEventListener(type, () => setTimeout(() => end(), 50), true);

/** Waits until nothing is pressed: for what comes by itself, such as a late answer. */
export const released = () => pressed;
