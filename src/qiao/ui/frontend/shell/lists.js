// Lists by keyboard: j and k mark a line of [data-list], Enter opens it. Lines are [data-item], or the list's children.

/** The lines of a list that can be seen. */
export function lines(list) {
  const items = list.querySelectorAll("[data-item]");
  return [...(items.length ? items : list.children)].filter((line) => line.checkVisibility());
}

function present() {
  const marked = document.querySelector(".is-marked")?.closest("[data-list]");
  if (marked?.checkVisibility()) return marked;
  const inMain = [...document.querySelectorAll("main [data-list]")];
  return [...inMain, ...document.querySelectorAll("[data-list]")].find((list) => list.checkVisibility());
}

/** Mark the line that lies `by` lines on; the first one when none is marked. */
export function step(all, by) {
  if (!all.length) return null;
  const at = all.findIndex((line) => line.classList.contains("is-marked"));
  for (const line of document.querySelectorAll(".is-marked")) line.classList.remove("is-marked");
  const next = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + by, 0), all.length - 1)];
  next.classList.add("is-marked");
  next.scrollIntoView({ block: "nearest" });
  return next;
}

/** Follow what the line leads to. */
export function enter(line) {
  const target = line?.matches("a, button, summary") ? line : line?.querySelector("a, button, summary");
  target?.click();
  return Boolean(target);
}

/** Move in the list of the page. */
export function move(by) {
  const list = present();
  const line = list && step(lines(list), by);
  const target = line?.matches("a, button, summary") ? line : line?.querySelector("a, button, summary");
  target?.focus({ preventScroll: true });
}
