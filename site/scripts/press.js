/**
 * Press: what a finger, the mouse or a key is on is not replaced under it. A press whose element is gone when it ends
 * is lost.
 */

let pressed;
/** Ends the press, while one lasts. */
let end;

const begin = () => {
    if (!end) pressed = new Promise((done) => { end = () => done(end = undefined); });
};
// What is clicked on hears of it before the end. Of the window's loss, nobody else hears.
const finish = () => setTimeout(() => end?.(), 50);
for (const type of ['pointerdown', 'keydown']) addEventListener(type, begin);
for (const type of ['pointerup', 'keyup', 'pointercancel', 'blur']) addEventListener(type, finish);

/** Waits until nothing is pressed: for what comes by itself, such as a late answer. */
export const released = () => pressed;
