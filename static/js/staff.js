// Keys for workbenches: / search, j k rows, Enter open, [ ] pages, ? help. Never while typing.
const rows = () => [...document.querySelectorAll("main tr[data-href]")];

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target.closest("input, select, textarea, dialog, [contenteditable]")) return;
  const keys = { "/": search, "?": help, "[": () => turn(1), "]": () => turn(2) };
  if (rows().length) Object.assign(keys, { j: () => move(1), k: () => move(-1) }); // else they are the page's own
  const action = keys[event.key];
  if (action) {
    event.preventDefault();
    action();
  }
});

function search() {
  document.querySelector("main input[type=search]")?.focus();
}

function help() {
  document.getElementById("keys")?.showModal();
}

// The row's own link takes the focus, so Enter, screen readers and the browser agree about where we are.
function move(step) {
  const all = rows();
  const now = all.findIndex((row) => row.hasAttribute("data-selected"));
  const next = all[Math.min(all.length - 1, Math.max(0, now + step))];
  for (const row of all) row.toggleAttribute("data-selected", row === next);
  next.querySelector("a, button")?.focus();
  next.scrollIntoView({ block: "nearest" });
}

function turn(position) {
  document.querySelectorAll(".pagination li")[position]?.querySelector("a")?.click();
}

// A click on the row is a click on its link, unless it was meant for something in it or for selecting text.
document.addEventListener("click", (event) => {
  const row = event.target.closest?.("main tr[data-href]");
  if (!row || event.target.closest("a, button, input, label, summary") || String(getSelection())) return;
  location.assign(row.dataset.href);
});
