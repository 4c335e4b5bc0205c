// What the pages that talk to the bridge share: JSON to and from the hall, refusals with their cures, marks of a run.
import { describe } from "./bridge.js";

export const read = (id) => JSON.parse(document.getElementById(id).textContent);

/** A refusal of the hall itself, already in words. `status` 0: no answer at all. */
export class HallError extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Our own refusal, in the page's words: {happened, cure}. */
export class PageError extends Error {
  constructor(code, happened, cure) {
    super(happened);
    this.code = code;
    this.happened = happened;
    this.cure = cure;
  }
}

export async function ask(url, csrf, body) {
  const settings = { credentials: "same-origin", cache: "no-store", headers: { Accept: "application/json" } };
  if (body !== undefined) {
    settings.method = "POST";
    settings.headers["Content-Type"] = "application/json";
    settings.headers["X-CSRFToken"] = csrf;
    settings.body = JSON.stringify(body);
  }
  let response;
  let answer = {};
  try {
    response = await fetch(url, settings);
  } catch (error) {
    throw new HallError(0, "LOST", String(error));
  }
  try {
    answer = await response.json();
  } catch {
    // an answer without JSON says as much as its status
  }
  if (!response.ok) throw new HallError(response.status, answer.error?.code ?? "", answer.error?.message ?? "");
  return answer;
}

/** The panel that says what went wrong and what to do; takes the focus, so that it is read out. */
export class Trouble {
  constructor(root, words) {
    this.root = root.querySelector("[data-trouble]");
    this.words = words;
  }

  hide() {
    this.root.hidden = true;
  }

  show(error) {
    const { happened, cure, code } = this.say(error);
    this.root.querySelector("[data-happened]").textContent = happened;
    this.root.querySelector("[data-cure]").textContent = cure;
    this.root.querySelector("[data-code]").textContent = code;
    this.root.hidden = false;
    this.root.querySelector("[role=alert]").focus();
    this.root.scrollIntoView({ block: "center", behavior: "smooth" });
  }

  say(error) {
    if (error instanceof PageError) return error;
    if (!(error instanceof HallError)) return describe(error, this.words.bridge);
    if (error.status === 0) return { code: "LOST", happened: this.words.lost, cure: this.words.lostCure };
    return { code: error.code || `HTTP ${error.status}`, happened: this.words.refused, cure: error.message };
  }
}

/** The simulator's desk and PIN window are pages of their own; a real bridge names none. */
export function meetSimulator(root, info) {
  if (!info?.simulator) return;
  const place = root.querySelector("[data-simulator]");
  if (place) place.hidden = false;
  for (const [name, url] of [["[data-desk]", info.deskUrl], ["[data-pin-window]", info.pinUrl]]) {
    for (const link of root.querySelectorAll(name)) {
      link.hidden = !url;
      if (url) link.href = url;
    }
  }
}

// Marks of a run (ui/run.html): the server drew one of each in a <template>; a stage takes a copy.
export function mark(root, name, state, result = "") {
  const stage = root.querySelector(`[data-stage-name="${name}"]`);
  if (!stage) return;
  stage.className = `run__stage run__stage--${state}`;
  const sign = document.querySelector(`template[data-mark="${state}"]`)?.content.firstElementChild.cloneNode(true);
  if (sign) stage.firstElementChild.replaceWith(sign);
  stage.children[2].textContent = result;
}
