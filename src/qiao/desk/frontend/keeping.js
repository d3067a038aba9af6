// Forms marked data-keep="name" survive a reload: what is typed lies in this tab's storage until the form was taken.

const PREFIX = "qiao.form.";

function read(form) {
  const kept = [];
  for (const field of form.elements) {
    if (!field.name || ["hidden", "password", "file", "submit", "button"].includes(field.type)) continue;
    if (field.type === "checkbox" || field.type === "radio") kept.push([field.name, field.value, field.checked]);
    else kept.push([field.name, null, field.value]);
  }
  return kept;
}

function write(form, kept) {
  const seen = new Map();
  for (const [name, choice, value] of kept) {
    const fields = [...form.elements].filter((field) => field.name === name);
    if (choice !== null) {
      const field = fields.find((one) => one.value === choice);
      if (field) field.checked = value;
      continue;
    }
    const nth = seen.get(name) ?? 0;
    seen.set(name, nth + 1);
    if (fields[nth]) fields[nth].value = value;
  }
}

function storage() {
  try { return window.sessionStorage; } catch { return null; }
}

function restore(root) {
  for (const form of root.querySelectorAll?.("form[data-keep]") ?? []) {
    if (form.dataset.kept) continue;
    form.dataset.kept = "yes";
    const text = storage()?.getItem(PREFIX + form.dataset.keep);
    if (!text) continue;
    try { write(form, JSON.parse(text)); } catch { storage()?.removeItem(PREFIX + form.dataset.keep); }
  }
}

export function keepForms() {
  const keep = (event) => {
    const form = event.target.closest?.("form[data-keep]");
    if (form) storage()?.setItem(PREFIX + form.dataset.keep, JSON.stringify(read(form)));
  };
  document.addEventListener("input", keep);
  document.addEventListener("change", keep);
  document.addEventListener("htmx:after:swap", () => restore(document));
  document.addEventListener("htmx:after:request", (event) => {
    const { ctx } = event.detail ?? {};
    const form = ctx?.sourceElement?.closest?.("form[data-keep]");
    const taken = ctx?.response && ctx.response.status < 300 && ctx.sourceElement === form;
    if (taken) storage()?.removeItem(PREFIX + form.dataset.keep);
  });
  restore(document);
}
