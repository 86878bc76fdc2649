// A review sheet is saved while it is filled; without this there is the button. The
// print button appears where it works.
(() => {
  "use strict";
  for (const b of document.querySelectorAll("[data-print]")) {
    b.hidden = false;
    b.addEventListener("click", () => print());
  }
  const form = document.querySelector("form[data-autosave]");
  if (!form) return;
  const said = document.getElementById("saved");
  let timer, running = false, again = false, stopped = false;
  async function save() {
    if (running) { again = true; return; }
    if (stopped) return;
    running = true;
    try {
      const body = new URLSearchParams(new FormData(form));
      const r = await fetch(form.dataset.autosave, { method: "POST", body, headers: { "Accept": "text/plain" } });
      const rev = r.ok && r.headers.get("X-Rev");
      if (rev) {
        form.elements.rev.value = rev;
        said.textContent = form.dataset.saved;
      } else {
        stopped = true; // somebody else saved: only a reload helps
        said.textContent = form.dataset.failed;
      }
    } catch {
      said.textContent = form.dataset.failed;
    }
    running = false;
    if (again) { again = false; save(); }
  }
  form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(save, 1500); });
  form.addEventListener("submit", () => { clearTimeout(timer); stopped = true; });
})();
