// The chat on a page of the portal: the signed-in customer's conversation.

import { mountChat } from "/chat/assets/chat-client.js";

const place = document.getElementById("talk");
if (place) {
  const { csrf, person, language } = place.dataset;
  mountChat(place, { site: "portal", session: true, csrf, person, language });
}
