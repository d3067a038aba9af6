// Nothing typed is lost. textarea[data-draft-url] is posted there a moment after the last key (field "text");
// textarea[data-draft] (its room posts it) and form[data-keep] are kept in this browser only. All of them are kept
// here for a day as a fallback and come back after a reload; sending the form, or signing out, forgets them.

import { onAppear } from "./appear.js";
import { toast } from "./toasts.js";
import { words } from "./words.js";

const MARK = "qiao.draft:";
const DAY = 24 * 3600 * 1000;
const PAUSE = 800;

function recall(key) {
  try {
    const kept = JSON.parse(localStorage.getItem(MARK + key) ?? "null");
    return kept && Date.now() - kept.at < DAY ? kept.value : null;
  } catch {
    return null;
  }
}

function keep(key, value) {
  try {
    localStorage.setItem(MARK + key, JSON.stringify({ at: Date.now(), value }));
  } catch {
    // a full or forbidden store: then only the server keeps it
  }
}

function forget(key) {
  try {
    localStorage.removeItem(MARK + key);
  } catch {
    // nothing was kept either
  }
}

function drafts() {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(MARK));
  } catch {
    return [];
  }
}

const keyOf = (text) => text.dataset.draftUrl ?? text.dataset.draft;

onAppear("textarea[data-draft-url], textarea[data-draft]", (text) => {
  const kept = recall(keyOf(text));
  if (kept && !text.value) {
    text.value = kept;
    text.dispatchEvent(new Event("input", { bubbles: true }));
  }
});

const posting = new WeakMap();
document.addEventListener("input", (event) => {
  const text = event.target.closest?.("textarea[data-draft-url], textarea[data-draft]");
  if (text) {
    if (text.value) keep(keyOf(text), text.value);
    else forget(keyOf(text));
    if (text.dataset.draftUrl) {
      clearTimeout(posting.get(text));
      posting.set(text, setTimeout(() => post(text), PAUSE));
    }
  }
  const form = event.target.closest?.("form[data-keep]");
  if (form) keep(form.dataset.keep, valuesOf(form));
});

function post(text) {
  const headers = JSON.parse(document.body.getAttribute("hx-headers:inherited") ?? "{}");
  const body = new URLSearchParams({ text: text.value });
  fetch(text.dataset.draftUrl, { method: "POST", body, headers, keepalive: true }).catch(() => {});
}

const SECRET = new Set(["hidden", "password", "file", "submit", "button"]);

function valuesOf(form) {
  const kept = {};
  for (const field of form.elements) {
    if (!field.name || SECRET.has(field.type)) continue;
    if (field.type === "checkbox" || field.type === "radio") {
      if (field.checked) (kept[field.name] ??= []).push(field.value);
    } else kept[field.name] = [field.value];
  }
  return kept;
}

onAppear("form[data-keep]", (form) => {
  const kept = recall(form.dataset.keep);
  if (!kept) return;
  let back = false;
  for (const field of form.elements) {
    const values = kept[field.name];
    if (!values || SECRET.has(field.type)) continue;
    if (field.type === "checkbox" || field.type === "radio") field.checked = values.includes(field.value);
    else if (field.value !== values[0]) {
      field.value = values[0];
      back ||= field.tagName !== "SELECT" && values[0] !== "";
    }
  }
  if (back) toast(words.restored, "blue");
});

function sent(form) {
  if (form.dataset.keep) forget(form.dataset.keep);
  for (const text of form.querySelectorAll("textarea[data-draft-url], textarea[data-draft]")) {
    clearTimeout(posting.get(text));
    forget(keyOf(text));
  }
}

// Taken by the server, that is: a refused form keeps its draft.
document.addEventListener("htmx:after:request", (event) => {
  const { ctx } = event.detail;
  if (ctx.sourceElement instanceof HTMLFormElement && ctx.response?.raw.ok) sent(ctx.sourceElement);
});

document.addEventListener("submit", (event) => {
  if (event.target.action?.endsWith("/sign-out")) for (const key of drafts()) localStorage.removeItem(key);
});

for (const key of drafts()) {
  if (recall(key.slice(MARK.length)) === null) localStorage.removeItem(key);
}
