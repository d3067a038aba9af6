// The inside of the widget: waits until it is opened, then lives on while its page does.
import { mountChat } from "./chat-client.js";
import { Keeper } from "./chat-parts.js";

const root = document.getElementById("chat");
const outside = window.parent === window ? null : window.parent;
let chat = null;
let open = outside === null;
let claim;

const tell = (message) => outside?.postMessage({ qiao: message.is, ...message }, "*");

async function wake() {
  if (chat) return chat;
  chat = mountChat(root, {
    site: root.dataset.site,
    language: root.dataset.language,
    claim,
    heading: "h1",
    isHidden: () => !open,
    onUnread: (count) => tell({ is: "unread", count }),
    onClose: outside ? () => tell({ is: "close" }) : undefined,
  });
  return chat;
}

addEventListener("message", async (event) => {
  if (event.source !== outside || typeof event.data !== "object" || event.data === null) return;
  switch (event.data.qiao) {
    case "user":
      if (typeof event.data.claim === "string") claim = event.data.claim; // signed by the site; checked by the server
      // Whoever wrote before is kept up to date behind the closed button; a mere reader of the page opens no socket.
      if (new Keeper(root.dataset.site).get("token") || claim) wake();
      break;
    case "open":
      open = true;
      (await wake()).view.focus();
      break;
    case "shut":
      open = false;
      break;
  }
});

if (open) wake();
tell({ is: "ready" });
