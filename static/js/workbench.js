// The workbench's keys: j k lines, 1–3 a suggestion, Enter or a accepts it, s split, u undo, / search. Each is also a
// link or a button of the page. And the sum of a split while one types; the ledger counts again.
const proposals = () => [...document.querySelectorAll("[data-proposal]")];

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return;
  if (event.target.closest("input, select, textarea, dialog, [contenteditable]")) return;
  if (event.key === "Enter" && event.target.closest("a, button, summary")) return;
  const keys = { j: () => turn("j"), k: () => turn("k"), a: accept, Enter: accept, s: split, u: undo };
  for (const n of ["1", "2", "3"]) keys[n] = () => choose(n);
  const action = keys[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});

function turn(key) {
  document.querySelector(`[data-turn="${key}"]`)?.click();
}

function choose(n) {
  const next = document.querySelector(`[data-proposal="${n}"]`);
  if (!next) return;
  for (const one of proposals()) one.toggleAttribute("data-current", one === next);
  next.querySelector("button[type=submit]")?.focus();
  next.scrollIntoView({ block: "nearest" });
}

function accept() {
  document.querySelector("[data-proposal][data-current] button[type=submit]")?.click();
}

function split() {
  const part = document.getElementById("split");
  if (!part) return;
  part.open = true;
  part.querySelector(".bench__split input")?.focus();
}

function undo() {
  const part = document.querySelector("[data-undo]");
  if (!part) return;
  part.open = true;
  part.querySelector("input[name=reason]")?.focus();
}

const form = document.querySelector("#split form");
const said = document.querySelector("[data-balance]");
const plain = said?.textContent;

// Fen as whole numbers, read like the ledger reads them; null for what isn't an amount.
function fen(text) {
  const found = /^¥?(\d{1,3}(?:,\d{3})+|\d{1,16})(?:\.(\d{1,2}))?$/.exec(text.trim());
  return found ? Number(found[1].replaceAll(",", "")) * 100 + Number((found[2] ?? "").padEnd(2, "0")) : null;
}

form?.addEventListener("input", () => {
  const amounts = [...form.querySelectorAll("[name^=amount_], [name=rest]")].filter((field) => field.value.trim());
  const parts = amounts.map((field) => fen(field.value));
  const lines = [...form.querySelectorAll("[data-fen]:checked")].map((box) => Number(box.dataset.fen));
  const left = lines.reduce((sum, one) => sum + one, Number(form.dataset.total)) - parts.reduce((sum, one) => sum + (one ?? 0), 0);
  const yuan = `${left < 0 ? "−" : ""}¥${(Math.abs(left) / 100).toFixed(2)}`;
  said.textContent = amounts.length ? `${plain} · ${left ? yuan : "✓"}` : plain;
  said.toggleAttribute("data-even", amounts.length > 0 && left === 0 && !parts.includes(null));
});
