// A certificate in a file: vouched for by both codes of the envelope, or by the old file; made by the bridge or right
// here (RULES B5-B7). Every step asks the hall first how far things are, so that it can be repeated after any break.
// The 保护口令 stays in its field: no request of this file has a place for it.
import { say } from "./app.js";
import { BridgeError, connect } from "./bridge.js";
import { HallError, PageError, Trouble, ask, mark, meetSimulator, read } from "./hall.js";
import * as kept from "./kept-files.js";

const POLL_MS = 1500;
const CA_PATIENCE_MS = 3 * 60 * 1000;
const STAGES = ["vouch", "generate", "issue", "make", "save"];

const root = document.getElementById("file-certificate");
const config = read("file-config");
const words = read("file-words");
const trouble = new Trouble(root, words);
const $ = (selector) => root.querySelector(selector);
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const state = () => ask(config.state, config.csrf);
const by = () => $("[data-way]:checked")?.value ?? config.by[0];

let bridge = null;
let store = ""; // the bridge's file store
let pfx = null; // what the page made, until it is saved

// --- what is typed ----------------------------------------------------------------------------------------------------

function complain(id, sentence) {
  const field = document.getElementById(id);
  const place = document.getElementById(`${id}-error`);
  place.textContent = sentence;
  place.hidden = !sentence;
  field.closest(".field").classList.toggle("field--error", Boolean(sentence));
  if (sentence) {
    field.setAttribute("aria-invalid", "true");
    field.focus();
  } else {
    field.removeAttribute("aria-invalid");
  }
  return Boolean(sentence);
}

function codesMissing() {
  return ["reference", "authorization"]
    .reverse() // the first one keeps the focus
    .map((id) => complain(id, document.getElementById(id).value.trim() ? "" : words.codesMissing))
    .some(Boolean);
}

async function passwordWrong() {
  const { fits } = await import("./pfx.js");
  const password = document.getElementById("password").value;
  const again = document.getElementById("password-again");
  const differs = !again.closest("[data-again]").hidden && again.value !== password;
  return [
    complain("password-again", differs ? words.passwordDiffers : ""),
    complain("password", fits(password, config.digits) ? "" : words.passwordWrong),
  ].some(Boolean);
}

const codes = () => ({
  reference_number: document.getElementById("reference").value.trim(),
  authorization_code: document.getElementById("authorization").value.trim(),
});

// --- the run ----------------------------------------------------------------------------------------------------------

function enter(name) {
  for (const earlier of STAGES.slice(0, STAGES.indexOf(name))) mark(root, earlier, "done");
  mark(root, name, "current");
  $("[data-says]").textContent = words[name];
}

const watch = (name) => ({
  onProgress: ({ stage }) => {
    $("[data-pin-note]").hidden = stage !== "pin";
    $("[data-says]").textContent = stage === "pin" ? words.pin : words[name];
  },
});

async function run() {
  trouble.hide();
  const page = by() === "page";
  let there;
  try {
    there = await state();
    if (there.state === "open" && config.mode === "codes" && codesMissing()) return;
    if (page && (await passwordWrong())) return;
  } catch (error) {
    trouble.show(error);
    return;
  }
  $("[data-start]").disabled = true;
  $("#ask-card").hidden = true;
  $("#run-card").hidden = false;
  $("[data-retry-row]").hidden = true;
  $("#run-title").textContent = words.running;
  $("#run-title").focus();
  for (const name of STAGES) mark(root, name, "waiting");
  try {
    if (there.state === "verified") return location.assign(config.done);
    if (there.state === "over" || there.state === "waiting") throw new PageError("ORDER_ENDED", words.over, words.overCure);
    await (page ? inPage(there) : byBridge(there));
  } catch (error) {
    stop(error);
  }
}

async function issued(there) {
  enter("issue");
  const ends = Date.now() + CA_PATIENCE_MS;
  for (;;) {
    if (there.over === "spent") throw new PageError("CODES_SPENT", words.spent, words.spentCure);
    if (there.state === "over") throw new PageError("ORDER_ENDED", words.over, words.overCure);
    if (there.state !== "requested") return there;
    if (Date.now() > ends) throw new PageError("CA_SLOW", words.slow, words.slowCure);
    await wait(POLL_MS);
    there = await state();
  }
}

// The bridge speaks of keys; here it is about a file, and the computer that it was begun on.
function ofFiles(error) {
  if (!(error instanceof BridgeError)) return error;
  const elsewhere = ["CERT_KEY_MISMATCH", "CERT_NOT_FOUND"].includes(error.code);
  return elsewhere ? new PageError(error.code, words.keyElsewhere, words.keyElsewhereCure) : error;
}

function stop(error) {
  $("[data-pin-note]").hidden = true;
  const failed = root.querySelector("#run-card .run__stage--current");
  if (failed) mark(root, failed.dataset.stageName, "failed", words.failed);
  $("[data-says]").textContent = "";
  $("#run-title").textContent = words.paused;
  const typed = error instanceof HallError && (error.code.startsWith("file_download.") || error.status === 422);
  if (typed || error.code === "PASSWORD") {
    $("#ask-card").hidden = false; // what was typed still stands there
    $("#run-card").hidden = true;
  } else {
    $("[data-retry-row]").hidden = false;
  }
  $("[data-start]").disabled = false;
  trouble.show(error instanceof HallError && [401, 403, 404].includes(error.status)
    ? new PageError(error.code, words.refused, error.message || words.reload)
    : ofFiles(error));
}

// --- by the bridge ----------------------------------------------------------------------------------------------------

async function meet() {
  if (!bridge?.connected) {
    bridge?.close();
    const { bridge: url, bridgeVersion: minBridgeVersion, protocol } = config;
    bridge = await connect({ url, minBridgeVersion, protocol });
  }
  meetSimulator(root, bridge.info);
  const { key, certificates } = await bridge.certList({ store: "file" });
  store = key.keySerial;
  return certificates;
}

async function byBridge(there) {
  enter("vouch");
  const held = await meet();
  if (there.state === "open") there = config.mode === "codes" ? await withCodes() : await withOld(there, held);
  there = await issued(there);
  const { txn, new: made, file } = there;
  enter("make");
  await bridge.importSign({ keySerial: store, txn, certificate: made.signing }, watch("make"));
  enter("save");
  await bridge.saveFile({ keySerial: store, txn, fileName: file.name }, watch("save"));
  const { challenge, action } = await ask(config.challenge, config.csrf, { purpose: "install" });
  const proof = await bridge.installVerify({ keySerial: store, txn, challenge, action, encryption: "none" }, watch("save"));
  await ask(config.verify, config.csrf, { challenge, signature: proof.signature });
  finish();
}

async function withCodes() {
  const there = await ask(config.codes, config.csrf, codes());
  enter("generate");
  const { txn, algorithm, subject, file } = there;
  const wanted = { keySerial: store, txn, algorithm, subject, passwordDigits: file.digits };
  const { csr } = await bridge.genCsr(wanted, watch("generate"));
  return ask(config.request, config.csrf, { ...codes(), csr });
}

// RULES B5: the old file vouches for the new one.
async function withOld(there, held) {
  if (!held.some((each) => each.fingerprint === there.old && each.state === "current")) {
    throw new PageError("CERT_NOT_FOUND", words.oldMissing, words.oldMissingCure);
  }
  const { txn, algorithm, subject, file, old } = await ask(config.begin, config.csrf, {});
  enter("generate");
  const wanted = { keySerial: store, txn, algorithm, replaces: old, passwordDigits: file.digits };
  if (subject) wanted.subject = subject; // the holder is called otherwise now
  const { csr } = await bridge.genCsr(wanted, watch("generate"));
  const { challenge, action } = await ask(config.challenge, config.csrf, { purpose: "rekey", csr });
  const proof = await bridge.authSign({ keySerial: store, fingerprint: old, challenge, txn, action }, watch("generate"));
  return ask(config.vouched, config.csrf, { csr, challenge, signature: proof.signature });
}

// --- in this page -----------------------------------------------------------------------------------------------------

async function inPage(there) {
  const { makePfx, makeRequest, WrongKey, WrongPassword } = await import("./pfx.js");
  const password = document.getElementById("password").value;
  enter("vouch");
  if (there.state === "open") {
    there = await ask(config.codes, config.csrf, codes());
    enter("generate");
    const made = await makeRequest(there.subject, password);
    await kept.keep({ item: config.item, ...made }).catch(() => {
      throw new PageError("NO_STORE", words.storeOff, words.storeOffCure);
    });
    there = await ask(config.request, config.csrf, { ...codes(), csr: made.csr });
  }
  there = await issued(there);
  enter("make");
  const found = await kept.find(config.item);
  if (!found?.key) throw new PageError("KEY_ELSEWHERE", words.keyElsewhere, words.keyElsewhereCure);
  const name = there.file.name.replace(/\.pfx$/, "");
  try {
    pfx = await makePfx({ key: found.key, certificate: there.new.signing, password, name });
  } catch (error) {
    if (error instanceof WrongPassword) throw new PageError("PASSWORD", words.passwordOther, words.passwordOtherCure);
    if (error instanceof WrongKey) throw new PageError("KEY_WRONG", words.keyWrong, words.keyWrongCure);
    throw error;
  }
  await kept.keep({ item: config.item, key: found.key, pfx, fileName: there.file.name });
  enter("save");
  $("[data-says]").textContent = words.saveHere;
  $("#save-card").hidden = false;
  $("#save-title").focus();
  save();
}

async function save() {
  const found = await kept.find(config.item);
  kept.download(found.pfx, found.fileName);
  $("[data-saved]").disabled = false;
}

async function saved() {
  try {
    await ask(config.saved, config.csrf, {});
    finish();
  } catch (error) {
    trouble.show(error);
  }
}

function finish() {
  for (const name of STAGES) mark(root, name, "done");
  $("[data-says]").textContent = words.finished;
  for (const id of ["password", "password-again"]) {
    const field = document.getElementById(id);
    if (field) field.value = "";
  }
  location.assign(config.done);
}

// --- once more, within the day ----------------------------------------------------------------------------------------

async function saveAgain(button) {
  button.disabled = true;
  trouble.hide();
  try {
    const found = await kept.find(config.item).catch(() => undefined);
    if (found?.pfx) {
      kept.download(found.pfx, found.fileName);
    } else if (config.by.includes("bridge")) {
      const { txn, file, new: made } = await state();
      await meet();
      const { certificates } = await bridge.certList({ store: "file" });
      if (!certificates.some((each) => each.fingerprint === made?.fingerprint)) {
        throw new PageError("NOTHING_KEPT", words.nothingKept, words.nothingKeptCure);
      }
      await bridge.saveFile({ keySerial: store, txn, fileName: file.name });
    } else {
      throw new PageError("NOTHING_KEPT", words.nothingKept, words.nothingKeptCure);
    }
    $("[data-says]").textContent = words.savedAgain;
    say(words.savedAgain);
  } catch (error) {
    trouble.show(ofFiles(error));
  } finally {
    button.disabled = false;
  }
}

// --- wiring -----------------------------------------------------------------------------------------------------------

async function showWay() {
  const place = $("[data-page-only]");
  if (!place) return;
  place.hidden = by() !== "page";
  // A key that waits here for its certificate has its password already: asked for once, to open it.
  const waiting = root.dataset.state !== "open" && (await kept.find(config.item).catch(() => undefined));
  $("[data-again]").hidden = Boolean(waiting);
}

root.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.matches("[data-start]")) run();
  else if (button.matches("[data-retry]")) again();
  else if (button.matches("[data-save]")) save();
  else if (button.matches("[data-saved]")) saved();
  else if (button.matches("[data-save-again]")) saveAgain(button);
});

function again() {
  if ($("#save-card").hidden) run();
  else saved();
}

root.addEventListener("change", (event) => {
  if (event.target.matches("[data-way]")) showWay();
});
addEventListener("pagehide", () => bridge?.close());

// Where this browser holds the key of a download that was begun, it goes on here.
async function begin() {
  await kept.tidy().catch(() => {});
  const found = await kept.find(config.item).catch(() => undefined);
  const page = $("[data-way][value=page]");
  if (found?.key && page && root.dataset.state !== "open") page.checked = true;
  await showWay();
  for (const button of root.querySelectorAll("[data-start], [data-save-again]")) button.disabled = false;
}
begin();
