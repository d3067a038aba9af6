// Toasts: they come from the server out of band, or from `toast`; they leave by themselves unless somebody reads them.

import { onAppear } from "./appear.js";
import { words } from "./words.js";

const STAY = { done: 6_000, refused: 12_000 };

/** Say something; `tone` as in kit.html. */
export function toast(text, tone = "blue", kind = "done") {
  const place = document.getElementById("toasts");
  if (!place) return;
  for (const same of place.querySelectorAll(".toast-words p")) {
    if (same.textContent === text) same.closest("[data-toast]").remove();
  }
  const card = document.createElement("div");
  card.className = `toast-card tone-${tone}`;
  card.dataset.toast = kind;
  card.setAttribute("role", kind === "refused" ? "alert" : "status");
  const said = document.createElement("div");
  said.className = "toast-words";
  const sentence = document.createElement("p");
  sentence.textContent = text;
  said.append(sentence);
  const cross = document.createElement("button");
  cross.type = "button";
  cross.className = "btn btn-ghost btn-xs btn-square";
  cross.dataset.dismiss = "";
  cross.setAttribute("aria-label", words.dismiss);
  cross.textContent = "×";
  card.append(said, cross);
  place.append(card);
}

onAppear("[data-toast]", (card) => {
  let left = 0;
  const leave = () => {
    left = setTimeout(() => card.remove(), STAY[card.dataset.toast] ?? STAY.done);
  };
  const stay = () => clearTimeout(left);
  for (const event of ["mouseenter", "focusin"]) card.addEventListener(event, stay);
  for (const event of ["mouseleave", "focusout"]) card.addEventListener(event, leave);
  leave();
});

document.addEventListener("click", (event) => {
  const cross = event.target.closest?.("[data-dismiss]");
  if (cross) setTimeout(() => cross.closest("[data-toast]")?.remove());
});

// What never reached the server, or came back as somebody else's page, is told instead of swapped in.
document.addEventListener("htmx:error", (event) => {
  const { ctx, error } = event.detail;
  if (!ctx || ctx.response || ctx.sourceEvent?.type === "qiao:live") return;
  const slow = error?.name === "AbortError" || ctx.request?.signal?.reason === "timeout";
  toast(slow ? words.slow : words.offline, "red", "refused");
});

document.addEventListener("htmx:before:swap", (event) => {
  const { ctx } = event.detail;
  if (ctx.response?.status >= 400 && /^\s*<(!doctype|html)/i.test(ctx.text)) {
    event.preventDefault();
    if (ctx.sourceEvent?.type !== "qiao:live") toast(words.offline, "red", "refused");
  }
});
