// The texts that scripts need, in the language of the page; head.html writes them.

const told = document.getElementById("qiao-words");
export const words = told ? JSON.parse(told.textContent) : {};

/** The content of a meta element, or "". */
export function meta(name) {
  return document.querySelector(`meta[name="${name}"]`)?.content ?? "";
}
