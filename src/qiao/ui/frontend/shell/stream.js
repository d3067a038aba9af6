// The one WebSocket of this tab. The server only names what changed ("touch") or sends shared figures ("show");
// elements refetch themselves: data-live="topic …" with hx-trigger="qiao:live". README.md has the frames.

import htmx from "htmx.org";
import { onChange } from "./appear.js";
import { adjust } from "./clock.js";
import { meta, words } from "./words.js";

const PATH = meta("qiao-stream");
const PAUSE_MAX = 15_000;
const BY_ITSELF = { "X-Qiao-By-Itself": "1" };
const QUIET = 2_000; // a break shorter than this is not mentioned
const HIDDEN_PAUSE = 2_000; // hidden tabs refetch at most this often
const SESSION_OVER = 4401;
const RESET_SPREAD = 1_500; // after a reset all tabs would ask at once

let socket = null;
let connection = null;
let last = 0;
let tries = 0;
let leaving = false;
let watched = "";
let retry = 0;
let mention = 0;
let said = false;
const pending = new Set();
const named = new Map(); // topic -> when it was last named
let flushing = 0;

const topicsOf = (element) => element.dataset.live.split(/\s+/).filter(Boolean);
const all = (selector) => [...document.querySelectorAll(selector)];

function wanted() {
  const watch = [...new Set(all("[data-live]").flatMap(topicsOf))].sort();
  const show = [...new Set(all("[data-show]").map((one) => one.dataset.show))].sort();
  return { watch, show };
}

function send(frame) {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
}

function rewatch() {
  const frame = wanted();
  const told = JSON.stringify(frame);
  if (told === watched || socket?.readyState !== WebSocket.OPEN) return;
  watched = told;
  send({ ...frame, age: 5 });
}

function open() {
  clearTimeout(retry);
  if (leaving || (socket && socket.readyState <= WebSocket.OPEN)) return;
  const address = new URL(PATH, location.href);
  address.protocol = address.protocol.replace("http", "ws");
  socket = new WebSocket(address);
  socket.onopen = () => {
    const frame = wanted();
    watched = JSON.stringify(frame);
    // How old what is on the page may be: whatever was touched since then is named at once.
    send({ ...frame, connection, last, age: Math.ceil(performance.now() / 1000) + 1 });
  };
  socket.onmessage = (event) => hear(JSON.parse(event.data));
  socket.onclose = broken;
}

function hear(frame) {
  if (frame.ping !== undefined) {
    send({ pong: frame.ping });
    if (frame.now) adjust(frame.now);
    return;
  }
  if (frame.connection) {
    connection = frame.connection;
    tries = 0;
    settled();
  }
  if (frame.n !== undefined) last = frame.n;
  if (frame.reset) setTimeout(() => touch(null), Math.random() * RESET_SPREAD);
  if (frame.touch) touch(new Set(frame.touch));
  if (frame.show) for (const [topic, html] of Object.entries(frame.show)) show(topic, html);
}

function touch(topics) {
  for (const topic of topics ?? []) named.set(topic, performance.now());
  for (const element of all("[data-live]")) {
    if (topics === null || topicsOf(element).some((topic) => topics.has(topic))) pending.add([element, topics]);
  }
  if (!document.hidden) flush();
  else if (!flushing) flushing = setTimeout(flush, HIDDEN_PAUSE);
}

function flush() {
  clearTimeout(flushing);
  flushing = 0;
  const due = new Map();
  for (const [element, topics] of pending) due.set(element, topics);
  pending.clear();
  for (const [element, topics] of due) {
    if (!element.isConnected) continue;
    element.dispatchEvent(new CustomEvent("qiao:live", { detail: { topics: topics ? [...topics] : null } }));
  }
}

function show(topic, html) {
  for (const element of all(`[data-show="${CSS.escape(topic)}"]`)) {
    const made = document.createElement("template");
    made.innerHTML = html;
    element.replaceChildren(made.content);
    htmx.process(element);
  }
}

function broken(event) {
  socket = null;
  watched = "";
  if (leaving) return;
  tries += 1;
  if (!mention && !said) mention = setTimeout(mentionIt, QUIET);
  if (event.code === SESSION_OVER || tries % 5 === 0) stillSignedIn();
  const pause = Math.min(500 * 2 ** (tries - 1), PAUSE_MAX);
  retry = setTimeout(open, pause * (0.7 + Math.random() * 0.6));
}

function line(text) {
  const place = document.getElementById("stream-state");
  if (!place) return;
  place.hidden = !text;
  place.textContent = text;
}

function mentionIt() {
  mention = 0;
  said = true;
  document.documentElement.dataset.stream = "broken";
  line(words.reconnecting);
}

function settled() {
  clearTimeout(mention);
  mention = 0;
  document.documentElement.dataset.stream = "open";
  if (!said) return;
  said = false;
  line(words.back);
  setTimeout(() => !said && line(""), 2_500);
}

// What the page fetches by itself keeps no screen from being locked.
document.addEventListener("htmx:config:request", (event) => {
  const { ctx } = event.detail;
  if (["qiao:live", "load", "intersect"].includes(ctx.sourceEvent?.type)) Object.assign(ctx.request.headers, BY_ITSELF);
});

// A session that ended looks like a broken line: then the page itself knows the way to the sign-in.
async function stillSignedIn() {
  try {
    const answer = await fetch(location.href, { redirect: "manual", headers: { Accept: "text/html", ...BY_ITSELF } });
    if (answer.type === "opaqueredirect") location.reload();
  } catch {
    // the server is away altogether; the next try tells
  }
}

if (PATH) {
  open();
  onChange(rewatch, ["data-live", "data-show"]);
  addEventListener("online", () => {
    tries = 0;
    open();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    flush();
    open();
  });
  // What was named while the new page was on its way concerned the old one, and the house names nothing twice.
  document.addEventListener("qiao:went", ({ detail }) => {
    const missed = new Set([...named].filter(([, at]) => at >= detail.asked).map(([topic]) => topic));
    named.clear();
    if (missed.size) setTimeout(() => touch(missed));
  });
  addEventListener("pagehide", () => {
    leaving = true;
    send({ bye: true });
    socket?.close();
    socket = null;
    connection = null;
    last = 0;
  });
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    leaving = false;
    open();
    touch(null);
  });
}
