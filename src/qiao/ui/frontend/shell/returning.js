// A session that ended during a request of a part of the page: the sign-in then leads back to the page, not to the part.

document.addEventListener("htmx:before:response", (event) => {
  const { hx } = event.detail.ctx;
  if (!hx?.redirect) return;
  const going = new URL(hx.redirect, location.href);
  if (!going.pathname.endsWith("/sign-in") || !going.searchParams.has("next")) return;
  going.searchParams.set("next", location.pathname + location.search);
  hx.redirect = going.pathname + going.search;
});
