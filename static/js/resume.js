// Proof of the key after the renewal code was right: the old certificate's key, or the new one's once it is in.
import { connect } from "./bridge.js";
import { PageError, Trouble, ask, meetSimulator, read } from "./hall.js";

const root = document.getElementById("resume");
const config = read("resume-config");
const words = read("resume-words");
const trouble = new Trouble(root, words);
const button = root.querySelector("[data-prove]");
const status = root.querySelector("[data-says]");

button.addEventListener("click", async () => {
  button.disabled = true;
  trouble.hide();
  status.textContent = words.checking;
  let bridge;
  try {
    bridge = await connect({ url: config.bridge, minBridgeVersion: config.bridgeVersion });
    meetSimulator(root, bridge.info);
    const question = await ask(config.challenge, config.csrf, {});
    const { key, certificates } = await bridge.certList();
    const mine = certificates.find((each) => each.usage === "signing" && question.fingerprints.includes(each.fingerprint));
    if (!mine) throw new PageError("CERT_NOT_FOUND", words.wrongKey, words.wrongKeyCure);
    status.textContent = words.proving;
    const { challenge, txn, action } = question;
    const proof = await bridge.authSign({
      keySerial: key.keySerial, fingerprint: mine.fingerprint, challenge, txn, action,
    });
    const sent = { challenge, signature: proof.signature, fingerprint: mine.fingerprint };
    await ask(config.prove, config.csrf, sent);
    location.assign(config.done);
  } catch (error) {
    status.textContent = "";
    button.disabled = false;
    trouble.show(error);
  } finally {
    bridge?.close();
  }
});
button.disabled = false; // until now a click would have been lost
