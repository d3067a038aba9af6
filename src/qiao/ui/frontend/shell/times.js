// Keeps times true: "3 min ago" becomes "4 min ago", watches run. Says it exactly as formats.py does.

import { onChange } from "./appear.js";
import { now, onMoved } from "./clock.js";
import { meta, words } from "./words.js";

const MINUTE = 60_000;
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const chinese = document.documentElement.lang.startsWith("zh");
const parts = new Intl.DateTimeFormat("en-GB", {
  timeZone: meta("qiao-zone") || undefined,
  year: "numeric",
  month: "numeric",
  day: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

function there(instant) {
  const found = {};
  for (const { type, value } of parts.formatToParts(instant)) found[type] = value;
  return { year: +found.year, month: +found.month, day: +found.day, time: `${found.hour}:${found.minute}` };
}

const dayNumber = (day) => Math.round(Date.UTC(day.year, day.month - 1, day.day) / 86_400_000);

/** Day and time of day in the page's zone. */
export function at(instant, present = now()) {
  const said = words.formats;
  const day = there(instant);
  const today = there(present);
  const near = { 0: said.today, [-1]: said.yesterday, 1: said.tomorrow }[dayNumber(day) - dayNumber(today)];
  const month = chinese ? day.month : MONTHS[day.month - 1];
  const kind = day.year === today.year ? said.date : said.dated;
  return `${near ?? fill(kind, { day: day.day, month, year: day.year })} ${day.time}`;
}

/** As people say it: within the hour in minutes, then day and time. */
export function relative(instant, present = now()) {
  const said = words.formats;
  const apart = instant - present;
  const minutes = Math.floor(Math.abs(apart) / MINUTE + 0.5);
  if (Math.abs(apart) < 45_000) return apart <= 0 ? said.now : said.soon;
  if (minutes < 60) return fill(apart < 0 ? said.ago : said.in, { n: Math.max(minutes, 1) });
  return at(instant, present);
}

/** A running time as on a watch. */
export function watch(seconds) {
  const whole = Math.max(Math.floor(seconds), 0);
  const two = (n) => String(n).padStart(2, "0");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function run() {
  const present = now();
  for (const one of document.querySelectorAll("[data-runs-since]")) {
    put(one, watch((present - Date.parse(one.dataset.runsSince)) / 1000));
  }
  for (const one of document.querySelectorAll("[data-runs-until]")) {
    const left = (Date.parse(one.dataset.runsUntil) - present) / 1000;
    put(one, watch(Math.ceil(left)));
    one.classList.toggle("is-short", left <= 5);
  }
  for (const one of document.querySelectorAll("[data-runs-bar]")) {
    one.value = Math.max((Date.parse(one.dataset.runsBar) - present) / 1000, 0);
  }
}

function say() {
  // A time with an exact one on hover is said relatively, unless it is marked as a time of day.
  for (const one of document.querySelectorAll("time[datetime][data-relative], time[datetime][title]:not([data-at])")) {
    const instant = Date.parse(one.dateTime);
    if (instant && (one.dataset.relative !== undefined || isRelative(one))) put(one, relative(instant));
  }
  for (const one of document.querySelectorAll("time[datetime][data-at]")) {
    const instant = Date.parse(one.dateTime);
    if (instant) put(one, at(instant));
  }
}

// Templates may write the filter `ago` into a bare <time title>: only what reads like it is kept true.
const shape = (text) => new RegExp(`^${text.replace(/[.*+?^$()|[\]\\]/g, "\\$&").replace(/\{n\}/, "\\d+")}$`);
const shapes = words.formats ? ["now", "soon", "ago", "in"].map((name) => shape(words.formats[name])) : [];
function isRelative(element) {
  const text = element.textContent.trim();
  return shapes.some((one) => one.test(text));
}

if (words.formats) {
  run();
  say();
  setInterval(run, 1000);
  setInterval(say, 15_000);
  onChange(run);
  onMoved(() => {
    run();
    say();
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) say();
  });
}
