// What every page needs: dialogs, menus, copying, double submits, the error summary. No framework, nothing inline.
import { watchDrafts } from "./autosave.js";
import { watchFileDrops } from "./files.js";
import { word } from "./words.js";

// Dialogs: <button data-dialog-open="id">, <button data-dialog-close>; Escape and focus are the browser's.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog-open]");
  if (opener) {
    document.getElementById(opener.dataset.dialogOpen)?.showModal();
    return;
  }
  if (event.target.closest("[data-dialog-close]")) {
    event.target.closest("dialog")?.close();
  } else if (event.target instanceof HTMLDialogElement && isOutside(event)) {
    event.target.close();
  }
});

function isOutside(event) {
  const box = event.target.getBoundingClientRect();
  return event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
}

// Menus: one open at a time, closed by Escape and by a click elsewhere.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// Copying: <button data-copy="…"><span data-copy-text>复制</span></button>
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const text = button.querySelector("[data-copy-text]") ?? button;
  const before = text.textContent;
  text.textContent = word((await copied(button.dataset.copy)) ? "copied" : "copy_by_hand");
  say(text.textContent);
  setTimeout(() => (text.textContent = before), 2500);
});

async function copied(value) {
  try {
    await navigator.clipboard.writeText(value);
    return true;
  } catch {
    return false; // no permission, or not a secure context
  }
}

// A polite line for screen readers.
export function say(sentence) {
  let region = document.getElementById("announcer");
  if (!region) {
    region = Object.assign(document.createElement("div"), { id: "announcer", className: "visually-hidden" });
    region.setAttribute("role", "status");
    document.body.append(region);
  }
  region.textContent = sentence;
}

// Busy buttons: a form goes out once; coming back with the browser's button frees it again.
// A form whose answer is a file, which leaves the page standing, says data-many.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  if (event.defaultPrevented || form.method === "dialog" || form.matches("[hx-post], [target], [data-many]")) return;
  if (form.method !== "post") return;
  form.dataset.sent = "1";
  const button = event.submitter;
  if (button) setTimeout(() => busy(button, true)); // after the browser has read the button's value
});

export function busy(button, on) {
  button.toggleAttribute("disabled", on);
  on ? button.setAttribute("aria-busy", "true") : button.removeAttribute("aria-busy");
}

addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  for (const button of document.querySelectorAll("[aria-busy=true]")) busy(button, false);
});

document.addEventListener("htmx:beforeRequest", (event) => setHtmxBusy(event, true));
document.addEventListener("htmx:afterRequest", (event) => setHtmxBusy(event, false));

function setHtmxBusy(event, on) {
  const trigger = event.detail.requestConfig?.triggeringEvent?.submitter ?? event.detail.elt;
  if (trigger instanceof HTMLButtonElement) busy(trigger, on);
}

// Network gone while htmx asked: say so where refusals are said.
document.addEventListener("htmx:sendError", () => say(word("offline")));

// The error summary takes the focus, and the title says it first.
function meetErrors(root) {
  const summary = root.querySelector?.("[data-error-summary]");
  if (!summary) return;
  const title = `${word("errors_title")} · `;
  if (!document.title.startsWith(title)) document.title = title + document.title;
  summary.focus();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-error-summary] a[href^='#']");
  const control = link && document.getElementById(decodeURIComponent(link.hash.slice(1)));
  if (!control) return;
  event.preventDefault();
  (control.closest(".field") ?? control).scrollIntoView({ block: "center" });
  control.focus({ preventScroll: true });
});

// Dialogs that the server wants open at once (RULES A3).
function openWanted(root) {
  root.querySelector?.("dialog[data-open-now]:not([open])")?.showModal();
}

function settle(root) {
  meetErrors(root);
  openWanted(root);
  watchDrafts(root);
  watchFileDrops(root);
}

settle(document);
document.addEventListener("htmx:afterSwap", (event) => settle(event.detail.target));
