// The part of the order page that moves: asks with its ETag (an unchanged answer is a 304 and swaps nothing), and
// says aloud what has changed.
import { say } from "./app.js";

document.addEventListener("htmx:configRequest", (event) => {
  const tag = event.detail.elt.dataset?.etag;
  if (tag) event.detail.headers["If-None-Match"] = tag;
});

let said = document.getElementById("order-live")?.dataset.says;
document.addEventListener("htmx:afterSettle", () => {
  const sentence = document.getElementById("order-live")?.dataset.says;
  if (sentence && sentence !== said) {
    say(sentence);
    document.getElementById("page-messages")?.replaceChildren(); // it spoke of what was before
  }
  said = sentence;
});
