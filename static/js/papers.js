// Papers: a chosen file goes off at once, with whatever else was chosen; without a script the button does it.
const form = document.querySelector("[data-papers]");

form?.addEventListener("change", (event) => {
  const input = event.target;
  if (input.type !== "file" || input.files.length === 0) return;
  const limit = Number(input.dataset.maxBytes ?? 0);
  if (limit && input.files[0].size > limit) return; // said beside it already
  const button = input.closest(".paper").querySelector("button[value^='upload:']");
  form.requestSubmit(button);
});
