// What the desk's pages do in the browser beyond htmx: clocks that tick, drafts that stay, Enter that sends.

import { keepForms } from "./keeping.js";
import { tickClocks } from "./clocks.js";

const on = (kind, act) => document.addEventListener(kind, act);

// Enter sends, Shift+Enter begins a new line; not while an input method is still composing (Chinese, Japanese).
on("keydown", (event) => {
  const field = event.target;
  if (!field.matches?.("[data-enter-sends]") || event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  if (field.value.trim()) field.form.requestSubmit();
});

on("click", (event) => {
  const inserts = event.target.closest("[data-inserts]");
  if (inserts) insertText(inserts);
  const closes = event.target.closest("[data-closes]");
  if (closes) document.querySelector(closes.dataset.closes)?.replaceChildren();
  const opens = event.target.closest("[data-opens]");
  if (opens) document.getElementById(opens.dataset.opens)?.setAttribute("open", "");
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

function insertText(button) {
  const field = document.querySelector(button.dataset.inserts);
  if (!field) return;
  const gap = field.value && !field.value.endsWith("\n") ? "\n" : "";
  field.value += gap + button.dataset.text;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  button.closest("details")?.removeAttribute("open");
  field.focus();
}

// What was half typed in the second before a reload is sent along with the page that goes.
function sendDrafts() {
  for (const field of document.querySelectorAll("textarea[data-draft]")) {
    if (field.value === field.dataset.sent) continue;
    field.dataset.sent = field.value;
    const form = new FormData(field.form);
    form.delete("key");
    fetch(`/desk/contacts/${field.dataset.draft}/draft`, { method: "POST", body: form, keepalive: true }).catch(() => {});
  }
}
addEventListener("pagehide", sendDrafts);

// A file goes at once, so the input is empty again for the next.
on("htmx:after:request", (event) => {
  if (event.target.matches?.("[data-empties]")) event.target.value = "";
});

// The newest line stays in sight unless the agent has scrolled up to read.
function follow() {
  for (const box of document.querySelectorAll("[data-follow]")) {
    let atEnd = true;
    box.addEventListener("scroll", () => { atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 80; });
    const toEnd = () => { if (atEnd) box.scrollTop = box.scrollHeight; };
    new MutationObserver(toEnd).observe(box, { childList: true, subtree: true, characterData: true });
    new ResizeObserver(toEnd).observe(box);
    toEnd();
  }
}

// "The customer is typing" shows for a few seconds after each hint.
const typing = new WeakMap();
on("qiao:live", (event) => {
  const line = event.target;
  if (!line.matches?.("[data-typing]")) return;
  const words = line.firstElementChild;
  words.hidden = false;
  clearTimeout(typing.get(line));
  typing.set(line, setTimeout(() => { words.hidden = true; }, 5000));
});

// Whatever was opened to be filled in has the cursor.
function focusNew(root) {
  const field = root.querySelector?.("[data-focus]") ?? (root.matches?.("[data-focus]") ? root : null);
  field?.focus({ preventScroll: false });
}
on("htmx:after:swap", (event) => {
  const target = event.detail?.ctx?.target ?? event.target;
  if (target?.isConnected) focusNew(target);
  else focusNew(document.getElementById("contact-editor") ?? document.body);
});

tickClocks();
keepForms();
follow();
