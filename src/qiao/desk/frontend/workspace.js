// What a contact's page does in the browser beyond the kit: Enter sends, saved replies go into the editor, the newest
// line stays in sight, "is typing" shows for a moment, and half-filled forms survive a reload.

import { onAppear } from "qiao-ui/shell/appear.js";
import "./workspace/keeping.js";

const TYPING_SHOWN = 5_000;
const NEAR_THE_END = 80;

// Not while an input method is still composing (Chinese, Japanese): there Enter chooses a word.
document.addEventListener("keydown", (event) => {
  const field = event.target;
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  if (!field.matches?.("[data-enter-sends]")) return;
  event.preventDefault();
  if (field.value.trim()) field.form.requestSubmit();
});

document.addEventListener("click", (event) => {
  const reply = event.target.closest?.("[data-inserts]");
  if (reply) insert(reply);
  const closer = event.target.closest?.("[data-clears]");
  if (closer) document.querySelector(closer.dataset.clears)?.replaceChildren();
});

// Alt and a digit reach a suggestion while the agent types.
document.addEventListener("keydown", (event) => {
  if (!event.altKey || event.ctrlKey || event.metaKey || event.isComposing || event.repeat) return;
  const digit = /^Digit([0-9])$/.exec(event.code)?.[1];
  const way = digit && document.querySelector(`[data-alt-key="${digit}"]`);
  if (!way?.checkVisibility()) return;
  event.preventDefault();
  way.click();
});

function insert(reply) {
  const field = document.querySelector(reply.dataset.inserts);
  if (!field) return;
  const gap = field.value && !field.value.endsWith("\n") ? "\n" : "";
  field.value += gap + reply.dataset.text;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
}

// A file goes at once; then the input is empty again for the next one.
document.addEventListener("htmx:finally:request", (event) => {
  const source = event.detail?.ctx?.sourceElement;
  if (source?.matches?.("[data-empties]")) source.value = "";
});

// The newest line stays in sight unless the agent has scrolled up to read.
onAppear("[data-follow]", (box) => {
  let atEnd = true;
  const toEnd = () => {
    if (atEnd) box.scrollTop = box.scrollHeight;
  };
  box.addEventListener("scroll", () => {
    atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_THE_END;
  });
  new MutationObserver(toEnd).observe(box, { childList: true, subtree: true });
  new ResizeObserver(toEnd).observe(box);
  toEnd();
});

// While the agent hands a contact on or writes it up, its parts need not fetch themselves once more.
let leaving = false;
document.addEventListener("htmx:before:request", (event) => {
  if (event.detail?.ctx?.sourceElement?.matches?.("[data-leaves]")) leaving = true;
});
for (const kind of ["htmx:response:error", "htmx:error"]) document.addEventListener(kind, () => (leaving = false));
document.addEventListener("qiao:went", () => (leaving = false));
document.addEventListener("qiao:live", (event) => leaving && event.stopImmediatePropagation(), true);

const ends = new WeakMap();
document.addEventListener(
  "qiao:live",
  (event) => {
    const line = event.target;
    if (!line.matches?.("[data-typing]") || !event.detail?.topics) return;
    const words = line.firstElementChild;
    words.hidden = false;
    clearTimeout(ends.get(line));
    ends.set(line, setTimeout(() => (words.hidden = true), TYPING_SHOWN));
  },
  true,
);
