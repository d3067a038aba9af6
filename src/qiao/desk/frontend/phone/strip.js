// What the strip says beside the calls: of the line, and of what is in the agent's way. Words come with the strip, in his
// language; a screen reader hears what has changed, and nothing twice.

import { atTelephone } from "./place.js";

const strip = () => document.getElementById("phone");

/** One of the strip's own sentences; `{name}` in it is put in. */
export function word(name, named = "") {
  const words = JSON.parse(strip()?.dataset.words ?? "{}");
  return (words[name] ?? "").replace("{name}", named);
}

/** What it says of the line to the house. */
export function say(name, tone) {
  put("phone-state", word(name), tone);
}

/** What keeps others from hearing him; "" for nothing. It is read out at once. */
export function warn(name, named = "") {
  const place = document.getElementById("phone-trouble");
  if (!place) return;
  if (atTelephone()) name = ""; // nobody is heard by this browser
  put("phone-trouble", name ? word(name, named) : "", "red");
  place.hidden = !name;
  place.dataset.trouble = name;
}

/** Put words where they are not yet. */
export function put(id, text, tone) {
  const place = document.getElementById(id);
  if (!place) return;
  if (place.textContent !== text) place.textContent = text;
  if (tone) place.dataset.tone = tone;
}
