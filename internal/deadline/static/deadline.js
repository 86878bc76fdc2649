// A button that prints the page. Without a script there is the browser's own.
for (const b of document.querySelectorAll("[data-print]")) {
  b.hidden = false;
  b.addEventListener("click", () => print());
}
// A choice that needs no further word is sent at once.
for (const s of document.querySelectorAll("form[data-auto] select")) {
  s.addEventListener("change", () => s.form.requestSubmit());
}
