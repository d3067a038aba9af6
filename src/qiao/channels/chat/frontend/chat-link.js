// The wire from the browser's side: resume by last number, one message in flight, backoff with jitter, polling where
// no socket can be had. Knows nothing of the page.

import { Keeper } from "./chat-parts.js";

const BACKOFF_FIRST_MS = 500;
const BACKOFF_MAX_MS = 20000;
const DEAD_AFTER_MS = 35000;
const POLL_AFTER_FAILURES = 3;

function personOf({ site, session, person, csrf, claim }) {
  // Drafts and unsent messages are one person's: two customers of one browser must never share them.
  if (session) return `${site}:${person ?? csrf?.slice(0, 12)}`;
  return claim ? `${site}:user:${subOf(claim)}` : site;
}

function subOf(claim) {
  try {
    return JSON.parse(atob(claim.split(".")[0].replaceAll("-", "+").replaceAll("_", "/"))).sub;
  } catch {
    return "";
  }
}

export class ChatLink extends EventTarget {
  constructor(options) {
    super();
    this.options = options;
    this.keeper = new Keeper(personOf(options));
    this.conversation = null;
    this.last = 0;
    this.unsent = this.keeper.get("unsent") ?? [];
    this.token = this.keeper.get("token") ?? null; // of a user the site signed for: only while the page is open
    this.inFlight = null;
    this.socket = null;
    this.greeted = false;
    this.failures = 0;
    this.stopped = false;
    this.timer = 0;
    this.heardAt = 0;
    this.polling = false;
  }

  start() {
    this.stopped = false;
    this.wake = () => {
      if (!this.socket && document.visibilityState !== "hidden") this.connectSoon(0);
    };
    addEventListener("online", this.wake);
    document.addEventListener("visibilitychange", this.wake);
    this.watch = setInterval(() => {
      if (this.socket && Date.now() - this.heardAt > DEAD_AFTER_MS) this.socket.close();
    }, 5000);
    this.connect();
  }

  stop() {
    this.stopped = true;
    removeEventListener("online", this.wake);
    document.removeEventListener("visibilitychange", this.wake);
    clearInterval(this.watch);
    clearTimeout(this.timer);
    this.socket?.close();
  }

  tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  async call(path, body, form) {
    const headers = { accept: "application/json", "x-chat-language": this.options.language };
    const { site, session, csrf, claim } = this.options;
    if (session) headers["x-csrf-token"] = csrf;
    else if (this.token) headers["x-chat-token"] = this.token;
    if (!form) headers["content-type"] = "application/json";
    const asked = form ?? JSON.stringify({ site, ...(session ? { session: true } : {}), ...(claim && !this.token ? { claim } : {}), ...body });
    const response = await fetch(path, { method: "POST", headers, body: asked, credentials: "same-origin" });
    const told = await response.json().catch(() => ({}));
    if (!response.ok) throw Object.assign(new Error(told.code ?? "chat.unreachable"), { told, status: response.status });
    return told;
  }

  async visit() {
    try {
      return await this.call("/chat/visits", {});
    } catch (error) {
      if (error.message !== "chat.visit_not_known" || !this.token) throw error;
      this.token = null; // not good any more: begin as somebody new, or by the site's word again
      return await this.call("/chat/visits", {});
    }
  }

  async connect() {
    if (this.stopped || this.socket || this.connecting) return;
    this.connecting = true;
    try {
      const visit = await this.visit();
      if (visit.token) this.token = visit.token;
      if (visit.token && !this.options.claim) this.keeper.set("token", visit.token);
      this.limits = { text: visit.text_max, file: visit.file_bytes_max };
      this.open(visit.ticket);
    } catch (error) {
      if (error.status === 404 || error.status === 403) {
        this.tell("refused", error.told); // signed out, or not a place for the chat: trying again changes nothing
        this.stop();
      } else this.lost();
    } finally {
      this.connecting = false;
    }
  }

  open(ticket) {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(`${scheme}//${location.host}/chat/ws?ticket=${encodeURIComponent(ticket)}`);
    this.socket = socket;
    this.heardAt = Date.now();
    socket.onopen = () => {
      this.failures = 0;
      this.polling = false;
      socket.send(JSON.stringify({ t: "hello", conversation: this.conversation, last: this.last }));
    };
    socket.onmessage = (event) => {
      this.heardAt = Date.now();
      this.take(JSON.parse(event.data));
    };
    socket.onclose = () => {
      if (this.socket !== socket) return;
      this.socket = null;
      this.greeted = false;
      this.inFlight = null;
      this.lost();
    };
  }

  lost() {
    if (this.stopped) return;
    this.failures += 1;
    this.tell("connection", { up: false, first: this.failures === 1 && !this.known });
    if (this.failures >= POLL_AFTER_FAILURES && !this.polling) this.poll();
    const most = Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** Math.min(this.failures, 8));
    this.connectSoon(most / 2 + (Math.random() * most) / 2);
  }

  connectSoon(milliseconds) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.connect(), milliseconds);
  }

  async poll() {
    this.polling = true;
    while (this.polling && !this.stopped) {
      try {
        const body = { conversation: this.conversation, last: this.last, wait: Boolean(this.conversation) };
        for (const frame of (await this.call("/chat/poll", body)).frames) this.take(frame);
        await this.postUnsent();
        await new Promise((done) => setTimeout(done, this.conversation ? 500 : 5000));
      } catch {
        await new Promise((done) => setTimeout(done, 5000));
      }
    }
  }

  async postUnsent() {
    for (const message of this.unsent.filter((waiting) => !waiting.problem)) {
      try {
        await this.call("/chat/messages", { key: message.key, text: message.text, reply: message.reply });
        this.sent(message.key);
      } catch (error) {
        if (error.told?.code) this.notSent(message.key, error.told);
      }
    }
  }

  take(frame) {
    switch (frame.t) {
      case "snapshot":
        if (frame.conversation !== this.conversation) this.tell("conversation", frame);
        this.conversation = frame.conversation;
        this.last = Math.max(frame.seq ?? 0, 0);
        this.tell("messages", { messages: frame.messages, more: frame.more, whole: true });
        this.isGreeted(frame);
        break;
      case "messages": {
        const fresh = frame.messages.filter((message) => message.seq > this.last);
        if (frame.conversation !== this.conversation || (fresh.length && fresh[0].seq !== this.last + 1)) {
          this.send({ t: "hello", conversation: this.conversation, last: this.last }); // a gap: ask again
          break;
        }
        if (fresh.length) this.last = fresh.at(-1).seq;
        this.tell("messages", { messages: fresh });
        break;
      }
      case "older":
        if (frame.conversation === this.conversation) this.tell("messages", { messages: frame.messages, more: frame.more });
        break;
      case "state":
        this.isGreeted(frame);
        break;
      case "ack":
        this.sent(frame.key);
        break;
      case "refused":
        this.notSent(frame.key, frame);
        break;
      case "typing":
      case "proven":
      case "answered":
        this.tell(frame.t, frame);
        break;
    }
  }

  isGreeted(frame) {
    this.known = true;
    this.tell("connection", { up: true });
    this.tell("state", frame);
    if (!this.greeted) {
      this.greeted = true;
      this.flush();
    }
  }

  send(frame) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(frame));
  }

  say(text, reply) {
    const message = { key: crypto.randomUUID(), text, at: new Date().toISOString(), ...(reply ? { reply } : {}) };
    this.unsent.push(message);
    this.keep();
    this.tell("unsent", message);
    this.flush();
  }

  flush() {
    // One at a time: what was typed first is numbered first, whatever happens on the way.
    if (this.inFlight || !this.greeted || this.socket?.readyState !== WebSocket.OPEN) return;
    const next = this.unsent.find((message) => !message.problem);
    if (!next) return;
    this.inFlight = next.key;
    this.send({ t: "say", key: next.key, text: next.text, reply: next.reply });
  }

  sent(key) {
    this.unsent = this.unsent.filter((message) => message.key !== key);
    this.keep();
    this.tell("sent", { key });
    if (this.inFlight === key) this.inFlight = null;
    this.flush();
  }

  notSent(key, frame) {
    if (!key) {
      this.tell("refused", frame);
      return;
    }
    if (this.inFlight === key) this.inFlight = null;
    const later = { "chat.too_fast": (frame.after_seconds ?? 1) * 1000 + 50, "chat.try_again_soon": 2000 }[frame.code];
    if (later) {
      setTimeout(() => this.flush(), later);
      return;
    }
    const message = this.unsent.find((waiting) => waiting.key === key);
    if (message) message.problem = frame.text;
    this.keep();
    this.tell("notsent", { key, text: frame.text });
    this.flush();
  }

  again(key) {
    const message = this.unsent.find((waiting) => waiting.key === key);
    if (message) delete message.problem;
    this.flush();
  }

  keep() {
    this.keeper.set("unsent", this.unsent.slice(-50));
  }

  async attach(file) {
    const form = new FormData();
    form.append("key", crypto.randomUUID());
    form.append("file", file, file.name || "picture.png");
    const asked = new URLSearchParams({ site: this.options.site });
    if (this.options.session) asked.set("session", "true");
    await this.call(`/chat/files?${asked}`, {}, form);
  }

  leave() {
    if (this.socket?.readyState === WebSocket.OPEN) this.send({ t: "leave" });
    else this.call("/chat/leave", {}).catch(() => {});
  }
}
