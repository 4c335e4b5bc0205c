// The review screen: keys, pages that zoom and turn, marks that are saved as they are made, a lease that lasts while
// somebody works. Everything here is also a link or a button of the page.
import { say } from "./app.js";
import { word } from "./words.js";

const SCALES = [50, 75, 100, 150, 200, 300];
const BEAT = 60_000;
const SAVE_AFTER = 600;
const viewer = document.getElementById("viewer");
const form = document.getElementById("decide");
const sheets = [...document.querySelectorAll("[data-sheet]")];
let current = sheets[0] ?? null;

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
  if (event.target.closest("input:not([type=radio], [type=checkbox]), select, textarea, dialog, [contenteditable]")) return;
  const inChoice = event.target.matches("input");
  const keys = { j: () => step(1), k: () => step(-1), a: accept, r: giveBack, g: toButtons, o: turn };
  if (!inChoice) Object.assign(keys, { ArrowRight: () => turnPage(1), ArrowLeft: () => turnPage(-1) });
  Object.assign(keys, { "+": () => zoom(1), "=": () => zoom(1), "-": () => zoom(-1) });
  const press = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  const action = press ? () => press.click() : viewer && keys[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});

// -- papers and pages -------------------------------------------------------------------------------------------------

function show(sheet, { scroll = true } = {}) {
  if (!sheet) return;
  current = sheet;
  if (scroll) scrollWithin(sheet);
  for (const link of document.querySelectorAll("[data-sheet-link]")) {
    link.toggleAttribute("aria-current", false);
    if (link.dataset.sheetLink === sheet.dataset.sheet) link.setAttribute("aria-current", "true");
  }
  for (const mark of document.querySelectorAll(".mark[data-paper]")) {
    mark.toggleAttribute("data-current", mark.dataset.paper === sheet.dataset.sheet);
  }
}

// The viewer scrolls, not the page, where it stands beside the form.
function scrollWithin(element) {
  if (viewer.scrollHeight > viewer.clientHeight) {
    viewer.scrollTop += element.getBoundingClientRect().top - viewer.getBoundingClientRect().top;
  } else {
    element.scrollIntoView({ block: "start" });
  }
}

function step(by) {
  const next = sheets[sheets.indexOf(current) + by];
  show(next);
  markOf(next)?.scrollIntoView({ block: "nearest" });
  if (next) say(next.querySelector(".sheet__title").textContent.trim());
}

function pages() {
  return [...document.querySelectorAll(".sheet__page")];
}

function pageShown() {
  const top = viewer.getBoundingClientRect().top;
  return pages().findLastIndex((page) => page.getBoundingClientRect().top <= top + 80);
}

function turnPage(by) {
  const all = pages();
  const next = all[Math.min(all.length - 1, Math.max(0, pageShown() + by))];
  if (!next) return;
  scrollWithin(next);
  show(next.closest("[data-sheet]"), { scroll: false });
}

function zoom(by) {
  const now = SCALES.indexOf(Number(viewer.dataset.scale));
  const scale = SCALES[Math.min(SCALES.length - 1, Math.max(0, now + by))];
  viewer.dataset.scale = String(scale);
  document.querySelector("[data-zoom-shown]").textContent = `${scale}%`;
}

function turn() {
  const page = pages()[Math.max(0, pageShown())];
  if (page) page.dataset.turned = String(((Number(page.dataset.turned) || 0) + 90) % 360);
}

document.addEventListener("click", (event) => {
  const zooming = event.target.closest("[data-zoom]");
  if (zooming) zoom(Number(zooming.dataset.zoom));
  if (event.target.closest("[data-turn]")) turn();
  const link = event.target.closest("a[href^='#sheet-']");
  const sheet = link && document.getElementById(link.hash.slice(1));
  if (sheet && viewer) {
    event.preventDefault();
    show(sheet);
  }
});

viewer?.addEventListener("scroll", () => {
  const top = viewer.getBoundingClientRect().top;
  const seen = sheets.findLast((sheet) => sheet.getBoundingClientRect().top <= top + 80);
  if (seen && seen !== current) show(seen, { scroll: false });
});

// -- marks ------------------------------------------------------------------------------------------------------------

const markOf = (sheet) => sheet && document.querySelector(`.mark[data-paper="${CSS.escape(sheet.dataset.sheet)}"]`);
const choice = (mark, value) => mark?.querySelector(`input[value="${value}"]:not(:disabled)`);

function accept() {
  const radio = choice(markOf(current), "accept");
  if (!radio) return;
  radio.checked = true;
  changed(radio);
  const undecided = firstUndecided();
  if (undecided) show(undecided);
  else toButtons();
}

function firstUndecided() {
  return sheets.find((sheet) => choice(markOf(sheet), "accept") && !markOf(sheet).querySelector("input:checked"));
}

function giveBack() {
  const radio = choice(markOf(current), "return");
  if (!radio) return;
  radio.checked = true;
  changed(radio);
  markOf(current).querySelector("select").focus();
}

function toButtons() {
  const returned = form?.querySelector(".mark input[value=return]:checked");
  form?.querySelector(`button[value=${returned ? "return" : "approve"}]:not(:disabled)`)?.focus();
}

function changed(control) {
  const mark = control.closest(".mark");
  const verdict = mark?.querySelector("input:checked")?.value ?? "";
  mark?.classList.toggle("mark--accept", verdict === "accept");
  mark?.classList.toggle("mark--return", verdict === "return");
  if (mark && control.matches("select") && control.value) {
    const back = choice(mark, "return");
    if (back && !back.checked) {
      back.checked = true;
      changed(back);
    }
  }
  if (control.matches("select")) wordsFor(control);
  saveSoon();
}

function wordsFor(select) {
  const words = select.selectedOptions[0]?.dataset.words ?? "";
  const line = select.parentElement.querySelector("[data-words-for]");
  if (line) line.textContent = words ? word("customer_reads", { words }) : "";
}

form?.addEventListener("change", (event) => changed(event.target));
form?.addEventListener("input", (event) => event.target.matches("input:not([type=radio], [type=checkbox])") && saveSoon());

let waiting = 0;
let saving = Promise.resolve();

function saveSoon() {
  if (!form?.dataset.marks) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => (saving = saving.then(save)), SAVE_AFTER);
}

async function save() {
  if (form.dataset.sent) return; // the form itself is on its way
  tell(word("saving"));
  await ask(form.dataset.marks, () => tell(word("saved", { time: clock() })));
}

function tell(sentence) {
  const line = form.querySelector("[data-save-state]");
  if (line) line.textContent = sentence;
}

const clock = () => new Date().toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", hour12: false });

// -- the lease --------------------------------------------------------------------------------------------------------

let worked = false;
for (const kind of ["pointerdown", "keydown", "wheel", "pointermove"]) {
  document.addEventListener(kind, () => (worked = true), { passive: true });
}

if (form?.dataset.heartbeat) {
  setInterval(() => {
    if (!worked || document.hidden) return;
    worked = false;
    ask(form.dataset.heartbeat, () => {});
  }, BEAT);
}

async function ask(url, done) {
  try {
    const answer = await fetch(url, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" } });
    const said = await answer.json();
    if (answer.ok) {
      for (const shown of document.querySelectorAll("[data-lease-until]")) shown.textContent = said.until;
      done();
    } else {
      lost(said.message ?? word("not_saved"));
    }
  } catch {
    tell(word("not_saved"));
  }
}

function lost(sentence) {
  const place = document.getElementById("page-lease");
  const line = Object.assign(document.createElement("p"), { className: "lease__lost", textContent: sentence });
  line.setAttribute("role", "alert");
  place?.replaceChildren(line);
  tell("");
}

// -- beginning --------------------------------------------------------------------------------------------------------

document.querySelector("[data-viewer-tools]")?.removeAttribute("hidden");
for (const select of form?.querySelectorAll("select") ?? []) wordsFor(select);
if (viewer) {
  document.body.classList.add("review-scripted");
  const named = location.hash.startsWith("#sheet-") && document.getElementById(location.hash.slice(1));
  show(named || sheets[0], { scroll: Boolean(named) });
}
