// What the customer sees of the chat. Everything is set as text, nothing as markup.

import { ICONS, icon, make } from "./chat-parts.js";

const TYPING_EVERY_MS = 3000;
const TYPING_SHOWN_MS = 4500;

export class ChatView {
  constructor(root, link, words, options) {
    this.root = root;
    this.link = link;
    this.words = words;
    this.options = options;
    this.shown = new Map();
    this.unread = 0;
    this.lowest = 0;
    this.build();
    this.listen();
    for (const message of link.unsent) this.showUnsent(message);
  }

  word(name, values = {}) {
    return (this.words[name] ?? "").replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "");
  }

  build() {
    const { words } = this;
    this.root.classList.add("qiao-chat");
    this.root.dir = words.direction;
    this.root.lang = words.language;
    this.status = make("p", { className: "qc-status", role: "status" }, words.connecting);
    this.closing = make("button", { type: "button", className: "qc-icon", "aria-label": words.close }, icon(ICONS.close));
    this.ending = make("button", { type: "button", className: "qc-quiet", hidden: true }, words.end_chat);
    const head = make("header", { className: "qc-head" }, make(this.options.heading ?? "h2", {}, words.title), this.ending, this.options.onClose ? this.closing : null);
    this.older = make("button", { type: "button", className: "qc-older", hidden: true }, words.older);
    this.log = make("ol", { className: "qc-log" });
    const spoken = make("div", { role: "log", "aria-live": "polite", "aria-label": words.title }, this.log);
    this.greeting = make("p", { className: "qc-greeting" }, words.greeting);
    this.scroll = make("div", { className: "qc-scroll", tabIndex: 0, role: "group", "aria-label": words.title }, this.older, this.greeting, spoken);
    this.typing = make("p", { className: "qc-typing", "aria-live": "polite" });
    this.fresh = make("button", { type: "button", className: "qc-fresh", hidden: true }, words.new_messages);
    this.problem = make("p", { className: "qc-problem", role: "alert", hidden: true });
    this.buildProof();
    this.buildQuestion();
    this.replies = make("div", { className: "qc-replies", role: "group", "aria-label": words.replies, hidden: true });
    const id = `qc-${crypto.randomUUID().slice(0, 8)}`;
    this.text = make("textarea", { id, rows: 1, placeholder: words.placeholder, maxLength: 20000, dir: "auto", enterKeyHint: "send", value: this.link.keeper.get("draft") ?? "" });
    const label = make("label", { className: "qc-visually-hidden", htmlFor: id }, words.placeholder);
    this.file = make("input", { type: "file", className: "qc-visually-hidden", tabIndex: -1, "aria-hidden": "true", accept: "image/png,image/jpeg,image/gif,image/webp,application/pdf,text/plain" });
    this.attaching = make("button", { type: "button", className: "qc-icon", "aria-label": words.attach, title: words.attach }, icon(ICONS.attach));
    const send = make("button", { type: "submit", className: "qc-icon qc-send", "aria-label": words.send, title: words.send }, icon(ICONS.send));
    this.form = make("form", { className: "qc-form" }, this.attaching, this.file, label, this.text, send);
    this.root.replaceChildren(head, this.status, this.scroll, this.fresh, this.typing, this.problem, this.question, this.proof, this.replies, this.form);
    this.grow();
  }

  buildProof() {
    const { words } = this;
    const id = `qc-${crypto.randomUUID().slice(0, 8)}`;
    this.code = make("input", { id, required: true });
    this.proofSaid = { title: make("strong", {}), text: make("p", {}), label: make("label", { htmlFor: id }) };
    this.proofProblem = make("p", { className: "qc-problem", role: "alert", hidden: true });
    this.proof = make("form", { className: "qc-proof", hidden: true },
      this.proofSaid.title, this.proofSaid.text, this.proofSaid.label, this.code, this.proofProblem,
      make("button", { type: "submit" }, words.proof_send));
    this.proof.addEventListener("submit", (event) => {
      event.preventDefault();
      this.link.send({ t: "code", code: this.code.value.trim() });
    });
  }

  buildQuestion() {
    const { words } = this;
    this.asked = make("strong", {});
    const key = (solved, text) => {
      const button = make("button", { type: "button" }, text);
      button.addEventListener("click", () => this.link.send({ t: "solved", question: this.question.dataset.id, solved }));
      return button;
    };
    const keys = make("div", { className: "qc-keys" }, key("yes", words.solved_yes), key("no", words.solved_no));
    this.question = make("section", { className: "qc-proof", hidden: true }, this.asked, make("p", {}, words.solved_text), keys);
    this.question.setAttribute("aria-live", "polite");
  }

  ask(question) {
    this.question.hidden = !question;
    if (!question) return;
    this.question.dataset.id = question.id;
    this.asked.textContent = this.word("solved_title", { number: question.number });
  }

  answered(frame) {
    this.question.hidden = true;
    this.typing.textContent = frame.solved === "yes" ? this.words.solved_thanks : this.words.solved_goes_on;
    setTimeout(() => { this.typing.textContent = ""; }, TYPING_SHOWN_MS);
    this.text.focus();
  }

  listen() {
    const on = (type, does) => this.link.addEventListener(type, (event) => does(event.detail));
    on("connection", ({ up, first }) => this.connection(up, first));
    on("state", (state) => this.state(state));
    on("conversation", () => this.begin());
    on("messages", (told) => this.messages(told));
    on("unsent", (message) => this.showUnsent(message));
    on("sent", ({ key }) => this.mark(key, this.words.sent));
    on("notsent", ({ key, text }) => this.markNotSent(key, text));
    on("typing", () => this.showTyping());
    on("proven", () => this.proven());
    on("answered", (frame) => this.answered(frame));
    on("refused", (frame) => this.refused(frame));
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    this.text.addEventListener("keydown", (event) => {
      // Enter sends, unless an input method is still choosing characters (some browsers say so only by code 229).
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.keyCode !== 229) {
        event.preventDefault();
        this.submit();
      }
    });
    this.text.addEventListener("input", () => this.typed());
    this.text.addEventListener("paste", (event) => this.attachAll(event.clipboardData?.files));
    this.root.addEventListener("dragover", (event) => event.preventDefault());
    this.root.addEventListener("drop", (event) => {
      event.preventDefault();
      this.attachAll(event.dataTransfer?.files);
    });
    this.attaching.addEventListener("click", () => this.file.click());
    this.file.addEventListener("change", () => {
      this.attachAll(this.file.files);
      this.file.value = "";
    });
    this.ending.addEventListener("click", () => this.link.leave());
    this.closing.addEventListener("click", () => this.options.onClose?.());
    this.root.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.options.onClose?.();
    });
    this.older.addEventListener("click", () => this.link.send({ t: "older", before: this.lowest }));
    this.fresh.addEventListener("click", () => this.toEnd());
    this.scroll.addEventListener("scroll", () => this.seen(), { passive: true });
    addEventListener("focus", () => this.seen());
    addEventListener("pagehide", () => this.link.keeper.set("draft", this.text.value));
    document.addEventListener("visibilitychange", () => this.seen());
  }

  connection(up, first) {
    this.root.classList.toggle("qc-down", !up);
    if (!up) this.status.textContent = first ? this.words.connecting : this.words.reconnecting;
    else if (this.stateText) this.status.textContent = this.stateText;
  }

  state(state) {
    this.stateText = state.text;
    this.agent = state.agent;
    this.status.textContent = state.text;
    this.root.dataset.phase = state.phase;
    this.ending.hidden = !["waiting", "talking"].includes(state.phase) && !state.replies;
    this.askProof(state.proof);
    this.ask(state.question);
    this.offer(state.replies ?? []);
    for (const [seq, item] of this.shown) {
      const receipt = item.querySelector(".qc-receipt");
      if (receipt && seq <= state.seen) receipt.textContent = this.words.read;
    }
    this.seenByAgent = state.seen;
  }

  offer(replies) {
    // The same choices stay the same buttons, so that a finger or the keyboard's focus on one is not moved off it.
    const told = JSON.stringify(replies);
    if (told === this.offered) return;
    this.offered = told;
    const had = this.replies.contains(document.activeElement);
    this.replies.replaceChildren(...replies.map(({ key, text }) => {
      const button = make("button", { type: "button" }, make("bdi", {}, text));
      button.addEventListener("click", () => {
        this.offer([]);
        this.link.say(text, key);
        this.text.focus({ preventScroll: true });
      });
      return button;
    }));
    this.replies.hidden = !replies.length;
    if (had) this.text.focus({ preventScroll: true });
    if (this.wasAtEnd) this.toEnd();
  }

  begin() {
    this.log.querySelectorAll("[data-seq]").forEach((item) => item.remove());
    this.shown.clear();
    this.lowest = 0;
  }

  messages({ messages, more, whole }) {
    const atEnd = whole || this.isAtEnd();
    for (const message of messages) this.show(message);
    if (messages.length) this.lowest = this.lowest ? Math.min(this.lowest, messages[0].seq) : messages[0].seq;
    if (more !== undefined) this.older.hidden = !more;
    this.greeting.hidden = this.shown.size > 0;
    if (!whole) this.unread += messages.filter((message) => ["agent", "bot"].includes(message.by)).length;
    if (atEnd && !this.isHidden()) this.toEnd();
    else if (messages.some((message) => message.seq > this.lowest)) this.fresh.hidden = this.isAtEnd();
    this.options.onUnread?.(this.unread);
    if (messages.some((message) => message.by === "agent")) this.typing.textContent = "";
  }

  show(message) {
    if (this.shown.has(message.seq)) return;
    if (message.key) this.log.querySelector(`[data-key="${CSS.escape(message.key)}"]`)?.remove();
    const item = this.item(message);
    item.dataset.seq = message.seq;
    if (message.by === "customer") {
      item.append(make("p", { className: "qc-receipt" }, message.seq <= (this.seenByAgent ?? 0) ? this.words.read : this.words.sent));
    }
    this.shown.set(message.seq, item);
    const later = [...this.log.children].find((other) => !other.dataset.seq || Number(other.dataset.seq) > message.seq);
    this.log.insertBefore(item, later ?? null);
  }

  item(message) {
    const item = make("li", { className: `qc-message qc-${message.by}` });
    if (message.by === "agent" || message.by === "bot") {
      const name = message.name ?? (message.by === "bot" ? this.words.assistant : this.words.agent);
      item.append(make("p", { className: "qc-author" }, make("bdi", {}, name), this.time(message.at)));
    }
    if (message.by === "customer") item.append(make("p", { className: "qc-author qc-visually-hidden" }, this.words.you, this.time(message.at)));
    if (message.text) item.append(make("p", { className: "qc-text", dir: "auto" }, make("bdi", {}, message.text)));
    if (message.file) item.append(this.attachment(message.file));
    return item;
  }

  time(at) {
    const when = new Date(at);
    const shown = new Intl.DateTimeFormat(this.words.language, { hour: "2-digit", minute: "2-digit" }).format(when);
    return make("time", { dateTime: at, title: when.toLocaleString(this.words.language) }, shown);
  }

  attachment(file) {
    const link = make("a", { href: file.url, target: "_blank", rel: "noopener" });
    if (file.inline) {
      const picture = make("img", { src: file.url, alt: this.word("image", { name: file.name }), loading: "lazy", decoding: "async" });
      picture.addEventListener("load", () => this.wasAtEnd && this.toEnd());
      link.append(picture);
    } else {
      link.append(make("bdi", {}, this.word("download", { name: file.name })));
    }
    return make("p", { className: "qc-file" }, link);
  }

  showUnsent(message) {
    if (this.log.querySelector(`[data-key="${CSS.escape(message.key)}"]`)) return;
    const item = this.item({ by: "customer", at: message.at, text: message.text });
    item.dataset.key = message.key;
    item.append(make("p", { className: "qc-receipt" }, this.words.sending));
    this.log.append(item);
    this.greeting.hidden = true;
    if (message.problem) this.markNotSent(message.key, message.problem);
    this.toEnd();
  }

  mark(key, text) {
    const receipt = this.log.querySelector(`[data-key="${CSS.escape(key)}"] .qc-receipt`);
    if (receipt) receipt.textContent = text;
  }

  markNotSent(key, text) {
    const item = this.log.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (!item) return;
    item.classList.add("qc-not-sent");
    const again = make("button", { type: "button", className: "qc-quiet" }, this.words.try_again);
    again.addEventListener("click", () => {
      item.classList.remove("qc-not-sent");
      this.mark(key, this.words.sending);
      this.link.again(key);
    });
    item.querySelector(".qc-receipt").replaceChildren(`${this.words.not_sent}: ${text} `, again);
  }

  submit() {
    const text = this.text.value.trim();
    if (!text) return;
    this.problem.hidden = true;
    this.link.say(text);
    this.text.value = "";
    this.link.keeper.set("draft", "");
    this.grow();
    this.text.focus();
  }

  typed() {
    this.grow();
    clearTimeout(this.saving);
    this.saving = setTimeout(() => this.link.keeper.set("draft", this.text.value), 200);
    if (Date.now() - (this.typedAt ?? 0) > TYPING_EVERY_MS && this.link.conversation) {
      this.typedAt = Date.now();
      this.link.send({ t: "typing" });
    }
  }

  grow() {
    this.text.style.height = "auto";
    this.text.style.height = `${Math.min(this.text.scrollHeight, 140)}px`;
  }

  async attachAll(files) {
    for (const file of files ?? []) {
      this.problem.hidden = true;
      this.attaching.disabled = true;
      try {
        if (this.link.limits && file.size > this.link.limits.file) throw this.tooLarge(file);
        await this.link.attach(file);
      } catch (error) {
        this.refused({ text: error.told?.text ?? this.words.refused.other });
      } finally {
        this.attaching.disabled = false;
      }
    }
  }

  tooLarge(file) {
    const size = (bytes) => `${(Math.ceil((bytes / 1048576) * 100) / 100).toFixed(2).replace(/\.00$/, "")} MB`;
    const text = this.words.refused["interactions.file_too_large"]
      .replace("{name}", file.name).replace("{size}", size(file.size)).replace("{limit}", size(this.link.limits.file));
    return Object.assign(new Error("too large"), { told: { text } });
  }

  askProof(method) {
    if (!method) this.proof.hidden = true;
    if (!method || (!this.proof.hidden && this.proof.dataset.method === method)) return;
    const secret = method === "service_password";
    const digits = method === "order_digits";
    this.proofSaid.title.textContent = digits ? this.words.digits_title : this.words.proof_title;
    this.proofSaid.text.textContent = secret ? this.words.proof_password_text : digits ? this.words.digits_text : this.words.proof_text;
    this.proofSaid.label.textContent = secret ? this.words.proof_password_label : digits ? this.words.digits_label : this.words.proof_label;
    Object.assign(this.code, secret
      ? { type: "password", inputMode: "text", autocomplete: "current-password", maxLength: 64, value: "" }
      : { type: "text", inputMode: "numeric", autocomplete: "one-time-code", maxLength: 12, value: "" });
    this.proof.dataset.method = method;
    this.proof.hidden = false;
    this.proofProblem.hidden = true;
    this.code.focus();
  }

  refused(frame) {
    const beside = ["chat.code_not_right", "chat.password_not_right"].includes(frame?.code) ? this.proofProblem : this.problem;
    beside.textContent = frame?.text ?? this.words.refused.other;
    beside.hidden = false;
  }

  proven() {
    this.proof.hidden = true;
    this.typing.textContent = this.words.proof_done;
    setTimeout(() => { this.typing.textContent = ""; }, TYPING_SHOWN_MS);
    this.text.focus();
  }

  showTyping() {
    this.typing.textContent = this.word("typing", { agent: this.agent || this.words.agent });
    clearTimeout(this.typingEnds);
    this.typingEnds = setTimeout(() => { this.typing.textContent = ""; }, TYPING_SHOWN_MS);
  }

  isHidden() {
    return document.visibilityState === "hidden" || this.root.clientHeight === 0 || Boolean(this.options.isHidden?.());
  }

  isAtEnd() {
    return this.scroll.scrollHeight - this.scroll.scrollTop - this.scroll.clientHeight < 48;
  }

  toEnd() {
    this.scroll.scrollTop = this.scroll.scrollHeight;
    this.wasAtEnd = true;
    this.seen();
  }

  seen() {
    this.wasAtEnd = this.isAtEnd();
    if (this.isHidden() || !this.wasAtEnd) return;
    this.fresh.hidden = true;
    this.unread = 0;
    this.options.onUnread?.(0);
    if (this.link.last > (this.readTo ?? 0) && this.link.conversation) {
      this.readTo = this.link.last;
      this.link.send({ t: "read", seq: this.link.last });
    }
  }

  focus() {
    this.seen();
    this.text.focus();
  }
}
