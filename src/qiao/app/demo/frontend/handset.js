// The demo's handset calls: SIP over our own address and sound by WebRTC, as any telephone of the operator's would.

import JsSIP from "jssip";
import { HouseSocket } from "../../../desk/frontend/phone/socket.js";

const dial = document.getElementById("dial");
const words = JSON.parse(dial.dataset.words);
const number = document.getElementById("dial-number");
const state = document.getElementById("dial-state");
const note = document.getElementById("dial-note");
const clock = document.getElementById("dial-clock");
const KEY = /^[0-9*#]$/;
const SECOND = 1000;
const WHY = { Busy: "busy", Canceled: "over", Rejected: "full", Unavailable: "full", "User Denied Media Access": "failed" };

let call = null; // {ua, session, stop, since}

const sound = document.createElement("audio");
sound.id = "phone-sound";
sound.autoplay = true;
document.documentElement.append(sound);

function show(word, stands) {
  dial.dataset.stands = stands;
  state.textContent = words[word];
  document.getElementById("dial-call").hidden = stands !== "idle";
  document.getElementById("dial-end").hidden = stands === "idle";
  number.readOnly = stands !== "idle";
}

function warn(word) {
  note.textContent = word ? words[word] : "";
  note.hidden = !word;
}

/** What the other side hears: the microphone, or silence, for a line without any sound is taken for dead. */
async function spoken() {
  const microphone = await navigator.mediaDevices
    ?.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true } })
    .catch(() => null);
  warn(microphone ? "" : "unheard");
  if (microphone) return { stream: microphone, stop: () => microphone.getTracks().forEach((one) => one.stop()) };
  const context = new AudioContext();
  const silence = context.createConstantSource();
  const nothing = context.createGain();
  nothing.gain.value = 0;
  const out = context.createMediaStreamDestination();
  silence.connect(nothing).connect(out);
  silence.start();
  return { stream: out.stream, stop: () => context.close() };
}

async function credential() {
  const csrf = JSON.parse(document.body.getAttribute("hx-headers:inherited") ?? "{}")["X-CSRF-Token"] ?? "";
  const body = new URLSearchParams({ number: dial.dataset.number });
  const answer = await fetch("/demo/handset/telephone", { method: "POST", headers: { "X-CSRF-Token": csrf }, body });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

async function begin() {
  const dialled = number.value.replace(/[^+0-9]/g, "");
  if (call || dialled.length < 2) return number.focus();
  const mine = { session: null, ua: null, stop: () => {}, since: 0 };
  call = mine;
  show("calling", "calling");
  document.getElementById("dial-end").focus();
  try {
    const { stream, stop } = await spoken();
    mine.stop = stop;
    const told = await credential();
    if (call !== mine) return stop(); // hung up meanwhile
    ring(mine, told, dialled, stream);
  } catch {
    over(mine, "away");
  }
}

function ring(mine, told, dialled, mediaStream) {
  const address = new URL(`/demo/handset/sip?number=${encodeURIComponent(dial.dataset.number)}`, location.href);
  address.protocol = address.protocol.replace("http", "ws");
  mine.ua = new JsSIP.UA({
    sockets: [new HouseSocket(address.href)],
    uri: `sip:${told.user}@${told.domain}`,
    contact_uri: `sip:${told.user}@${crypto.randomUUID()}.invalid;transport=ws`,
    authorization_user: told.user,
    realm: told.realm,
    ha1: told.ha1,
    register: false,
    session_timers: false,
  });
  mine.ua.once("connected", () => {
    const eventHandlers = {
      peerconnection: ({ peerconnection }) => peerconnection.addEventListener("track", heard),
      icecandidate: (event) => event.ready(), // all we need is known at once
      sdp: seen,
      accepted: () => talks(mine),
      ended: () => over(mine, "over"),
      failed: ({ cause }) => over(mine, WHY[cause] ?? "failed"),
    };
    const to = `sip:${dialled}@${told.domain}`;
    mine.session = mine.ua.call(to, { mediaStream, eventHandlers, pcConfig: { iceServers: [] } });
  });
  mine.ua.on("disconnected", () => mine.since || over(mine, "away"));
  mine.ua.start();
}

/** A browser whose microphone is not allowed hides its address behind a name that Asterisk cannot look up, and says
 * 0.0.0.0, which to Asterisk is a call on hold. The demo is on this machine; the first packet tells the rest. */
function seen(told) {
  if (told.originator !== "local") return;
  told.sdp = told.sdp.replace(/\S+\.local\b/g, "127.0.0.1").replace("c=IN IP4 0.0.0.0", "c=IN IP4 127.0.0.1");
}

function heard(event) {
  sound.srcObject = event.streams[0] ?? new MediaStream([event.track]);
  sound.play().catch(() => {});
}

function talks(mine) {
  mine.since = performance.now();
  show("talking", "talking");
}

function over(mine, word) {
  if (call !== mine) return;
  const focused = dial.contains(document.activeElement);
  call = null;
  mine.stop();
  setTimeout(() => mine.ua?.stop()); // not from within what it tells
  sound.srcObject = null;
  clock.textContent = "";
  warn("");
  show(word, "idle");
  if (focused) document.getElementById("dial-call").focus();
}

function end() {
  const mine = call;
  if (!mine) return;
  if (mine.session && !mine.session.isEnded()) mine.session.terminate();
  over(mine, "over");
}

/** In a call a key is heard by the other side; before one it is a digit of the number. */
function press(key) {
  if (call?.since) call.session.sendDTMF(key, { transportType: "RFC2833" });
  else if (!call) number.value += key;
}

dial.addEventListener("click", ({ target }) => {
  const button = target.closest("button");
  if (button?.dataset.key) press(button.dataset.key);
  if (button?.dataset.line && !call) number.value = button.dataset.line;
  if (button?.id === "dial-end") end();
});

document.getElementById("dial-form").addEventListener("submit", (event) => {
  event.preventDefault();
  begin();
});

// The keyboard's digits are the telephone's while somebody talks, but for where one writes a text.
document.addEventListener("keydown", (event) => {
  if (!call?.since || !KEY.test(event.key) || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest?.("input:not(#dial-number), textarea, select")) return;
  event.preventDefault();
  press(event.key);
});

setInterval(() => {
  if (!call?.since) return;
  const seconds = Math.floor((performance.now() - call.since) / SECOND);
  clock.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}, SECOND);

addEventListener("beforeunload", (event) => {
  if (call) event.preventDefault();
});
addEventListener("pagehide", end);
show("ready", "idle");
