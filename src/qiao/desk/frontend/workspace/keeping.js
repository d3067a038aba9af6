// Forms marked data-keep="name" survive a reload: what is typed lies in this tab's store until the form was taken.

import { onAppear } from "qiao-ui/shell/appear.js";

const MARK = "qiao.form:";
const LEFT_OUT = new Set(["hidden", "password", "file", "submit", "button"]);
const ticks = (field) => field.type === "checkbox" || field.type === "radio";

function store() {
  try {
    return window.sessionStorage;
  } catch {
    return null;
  }
}

function read(form) {
  return [...form.elements]
    .filter((field) => field.name && !LEFT_OUT.has(field.type))
    .map((field) => (ticks(field) ? [field.name, field.value, field.checked] : [field.name, null, field.value]));
}

function write(form, kept) {
  const seen = new Map();
  for (const [name, choice, value] of kept) {
    const fields = [...form.elements].filter((field) => field.name === name);
    if (choice !== null) {
      const tick = fields.find((field) => field.value === choice);
      if (tick) tick.checked = value;
      continue;
    }
    const nth = seen.get(name) ?? 0;
    seen.set(name, nth + 1);
    if (fields[nth] && fields[nth].type !== "hidden") fields[nth].value = value;
  }
}

onAppear("form[data-keep]", (form) => {
  const key = MARK + form.dataset.keep;
  const text = store()?.getItem(key);
  if (!text) return;
  try {
    write(form, JSON.parse(text));
  } catch {
    store()?.removeItem(key);
  }
});

for (const kind of ["input", "change"]) {
  document.addEventListener(kind, (event) => {
    const form = event.target.closest?.("form[data-keep]");
    if (!form) return;
    try {
      store()?.setItem(MARK + form.dataset.keep, JSON.stringify(read(form)));
    } catch {
      // a full store: then only this page remembers
    }
  });
}

// Taken by the server, that is: what was refused stays.
document.addEventListener("htmx:after:request", (event) => {
  const { ctx } = event.detail ?? {};
  const form = ctx?.sourceElement;
  if (form instanceof HTMLFormElement && form.dataset.keep && ctx.response?.raw.ok) {
    store()?.removeItem(MARK + form.dataset.keep);
  }
});
