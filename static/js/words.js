// The sentences of the scripts, from the page's <script type="application/json" id="script-words">.
const words = JSON.parse(document.getElementById("script-words")?.textContent ?? "{}");

export function word(key, params = {}) {
  return (words[key] ?? key).replace(/\{(\w+)\}/g, (_whole, name) => params[name] ?? "");
}
