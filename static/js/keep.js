// <form data-keep>: what was typed waits in this tab while its owner is signed out for being idle, and comes back
// after signing in. Never passwords, codes, files or hidden fields; for two hours; gone with the tab.
const LIFETIME = 2 * 3600 * 1000;
const SIGN_IN = /\/staff\/(sign-in|second-factor)\//;

const keepable = (control) =>
  control.name &&
  !["password", "file", "hidden", "submit", "button"].includes(control.type) &&
  control.autocomplete !== "one-time-code";

document.querySelectorAll("form[data-keep]").forEach((form, index) => {
  const key = `keep:${location.pathname}:${index}`;
  const controls = [...form.elements].filter(keepable);
  if (SIGN_IN.test(document.referrer)) restore(controls, read(key));
  else if (!form.querySelector(".field--error")) sessionStorage.removeItem(key);
  form.addEventListener("input", () => {
    const values = controls.map((control) => (isTick(control) ? control.checked : control.value));
    sessionStorage.setItem(key, JSON.stringify({ at: Date.now(), values }));
  });
});

function isTick(control) {
  return control.type === "checkbox" || control.type === "radio";
}

function read(key) {
  try {
    const kept = JSON.parse(sessionStorage.getItem(key));
    return kept && Date.now() - kept.at < LIFETIME ? kept.values : null;
  } catch {
    return null;
  }
}

function restore(controls, values) {
  if (values?.length !== controls.length) return;
  controls.forEach((control, position) => {
    if (isTick(control)) control.checked = values[position];
    else control.value = values[position];
  });
}
