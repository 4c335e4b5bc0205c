// The production desk: this computer's bridge makes the key, the CA certifies it, the bridge gives it a first PIN.
// Every step asks the hall first how far things are, so that it can be repeated after any interruption.
import { say } from "./app.js";
import { BridgeError, connect } from "./bridge.js";
import { PageError, Trouble, ask, mark, meetSimulator, read } from "./hall.js";

const POLL_MS = 1500;
const CA_PATIENCE_MS = 3 * 60 * 1000;
const STAGES = ["generate", "vouch", "issue", "signing", "encryption", "verify", "pin"];
// Where each stage begins on the bar, in percent.
const BEGINS = { generate: 3, vouch: 28, issue: 38, signing: 52, encryption: 64, verify: 76, pin: 88, end: 100 };

const root = document.getElementById("production");
const config = read("production-config");
const words = read("production-words");
const $ = (selector) => root.querySelector(selector);
const trouble = new Trouble(root, words);
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

let bridge = null;
let medium = null;
let running = false;

const state = () => ask(config.state, config.csrf);
const over = () => new PageError("NOT_NOW", words.refused, words.over);

// --- checks ---------------------------------------------------------------------------------------------------------

function offer(ready) {
  const mayStart = ready && ["", "used"].includes(root.dataset.reset);
  $("[data-start]").disabled = !mayStart;
  for (const name of ["[data-ask-reset]", "[data-use-reset]"]) if ($(name)) $(name).disabled = !ready;
}

async function check() {
  const button = $("[data-check]");
  let ready = false;
  offer(false);
  trouble.hide();
  $("[data-retry-row]").hidden = true;
  button.disabled = true;
  $("[data-check-says]").textContent = words.checking;
  for (const name of ["bridge", "driver", "key", "medium"]) mark(root, name, "waiting");
  mark(root, "bridge", "current");
  try {
    const there = await state();
    if (there.state === "made" || there.state === "over") return location.assign(config.done);
    if (there.reset !== root.dataset.reset) return location.reload(); // somebody has decided meanwhile
    await meet();
    mark(root, "bridge", "done", words.passed);
    await environment();
    await rightMedium(there);
    ready = true;
    const says = { wanted: "resetWanted", asked: "resetWaiting", released: "resetWaiting", ready: "resetWanted" };
    $("[data-check-says]").textContent = words[says[there.reset] ?? "ready"];
  } catch (error) {
    const failed = root.querySelector("#check-card .run__stage--current");
    if (failed) mark(root, failed.dataset.stageName, "failed", words.failed);
    $("[data-check-says]").textContent = "";
    trouble.show(error);
  } finally {
    button.disabled = false;
    button.textContent = words.again;
    button.classList.toggle("button--primary", !ready);
    offer(ready);
  }
  return ready;
}

async function meet() {
  if (bridge?.connected) return;
  bridge?.close();
  bridge = await connect({ url: config.bridge, minBridgeVersion: config.bridgeVersion, protocol: config.protocol });
  meetSimulator(root, bridge.info);
  bridge.on("key.removed", () => {
    if (running) return; // the operation under way says so itself
    offer(false);
    mark(root, "key", "waiting");
    mark(root, "medium", "waiting");
    $("[data-check-says]").textContent = words.removed;
  });
  bridge.on("key.inserted", () => {
    if (!running && $("[data-retry-row]").hidden) check();
  });
}

async function environment() {
  mark(root, "driver", "current");
  const { checks } = await bridge.envCheck({});
  for (const [name, kind] of [["driver", "driver"], ["key", "key"]]) {
    mark(root, name, "current");
    const found = checks.find((each) => each.check === kind);
    if (found && !found.passed) throw new BridgeError(found.error ?? "INTERNAL", found.name);
    mark(root, name, "done", words.passed);
  }
}

// The one that was sent in, or that was taken before; else any blank one of the right model: the hall judges that.
async function rightMedium(there) {
  mark(root, "medium", "current");
  const { key } = await bridge.certList();
  const begun = there.state !== "open";
  const wrong = (there.wanted && key.mediumNumber !== there.wanted)
    || (begun && key.keySerial !== there.keySerial)
    || (!there.wanted && !begun && there.model && key.model !== there.model);
  if (wrong) throw new PageError("CERT_NOT_FOUND", words.wrongMedium, words.wrongMediumCure);
  medium = { keySerial: key.keySerial, mediumNumber: key.mediumNumber, model: key.model };
  mark(root, "medium", "done", `${key.model} ${key.mediumNumber}`);
}

// --- a mailed-in key's PIN (two persons) ------------------------------------------------------------------------------

async function askReset() {
  try {
    const { unlockNonce } = await bridge.pinInfo({ keySerial: medium.keySerial });
    await ask(config.reset, config.csrf, { ...medium, nonce: unlockNonce });
    say(words.resetAsked);
    location.reload();
  } catch (error) {
    trouble.show(error);
  }
}

async function useReset() {
  try {
    const { authorization, txn } = await ask(config["reset-word"], config.csrf, {});
    await bridge.pinUnlock({ keySerial: medium.keySerial, txn, authorization });
    await ask(config["reset-used"], config.csrf, {});
    location.reload();
  } catch (error) {
    trouble.show(error);
  }
}

// --- the run --------------------------------------------------------------------------------------------------------

let shown = 0;

function progress(percent, sentence) {
  shown = Math.max(shown, Math.round(percent));
  const bar = document.getElementById("progress");
  bar.querySelector("progress").value = shown;
  bar.querySelector("[data-percent]").textContent = `${shown}%`;
  const stage = bar.querySelector("[data-stage]");
  if (stage.textContent !== sentence) stage.textContent = sentence;
}

const sentence = (name) => (name === "pin" ? words.setPin : words[name]);

function enter(name) {
  for (const earlier of STAGES.slice(0, STAGES.indexOf(name))) mark(root, earlier, "done");
  mark(root, name, "current");
  progress(BEGINS[name], sentence(name));
}

// Progress of one bridge operation, from its own 0–100 into the stage's stretch of the bar.
function watch(name) {
  const next = STAGES[STAGES.indexOf(name) + 1] ?? "end";
  const stretch = BEGINS[next] - BEGINS[name];
  return {
    onProgress: ({ stage, percent }) => {
      $("[data-pin-note]").hidden = stage !== "pin";
      progress(BEGINS[name] + (stretch * percent) / 100, stage === "pin" ? words.pin : sentence(name));
    },
  };
}

async function run() {
  running = true;
  shown = 0;
  trouble.hide();
  for (const row of ["[data-start-row]", "[data-retry-row]"]) $(row).hidden = true;
  $("#check-card").hidden = true;
  $("#run-card").hidden = false;
  $("[data-hands-off]").hidden = false;
  $("#run-title").textContent = words.running;
  $("#run-title").focus();
  document.getElementById("progress").classList.remove("progress--danger");
  for (const name of STAGES) mark(root, name, "waiting");
  try {
    let there = await state();
    if (there.state === "open") there = await request();
    if (there.state === "requested") there = await issued();
    if (there.state === "issued") there = await bringHome(there);
    if (there.state === "installed") there = await firstPin();
    if (there.state !== "made") throw over();
    finish();
  } catch (error) {
    stop(error);
  }
}

async function request() {
  const there = await ask(config.take, config.csrf, medium);
  enter("generate");
  const wanted = { keySerial: medium.keySerial, txn: there.txn, algorithm: there.algorithm, subject: there.subject };
  if (there.old) wanted.replaces = there.old;
  if (there.historyContainers) wanted.historyContainers = there.historyContainers; // space is looked at first
  const made = await bridge.genCsr(wanted, watch("generate"));
  enter("vouch");
  const { challenge, txn } = await ask(config.challenge, config.csrf, { purpose: "request" });
  const { signature } = await bridge.proveRequest({ keySerial: medium.keySerial, txn, challenge }, watch("vouch"));
  return ask(config.request, config.csrf, { csr: made.csr, challenge, signature });
}

async function issued() {
  enter("issue");
  const ends = Date.now() + CA_PATIENCE_MS;
  let percent = BEGINS.issue;
  for (;;) {
    const there = await state();
    if (there.state !== "requested") return there;
    if (Date.now() > ends) throw new PageError("CA_SLOW", words.slow, words.slowCure);
    percent = Math.min(percent + 1, BEGINS.signing - 1);
    progress(percent, words.issue);
    await wait(POLL_MS);
  }
}

async function bringHome(there) {
  const { txn, new: made } = there;
  const { keySerial } = medium;
  const { certificates } = await bridge.certList({ keySerial });
  const inPlace = certificates.some((each) => each.fingerprint === made.fingerprint && each.state === "current");
  if (!inPlace) {
    enter("signing");
    await bridge.importSign({ keySerial, txn, certificate: made.signing }, watch("signing"));
    enter("encryption");
    if (made.encryption) {
      const parts = { keySerial, txn, certificate: made.encryption };
      if (made.enveloped) parts.envelopedKey = made.enveloped;
      await bridge.importEnc(parts, watch("encryption"));
    }
    if (made.history?.length) await bridge.importHistory({ keySerial, txn, keys: made.history }, watch("encryption"));
  }
  enter("verify");
  const { challenge, action } = await ask(config.challenge, config.csrf, { purpose: "install" });
  const encryption = made.encryption ? "required" : "none";
  const proof = await bridge.installVerify({ keySerial, txn, challenge, action, encryption }, watch("verify"));
  return ask(config.verify, config.csrf, { challenge, signature: proof.signature });
}

// The bridge makes the PIN and seals it for the hall: it passes through here as ciphertext alone.
async function firstPin() {
  enter("pin");
  const { txn, recipient, digits } = await ask(config.pin, config.csrf, {});
  const made = await bridge.pinIssue({ keySerial: medium.keySerial, txn, recipient, digits }, watch("pin"));
  return ask(config["pin-set"], config.csrf, { sealedPin: made.sealedPin });
}

function finish() {
  running = false;
  for (const name of STAGES) mark(root, name, "done");
  progress(100, words.finished);
  location.assign(config.done);
}

function stop(error) {
  running = false;
  $("[data-pin-note]").hidden = true;
  const failed = root.querySelector("#run-card .run__stage--current");
  if (failed) mark(root, failed.dataset.stageName, "failed", words.failed);
  document.getElementById("progress").classList.add("progress--danger");
  document.querySelector("#progress [data-stage]").textContent = "";
  $("#run-title").textContent = words.paused;
  $("[data-hands-off]").hidden = true;
  $("[data-retry-row]").hidden = false;
  trouble.show(error);
}

async function again() {
  trouble.hide();
  $("#check-card").hidden = false;
  $("#run-card").hidden = true;
  if (await check()) return run();
  $("[data-retry-row]").hidden = false;
}

// --- wiring ---------------------------------------------------------------------------------------------------------

root?.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.matches("[data-check]")) check();
  else if (button.matches("[data-ask-reset]")) askReset();
  else if (button.matches("[data-use-reset]")) useReset();
  else if (button.matches("[data-start]")) run();
  else if (button.matches("[data-retry]")) again();
});
addEventListener("beforeunload", (event) => {
  if (running) event.preventDefault();
});
addEventListener("pagehide", () => bridge?.close());
// Until now a click would have been lost.
if (root) $("[data-check]").disabled = false;
