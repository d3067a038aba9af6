// Running times and countdowns. The page says the instant and the house's own "now", so a clock that runs apart from
// this machine's (the demo's may be days ahead) counts right.

const shown = new WeakMap();

function place(element) {
  const { since, until, now } = element.dataset;
  const key = `${since ?? until} ${now}`;
  let known = shown.get(element);
  if (!known || known.key !== key) {
    const seconds = (Date.parse(now) - Date.parse(since ?? until)) / 1000;
    known = { key, seconds, at: performance.now() };
    shown.set(element, known);
  }
  const passed = known.seconds + (performance.now() - known.at) / 1000;
  return Math.max(0, Math.floor(until ? -passed + 0.999 : passed));
}

function words(seconds) {
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  const two = (n) => String(n).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

function tick() {
  for (const element of document.querySelectorAll("[data-since][data-now], [data-until][data-now]")) {
    const text = words(place(element));
    if (element.textContent !== text) element.textContent = text;
  }
}

export function tickClocks() {
  tick();
  setInterval(tick, 500);
  document.addEventListener("htmx:after:swap", tick);
}
