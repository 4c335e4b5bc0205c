// How far the orders of a certificate are, for whoever holds its key: one question, one answer, no number.
import { connect } from "./bridge.js";
import { PageError, Trouble, ask, meetSimulator, read } from "./hall.js";

const root = document.getElementById("progress-query");
const config = read("progress-config");
const words = read("progress-words");
const trouble = new Trouble(root, words);
const $ = (selector) => root.querySelector(selector);
const status = $("[data-says]");
const button = $("[data-ask]");
let bridge = null;

async function query() {
  status.textContent = words.reading;
  if (!bridge?.connected) bridge = await connect({ url: config.bridge, minBridgeVersion: config.bridgeVersion });
  meetSimulator(root, bridge.info);
  const { key, certificates } = await bridge.certList();
  const mine = certificates.find((each) => each.usage === "signing" && each.state === "current");
  if (!mine) throw new PageError("NONE", words.none, words.noneCure);
  const { challenge, txn, action } = await ask(config.challenge, config.csrf, { certificate: mine.certificate });
  status.textContent = words.pin;
  const proof = await bridge.authSign({ keySerial: key.keySerial, fingerprint: mine.fingerprint, challenge, txn, action });
  draw(await ask(config.prove, config.csrf, { challenge, signature: proof.signature }));
}

function draw({ until, orders }) {
  $("[data-title]").textContent = orders.length ? words.found : words.nothing;
  $("[data-until]").textContent = `${words.until} ${until}`;
  $("[data-list]").replaceChildren(...orders.map(card));
  $("[data-found]").hidden = false;
  $("[data-title]").focus();
}

function card(order) {
  const list = document.createElement("dl");
  list.className = "pairs pairs--beside";
  const rows = [
    [words.number, order.number.replace(/(.{4})(?=.)/g, "$1 ")],
    [words.status, `${order.business} · ${order.status}`],
    [words.next, order.next],
    [words.opened, order.opened],
  ];
  for (const [title, value] of rows) {
    const row = document.createElement("div");
    row.append(make("dt", title), make("dd", value));
    list.append(row);
  }
  return list;
}

function make(tag, text) {
  return Object.assign(document.createElement(tag), { textContent: text });
}

button.addEventListener("click", async () => {
  button.disabled = true;
  trouble.hide();
  try {
    await query();
  } catch (error) {
    trouble.show(error);
  } finally {
    status.textContent = "";
    button.disabled = false;
  }
});
addEventListener("pagehide", () => bridge?.close());
button.disabled = false; // until now a click would have been lost
