/**
 * The date forms of S3 and HTTP, by the proleptic Gregorian calendar. Times are Unix milliseconds.
 */

const dayMs = 86_400_000;
const weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"] as const;
const months = [
  "Jan",
  "Feb",
  "Mar",
  "Apr",
  "May",
  "Jun",
  "Jul",
  "Aug",
  "Sep",
  "Oct",
  "Nov",
  "Dec",
] as const;

interface CivilTime {
  year: number;
  /** 1 to 12. */
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
}

/**
 * Days from 1970-01-01 to a date. Years begin in March here, so that the leap day comes last.
 *
 * Source: Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil.
 */
function daysOf({ year, month, day }: Pick<CivilTime, "year" | "month" | "day">): number {
  const marchYear = month <= 2 ? year - 1 : year;
  const era = Math.floor(marchYear / 400);
  const yearOfEra = marchYear - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const leapDays = Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100);
  return era * 146_097 + yearOfEra * 365 + leapDays + dayOfYear - 719_468;
}

/** The date that is so many days from 1970-01-01: the inverse of `daysOf`. */
function dateOf(days: number): Pick<CivilTime, "year" | "month" | "day"> {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const leap = Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36_524);
  const yearOfEra = Math.floor((dayOfEra - leap + Math.floor(dayOfEra / 146_096)) / 365);
  const dayOfYear =
    dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1,
  };
}

function civilOf(unixMs: number): CivilTime & { days: number; millisecond: number } {
  const days = Math.floor(unixMs / dayMs);
  const inDay = Math.floor(unixMs) - days * dayMs;
  return {
    ...dateOf(days),
    days,
    hour: Math.floor(inDay / 3_600_000),
    minute: Math.floor(inDay / 60_000) % 60,
    second: Math.floor(inDay / 1000) % 60,
    millisecond: inDay % 1000,
  };
}

/** The time of a calendar date, or undefined where there is no such date or time of day. */
function unixMsOf(civil: CivilTime): number | undefined {
  const days = daysOf(civil);
  const back = dateOf(days);
  if (back.month !== civil.month || back.day !== civil.day) return undefined;
  // A leap second (60) is the next minute's first.
  if (civil.hour > 23 || civil.minute > 59 || civil.second > 60) return undefined;
  return days * dayMs + ((civil.hour * 60 + civil.minute) * 60 + civil.second) * 1000;
}

function two(value: number): string {
  return value < 10 ? `0${value}` : `${value}`;
}

function four(value: number): string {
  return `${value}`.padStart(4, "0");
}

/** `2009-10-12T17:50:30.000Z`, as in XML answers. */
export function formatIsoDate(unixMs: number): string {
  const t = civilOf(unixMs);
  const date = `${four(t.year)}-${two(t.month)}-${two(t.day)}`;
  const ms = `${t.millisecond}`.padStart(3, "0");
  return `${date}T${two(t.hour)}:${two(t.minute)}:${two(t.second)}.${ms}Z`;
}

/** `20130524T000000Z`, as SigV4 has it. */
export function formatAmzDate(unixMs: number): string {
  const t = civilOf(unixMs);
  const date = `${four(t.year)}${two(t.month)}${two(t.day)}`;
  return `${date}T${two(t.hour)}${two(t.minute)}${two(t.second)}Z`;
}

/** `Fri, 24 May 2013 00:00:00 GMT` (RFC 9110 section 5.6.7). */
export function formatHttpDate(unixMs: number): string {
  const t = civilOf(unixMs);
  const weekday = weekdays[(((t.days + 4) % 7) + 7) % 7] ?? "Sun";
  const date = `${weekday}, ${two(t.day)} ${months[t.month - 1] ?? "Jan"} ${four(t.year)}`;
  return `${date} ${two(t.hour)}:${two(t.minute)}:${two(t.second)} GMT`;
}

/** The number that decimal digits `from` to `to` stand for, or NaN where one is no digit. */
function digits(text: string, from: number, to: number): number {
  let value = 0;
  for (let i = from; i < to; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}

/** Reads `20130524T000000Z`; undefined where it is anything else. */
export function parseAmzDate(text: string): number | undefined {
  if (text.length !== 16 || text[8] !== "T" || text[15] !== "Z") return undefined;
  const civil = {
    year: digits(text, 0, 4),
    month: digits(text, 4, 6),
    day: digits(text, 6, 8),
    hour: digits(text, 9, 11),
    minute: digits(text, 11, 13),
    second: digits(text, 13, 15),
  };
  return Number.isNaN(civil.year + civil.month + civil.day) ||
    Number.isNaN(civil.hour + civil.minute + civil.second)
    ? undefined
    : unixMsOf(civil);
}

// IMF-fixdate, and RFC 850's and asctime's forms, which RFC 9110 section 5.6.7 wants understood.
const imfForm =
  /^[A-Z][a-z]{2}, (\d\d) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d) (?:GMT|UTC|\+0000)$/;
const rfc850Form = /^[A-Z][a-z]+day, (\d\d)-([A-Z][a-z]{2})-(\d\d) (\d\d):(\d\d):(\d\d) GMT$/;
const asctimeForm = /^[A-Z][a-z]{2} ([A-Z][a-z]{2}) ([ \d]\d) (\d\d):(\d\d):(\d\d) (\d{4})$/;
const isoForm = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?Z$/;

interface DateParts {
  day: string | undefined;
  monthName: string | undefined;
  year: string | undefined;
  time: readonly (string | undefined)[];
}

function unixMsOfParts(parts: DateParts): number | undefined {
  const month = months.findIndex((name) => name === parts.monthName) + 1;
  const shortYear = Number(parts.year);
  const year = parts.year?.length === 2 ? shortYear + (shortYear < 70 ? 2000 : 1900) : shortYear;
  const [hour, minute, second] = parts.time.map(Number);
  return unixMsOf({
    year,
    month,
    day: Number(parts.day),
    hour: hour ?? 0,
    minute: minute ?? 0,
    second: second ?? 0,
  });
}

/**
 * Reads the three date forms of HTTP and ISO 8601's, to the millisecond; undefined where it is none
 * of them.
 */
export function parseHttpDate(text: string): number | undefined {
  const fixed = imfForm.exec(text) ?? rfc850Form.exec(text);
  if (fixed !== null) {
    const [, day, monthName, year, ...time] = fixed;
    return unixMsOfParts({ day, monthName, year, time });
  }
  const asctime = asctimeForm.exec(text);
  if (asctime !== null) {
    const [, monthName, day, hour, minute, second, year] = asctime;
    return unixMsOfParts({ day, monthName, year, time: [hour, minute, second] });
  }
  const iso = isoForm.exec(text);
  if (iso === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = iso.slice(1).map(Number);
  const wholeMs = unixMsOf({ year, month, day, hour, minute, second });
  const fraction = (iso[7] ?? "").slice(0, 3).padEnd(3, "0");
  return wholeMs === undefined ? undefined : wholeMs + Number(fraction);
}
