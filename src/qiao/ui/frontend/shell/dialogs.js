// data-opens="id": opens a <dialog> as a sheet, or a <details> and goes there. A sheet closes with Esc, a click beside
// it, or any <form method="dialog">. details[data-menu] behave as menus: gone with Esc or a click beside them.

const named = (told) => document.getElementById(told.replace(/^#/, ""));

/** Open by id; true when there was something to open. */
export function opens(id) {
  const place = named(id);
  if (!place) return false;
  if (place instanceof HTMLDialogElement) {
    if (place.open && !place.matches(":modal")) place.close();
    if (!place.open) place.showModal();
    place.dispatchEvent(new CustomEvent("qiao:opened"));
    return true;
  }
  if (place instanceof HTMLDetailsElement) place.open = true;
  else place.hidden = false;
  place.scrollIntoView({ block: "nearest" });
  place.querySelector("input:not([type=hidden]), textarea, select")?.focus();
  return true;
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest?.("[data-opens]");
  if (opener && opens(opener.dataset.opens)) event.preventDefault();
  if (event.target.closest?.("[data-back]")) history.back();
  if (event.target instanceof HTMLDialogElement && event.target.open && outside(event)) event.target.close();
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(event.target)) menu.open = false;
    else if (event.target.closest("button, a") && !event.target.closest("summary, .choices")) menu.open = false;
  }
});

function outside(event) {
  const box = event.target.getBoundingClientRect();
  const { clientX: x, clientY: y } = event;
  return x < box.left || x > box.right || y < box.top || y > box.bottom;
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.isComposing) return;
  const menu = [...document.querySelectorAll("details[data-menu][open]")].pop();
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary")?.focus();
  event.stopImmediatePropagation();
});
