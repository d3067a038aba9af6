// Small manners of forms: refusals beside their fields, Enter that sends, texts that are put in, views that follow.

import { onAppear } from "./appear.js";

let asked = null;
document.addEventListener("htmx:response:error", (event) => {
  const source = event.detail.ctx.sourceElement;
  asked = source?.closest?.("form") ?? source;
});

onAppear("[data-refused-fields]", (list) => {
  const form = asked instanceof HTMLFormElement ? asked : null;
  if (!form) return;
  let first = null;
  for (const line of list.querySelectorAll("[data-field]")) {
    const input = form.elements.namedItem(line.dataset.field);
    const field = input instanceof RadioNodeList ? input[0] : input;
    if (!field || field.type === "hidden") continue;
    refuse(field, line.textContent);
    first ??= field;
    line.hidden = true;
  }
  first?.focus();
});

function refuse(field, text) {
  const id = `${field.id || field.name}-refused`;
  document.getElementById(id)?.remove();
  const told = document.createElement("p");
  told.className = "field-error";
  told.id = id;
  told.textContent = text;
  (field.closest(".field") ?? field.parentElement).append(told);
  field.setAttribute("aria-invalid", "true");
  field.setAttribute("aria-describedby", id);
  field.addEventListener(
    "input",
    () => {
      told.remove();
      field.removeAttribute("aria-invalid");
      field.removeAttribute("aria-describedby");
    },
    { once: true },
  );
}

// Enter sends, Shift+Enter begins a line; an Enter that chooses Chinese characters does neither.
document.addEventListener("keydown", (event) => {
  const text = event.target.closest?.("textarea[data-enter-sends]");
  if (!text || event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  if (text.value.trim()) text.form?.requestSubmit();
});

document.addEventListener("click", (event) => {
  const source = event.target.closest?.("[data-inserts]");
  const text = source && document.querySelector(source.dataset.inserts);
  if (!text) return;
  text.focus();
  text.setRangeText(source.dataset.text, text.selectionStart, text.selectionEnd, "end");
  text.dispatchEvent(new Event("input", { bubbles: true }));
  text.dispatchEvent(new Event("change", { bubbles: true }));
});

document.addEventListener("change", (event) => {
  if (event.target.matches?.("[data-submits]")) event.target.form?.requestSubmit();
});

document.addEventListener("htmx:finally:request", (event) => {
  const source = event.detail.ctx.sourceElement;
  if (source?.matches?.("input[data-empties]")) source.value = "";
});

onAppear("[data-focus]", (field) => {
  field.focus({ preventScroll: false });
  if (field instanceof HTMLTextAreaElement) field.setSelectionRange(field.value.length, field.value.length);
});

// A conversation stays at its end as it grows, unless somebody has scrolled up to read.
onAppear("[data-follow]", (view) => {
  let atEnd = true;
  const end = () => view.scrollTo({ top: view.scrollHeight });
  view.addEventListener("scroll", () => {
    atEnd = view.scrollHeight - view.scrollTop - view.clientHeight < 48;
  });
  new MutationObserver(() => atEnd && end()).observe(view, { childList: true, subtree: true });
  new ResizeObserver(() => atEnd && end()).observe(view);
  view.addEventListener("load", () => atEnd && end(), true);
  end();
});

// Somebody is typing: shown for as long as the topic keeps being named.
const typing = new WeakMap();
document.addEventListener(
  "qiao:live",
  (event) => {
    const line = event.target;
    if (line.dataset.typing === undefined || !event.detail.topics) return;
    const said = line.firstElementChild;
    said.hidden = false;
    clearTimeout(typing.get(line));
    typing.set(
      line,
      setTimeout(() => {
        said.hidden = true;
      }, 4_000),
    );
  },
  true,
);
