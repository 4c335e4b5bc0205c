// Unlocking a key: it asks with its own nonce; once released, it takes a new PIN and signs with it (RULES P1).
import { BridgeError, connect } from "./bridge.js";
import { PageError, Trouble, ask, mark, meetSimulator, read } from "./hall.js";

const root = document.getElementById("unblock");
const config = read("unblock-config");
const words = read("unblock-words");
const trouble = new Trouble(root, words);
const $ = (selector) => root.querySelector(selector);
const say = (text) => { $("[data-says]").textContent = text; };

let bridge = null;
let asked = null;

// The one key that is in, if it holds this certificate.
async function theKey() {
  if (!bridge?.connected) {
    const { bridge: url, bridgeVersion: minBridgeVersion, protocol } = config;
    bridge = await connect({ url, minBridgeVersion, protocol });
    meetSimulator(root, bridge.info);
  }
  const { key, certificates } = await bridge.certList();
  if (!certificates.some((each) => each.fingerprint === config.fingerprint)) {
    throw new PageError("CERT_NOT_FOUND", words.wrongKey, words.wrongKeyCure);
  }
  return key.keySerial;
}

async function look() {
  say(words.reading);
  $("[data-found]").hidden = true;
  const keySerial = await theKey();
  const { unlockNonce, locked, retriesLeft } = await bridge.pinInfo({ keySerial });
  asked = { key_serial: keySerial, nonce: unlockNonce };
  $("[data-found-says]").textContent = locked ? words.locked : words.notLocked.replace("%(tries)s", retriesLeft);
  $("[data-found]").hidden = false;
  $("[data-read]").classList.remove("button--primary");
  $("[data-found-says]").focus();
}

async function request() {
  await ask(config.ask, config.csrf, asked);
  location.reload();
}

async function unlock() {
  for (const name of ["key", "unlock", "prove"]) mark(root, name, "waiting");
  mark(root, "key", "current");
  say(words.reading);
  const keySerial = await theKey();
  mark(root, "key", "done", words.passed);
  mark(root, "unlock", "current");
  const { authorization, txn } = await ask(config.authorization, config.csrf, {});
  say(words.newPin);
  try {
    await bridge.pinUnlock({ keySerial, txn, authorization });
  } catch (error) {
    if (!(error instanceof BridgeError && error.code === "VERIFY_FAILED")) throw error;
    $("[data-again]").hidden = false;
    $("[data-again]").disabled = false;
    throw new PageError(error.code, words.unusable, words.unusableCure);
  }
  mark(root, "unlock", "done", words.passed);
  mark(root, "prove", "current");
  const { challenge, txn: item, action, fingerprint } = await ask(config.challenge, config.csrf, {});
  say(words.pin);
  const { signature } = await bridge.authSign({ keySerial, fingerprint, challenge, txn: item, action });
  await ask(config.done, config.csrf, { challenge, signature });
  location.reload();
}

async function again() {
  await ask(config.again, config.csrf, {});
  location.reload();
}

async function guarded(button, work) {
  button.disabled = true;
  trouble.hide();
  try {
    await work();
  } catch (error) {
    const failed = root.querySelector(".run__stage--current");
    if (failed) mark(root, failed.dataset.stageName, "failed", words.failed);
    trouble.show(error);
  } finally {
    if ($("[data-says]")) say("");
    button.disabled = false;
  }
}

const WORK = { "data-read": look, "data-ask": request, "data-unlock": unlock, "data-again": again };
root.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  for (const [name, work] of Object.entries(WORK)) if (button?.hasAttribute(name)) guarded(button, work);
});
addEventListener("pagehide", () => bridge?.close());
for (const button of root.querySelectorAll("[data-read], [data-unlock], [data-again]")) button.disabled = false;
