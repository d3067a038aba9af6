// Ctrl+K: one field for everything. The server finds (/desk/go?q=), the menu is filtered here.

import { onAppear } from "./appear.js";
import { enter, lines, step } from "./lists.js";

const palette = document.getElementById("palette");
const field = document.getElementById("palette-q");

/** Open the palette with an empty field. */
export function openPalette() {
  if (!palette || palette.open) return;
  palette.showModal();
  began();
}

function began() {
  field.value = "";
  filter();
  field.focus();
  field.dispatchEvent(new CustomEvent("qiao:open"));
}

function filter() {
  const asked = field.value.trim().toLowerCase();
  for (const link of document.querySelectorAll("#palette-pages > a")) {
    link.hidden = Boolean(asked) && !link.textContent.toLowerCase().includes(asked);
  }
}

const found = () => [...palette.querySelectorAll("[data-list]")].flatMap(leaves);

// The server's answer may hold lists within: what counts are the links and buttons.
function leaves(list) {
  const targets = [...list.querySelectorAll("a, button")];
  return (targets.length ? targets : lines(list)).filter((line) => line.checkVisibility());
}

if (palette && field) {
  palette.addEventListener("qiao:opened", began);
  field.addEventListener("input", filter);
  palette.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      step(found(), event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter" && event.target === field) {
      event.preventDefault();
      if (enter(palette.querySelector(".is-marked") ?? found()[0])) palette.close();
    }
  });
  onAppear("#palette-found > *", () => {
    for (const line of palette.querySelectorAll(".is-marked")) line.classList.remove("is-marked");
  });
}
