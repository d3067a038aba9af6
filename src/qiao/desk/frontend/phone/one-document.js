// One document for the whole shift: where there is a telephone, the desk's pages are exchanged in place. The rail's mark,
// both columns, the middle and the bar change; the telephone, the stream and the dialogs stay.

import htmx from "htmx.org";

const PARTS = ["aside.column-left", "main", "aside.column-right"];
let going = 0;

const onDesk = (url) => url.origin === location.origin && /^\/desk(\/|$)/.test(url.pathname);

/** Go to another page of the desk without leaving this document. */
export async function go(address, { push = true, options = {} } = {}) {
  const turn = ++going;
  const asked = performance.now();
  let answer;
  try {
    answer = await fetch(address, { headers: { Accept: "text/html" }, ...options });
  } catch {
    location.href = address;
    return;
  }
  if (turn !== going) return;
  const kind = answer.headers.get("content-type") ?? "";
  const page = kind.startsWith("text/html") ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
  // A file, the sign-in, an error: those are no pages of the desk, and the browser goes there itself.
  if (!page?.querySelector("body.desk") || !page.querySelector('meta[name="qiao-stream"]')) {
    location.href = address;
    return;
  }
  if (push) history.pushState({ desk: true }, "", answer.url || address);
  exchange(page);
  document.dispatchEvent(new CustomEvent("qiao:went", { detail: { asked } }));
  scrollTo(0, 0);
  document.getElementById("main").focus({ preventScroll: true });
}

function exchange(page) {
  document.title = page.title;
  document.body.className = page.body.className;
  for (const part of PARTS) put(part, page);
  inside(".rail ul", page);
  inside(".bar-room", page);
  for (const script of page.head.querySelectorAll("script[type=module][src]")) {
    const path = script.getAttribute("src");
    if (document.head.querySelector(`script[src="${CSS.escape(path)}"]`)) continue;
    const fresh = document.createElement("script");
    fresh.type = "module";
    fresh.src = path;
    document.head.append(fresh);
  }
}

function put(selector, page) {
  const old = document.querySelector(`body > ${selector}`);
  const fresh = page.querySelector(`body > ${selector}`);
  if (!fresh) {
    old?.remove();
    return;
  }
  const made = document.importNode(fresh, true);
  if (old) old.replaceWith(made);
  else if (selector === "aside.column-right") document.querySelector("body > main").after(made);
  else document.querySelector("body > main").before(made);
  htmx.process(made);
}

function inside(selector, page) {
  const old = document.querySelector(selector);
  const fresh = page.querySelector(selector);
  if (!old || !fresh) return;
  old.replaceChildren(...[...fresh.childNodes].map((one) => document.importNode(one, true)));
  htmx.process(old);
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href]");
  if (!link || event.defaultPrevented || event.button !== 0) return;
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const url = new URL(link.href, location.href);
  if (link.target || link.hasAttribute("download") || !onDesk(url)) return;
  if (url.pathname === location.pathname && url.search === location.search && url.hash) return;
  event.preventDefault();
  document.querySelector("dialog[open]")?.close();
  go(url.href);
});

// A list's filter is an address, too.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "get" || form.target) return;
  const url = new URL(form.action, location.href);
  if (!onDesk(url) || form.hasAttribute("hx-get")) return;
  event.preventDefault();
  url.search = new URLSearchParams(new FormData(form, event.submitter)).toString();
  go(url.href);
});

addEventListener("popstate", () => {
  if (onDesk(new URL(location.href))) go(location.href, { push: false });
});
// htmx would load a page anew whose address a list of its own had changed, and cut the call.
document.addEventListener("htmx:before:history:restore", (event) => event.preventDefault());

// After a form the house says where to go on; htmx would load that page anew. It is read off the answer itself, for what
// was clicked may be gone by then: an offer that was taken is swapped away.
document.addEventListener("htmx:before:request", (event) => {
  const { ctx } = event.detail;
  const ask = ctx.fetch;
  ctx.fetch = async (...given) => {
    const answer = await ask(...given);
    const told = answer.headers.get("HX-Redirect");
    const url = told ? new URL(told, location.href) : null;
    if (!url || !onDesk(url)) return answer;
    go(url.href);
    return new Response(null, { status: 204 });
  };
});
