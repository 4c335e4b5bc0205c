import { word } from "./words.js";

// File surfaces: shows what was chosen, and where it is over the limit, before anything is sent.
export function watchFileDrops(root) {
  for (const drop of root.querySelectorAll?.("[data-file-drop]:not([data-on])") ?? []) {
    drop.dataset.on = "";
    const input = drop.querySelector("input[type=file]");
    const surface = drop.querySelector(".file-drop");
    input.addEventListener("change", () => list(drop, input));
    for (const kind of ["dragenter", "dragover"]) surface.addEventListener(kind, () => (surface.dataset.over = ""));
    for (const kind of ["dragleave", "drop"]) surface.addEventListener(kind, () => delete surface.dataset.over);
  }
}

function list(drop, input) {
  const rows = drop.querySelector("[data-file-list]");
  const limit = Number(input.dataset.maxBytes ?? 0);
  rows.replaceChildren(
    ...Array.from(input.files, (file) => {
      const row = document.createElement("li");
      const name = Object.assign(document.createElement("span"), { className: "file-list__name", textContent: file.name });
      const size = Object.assign(document.createElement("span"), { className: "faint num", textContent: sizeOf(file.size) });
      row.append(name, size);
      if (limit && file.size > limit) {
        const textContent = word("file_too_large", { limit: sizeOf(limit) });
        row.append(Object.assign(document.createElement("span"), { className: "text-danger small", textContent }));
      }
      return row;
    }),
  );
  rows.hidden = input.files.length === 0;
}

function sizeOf(bytes) {
  return bytes < 1048576 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / 1048576).toFixed(1)} MB`;
}
