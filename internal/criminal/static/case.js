// The pages of a case: an act is checked while it is typed, a kind of act is chosen
// with the keyboard. Everything here works without it too, with one more step.
(() => {
  "use strict";
  const $ = (sel, from = document) => from.querySelector(sel);
  const all = (sel, from = document) => [...from.querySelectorAll(sel)];

  for (const b of all("[data-print]")) {
    b.hidden = false;
    b.addEventListener("click", () => print());
  }

  // ---- the live check: the form is sent as it stands, the answer is shown beside it

  for (const form of all("form[data-check]")) {
    const into = $(form.dataset.checkInto);
    let timer, last = "", round = 0;
    async function check() {
      const body = new URLSearchParams(new FormData(form));
      body.delete("sure");
      if (String(body) === last) return;
      last = String(body);
      const mine = ++round;
      try {
        const r = await fetch(form.dataset.check, { method: "POST", body, headers: { "HX-Request": "true" } });
        const text = await r.text();
        if (mine !== round || !r.ok) return;
        // A yes holds as long as what it was said to is the same.
        const said = () => all(".finding", into).map((f) => f.textContent).join();
        const yes = $("#sure", into)?.checked && said(), here = document.activeElement?.id === "sure";
        into.innerHTML = text; // our own server's, rendered with every value escaped
        const sure = $("#sure", into);
        if (sure && yes === said()) sure.checked = true;
        if (sure && here) sure.focus();
      } catch { /* the check comes again when the form is sent */ }
    }
    const soon = () => { clearTimeout(timer); timer = setTimeout(check, 250); };
    form.addEventListener("input", soon);
    form.addEventListener("change", soon);
    if (!$(".error-summary, #sure")) check();

    // Enter enters; with Ctrl the next one follows.
    form.addEventListener("keydown", (e) => {
      if (e.key !== "Enter" || !(e.ctrlKey || e.metaKey)) return;
      e.preventDefault();
      form.requestSubmit($("[data-submit-next]", form) || $("[data-submit]", form));
    });
  }

  // Who issues it decides what is likely for the agency and the signer.
  for (const by of all("[data-by]")) {
    let before = by.selectedOptions[0];
    by.addEventListener("change", () => {
      const now = by.selectedOptions[0];
      for (const name of ["issuer", "signer"]) {
        const input = document.getElementById(name);
        if (input && (!input.value || input.value === before.dataset[name])) input.value = now.dataset[name] || "";
      }
      before = now;
    });
  }

  for (const box of all("[data-all]")) {
    const each = all(`input[name="${box.dataset.all}"][data-accused]`, box.closest("fieldset")), one = $("input", box);
    box.hidden = false;
    const show = () => { one.checked = each.every((x) => x.checked); one.indeterminate = !one.checked && each.some((x) => x.checked); };
    one.addEventListener("change", () => { for (const x of each) x.checked = one.checked; });
    for (const x of each) x.addEventListener("change", show);
    show();
  }

  for (const b of all("[data-add]")) {
    b.hidden = false;
    b.addEventListener("click", () => {
      const row = all(b.dataset.add).at(-1), fresh = row.cloneNode();
      fresh.value = "";
      row.after(fresh);
      fresh.focus();
    });
  }

  // ---- the chooser of a kind of act

  const fold = (s) => s.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/[đĐ]/g, "d").toLowerCase().trim().replace(/\s+/g, " ");

  for (const input of all("[data-chooser]")) {
    const box = $(input.dataset.chooser), items = all("li", box), none = document.getElementById(box.id + "-none");
    let on = null;
    items.forEach((li, i) => { li.id = box.id + "-" + i; });
    const seen = () => items.filter((li) => !li.hidden);
    function mark(li) {
      on?.classList.remove("on");
      on = li || null;
      on?.classList.add("on");
      on?.scrollIntoView({ block: "nearest" });
      if (on) input.setAttribute("aria-activedescendant", on.id);
      else input.removeAttribute("aria-activedescendant");
    }
    // How far from its beginning a title has the words, in words; the letters typed may
    // be those the words begin with. What is less likely meant stands farther.
    function distance(li, words) {
      const [title, initials] = li.dataset.words.split(" | ");
      const a = title.indexOf(words), b = initials.indexOf(words);
      const far = [a < 0 ? Infinity : title.slice(0, a).split(" ").length - 1, b < 0 ? Infinity : b];
      return (Math.min(...far) + 3 * li.closest("[data-rank]").dataset.rank) * 1000 + title.length;
    }
    function filter() {
      const words = fold(input.value);
      for (const li of items) li.hidden = !li.dataset.words.includes(words);
      for (const g of all("[data-group]", box)) g.hidden = !$("li:not([hidden])", g);
      const left = seen();
      none.hidden = left.length > 0;
      const later = $("[data-later]", box);
      if (later) {
        later.hidden = !$("li:not([hidden])", later);
        if (words) later.open = true;
      }
      mark(words ? [...left].sort((a, b) => distance(a, words) - distance(b, words))[0] : null);
    }
    input.addEventListener("input", filter);
    input.form.addEventListener("submit", (e) => {
      const a = on && $("a", on);
      if (!a) return;
      e.preventDefault();
      location.assign(a.href);
    });
    input.addEventListener("keydown", (e) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
      if (!step) return;
      e.preventDefault();
      const left = seen();
      mark(left[(left.indexOf(on) + step + left.length) % left.length]);
    });
    if (input.value) filter();
  }
})();
