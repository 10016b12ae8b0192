/** Steps: what visitors do again and again on a meeting page. */

export const seconds = (instant) => Date.parse(instant) / 1000;

/** The day's button in the month. @param {string} date in words, such as `Wednesday 25 November 2026` */
export const day = (page, date) => page.getByRole("button", { name: date });

/** The radio button of a start. */
export const time = (page, start) => page.getByRole("radio", { disabled: false }).and(page.locator(`[value="${seconds(start)}"]`));

/** Wednesday, 10:00 in Tokyo, on the introductory call's page: the choice that most tests make. */
export const WEDNESDAY = "Wednesday 25 November 2026";
export const TEN = "2026-11-25T01:00:00Z";

export const chooseTen = async (page) => {
  await day(page, WEDNESDAY).click();
  await time(page, TEN).check();
};

export const toDetails = async (page) => {
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("heading", { name: "About you" }).waitFor();
};

export const fillIn = async (page, { name = "Mia Berg", email = "mia@example.com", topic = "A first idea.\nAnd a second." } = {}) => {
  await page.getByLabel("Your name").fill(name);
  await page.getByLabel(/email address/i).fill(email);
  await page.getByLabel("What would you like to talk about?").fill(topic);
};

/** From the meeting page to its details, filled in, for the usual time. */
export const toFilledDetails = async (page) => {
  await page.goto("/aiko/intro/");
  await chooseTen(page);
  await toDetails(page);
  await fillIn(page);
};

export const bookButton = (page) => page.getByRole("button", { name: /^Book / });

/** Waits for the booking's page. */
export const booked = async (page) => {
  await page.getByRole("heading", { name: "You are booked" }).waitFor();
};
