// The certificate's key answers the hall's question, one certificate of the order after another.
import { connect } from "./bridge.js";
import { PageError, Trouble, ask, meetSimulator, read } from "./hall.js";

const root = document.getElementById("key-proof");
const config = read("key-proof-config");
const words = read("key-proof-words");
const trouble = new Trouble(root, words);
const buttons = () => [...root.querySelectorAll("[data-prove]")];

let bridge = null;

async function prove(section, status) {
  status.textContent = words.reading;
  if (!bridge?.connected) bridge = await connect({ url: config.bridge, minBridgeVersion: config.bridgeVersion });
  meetSimulator(root, bridge.info);
  const { key, certificates } = await bridge.certList();
  const question = await ask(section.dataset.challenge, config.csrf, {});
  const { challenge, txn, action, fingerprint } = question;
  if (!certificates.some((each) => each.fingerprint === fingerprint)) {
    throw new PageError("CERT_NOT_FOUND", words.wrongKey, words.wrongKeyCure);
  }
  status.textContent = words.pin;
  const proof = await bridge.authSign({ keySerial: key.keySerial, fingerprint, challenge, txn, action });
  await ask(section.dataset.proveAt, config.csrf, { challenge, signature: proof.signature });
  section.dataset.proven = "";
  section.querySelector("[data-prove]").remove();
  status.textContent = words.proven;
  if (!root.querySelector("[data-item]:not([data-proven])")) location.assign(config.done);
}

root.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-prove]");
  if (!button) return;
  const section = button.closest("[data-item]");
  const status = section.querySelector("[data-says]");
  for (const each of buttons()) each.disabled = true;
  trouble.hide();
  try {
    await prove(section, status);
  } catch (error) {
    status.textContent = "";
    trouble.show(error);
  } finally {
    for (const each of buttons()) each.disabled = false;
  }
});
addEventListener("pagehide", () => bridge?.close());
for (const each of buttons()) each.disabled = false; // until now a click would have been lost
