// <script src="https://host/chat/widget.js" data-site="shop" data-language="zh-CN" data-user="(signed)" async></script>
// A button in a shadow root and a frame of the chat's own origin: the page and the chat cannot read each other.
(() => {
  const script = document.currentScript;
  if (!script || window.qiaoChat) return;
  const home = new URL(script.src).origin;
  const { site = "portal", language, user, label } = script.dataset;
  const address = new URL("/chat/frame", home);
  address.searchParams.set("site", site);
  if (language) address.searchParams.set("lang", language);

  const host = document.createElement("div");
  const shadow = host.attachShadow({ mode: "open" });
  const style = document.createElement("style");
  style.textContent = `
    :host { all: initial; position: fixed; inset-block-end: 16px; inset-inline-end: 16px; z-index: 2147483000; }
    button { all: unset; box-sizing: border-box; display: grid; place-items: center; inline-size: 56px; block-size: 56px;
      border-radius: 50%; background: #0f5fc2; color: #fff; cursor: pointer; box-shadow: 0 4px 16px #0004; margin-inline-start: auto; }
    button:focus-visible { outline: 3px solid #fff; box-shadow: 0 0 0 6px #0f5fc2; }
    svg { inline-size: 28px; block-size: 28px; fill: none; stroke: currentColor; stroke-width: 2; }
    .count { position: absolute; inset-block-start: -4px; inset-inline-end: -4px; min-inline-size: 20px; padding: 0 4px;
      font: 600 12px/20px system-ui, sans-serif; text-align: center; border-radius: 10px; background: #b91c1c; color: #fff; }
    .count[hidden] { display: none; }
    iframe { display: block; inline-size: 360px; block-size: min(600px, calc(100vh - 104px)); border: 0; border-radius: 12px;
      box-shadow: 0 8px 32px #0005; background: Canvas; margin-block-end: 12px; color-scheme: light dark; }
    iframe[hidden] { display: none; }
    @media (max-width: 480px) { .open iframe { position: fixed; inset: 0; inline-size: 100vw; block-size: 100dvh; border-radius: 0; margin: 0; }
      .open button { display: none; } }
    @media (prefers-reduced-motion: no-preference) { button { transition: transform .15s; } button:hover { transform: scale(1.05); } }
  `;
  const box = document.createElement("div");
  const frame = document.createElement("iframe");
  const words = { "zh-CN": "在线客服", "zh-HK": "網上客服", fr: "Discuter avec nous", de: "Chat öffnen", es: "Abrir el chat",
    ar: "افتح المحادثة", ja: "チャットを開く", ko: "채팅 열기" };
  const name = label ?? words[language] ?? (language || !/^zh/i.test(document.documentElement.lang) ? "Open the chat" : words["zh-CN"]);
  frame.title = name;
  frame.hidden = true;
  frame.allow = "clipboard-write";
  const button = document.createElement("button");
  button.type = "button";
  button.setAttribute("aria-label", name);
  button.setAttribute("aria-expanded", "false");
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", "M4 5h16v11H9l-5 4z");
  svg.append(path);
  const count = document.createElement("span");
  count.className = "count";
  count.hidden = true;
  button.append(svg, count);
  box.append(frame, button);
  shadow.append(style, box);

  let isOpen = false;
  let ready = false;
  const tell = (message) => ready && frame.contentWindow?.postMessage(message, home);
  const show = (open) => {
    isOpen = open;
    if (!frame.src) frame.src = address.href;
    frame.hidden = !open;
    box.classList.toggle("open", open);
    button.setAttribute("aria-expanded", String(open));
    tell({ qiao: open ? "open" : "shut" });
    if (!open) button.focus();
  };
  button.addEventListener("click", () => show(!isOpen));
  addEventListener("message", (event) => {
    if (event.origin !== home || event.source !== frame.contentWindow) return;
    if (event.data?.qiao === "ready") {
      ready = true;
      tell({ qiao: "user", claim: user ?? null });
      if (isOpen) tell({ qiao: "open" });
    } else if (event.data?.qiao === "close") show(false);
    else if (event.data?.qiao === "unread") {
      count.hidden = !event.data.count || isOpen;
      count.textContent = event.data.count > 9 ? "9+" : String(event.data.count);
    }
  });
  const settle = () => {
    document.body.append(host);
    // Loaded while nobody needs it, so that it opens at once.
    (window.requestIdleCallback ?? setTimeout)(() => { frame.src ||= address.href; });
  };
  if (document.body) settle();
  else addEventListener("DOMContentLoaded", settle);
  window.qiaoChat = { open: () => show(true), close: () => show(false) };
})();
