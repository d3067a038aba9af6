// Nothing typed is lost. textarea[data-draft-url] is posted there a moment after the last key (field "text") and kept
// in this browser for a day as a fallback; it comes back after a reload. Sending the form, or signing out, forgets it.

import { onAppear } from "./appear.js";

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

onAppear("textarea[data-draft-url]", (text) => {
  const kept = recall(text.dataset.draftUrl);
  if (kept && !text.value) {
    text.value = kept;
    text.dispatchEvent(new Event("input", { bubbles: true }));
  }
});

const posting = new WeakMap();
document.addEventListener("input", (event) => {
  const text = event.target.closest?.("textarea[data-draft-url]");
  if (text) {
    if (text.value) keep(text.dataset.draftUrl, text.value);
    else forget(text.dataset.draftUrl);
    clearTimeout(posting.get(text));
    posting.set(text, setTimeout(() => post(text), PAUSE));
  }
});

function post(text) {
  const headers = JSON.parse(document.body.getAttribute("hx-headers:inherited") ?? "{}");
  const body = new URLSearchParams({ text: text.value });
  fetch(text.dataset.draftUrl, { method: "POST", body, headers, keepalive: true }).catch(() => {});
}

function sent(form) {
  for (const text of form.querySelectorAll("textarea[data-draft-url]")) {
    clearTimeout(posting.get(text));
    forget(text.dataset.draftUrl);
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
