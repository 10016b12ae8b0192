/** Hands: the same acts by thumb, or by keyboard alone. */

import assert from "node:assert/strict";

/** By thumb: taps. */
export const byThumb = () => ({ press: (target) => target.tap(), choose: (target) => target.tap(), write: (target, text) => target.fill(text) });

/** By keyboard: Tab until it has the focus, then what a key does. */
export const byKeyboard = (page) => {
  const reach = async (target) => {
    for (let count = 0; count < 120; count += 1) {
      if (await target.evaluate((element) => element === document.activeElement)) return;
      await page.keyboard.press("Tab");
    }
    assert.fail(`Tab does not reach ${target}`);
  };
  return {
    press: async (target) => { await reach(target); await page.keyboard.press("Enter"); },
    // Of radio buttons, Tab reaches one, and arrows the others.
    choose: async (target) => {
      const group = page.locator(`input[name="${await target.evaluate((element) => element.name)}"]`);
      await reach(await group.locator("nth=0"));
      for (let count = 0; count < 60 && !(await target.isChecked()); count += 1) await page.keyboard.press(count ? "ArrowDown" : "Space");
      assert.ok(await target.isChecked());
    },
    write: async (target, text) => { await reach(target); await page.keyboard.type(text); },
  };
};
