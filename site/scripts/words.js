/**
 * Words: messages stand in these sources by their keys, as in `say('more')`; the build puts the locale's words there instead.
 * What dates are written with stands before the scripts as WORDS.
 */

/** Fills the `{placeholders}` of a message in.
 * @param {string} message @param {Object<string, string | number>} values */
const say = (message, values) => message.replace(/{(\w+)}/g, (whole, name) => values[name] ?? whole);

/** A message in its form for a count: what is said of one, if that is special, then what is said of others.
 * @param {string[]} forms @param {number} count */
const sayCount = (forms, count) => say(forms.at(count === 1 ? 0 : -1), { count });

/** Writes a wall time by a pattern of the locale.
 * @param {string} pattern such as `date_full`
 * @param {Date} wall its UTC fields are the wall's */
const write = (pattern, wall) => {
    const { weekdays, weekdays_short, months, months_short, day_periods } = WORDS;
    const [month, hour, weekday] = [wall.getUTCMonth(), wall.getUTCHours(), (wall.getUTCDay() + 6) % 7];
    const twoDigits = (number) => String(number).padStart(2, '0');
    return say(WORDS[pattern], {
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
