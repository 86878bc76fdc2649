// Sends files in parts, so that a cut costs one part and not the file: the server
// says how much it has, and the rest is sent from there. Files go one after the other, in order;
// one that is refused does not hold the others.
(() => {
  "use strict";
  const zone = document.querySelector("[data-intake]");
  if (!zone) return;
  const base = zone.dataset.intake, list = zone.querySelector("[data-uploads]");
  const text = JSON.parse(zone.dataset.texts);
  const PART = 8 << 20, AT_ONCE = 1, TRIES = 8; // one after the other: the order of sending is the order of the file
  const queue = [];
  let running = 0;

  const wait = (ms) => new Promise((r) => setTimeout(r, ms));

  async function call(method, url, body, type) {
    for (let n = 0; ; n++) {
      try {
        const r = await fetch(url, { method, body, headers: type ? { "Content-Type": type } : {} });
        if (r.ok) return await r.json();
        const problem = await r.json().catch(() => ({ title: r.statusText }));
        if (r.status < 500) throw Object.assign(new Error(problem.title), { refused: true, status: r.status, code: problem.type });
        throw new Error(problem.title);
      } catch (e) {
        if (e.refused || n === TRIES) throw e;
        await wait(Math.min(1000 * 2 ** n, 20000)); // the line is bad: try again, ever more patiently
      }
    }
  }

  function row(file) {
    const li = document.createElement("li"), name = document.createElement("span"), bar = document.createElement("progress"), state = document.createElement("span");
    li.className = "upload";
    name.className = "upload-name";
    name.textContent = file.webkitRelativePath || file.name;
    bar.max = Math.max(file.size, 1);
    bar.value = 0;
    bar.setAttribute("aria-label", name.textContent);
    state.className = "upload-state";
    state.textContent = text.waiting;
    li.append(name, bar, state);
    list.append(li);
    return {
      sent(n) { bar.value = n; state.textContent = Math.floor((100 * n) / bar.max) + " %"; },
      done() { bar.value = bar.max; li.classList.add("upload-done"); state.textContent = text.done; },
      fail(why, again) {
        li.classList.add("upload-failed");
        state.textContent = why;
        const b = document.createElement("button");
        b.type = "button";
        b.className = "button button-second small";
        b.textContent = text.again;
        b.onclick = () => { li.remove(); again(); };
        li.append(b);
      },
    };
  }

  // An upload that was cut short, even by closing the browser, is found again by its
  // name and size.
  const key = (f) => `upload ${base} ${f.name} ${f.size} ${f.lastModified}`;
  const remember = (f, id) => { try { id ? localStorage.setItem(key(f), id) : localStorage.removeItem(key(f)); } catch { /* not kept */ } };
  const recall = (f) => { try { return localStorage.getItem(key(f)); } catch { return null; } };

  async function send(file, view) {
    let up = null;
    const id = recall(file);
    if (id) up = await call("GET", `/api/v1/uploads/${id}`).catch((e) => { if (e.status === 404) return null; throw e; });
    if (!up || up.size !== file.size) {
      up = await call("POST", `/api/v1/dossiers/${base}/uploads`, JSON.stringify({ name: file.name, size: file.size }), "application/json");
      remember(file, up.id);
    }
    let strays = 0;
    while (!up.scan) {
      view.sent(up.offset);
      const part = file.slice(up.offset, Math.min(up.offset + PART, file.size));
      try {
        up = await call("PATCH", `/api/v1/uploads/${up.id}?offset=${up.offset}`, part, "application/octet-stream");
      } catch (e) {
        if (!(e.code || "").endsWith("dossier.offset") || ++strays > 5) throw e;
        up = await call("GET", `/api/v1/uploads/${up.id}`); // a part arrived whose answer was lost
      }
    }
    remember(file, null);
  }

  function next() {
    while (running < AT_ONCE && queue.length) {
      const { file, view } = queue.shift();
      running++;
      send(file, view).then(view.done, (e) => {
        // Whoever was signed out goes on where the file stopped; any other refusal is of
        // the file, which begins anew.
        const out = e.status === 401;
        if (e.refused && !out) remember(file, null);
        view.fail(out ? text.out : e.refused ? e.message : text.cut, () => add([file]));
      }).finally(() => { running--; next(); });
    }
    document.body.toggleAttribute("data-sending", running > 0);
  }

  function add(files) {
    // A folder is sent in the order people number their scans: 2 before 10.
    const order = new Intl.Collator("vi", { numeric: true });
    const path = (f) => f.webkitRelativePath || f.name;
    for (const file of [...files].sort((a, b) => order.compare(path(a), path(b)))) {
      if (file.name.startsWith(".") || file.name === "Thumbs.db") continue;
      queue.push({ file, view: row(file) });
    }
    next();
  }

  // A dropped folder is walked.
  async function walk(entry) {
    if (entry.isFile) return new Promise((ok, bad) => entry.file((f) => ok([f]), bad));
    const reader = entry.createReader(), out = [];
    for (;;) {
      const some = await new Promise((ok, bad) => reader.readEntries(ok, bad));
      if (!some.length) return out;
      for (const e of some) out.push(...(await walk(e)));
    }
  }
  zone.addEventListener("drop", async (e) => {
    const entries = [...e.dataTransfer.items].map((i) => i.webkitGetAsEntry?.()).filter(Boolean);
    if (!entries.some((x) => x.isDirectory)) return;
    e.preventDefault();
    e.stopPropagation();
    for (const x of entries) add(await walk(x));
  }, true);
  zone.addEventListener("files", (e) => {
    add(e.detail);
    for (const input of zone.querySelectorAll("input[type=file]")) input.value = "";
    zone.querySelector(".drop-files")?.replaceChildren();
  });
  zone.querySelector("[data-folder]")?.addEventListener("change", (e) => { add(e.target.files); e.target.value = ""; });
  zone.querySelector("[data-plain]")?.remove(); // the button that sends the form without a script
  addEventListener("beforeunload", (e) => { if (running) e.preventDefault(); });
})();
