// One key for what is done a hundred times a day: data-shortcut="a" (or data-key) on whatever is clicked then.
// Nothing happens while somebody types; single letters can be switched off on the sheet.

import { opens } from "./dialogs.js";
import { enter, move } from "./lists.js";
import { openPalette } from "./palette.js";

const OFF = "qiao.letters-off";
const FIXED = new Set(["j", "k", "/", "?"]);

function lettersWork() {
  try {
    return localStorage.getItem(OFF) !== "1";
  } catch {
    return true;
  }
}

const typesIn = (element) =>
  element?.matches?.("input:not([type=checkbox]):not([type=radio]):not([type=button]), textarea, select") ||
  element?.isContentEditable;

function bearer(key) {
  const name = CSS.escape(key);
  const bearers = document.querySelectorAll(`[data-shortcut="${name}"], [data-key="${name}"]`);
  return [...bearers].find((one) => one.checkVisibility() && !one.disabled);
}

function press(element) {
  if (element.matches("input, textarea, select")) element.focus();
  else element.click();
}

// Under a Chinese input method a key may have no letter of its own; the place on the keyboard then tells.
function letterOf(event) {
  if (event.key.length === 1 && event.key <= "~") return event.key.toLowerCase();
  return /^Key[A-Z]$/.test(event.code) ? event.code.slice(3).toLowerCase() : event.key;
}

function escaped(event) {
  if (document.querySelector("dialog[open]")) return;
  const way = bearer("escape");
  if (way) {
    event.preventDefault();
    press(way);
  } else if (typesIn(document.activeElement)) document.activeElement.blur();
}

function search() {
  const field = [...document.querySelectorAll("[data-search], main input[type=search]")].find((one) =>
    one.checkVisibility(),
  );
  if (field) field.focus();
  else openPalette();
}

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.keyCode === 229 || event.defaultPrevented) return;
  if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
    event.preventDefault();
    openPalette();
    return;
  }
  if (event.key === "Escape") {
    escaped(event);
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || typesIn(event.target)) return;
  if (document.querySelector("dialog[open]") || !lettersWork()) return;
  const letter = letterOf(event);
  if (letter === "Enter") {
    const marked = document.querySelector(".is-marked");
    if (marked && !event.target.closest("a, button, summary") && enter(marked)) event.preventDefault();
    return;
  }
  if (event.repeat && !FIXED.has(letter)) return;
  const own = letter.length === 1 ? bearer(letter) : null;
  if (own) press(own);
  else if (letter === "?") opens("shortcuts");
  else if (letter === "/") search();
  else if (letter === "j" || letter === "k") move(letter === "j" ? 1 : -1);
  else return;
  event.preventDefault();
});

// The sheet lists what the page offers just now.
const sheet = document.getElementById("shortcuts");
sheet?.addEventListener("qiao:opened", () => {
  const place = document.getElementById("shortcuts-here");
  const seen = new Map();
  for (const one of document.querySelectorAll("[data-shortcut], [data-key]")) {
    const key = one.dataset.shortcut ?? one.dataset.key;
    if (key !== "escape" && one.checkVisibility() && !seen.has(key)) seen.set(key, nameOf(one));
  }
  place.replaceChildren(...[...seen].map(([key, name]) => line(key, name)));
  if (!seen.size) place.textContent = place.dataset.none;
});

function nameOf(element) {
  const copy = element.cloneNode(true);
  for (const key of copy.querySelectorAll("kbd, svg")) key.remove();
  return element.getAttribute("aria-label") ?? copy.textContent.trim().replace(/\s+/g, " ");
}

function line(key, name) {
  const row = document.createElement("div");
  const term = document.createElement("dt");
  const cap = document.createElement("kbd");
  cap.className = "kbd kbd-sm";
  cap.textContent = key.toUpperCase();
  const said = document.createElement("dd");
  said.textContent = name;
  term.append(cap);
  row.append(term, said);
  return row;
}

const letters = document.querySelector("[data-single-letters]");
if (letters) {
  letters.checked = lettersWork();
  letters.addEventListener("change", () => {
    try {
      if (letters.checked) localStorage.removeItem(OFF);
      else localStorage.setItem(OFF, "1");
    } catch {
      // then it holds for this page only
    }
  });
}
