/**
 * Words: the locale's messages and dates, which stand before the scripts as WORDS.
 */

/** Fills `{placeholders}` in.
 * @param {string} pattern @param {Object<string, string | number>} values */
const fill = (pattern, values) => pattern.replace(/{(\w+)}/g, (whole, name) => values[name] ?? whole);

/** A message of the locale.
 * @param {string} key @param {Object<string, string | number>} [values] */
const say = (key, values = {}) => fill(WORDS.messages[key] ?? key, values);

/** A message in its form for a count.
 * @param {string} key @param {number} count */
const sayCount = (key, count) => say(count === 1 && WORDS.messages[`${key}.one`] ? `${key}.one` : `${key}.other`, { count });

/** Writes a wall time by a pattern of the locale.
 * @param {string} pattern such as `date_full`
 * @param {Date} wall its UTC fields are the wall's */
const write = (pattern, wall) => {
    const { weekdays, weekdays_short, months, months_short, day_periods } = WORDS.dates;
    const [month, hour, weekday] = [wall.getUTCMonth(), wall.getUTCHours(), (wall.getUTCDay() + 6) % 7];
    const twoDigits = (number) => String(number).padStart(2, '0');
    return fill(WORDS.dates[pattern], {
        weekday: weekdays[weekday],
        weekday_short: weekdays_short[weekday],
        day: wall.getUTCDate(),
        month: months[month],
        month_short: months_short[month],
        month_number: month + 1,
        year: wall.getUTCFullYear(),
        hour: twoDigits(hour),
        hour12: (hour + 11) % 12 + 1,
        minute: twoDigits(wall.getUTCMinutes()),
        day_period: day_periods[+(hour > 11)],
    });
};

/** HTML with values in it as text. What is HTML already comes in a list. */
const html = (parts, ...values) => String.raw({ raw: parts }, ...values.map((value) => Array.isArray(value)
    ? value.join('')
    : String(value).replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt()};`)));
