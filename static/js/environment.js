// The environment check: the bridge says what is on this computer, the hall says whether that is enough (RULES A5, B1).
import { BridgeError, connect } from "./bridge.js";
import { Trouble, ask, mark, meetSimulator, read } from "./hall.js";

const root = document.getElementById("environment");
const config = read("environment-config");
const words = read("environment-words");
const trouble = new Trouble(root, words);
const $ = (selector) => root.querySelector(selector);
const KINDS = { bridge: "bridge", driver: "driver", component: "component", one_key: "key", certificate: "certificate" };
const VERSIONED = new Set(["bridge", "driver", "component"]);

let bridge = null;
let busy = false;

async function meet() {
  if (bridge?.connected) return;
  bridge?.close();
  const { bridge: url, protocol } = config;
  bridge = await connect({ url, protocol });
  meetSimulator(root, bridge.info);
  bridge.on("key.inserted", () => check());
}

// One of the bridge's findings for each check of the rule pack; what it didn't speak of is left out.
function found(answer) {
  return config.checks.flatMap(({ name, what, component }) => {
    const said = answer.checks.find(
      (each) => each.check === KINDS[what] && (what !== "component" || each.name === component),
    );
    if (!said) return [];
    const { present, enabled } = said;
    return [{ name, present, enabled, found: said.found ?? "", error: said.error ?? "" }];
  });
}

async function check() {
  if (busy) return;
  busy = true;
  const button = $("[data-check]");
  button.disabled = true;
  trouble.hide();
  for (const { name } of config.checks) draw({ name, state: "current" });
  $("[data-check-says]").textContent = words.checking;
  try {
    await meet();
    const answer = await bridge.envCheck(config.question);
    show(await ask(config.report, config.csrf, { checks: found(answer) }));
  } catch (error) {
    if (error instanceof BridgeError && config.optional && (await without())) return;
    for (const { name } of config.checks) draw({ name, state: "waiting" });
    $("[data-check-says]").textContent = "";
    if (error instanceof BridgeError) reached(error);
    trouble.show(error);
  } finally {
    busy = false;
    button.disabled = false;
    button.textContent = words.again;
  }
}

// Nothing has to be there (RULES B7: the page can do it all): no bridge is an answer too.
async function without() {
  try {
    show(await ask(config.report, config.csrf, { checks: [] }));
    return true;
  } catch {
    return false;
  }
}

// No answer at all is an answer about the bridge itself.
function reached() {
  const first = config.checks.find(({ what }) => what === "bridge");
  if (first) draw({ name: first.name, state: "failed", result: words.failed, cure: true });
}

function show({ passed, checks, next }) {
  for (const one of checks) {
    const { what } = config.checks.find(({ name }) => name === one.name);
    const failed = one.mandatory ? words.failed : words.optional;
    const have = one.passed ? "" : words.why[one.why] ?? "";
    const version = VERSIONED.has(what) && one.found ? words.found.replace("%(found)s", one.found) : "";
    draw({
      name: one.name,
      state: one.passed ? "done" : "failed",
      result: one.passed ? words.passed : failed,
      found: [version, have].filter(Boolean).join("，"),
      cure: !one.passed,
    });
  }
  $("[data-check-says]").textContent = passed ? words.ready : words.notReady;
  $("[data-next-row]").hidden = !passed;
  $("[data-check]").classList.toggle("button--primary", !passed);
  if (passed) {
    const go = $("[data-next]");
    if (next) go.href = next;
    go.focus();
    $("[data-check]").hidden = true; // the step is done: nothing is left to check
    bridge?.close();
  }
}

function draw({ name, state, result = "", found: have = "", cure = false }) {
  mark(root, name, state, result);
  const stage = root.querySelector(`[data-stage-name="${name}"]`);
  stage.querySelector("[data-found]").textContent = have;
  stage.querySelector("[data-row-cure]").hidden = !cure;
}

$("[data-check]")?.addEventListener("click", check);
addEventListener("pagehide", () => bridge?.close());
if ($("[data-check]")) $("[data-check]").disabled = false; // until now a click would have been lost
