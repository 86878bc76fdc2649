// The checking screen. Every act is a form of the page; this sends it without leaving
// the page, and adds choosing with keys, cutting, pasting and dragging.
(() => {
  "use strict";
  const $ = (sel, from = document) => from.querySelector(sel);
  const all = (sel, from = document) => [...from.querySelectorAll(sel)];
  const desk = () => $("#desk");
  const dialog = $("#leaf");

  // ---- the desk comes anew after each act -------------------------------------

  const said = $("#check-said");
  let quiet;
  function say(text, wrong) {
    if (!said || !text) return;
    clearTimeout(quiet);
    said.textContent = text;
    said.classList.toggle("check-said-wrong", !!wrong);
    quiet = setTimeout(() => (said.textContent = ""), wrong ? 12000 : 5000);
  }

  const scrolled = [".pane-papers", ".pane-form"];

  // swap puts in a new desk; pictures that were loaded stay, the focus and what was
  // scrolled too.
  function swap(text, keepForm) {
    const box = document.createElement("template");
    box.innerHTML = text; // our own server's, rendered with every value escaped
    const fresh = $("#desk", box.content), old = desk();
    if (!fresh || !old) return false;
    const had = new Map(all("img", old).map((i) => [i.getAttribute("src"), i]));
    for (const img of all("img", fresh)) {
      const same = had.get(img.getAttribute("src"));
      if (!same) continue;
      same.className = img.className;
      same.alt = img.alt;
      img.replaceWith(same);
    }
    const focus = document.activeElement?.id, top = scrolled.map((s) => $(s, old)?.scrollTop ?? 0);
    const address = old.dataset.address, form = $("#paper-form", old)?.action;
    old.replaceWith(fresh);
    scrolled.forEach((s, i) => {
      const pane = $(s, fresh);
      if (pane && (i === 0 || $("#paper-form", fresh)?.action === form)) pane.scrollTop = top[i];
    });
    if (fresh.dataset.address !== address) history.replaceState(null, "", fresh.dataset.address);
    prepare();
    const next = focus && document.getElementById(focus);
    if (next && !keepForm) next.focus({ preventScroll: true });
    $("[data-focus]", fresh)?.focus();
    say(fresh.dataset.said);
    document.dispatchEvent(new CustomEvent("htmx:after:swap", { detail: { target: fresh } }));
    return true;
  }

  let busy = false;
  async function ask(url, options = {}) {
    if (busy) return null; // a key held down does a thing once
    busy = true;
    document.documentElement.classList.add("check-busy");
    try {
      const r = await fetch(url, { ...options, headers: { "HX-Request": "true" } });
      return { status: r.status, text: await r.text() };
    } catch {
      say(desk()?.dataset.offline, true);
      return null;
    } finally {
      busy = false;
      document.documentElement.classList.remove("check-busy");
    }
  }

  function refusal(text) {
    const box = document.createElement("template");
    box.innerHTML = text;
    return $(".notice p, .error-summary h2", box.content)?.lastChild?.textContent.trim() || "";
  }

  // An answer is a desk, the screen of one page, or a refusal.
  async function show(answer) {
    if (!answer) return false;
    if (swap(answer.text)) return answer.status < 400;
    if (dialog && answer.text.includes("data-leaf")) return look(answer.text), false;
    say(refusal(answer.text), true);
    if (answer.status === 409) { // somebody else was here: show how it is now
      const now = await ask(desk().dataset.address);
      if (now) swap(now.text);
      say(refusal(answer.text), true);
    }
    return false;
  }

  const go = async (url) => show(await ask(url));

  // ---- choosing ---------------------------------------------------------------

  let chosen = new Set(), cut = new Set(), here = null, anchor = null;
  const cells = () => all(".leaf[data-page]", desk());
  const cell = (id) => id && document.getElementById("p-" + id);

  function paint() {
    for (const c of cells()) {
      const id = c.dataset.page, on = chosen.has(id);
      c.setAttribute("aria-selected", on);
      c.tabIndex = id === here ? 0 : -1;
      c.classList.toggle("leaf-cut", cut.has(id));
      $("input", c).checked = on;
    }
    const count = $("[data-chosen]"), paste = $("[data-paste]");
    if (count) {
      count.textContent = chosen.size ? `${count.dataset.chosen} ` : "";
      if (chosen.size) count.append(Object.assign(document.createElement("b"), { textContent: chosen.size }));
    }
    if (paste) paste.disabled = !cut.size;
  }

  function prepare() {
    const list = cells();
    if (!list.length) return;
    const there = new Set(list.map((c) => c.dataset.page));
    chosen = new Set([...chosen].filter((x) => there.has(x)));
    if (!there.has(here)) here = list[0].dataset.page;
    for (const c of list) {
      $("input", c).tabIndex = -1;
      $("a", c).tabIndex = -1;
      c.draggable = !c.classList.contains("leaf-fixed");
    }
    for (const el of all("[data-script]")) el.removeAttribute("hidden"); // a drawing has no property for it
    paint();
  }

  function stand(id, focus = true) {
    here = id;
    paint();
    const c = cell(id);
    if (focus && c) c.focus({ preventScroll: true }), c.scrollIntoView({ block: "nearest" });
  }

  function range(from, to) {
    const ids = cells().map((c) => c.dataset.page);
    const [a, b] = [ids.indexOf(from), ids.indexOf(to)].sort((x, y) => x - y);
    return a < 0 ? [to] : ids.slice(a, b + 1);
  }

  // The cell above or below is the one that overlaps most in the next row there is.
  function below(c, by) {
    const r = c.getBoundingClientRect(), mid = (r.left + r.right) / 2;
    let best = null, far = Infinity;
    for (const o of cells()) {
      const q = o.getBoundingClientRect(), dy = (q.top - r.top) * by;
      if (dy < 8) continue;
      const d = dy * 4 + Math.abs((q.left + q.right) / 2 - mid);
      if (d < far) best = o, far = d;
    }
    return best;
  }

  document.addEventListener("click", (e) => {
    if (e.ctrlKey && e.target.closest("a:not(.leaf-picture)")) return;
    const c = e.target.closest(".leaf[data-page]");
    if (c) {
      const id = c.dataset.page, box = e.target.matches("input[type=checkbox]");
      if (e.target.closest("a")) e.preventDefault();
      if (e.shiftKey && anchor) for (const x of range(anchor, id)) chosen.add(x);
      else if (box || e.ctrlKey || e.metaKey) chosen.has(id) ? chosen.delete(id) : chosen.add(id), (anchor = id);
      else chosen = new Set([id]), (anchor = id);
      stand(id);
      return;
    }
    const link = e.target.closest("a[data-look], a[data-swap], .look a[data-close]");
    if (!link || e.ctrlKey || e.metaKey || e.shiftKey || !desk()) return;
    if (link.matches("[data-close]")) {
      if (link.closest("dialog")) e.preventDefault();
      return;
    }
    e.preventDefault();
    if (link.matches("[data-look]")) open(link.href);
    else go(link.href).then(() => link.closest(".papers, .form-steps") && arrive());
  });

  document.addEventListener("dblclick", (e) => {
    const c = e.target.closest(".leaf[data-page]");
    if (c && !e.target.matches("input")) open($("a.leaf-picture", c).href);
  });

  document.addEventListener("keydown", (e) => {
    const c = e.target.closest?.(".leaf[data-page]");
    if (!c || e.altKey) return keyElsewhere(e);
    const list = cells(), i = list.indexOf(c), id = c.dataset.page;
    let to = null;
    switch (e.key) {
      case "ArrowRight": to = list[i + 1]; break;
      case "ArrowLeft": to = list[i - 1]; break;
      case "ArrowDown": to = below(c, 1); break;
      case "ArrowUp": to = below(c, -1); break;
      case "Home": to = list[0]; break;
      case "End": to = list.at(-1); break;
      case " ":
        chosen.has(id) ? chosen.delete(id) : chosen.add(id);
        anchor = id;
        break;
      case "Enter": open($("a.leaf-picture", c).href); break;
      case "Escape": chosen.clear(); cut.clear(); break;
      case "a":
        if (!e.ctrlKey && !e.metaKey) return;
        for (const x of list) chosen.add(x.dataset.page);
        break;
      default: return;
    }
    e.preventDefault();
    if (to && e.shiftKey) for (const x of range(anchor ??= id, to.dataset.page)) chosen.add(x);
    to ? stand(to.dataset.page) : paint();
  });

  function keyElsewhere(e) {
    if (e.key === "Enter" && e.target.id === "to") {
      e.preventDefault(); // else the first button of the toolbar would be meant
      e.target.form.requestSubmit($("button[value=move]", e.target.form));
    }
    if (e.key === "Enter" && e.target.matches?.("[data-enter]") && !e.shiftKey && !e.isComposing) {
      e.preventDefault();
      e.target.form.requestSubmit();
    }
    if (dialog?.open && !e.target.matches?.("input, textarea") && !e.ctrlKey && !e.altKey) {
      const by = { ArrowLeft: "-1", ArrowRight: "1" }[e.key];
      if (by) $(`[data-step="${by}"]`, dialog)?.click();
    }
  }

  // ---- acts -------------------------------------------------------------------

  const subject = () => [...(chosen.size ? chosen : here ? [here] : [])];

  document.addEventListener("submit", async (e) => {
    const form = e.target;
    if (!desk() || !form.matches("[data-act], #check form.confirm")) return;
    e.preventDefault();
    const button = e.submitter, data = new FormData(form);
    if (button?.name) data.set(button.name, button.value);
    if (form.id === "leaves") {
      data.delete("page");
      for (const id of subject()) data.append("page", id);
      if (data.get("do") === "look") return void open(`/pages/${subject()[0]}/check`);
    }
    form.closest("dialog")?.close();
    $("dialog[open]", form)?.close();
    say(form.dataset.wait);
    const body = form.enctype === "multipart/form-data" ? data : new URLSearchParams(data);
    if (await show(await ask(form.action, { method: "POST", body }))) {
      cut.clear();
      if (form.id === "leaves" && data.get("do") !== "left" && data.get("do") !== "right") chosen.clear();
      paint();
      if (form.id === "paper-form") arrive();
    }
  });

  // arrive brings the pages of the document that is now open into sight.
  function arrive() {
    const row = $(".cluster-on"), first = row && $(".leaf", row);
    if (first) here = first.dataset.page;
    paint();
    row?.scrollIntoView({ block: "nearest" });
    $(".paper[aria-current]")?.scrollIntoView({ block: "nearest" });
  }

  async function move(ids, before) {
    const form = $("#leaves"), data = new URLSearchParams({ seen: form.elements.seen.value, do: "move", before });
    for (const id of ids) data.append("page", id);
    if (await show(await ask(form.action, { method: "POST", body: data }))) chosen = new Set(ids), cut.clear(), stand(ids[0]);
  }

  document.addEventListener("click", (e) => {
    if (e.target.closest("[data-cut]")) {
      cut = new Set(subject());
      chosen.clear();
      paint();
    } else if (e.target.closest("[data-paste]") && cut.size && here) move([...cut], here);
  });

  // Dragging.
  let dragged = null;
  document.addEventListener("dragstart", (e) => {
    const c = e.target.closest?.(".leaf[data-page]");
    if (!c) return;
    const id = c.dataset.page;
    dragged = chosen.has(id) ? [...chosen] : [id];
    e.dataTransfer.effectAllowed = "move";
    e.dataTransfer.setData("text/plain", c.dataset.place);
  });
  const mark = (c) => {
    for (const x of all(".leaf-before")) x.classList.remove("leaf-before");
    c?.classList.add("leaf-before");
  };
  document.addEventListener("dragover", (e) => {
    const c = dragged && e.target.closest?.(".leaf[data-page]");
    if (!c) return;
    e.preventDefault();
    mark(c);
  });
  document.addEventListener("drop", (e) => {
    const c = dragged && e.target.closest?.(".leaf[data-page]");
    if (!c) return;
    e.preventDefault();
    // On the right half of a page means behind it.
    const r = c.getBoundingClientRect(), list = cells();
    const to = e.clientX > (r.left + r.right) / 2 ? list[list.indexOf(c) + 1] : c;
    const ids = dragged;
    if (!ids.includes(to?.dataset.page)) move(ids, to?.dataset.page ?? "");
  });
  document.addEventListener("dragend", () => ((dragged = null), mark(null)));

  // ---- one page, large --------------------------------------------------------

  async function open(url) {
    const a = await ask(url);
    if (a) look(a.text);
  }
  function look(text) {
    dialog.innerHTML = text; // our own server's
    if (!dialog.open) dialog.showModal();
    const id = $("[data-leaf]", dialog)?.dataset.leaf;
    if (cell(id)) (here = id), paint();
    $("[data-close]", dialog)?.focus();
    $(".look .seen-box", dialog)?.scrollIntoView({ block: "center" });
  }
  dialog?.addEventListener("close", () => stand(here));

  // One more field for people and articles as the last is filled.
  document.addEventListener("input", (e) => {
    const box = e.target.closest("[data-answers]");
    if (!box || !e.target.value) return;
    const list = all("[data-answer]", box);
    if (list.at(-1) !== e.target.closest("[data-answer]")) return;
    const more = list.at(-1).cloneNode(true), input = $("input", more);
    $(".seen", more)?.remove();
    input.value = "";
    input.id = `${input.name}-${list.length}`;
    input.setAttribute("aria-label", input.dataset.each.replace("%d", list.length + 1));
    list.at(-1).after(more);
  });

  // ---- the text of a page -----------------------------------------------------

  const lines = $("[data-lines]");
  if (lines) {
    const sheet = $("[data-sheet]"), strip = $("[data-strip]");
    const follow = () => {
      const n = lines.value.slice(0, lines.selectionStart).split("\n").length - 1;
      for (const x of all(".line-on", sheet)) x.classList.remove("line-on");
      const line = sheet && $(`[data-line="${n}"]`, sheet);
      if (!line) return;
      line.classList.add("line-on");
      const r = line.getBoundingClientRect(), box = $(".queue-picture"), b = box.getBoundingClientRect();
      if (box.scrollHeight > box.clientHeight && (r.top < b.top || r.bottom > b.bottom)) box.scrollTop += r.top - b.top - box.clientHeight / 2;
      if (!strip) return;
      const h = +line.getAttribute("height") * 2, y = +line.getAttribute("y") - h / 4;
      strip.setAttribute("viewBox", `${Math.max(0, line.getAttribute("x") - h)} ${y} ${+line.getAttribute("width") + 2 * h} ${h}`);
    };
    for (const el of all("[data-script]")) el.removeAttribute("hidden"); // a drawing has no property for it
    for (const type of ["keyup", "click", "focus", "input"]) lines.addEventListener(type, follow);
    lines.addEventListener("keydown", (e) => {
      if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) e.preventDefault(), lines.form.requestSubmit();
      if (e.key === "Escape") e.preventDefault(), $("[data-skip]")?.click();
    });
    lines.setSelectionRange(0, 0);
    follow();
  }

  if (desk()) {
    prepare();
    say(desk().dataset.said);
    if (new URLSearchParams(location.search).has("document")) arrive();
  }
})();
