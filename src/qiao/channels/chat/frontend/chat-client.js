// The chat component: `mountChat(element, {site, session, person, csrf, claim, language, onUnread, onClose})`.
// `session: true` with `csrf` on our own pages, where the customer is signed in (`person`: any name of his, so that two
// customers of one browser share no draft); else a visitor's token.

import { ChatLink } from "./chat-link.js";
import { ChatView } from "./chat-view.js";

export async function mountChat(root, options) {
  const language = options.language ?? document.documentElement.lang ?? "zh-CN";
  const words = await (await fetch(`/chat/texts/${encodeURIComponent(language)}`)).json();
  const link = new ChatLink({ ...options, language: words.language });
  const view = new ChatView(root, link, words, options);
  link.start();
  return { link, view };
}
