// Refusals beside their fields: what was typed stays, and the sentence stands where the mistake is.

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

// A choice that acts at once.
document.addEventListener("change", (event) => {
  if (event.target.matches?.("[data-submits]")) event.target.form?.requestSubmit();
});
