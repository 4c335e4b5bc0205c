import { word } from "./words.js";

// Drafts: <form data-autosave-url="…"> is posted a moment after the last change, without being submitted.
// <p data-autosave-status> says 已保存 hh:mm or 未保存; what could not be sent waits in this tab's sessionStorage.
// One-time codes, passwords, files and [data-no-draft] are never part of a draft.
const PAUSE = 1200;
const RETRY = 15000;

export function watchDrafts(root) {
  const forms = root.querySelectorAll?.("form[data-autosave-url]:not([data-autosave-on])") ?? [];
  for (const form of forms) new Draft(form);
  for (const arrived of root.querySelectorAll?.("[data-draft-sent]") ?? []) {
    sessionStorage.removeItem(`draft:${arrived.dataset.draftSent}`);
  }
}

class Draft {
  constructor(form) {
    this.form = form;
    this.form.dataset.autosaveOn = "";
    this.key = `draft:${form.dataset.autosaveUrl}`;
    this.status = document.querySelector(form.dataset.autosaveStatus ?? "[data-autosave-status]");
    this.sent = this.serialise();
    this.restore();
    form.addEventListener("input", () => this.later(PAUSE));
    form.addEventListener("change", () => this.later(PAUSE));
    form.addEventListener("submit", (event) => this.leave(event.submitter));
    addEventListener("pagehide", () => this.lastChance());
    addEventListener("online", () => this.save());
    addEventListener("beforeunload", (event) => {
      if (!this.left && this.failed) event.preventDefault(); // the browser asks whether to leave
    });
  }

  later(delay) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), delay);
  }

  async save() {
    const body = this.serialise();
    if (body === this.sent || this.saving || this.left) return;
    this.saving = true;
    this.show("saving", word("saving"));
    try {
      const response = await fetch(this.form.dataset.autosaveUrl, {
        method: "POST",
        body,
        headers: this.headers(),
        credentials: "same-origin",
      });
      if (!response.ok) throw new Error(String(response.status));
      this.sent = body;
      this.failed = false;
      sessionStorage.removeItem(this.key);
      this.show("saved", word("saved", { time: new Date().toTimeString().slice(0, 5) }));
    } catch (error) {
      this.failed = true;
      this.keep(body);
      this.show("failed", word(error.message === "401" ? "signed_out" : "not_saved"));
      this.later(RETRY);
    } finally {
      this.saving = false;
      if (!this.failed && this.serialise() !== this.sent) this.later(PAUSE);
    }
  }

  headers() {
    const token = this.form.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
    return { "Content-Type": "application/x-www-form-urlencoded", "X-CSRFToken": token, Accept: "application/json" };
  }

  serialise() {
    const data = new URLSearchParams();
    for (const [name, value] of new FormData(this.form)) {
      if (typeof value === "string" && name !== "csrfmiddlewaretoken" && !this.isPrivate(name)) data.append(name, value);
    }
    return data.toString();
  }

  isPrivate(name) {
    const control = this.form.elements.namedItem(name);
    return control instanceof Element && control.matches("[type=password], [autocomplete=one-time-code], [data-no-draft]");
  }

  keep(body) {
    try {
      sessionStorage.setItem(this.key, body);
    } catch {
      // storage full or switched off: the page itself still holds the text
    }
  }

  // What was typed while the server could not be reached comes back after a reload.
  restore() {
    const kept = sessionStorage.getItem(this.key);
    if (!kept || kept === this.sent) return;
    const data = new URLSearchParams(kept);
    for (const control of this.form.elements) {
      if (!control.name || !data.has(control.name) || this.isPrivate(control.name)) continue;
      if (control.type === "checkbox" || control.type === "radio") {
        control.checked = data.getAll(control.name).includes(control.value);
      } else if (control.type !== "hidden" && control.type !== "file") {
        control.value = data.get(control.name);
      }
    }
    this.later(PAUSE);
  }

  // Sent: what was typed waits in this tab until a page says that it has arrived (a sign-in may come between).
  // A button of name "do" brings this page back with other values: the old ones may not come back over them.
  leave(submitter) {
    this.left = true;
    clearTimeout(this.timer);
    if (submitter?.name === "do") sessionStorage.removeItem(this.key);
    else this.keep(this.serialise());
  }

  lastChance() {
    const body = this.serialise();
    if (this.left || body === this.sent) return;
    this.keep(body);
    fetch(this.form.dataset.autosaveUrl, { method: "POST", body, headers: this.headers(), keepalive: true }).catch(() => {});
  }

  show(state, words) {
    if (!this.status) return;
    this.status.dataset.state = state;
    this.status.textContent = words;
  }
}
