// An electronic seal: written beside its certificate, read back, and answered for by the certificate's key.
import { connect } from "./bridge.js";
import { PageError, Trouble, ask, mark, meetSimulator, read } from "./hall.js";

const root = document.getElementById("seal");
const config = read("seal-config");
const words = read("seal-words");
const trouble = new Trouble(root, words);
const button = root.querySelector("[data-write]");
const status = root.querySelector("[data-says]");
let bridge = null;
let stage = "find";

function enter(name) {
  stage = name;
  mark(root, name, "current");
  status.textContent = words[name];
}

async function write() {
  enter("find");
  if (!bridge?.connected) {
    bridge = await connect({ url: config.bridge, minBridgeVersion: config.bridgeVersion, protocol: config.protocol });
  }
  meetSimulator(root, bridge.info);
  const wanted = await ask(config.state, config.csrf);
  if (wanted.state !== "made") return location.assign(config.done);
  const { key, certificates } = await bridge.certList();
  const { fingerprint, txn, seal } = wanted;
  if (!certificates.some((each) => each.fingerprint === fingerprint)) {
    throw new PageError("CERT_NOT_FOUND", words.wrongKey, words.wrongKeyCure);
  }
  mark(root, "find", "done");
  enter("write");
  await bridge.sealWrite({ keySerial: key.keySerial, txn, fingerprint, seal });
  mark(root, "write", "done");
  enter("verify");
  if (!config.signed) {
    const found = await bridge.sealRead({ keySerial: key.keySerial, fingerprint });
    await ask(config.verify, config.csrf, { seal: found.seal });
    return finish();
  }
  const question = await ask(config.challenge, config.csrf, {});
  const proof = await bridge.sealVerify({ keySerial: key.keySerial, fingerprint, ...question });
  const { challenge } = question;
  await ask(config.verify, config.csrf, { challenge, signature: proof.signature, seal: proof.seal });
  finish();
}

function finish() {
  mark(root, "verify", "done");
  status.textContent = words.finished;
  location.assign(config.done);
}

button?.addEventListener("click", async () => {
  button.disabled = true;
  trouble.hide();
  try {
    await write();
  } catch (error) {
    mark(root, stage, "failed");
    status.textContent = "";
    trouble.show(error);
    button.disabled = false;
  }
});
addEventListener("pagehide", () => bridge?.close());
if (button) button.disabled = false; // until now a click would have been lost
