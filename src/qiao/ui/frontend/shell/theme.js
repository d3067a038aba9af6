// A chosen theme holds at once and is told to the server, which remembers it in a cookie.

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-theme-form]") || !event.submitter?.value) return;
  event.preventDefault();
  const theme = event.submitter.value;
  const page = document.documentElement;
  if (theme === "system") delete page.dataset.theme;
  else page.dataset.theme = theme;
  for (const choice of form.querySelectorAll("[name=theme]")) {
    choice.setAttribute("aria-pressed", String(choice === event.submitter));
  }
  const body = new URLSearchParams(new FormData(form, event.submitter));
  fetch(form.action, { method: "POST", body, redirect: "manual" }).catch(() => {});
});
