// The installation: checks, then new key → old key's word → CA → certificates → proof by the new key.
// Every step asks the hall first how far things are, so that it can be repeated after any interruption.
import { say } from "./app.js";
import { BridgeError, connect } from "./bridge.js";
import { HallError, PageError, Trouble, ask, mark, meetSimulator, read } from "./hall.js";

const ORDER_ENDED = "ORDER_ENDED";
const POLL_MS = 1500;
const CA_PATIENCE_MS = 3 * 60 * 1000;
const STAGES = ["generate", "vouch", "issue", "signing", "encryption", "verify"];
// Where each stage begins on the bar, in percent.
const BEGINS = { generate: 3, vouch: 32, issue: 42, signing: 58, encryption: 70, verify: 84, end: 100 };

const root = document.getElementById("install");
const config = read("install-config");
const words = read("install-words");
const $ = (selector) => root.querySelector(selector);
const trouble = new Trouble(root, words);
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

let bridge = null;
let keySerial = "";
let running = false;
let ready = false;

const state = () => ask(config.state, config.csrf);

// --- renewal code ---------------------------------------------------------------------------------------------------

const noted = $("[data-noted-box]");

async function showCode(button) {
  button.disabled = true;
  try {
    const { code } = await ask(config.code, config.csrf, {});
    $("[data-code-value]").textContent = code;
    $("[data-copy-code]").dataset.copy = code;
    $("[data-code-place]").hidden = false;
    $("[data-code-ask]").hidden = true;
    $("[data-noted]").hidden = false;
    noted.checked = false;
    trouble.hide();
    say(words.codeShown);
  } catch (error) {
    trouble.show(error);
  } finally {
    button.disabled = false;
    offer();
  }
}

// --- checks ---------------------------------------------------------------------------------------------------------

function offer() {
  $("[data-start]").disabled = !(ready && (!noted || noted.checked));
}

async function check() {
  const button = $("[data-check]");
  ready = false;
  offer();
  trouble.hide();
  $("[data-retry-row]").hidden = true;
  button.disabled = true;
  $("[data-check-says]").textContent = words.checking;
  for (const name of ["bridge", "driver", "key", "certificate"]) mark(root, name, "waiting");
  mark(root, "bridge", "current");
  try {
    const there = await state();
    if (there.state === "verified") return finish();
    if (there.state === "over" || there.state === "waiting") throw ended(there);
    await meet();
    mark(root, "bridge", "done", words.passed);
    await environment();
    await rightKey(there);
    ready = true;
    $("[data-check-says]").textContent = words.ready;
  } catch (error) {
    const failed = root.querySelector("#check-card .run__stage--current");
    if (failed) mark(root, failed.dataset.stageName, "failed", words.failed);
    $("[data-check-says]").textContent = "";
    wayOut(error);
    trouble.show(error);
  } finally {
    button.disabled = false;
    button.textContent = words.again;
    button.classList.toggle("button--primary", !ready);
    offer();
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
    ready = false;
    offer();
    mark(root, "key", "waiting");
    mark(root, "certificate", "waiting");
    $("[data-check-says]").textContent = words.removed;
  });
  bridge.on("key.inserted", () => {
    if (!$("[data-retry-row]").hidden) say(words.inserted);
    else if (!running) check();
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

// RULES A10: exactly the key of this order: it holds the old certificate, or already the new one.
async function rightKey(there) {
  mark(root, "certificate", "current");
  const { key, certificates } = await bridge.certList();
  const wanted = [there.old, there.new?.fingerprint];
  if (!certificates.some((each) => each.usage === "signing" && wanted.includes(each.fingerprint))) {
    throw new PageError("CERT_NOT_FOUND", words.wrongKey, words.wrongKeyCure.replace("%(medium)s", config.medium));
  }
  keySerial = key.keySerial;
  mark(root, "certificate", "done", words.passed);
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

function enter(name) {
  for (const earlier of STAGES.slice(0, STAGES.indexOf(name))) mark(root, earlier, "done");
  mark(root, name, "current");
  progress(BEGINS[name], words[name]);
}

// Progress of one bridge operation, from its own 0–100 into the stage's stretch of the bar.
function watch(name) {
  const next = STAGES[STAGES.indexOf(name) + 1] ?? "end";
  const stretch = BEGINS[next] - BEGINS[name];
  return {
    onProgress: ({ stage, percent }) => {
      $("[data-pin-note]").hidden = stage !== "pin";
      progress(BEGINS[name] + (stretch * percent) / 100, stage === "pin" ? words.pin : words[name]);
    },
  };
}

async function run() {
  running = true;
  shown = 0;
  trouble.hide();
  $("[data-start-row]").hidden = true;
  $("[data-retry-row]").hidden = true;
  for (const card of ["#code-card", "#check-card"]) if ($(card)) $(card).hidden = true;
  $("#run-card").hidden = false;
  $("[data-hands-off]").hidden = false;
  $("#run-title").textContent = words.running;
  $("#run-title").focus();
  document.getElementById("progress").classList.remove("progress--danger");
  for (const name of STAGES) mark(root, name, "waiting");
  try {
    let there = await state();
    if (there.state === "open") there = await request(there);
    if (there.state === "requested") there = await issued();
    if (there.state === "issued") there = await bringHome(there);
    if (there.state !== "verified") throw ended(there);
    finish();
  } catch (error) {
    stop(error);
  }
}

async function request(there) {
  enter("generate");
  const wanted = { keySerial, txn: there.txn, algorithm: there.algorithm, replaces: there.old };
  if (there.subject) wanted.subject = there.subject; // the holder is called otherwise now
  const made = await bridge.genCsr(wanted, watch("generate"));
  enter("vouch");
  if (there.vouchedBy === "approval") return approved();
  const question = await ask(config.challenge, config.csrf, { purpose: "rekey", csr: made.csr });
  const { challenge, txn, action } = question;
  const proof = await bridge.authSign({ keySerial, fingerprint: there.old, challenge, txn, action }, watch("vouch"));
  return ask(config.request, config.csrf, { csr: made.csr, challenge, signature: proof.signature });
}

// The review has vouched; the new key answers for its own request, the old one signs nothing.
async function approved() {
  const { challenge, txn } = await ask(config.challenge, config.csrf, { purpose: "request" });
  const { csr, signature } = await bridge.proveRequest({ keySerial, txn, challenge }, watch("vouch"));
  return ask(config.request, config.csrf, { csr, challenge, signature });
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
  const { certificates } = await bridge.certList({ keySerial });
  // The new one in its place already: only its word is missing (pulled out, or offline, right after the exchange).
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
  }
  enter("verify");
  const { challenge, action } = await ask(config.challenge, config.csrf, { purpose: "install" });
  const encryption = made.encryption ? "required" : "none";
  const proof = await bridge.installVerify({ keySerial, txn, challenge, action, encryption }, watch("verify"));
  return ask(config.verify, config.csrf, { challenge, signature: proof.signature });
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
  wayOut(error);
  trouble.show(error instanceof HallError && [401, 403, 404].includes(error.status)
    ? new PageError(error.code, words.refused, error.message || words.reload)
    : error);
}

const ended = ({ state }) => new PageError(state === "over" ? ORDER_ENDED : "NOT_NOW", words.refused,
  state === "over" ? words.over : words.reload);

// Try again, or, where the order has ended, back to the page that says why.
function wayOut(error) {
  const over = error instanceof PageError && error.code === ORDER_ENDED;
  $("[data-over-row]").hidden = !over;
  if (over) $("[data-start-row]").hidden = true;
  $("[data-retry-row]").hidden = over || $("#run-card").hidden;
  if (over) $("#run-title").textContent = words.ended;
}

async function again() {
  trouble.hide();
  const card = $("#check-card");
  card.hidden = false;
  $("#run-card").hidden = true;
  if (await check()) return run();
  if ($("[data-over-row]").hidden) $("[data-retry-row]").hidden = false;
}

// --- wiring ---------------------------------------------------------------------------------------------------------

root.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.matches("[data-get-code]")) showCode(button);
  else if (button.matches("[data-print-code]")) print();
  else if (button.matches("[data-check]")) check();
  else if (button.matches("[data-start]")) run();
  else if (button.matches("[data-retry], [data-recheck]")) again();
});
noted?.addEventListener("change", offer);
addEventListener("beforeunload", (event) => {
  if (running) event.preventDefault();
});
addEventListener("pagehide", () => bridge?.close());
// Until now a click would have been lost.
for (const button of root.querySelectorAll("[data-check], [data-get-code]")) button.disabled = false;
if (config.checked && $("[data-check]")) check(); // this computer was found ready a moment ago: its leave was asked then
