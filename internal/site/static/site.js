// What pages do quicker with a script. Everything here works without it too.
(() => {
  "use strict";
  const root = document.documentElement;
  const $ = (sel, from = document) => from.querySelector(sel);
  const all = (sel, from = document) => [...from.querySelectorAll(sel)];
  const on = (type, fn, opts) => document.addEventListener(type, fn, opts);
  root.classList.add("js");

  // Colours and letters change at once; the cookie is what the server would have set.
  function look(button) {
    const { name, value } = button;
    const year = value ? 31536000 : 0;
    const tls = location.protocol === "https:"; // then the name keeps it from other hosts (web.Remember)
    document.cookie = `${tls ? "__Host-" : ""}${name}=${value};path=/;max-age=${year};samesite=lax${tls ? ";secure" : ""}`;
    if (value) root.dataset[name] = value;
    else delete root.dataset[name];
    for (const b of all(`[data-looks] button[name=${name}]`)) b.setAttribute("aria-pressed", b.value === value);
  }

  function fold(details, focus) {
    details.open = false;
    if (focus) $("summary", details).focus();
  }

  on("click", (e) => {
    const el = e.target.closest("[data-looks] button, [data-ask], [data-close], [data-dismiss], [data-menu]");
    for (const d of all("details[data-fold][open]")) if (!d.contains(e.target)) fold(d);
    if (!el) return;
    if (el.matches("[data-looks] button")) {
      if (el.name === "lang") return;
      e.preventDefault();
      look(el);
    } else if (el.dataset.ask) {
      const dialog = document.getElementById(el.dataset.ask);
      if (!dialog) return;
      e.preventDefault();
      dialog.showModal();
    } else if (el.matches("[data-close]")) {
      el.closest("dialog").close();
    } else if (el.matches("[data-dismiss]")) {
      el.closest(".toast").remove();
      $("main").focus({ preventScroll: true });
    } else {
      const open = el.parentElement.classList.toggle("menu-main-open");
      el.setAttribute("aria-expanded", open);
    }
  });

  // One key does what the element with that data-key does. They can be turned off:
  // who dictates to the machine would set them off by speaking.
  const keysOff = () => { try { return localStorage.keys === "off"; } catch { return false; } };
  on("change", (e) => {
    if (e.target.matches("[data-keys]")) try { localStorage.keys = e.target.checked ? "on" : "off"; } catch { /* not kept */ }
  });
  function help() {
    const dialog = $("#key-help");
    if (!dialog) return;
    const list = $("dl", dialog);
    list.textContent = "";
    for (const el of all("[data-key]")) {
      const key = document.createElement("dt"), what = document.createElement("dd"), kbd = document.createElement("kbd");
      kbd.textContent = el.dataset.key;
      what.textContent = el.dataset.keyText || el.getAttribute("aria-label") || el.labels?.[0]?.textContent || el.textContent;
      key.append(kbd);
      list.append(key, what);
    }
    const box = $("[data-keys]", dialog);
    if (box) box.checked = !keysOff();
    dialog.showModal();
  }
  on("keydown", (e) => {
    if (e.key === "Escape") {
      const d = e.target.closest?.("details[data-fold][open]");
      if (d) fold(d, true);
      return;
    }
    const t = e.target;
    if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing || t.isContentEditable || t.matches?.("input:not([type=checkbox],[type=radio]), select, textarea") || $("dialog[open]")) return;
    if (e.key === "?") return e.preventDefault(), help();
    if (keysOff()) return;
    const el = all("[data-key]").find((x) => x.dataset.key === e.key && x.checkVisibility?.() !== false);
    if (!el) return;
    e.preventDefault();
    if (el.matches("input:not([type=checkbox],[type=radio],[type=submit]), select, textarea")) el.focus();
    else el.click();
  });

  // Other scripts announce with document.dispatchEvent(new CustomEvent("toast", {detail: {kind, text}})).
  on("toast", (e) => {
    const box = document.createElement("div");
    box.className = `notice notice-${e.detail.kind || "info"} toast`;
    const p = document.createElement("p");
    p.textContent = e.detail.text;
    box.append(p);
    $("#toasts")?.append(box);
  });

  // Files can be dropped on a FileDrop; those who upload in parts listen for "files".
  const zone = (e) => e.target.closest?.("[data-drop]");
  for (const type of ["dragenter", "dragover"]) on(type, (e) => {
    const z = zone(e);
    if (z) e.preventDefault(), z.classList.add("drop-over");
  });
  on("dragleave", (e) => {
    const z = zone(e);
    if (z && !z.contains(e.relatedTarget)) z.classList.remove("drop-over");
  });
  on("drop", (e) => {
    const z = zone(e);
    if (!z) return;
    e.preventDefault();
    z.classList.remove("drop-over");
    const input = $("input[type=file]", z);
    const many = new DataTransfer();
    for (const f of e.dataTransfer.files) if (input.multiple || !many.files.length) many.items.add(f);
    input.files = many.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
  on("change", (e) => {
    const z = zone(e);
    if (!z || e.target.type !== "file") return;
    const list = $(".drop-files", z);
    list.textContent = "";
    for (const f of e.target.files) list.append(Object.assign(document.createElement("li"), { textContent: f.name }));
    z.dispatchEvent(new CustomEvent("files", { bubbles: true, detail: [...e.target.files] }));
  });

  // What is being answered is not taken away, and the focus stays where it was.
  function put(part, html) {
    if ($("dialog[open]", part)) return part.addEventListener("close", () => setTimeout(() => put(part, html)), { once: true, capture: true });
    const on = part.contains(document.activeElement) && document.activeElement;
    const same = on && (on.dataset.ask ? `[data-ask="${on.dataset.ask}"]` : on.id ? "#" + on.id : on.href && `a[href="${on.getAttribute("href")}"]`);
    part.innerHTML = html; // our own server's, rendered with every value escaped
    ready(part);
    if (same) $(same, part)?.focus();
  }
  // data-live names a stream of events; each fills the element with its name in data-event.
  function live(from) {
    for (const el of all("[data-live]", from)) {
      if (el.stream) continue;
      const stream = (el.stream = new EventSource(el.dataset.live));
      for (const part of all("[data-event]", el)) stream.addEventListener(part.dataset.event, (e) => put(part, e.data));
      stream.addEventListener("close", () => stream.close());
    }
  }

  function ready(from) {
    for (const b of all("[data-menu], [data-dismiss]", from)) b.hidden = false;
    live(from);
    $("[data-focus]", from)?.focus();
  }
  ready(document);
  on("htmx:after:swap", (e) => ready(e.detail?.target || e.target));
})();
