// Claiming: read the key's certificates, pick one the hall knows, prove its key.
import { connect } from "./bridge.js";
import { PageError, Trouble, ask, meetSimulator, read } from "./hall.js";

const root = document.getElementById("claim");
const config = read("claim-config");
const words = read("claim-words");
const trouble = new Trouble(root, words);
const $ = (selector) => root.querySelector(selector);
const status = $("[data-says]");

let bridge = null;
let keySerial = "";
let listed = [];

async function look() {
  status.textContent = words.reading;
  if (!bridge?.connected) bridge = await connect({ url: config.bridge, minBridgeVersion: config.bridgeVersion });
  meetSimulator(root, bridge.info);
  const { key, certificates } = await bridge.certList();
  keySerial = key.keySerial;
  listed = certificates.filter((each) => each.usage === "signing" && each.state === "current");
  const sent = { certificates: listed.map((each) => each.certificate) };
  const answer = listed.length ? await ask(config.look, config.csrf, sent) : { certificates: [] };
  if (!answer.certificates.some((each) => each.known)) throw new PageError("NONE", words.none, words.noneCure);
  draw(answer.certificates);
  $("[data-pick]").hidden = false;
  $("[data-read]").classList.remove("button--primary");
  $("[data-pick-title]").focus();
  status.textContent = "";
}

function draw(found) {
  const first = found.findIndex((each) => each.known);
  $("[data-list]").replaceChildren(...found.map((each, place) => card(each, place, place === first)));
}

function card(each, place, checked) {
  const label = make("label", "choice choice--card");
  const input = Object.assign(document.createElement("input"), { type: "radio", name: "certificate", value: String(place) });
  input.checked = checked;
  input.disabled = !each.known;
  const text = make("span", "choice__text", each.known ? each.holder : words.unknown);
  if (each.known) text.append(make("span", "choice__hint num", `${words.serial} ${each.serial.replace(/(.{4})(?=.)/g, "$1 ")}　${words.until} ${each.until}`));
  label.append(input, text);
  return label;
}

function make(tag, className, text = "") {
  return Object.assign(document.createElement(tag), { className, textContent: text });
}

async function prove() {
  const picked = listed[Number($("[data-list] input:checked")?.value)];
  if (!picked) return;
  const question = await ask(config.challenge, config.csrf, { certificate: picked.certificate });
  const { challenge, txn, action } = question;
  status.textContent = words.pin;
  const proof = await bridge.authSign({ keySerial, fingerprint: picked.fingerprint, challenge, txn, action });
  const takeOver = $("[data-take-over]").checked;
  const { serial } = await ask(config.prove, config.csrf, { challenge, signature: proof.signature, take_over: takeOver });
  for (const section of root.querySelectorAll("section")) section.hidden = true;
  $("[data-renew]").href = `${config.renew}?serial=${encodeURIComponent(serial)}`;
  $("[data-done]").hidden = false;
  $("[data-done-title]").focus();
}

async function guarded(button, work) {
  button.disabled = true;
  trouble.hide();
  try {
    await work();
  } catch (error) {
    trouble.show(error);
  } finally {
    status.textContent = "";
    button.disabled = false;
  }
}

root.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button?.matches("[data-read]")) guarded(button, look);
  else if (button?.matches("[data-prove]")) guarded(button, prove);
});
addEventListener("pagehide", () => bridge?.close());
$("[data-read]").disabled = false; // until now a click would have been lost
