// The reader of a case file. The server sends one page, whole; this makes one
// continuous file of it: all pages are laid out from a table of their sizes, and
// only those in sight have a picture, so that page 5,000 is as near as page 5.
(() => {
  "use strict";
  const root = document.querySelector("[data-reader]");
  if (!root) return;
  const $ = (s, f = root) => f.querySelector(s);
  const all = (s, f = root) => [...f.querySelectorAll(s)];
  const make = (tag, cls, text) => {
    const el = document.createElement(tag);
    if (cls) el.className = cls;
    if (text !== undefined) el.textContent = text;
    return el;
  };
  const later = (fn, ms) => { let t; return (...a) => { clearTimeout(t); t = setTimeout(fn, ms, ...a); }; };
  const clamp = (x, a, b) => Math.min(Math.max(x, a), b);
  const T = JSON.parse(root.dataset.texts);
  const dossier = root.dataset.reader, under = root.dataset.under, base = `${under}/dossiers/${dossier}/read`, lastFolio = Number(root.dataset.last);
  const view = $("[data-view]"), side = $("#reader-side"), notes = $("#reader-notes");
  const here = new URL(location.href).searchParams;
  const wide = (px) => matchMedia(`(min-width: ${px}px)`).matches;
  const plain = view.innerHTML; // to fall back on

  const toast = (text, kind = "success") => {
    const box = document.getElementById("toasts");
    document.dispatchEvent(new CustomEvent("toast", { detail: { kind, text } }));
    const last = box?.lastElementChild;
    setTimeout(() => last?.remove(), kind === "success" ? 4000 : 8000);
  };
  const get = async (url) => {
    const r = await fetch(url);
    if (!r.ok) throw new Error(r.statusText);
    return r.json();
  };

  // The pages, column by column, and where each stands.
  let P, N = 0, at = 0, place, starts;
  let zoom = here.get("zoom") || "auto", spin = 0, two = here.get("two") === "1" && wide(700);
  let tops = [], lows = [], scales = [], from = 0, to = 0, tall = 0, broad = 0;
  const PAD = wide(700) ? 20 : 10, FOOT = 34, GAP = 14, MOST = 8e6; // browsers end at 16 to 33 million pixels
  const sheets = new Map(), layers = new Map();
  let query = root.dataset.q, found = [], foundAt = new Map(), step = null;
  const canvas = make("div", "canvas");

  const step2 = () => (two ? 2 : 1);
  const rowOf = (i) => Math.floor(i / step2());
  const rows = () => Math.ceil(N / step2());
  const flag = (i, f) => (P.flags[i] & f) !== 0;
  const EXCLUDED = 1, MISSING = 2, PROBLEM = 4, BLANK = 8, BARE = 16;
  const cite = (a, b = a) => { const n = (x) => String(x).padStart(2, "0"); return b > a ? `BL ${n(a)}–${n(b)}` : `BL ${n(a)}`; };
  const name = (i) => (P.folio[i] ? cite(P.folio[i]) : `${T.page} ${i + 1}`);

  // natural is the size of the upright picture at 100 %: as large as the paper.
  function natural(i) {
    const d = P.dpi[i] || 150;
    return P.w[i] && P.h[i] ? [P.w[i] * 96 / d, P.h[i] * 96 / d] : [794, 1123];
  }
  const angle = (i) => (((P.turn[i] + spin) % 360) + 360) % 360;
  function size(i) {
    const [w, h] = natural(i);
    return angle(i) % 180 ? [h, w] : [w, h];
  }

  // layout lays out a run of rows around row r: as many as a browser can scroll.
  function layout(r) {
    const vw = view.clientWidth - 2 * PAD, vh = view.clientHeight - 2 * PAD, n = rows(), s = step2();
    tops = new Float64Array(n + 1); lows = new Float64Array(n); scales = new Float64Array(n);
    broad = 0;
    let y = 0;
    for (let k = 0; k < n; k++) {
      let w = 0, h = 0;
      for (let i = k * s; i < Math.min(N, k * s + s); i++) {
        const [a, b] = size(i);
        w += a + (i > k * s ? GAP : 0);
        h = Math.max(h, b);
      }
      if (s === 2 && k * s + 1 === N) w = 2 * w + GAP;
      const across = vw / w;
      let z = Number(zoom) / 100;
      if (zoom === "auto") z = Math.min(across, 1.25);
      else if (zoom === "width") z = across;
      else if (zoom === "page") z = Math.min(across, (vh - FOOT) / h);
      scales[k] = Math.max(z, .05);
      tops[k] = y;
      lows[k] = y + h * scales[k];
      y = lows[k] + FOOT;
      broad = Math.max(broad, w * scales[k]);
    }
    tops[n] = y;
    from = 0; to = n;
    if (y > MOST) {
      while (from < r && tops[r] - tops[from] > MOST / 2) from++;
      to = from;
      while (to < n && tops[to] - tops[from] < MOST) to++;
      while (from > 0 && tops[to] - tops[from] < MOST) from--;
    }
    tall = tops[to] - tops[from] + 2 * PAD;
    broad = Math.max(broad + 2 * PAD, view.clientWidth);
    canvas.style.height = tall + "px";
    canvas.style.width = broad + "px";
    for (const sh of sheets.values()) put(sh);
  }
  const top = (r) => tops[r] - tops[from] + PAD;

  // rowAt finds the row at a height of the canvas.
  function rowAt(y) {
    y += tops[from] - PAD;
    let a = from, b = to - 1;
    while (a < b) {
      const m = (a + b + 1) >> 1;
      if (tops[m] <= y) a = m; else b = m - 1;
    }
    return a;
  }

  // keep changes the layout and leaves what one looks at where it is.
  function keep(change) {
    if (!P) return;
    const r = clamp(rowAt(view.scrollTop + view.clientHeight / 3), 0, rows() - 1), first = r * step2();
    const part = (view.scrollTop + view.clientHeight / 3 - top(r)) / Math.max(lows[r] - tops[r], 1);
    const centre = (view.scrollLeft + view.clientWidth / 2) / broad;
    change();
    const now = rowOf(Math.max(first, Math.floor(at / 2) * 2 === first ? at : first));
    layout(now);
    view.scrollTop = top(now) + clamp(part, -.1, 1) * (lows[now] - tops[now]) - view.clientHeight / 3;
    view.scrollLeft = centre * broad - view.clientWidth / 2;
    draw();
  }

  function sheet(i) {
    const el = make("div", "sheet");
    el.setAttribute("role", "group");
    el.setAttribute("aria-label", name(i));
    const pic = make("div", "pic"), foot = make("p", "sheet-foot");
    foot.append(make("strong", "", P.folio[i] ? cite(P.folio[i]) : T.unnumber), ` ${T.page} ${i + 1}`);
    if (flag(i, EXCLUDED)) el.classList.add("sheet-out"), foot.append(make("span", "badge badge-neutral", T.excluded));
    if (flag(i, BLANK)) foot.append(make("span", "badge badge-neutral", T.blank));
    if (cited(i)) el.classList.add("sheet-cited"), foot.append(make("span", "badge badge-info", T.cited));
    el.append(pic, foot);
    const sh = { i, el, pic, scale: 0 };
    if (flag(i, BARE)) {
      const box = make("div", "bare"), why = flag(i, MISSING) ? T.missing : flag(i, PROBLEM) ? T.problem : T.bare;
      el.classList.add(flag(i, MISSING) ? "sheet-missing" : "sheet-bare");
      box.append(make("strong", "", why), (sh.why = make("p")));
      if (flag(i, PROBLEM)) box.append(make("p", "", T.rescan));
      pic.append(box);
    } else {
      sh.img = make("img");
      sh.img.alt = "";
      sh.img.draggable = false;
      sh.img.decoding = "async";
      sh.over = make("div", "over");
      pic.append(sh.img, sh.over);
    }
    put(sh);
    sh.timer = setTimeout(load, 60, sh); // a page that only flies past asks for nothing
    return sh;
  }
  const cited = (i) => { const a = Number(root.dataset.from), b = Number(root.dataset.to); return b > a && P.folio[i] >= a && P.folio[i] <= b; };

  // put sets a sheet in its place.
  function put(sh) {
    const r = rowOf(sh.i), k = scales[r], [w, h] = size(sh.i), [nw, nh] = natural(sh.i);
    let x, row = 0;
    const s = step2(), first = r * s;
    for (let i = first; i < Math.min(N, first + s); i++) row += size(i)[0] * k + (i > first ? GAP : 0);
    if (s === 2 && first + 1 === N) row = 2 * row + GAP;
    x = (broad - row) / 2;
    if (sh.i > first) x += size(first)[0] * k + GAP;
    const st = sh.el.style;
    st.left = x + "px"; st.top = top(r) + "px"; st.width = w * k + "px"; st.height = h * k + "px";
    const p = sh.pic.style;
    p.width = nw * k + "px"; p.height = nh * k + "px";
    p.left = (w - nw) * k / 2 + "px"; p.top = (h - nh) * k / 2 + "px";
    p.transform = angle(sh.i) ? `rotate(${angle(sh.i)}deg)` : "";
    sh.scale = k;
    if (sh.words) sh.words.style.transform = `scale(${k * 96 / (P.dpi[sh.i] || 150)})`;
    if (sh.img?.dataset.src) sharpen(sh);
  }

  // The light picture is made for reading. Enlarged far, one wants to see every
  // stroke: then the picture as it was scanned comes in its place.
  function sharpen(sh) {
    const want = sh.scale * devicePixelRatio * 96 > 200;
    if (!want || sh.full || !sh.done) return;
    sh.full = true;
    const full = new Image();
    full.onload = () => { // some formats no browser shows, and some scans lie on their side
      const lies = (full.naturalWidth > full.naturalHeight) === (P.w[sh.i] > P.h[sh.i]);
      if (sheets.get(sh.i) === sh && lies && Math.abs(full.naturalWidth - P.w[sh.i]) < 3 && !P.rot[sh.i]) sh.img.src = full.src;
    };
    full.src = `/pages/${P.id[sh.i]}/picture`;
  }

  function load(sh) {
    if (sheets.get(sh.i) !== sh) return;
    if (sh.img) {
      sh.img.dataset.src = "on";
      sh.img.onload = () => { sh.done = true; sh.el.classList.add("sheet-seen"); sharpen(sh); };
      sh.img.src = `/pages/${P.id[sh.i]}/access`;
    }
    layer(sh.i).then((l) => { if (sheets.get(sh.i) === sh) lay(sh, l); }).catch(() => {});
  }

  // layer fetches what lies over a page, once; the last hundred are kept.
  function layer(i) {
    let l = layers.get(i);
    if (!l) {
      l = get(`${under}/pages/${P.id[i]}/layer?q=${encodeURIComponent(query)}`);
      l.catch(() => layers.delete(i));
      layers.set(i, l);
      if (layers.size > 100) layers.delete(layers.keys().next().value);
    }
    return l;
  }

  const pen = document.createElement("canvas").getContext("2d");
  const FACE = "serif";

  // lay draws words, hits and marks over a picture.
  function lay(sh, l) {
    if (sh.why) { sh.why.textContent = l.problem || ""; return; }
    sh.layer = l;
    if (!sh.words) {
      sh.words = text(l);
      sh.words.style.transform = `scale(${sh.scale * 96 / (P.dpi[sh.i] || 150)})`;
      sh.pic.append(sh.words);
    }
    over(sh);
  }

  // text lays the words over the picture line by line. Each word is spaced out to
  // the width it has on the picture, so that the browser's own selection, find and
  // reading aloud work as on any text.
  function text(l) {
    const box = make("div", "words");
    box.style.width = l.w + "px"; box.style.height = l.h + "px";
    let line = null, x = 0, size = 0, no = -1;
    const spaced = (str, width, word) => {
      const s = make("span", "", str);
      const natural = pen.measureText(str).width * size / 100;
      s.style.letterSpacing = (width - natural) / [...str].length + "px";
      if (word !== undefined) s.dataset.w = word;
      return s;
    };
    pen.font = `100px ${FACE}`;
    l.words.forEach(([t, x0, y0, x1, y1, n], k) => {
      if (n !== no || x0 < x - 2 * size) {
        line = make("div");
        no = n;
        let top = y0, low = y1;
        for (let j = k + 1; j < l.words.length && l.words[j][5] === n; j++) top = Math.min(top, l.words[j][2]), low = Math.max(low, l.words[j][4]);
        size = Math.max((low - top) * .78, 4);
        line.style.left = x0 + "px"; line.style.top = top + "px"; line.style.height = low - top + "px";
        line.style.lineHeight = low - top + "px"; line.style.fontSize = size + "px";
        box.append(line);
      } else {
        line.append(spaced(" ", x0 - x));
      }
      line.append(spaced(t, Math.max(x1 - x0, 1), k));
      x = x1;
    });
    return box;
  }

  function rect(cls, b, l) {
    const el = make("div", cls);
    el.style.left = b[0] / l.w * 100 + "%"; el.style.top = b[1] / l.h * 100 + "%";
    el.style.width = (b[2] - b[0]) / l.w * 100 + "%"; el.style.height = (b[3] - b[1]) / l.h * 100 + "%";
    return el;
  }

  const drawings = Object.fromEntries(["note", "bookmark"].map((k) => [k, $(`.reader-bar [data-do="${k}"] svg`)]));
  function over(sh) {
    const l = sh.layer;
    if (!sh.over || !l) return;
    sh.over.replaceChildren();
    sh.pic.querySelectorAll(".pin").forEach((p) => p.remove());
    let loose = 0;
    for (const m of l.marks) {
      for (const b of m.boxes) sh.over.append(rect(`hl hl-${m.colour}${m.kind === "note" ? " hl-note" : ""}`, b, l));
      if (m.kind === "highlight" && !m.text) continue;
      const pin = make("button", `pin pin-${m.kind} swatch-${m.colour}`);
      pin.type = "button";
      pin.dataset.pin = m.id;
      pin.title = m.text || T[m.kind];
      pin.setAttribute("aria-label", `${T[m.kind]}: ${m.text || ""}`);
      const icon = drawings[m.kind === "bookmark" ? "bookmark" : "note"];
      if (icon) pin.append(icon.cloneNode(true)); else pin.textContent = "•";
      const b = m.boxes[0];
      pin.style.top = b ? b[1] / l.h * 100 + "%" : 1 + 5 * loose++ + "%";
      sh.pic.append(pin);
    }
    l.hits.forEach((b, k) => sh.over.append(rect(step && step.i === sh.i && step.k === k ? "hit-box hit-now" : "hit-box", b, l)));
  }

  // draw sees to it that what is in sight is there, and nothing else.
  function draw() {
    if (!P) return;
    const y = view.scrollTop, h = view.clientHeight;
    const a = Math.max(from, rowAt(y - h * .6)), b = Math.min(to - 1, rowAt(y + h * 1.8)), s = step2();
    for (const [i, sh] of sheets) if (rowOf(i) < a || rowOf(i) > b) {
      if (sh.el.contains(document.activeElement)) view.focus({ preventScroll: true });
      clearTimeout(sh.timer);
      if (sh.img) sh.img.removeAttribute("src");
      sh.el.remove();
      sheets.delete(i);
    }
    for (let i = a * s; i < Math.min(N, (b + 1) * s); i++) {
      if (sheets.has(i)) continue;
      const sh = sheet(i);
      sheets.set(i, sh);
      const next = [...canvas.children].find((c) => Number(c.dataset.i) > i);
      sh.el.dataset.i = i;
      canvas.insertBefore(sh.el, next || null);
    }
    const r = rowAt(y + h / 3);
    if (rowOf(at) !== r) arrive(r * s);
    if ((from > 0 && y < 1e5) || (to < rows() && y > tall - 1e5)) keep(() => {}); // the next stretch of a very long file
  }

  // arrive tells everything around the page that another one is open.
  function arrive(i) {
    at = i;
    $("[data-folio]").value = P.folio[i] || `#${i + 1}`;
    $("[data-of]").textContent = lastFolio && P.folio[i] ? `/ ${lastFolio}` : `/ ${N}`;
    $("[data-folio-label]").textContent = P.folio[i] ? "BL" : T.page;
    settle();
  }
  const titleOf = (i) => (P.doc[i] < 0 ? null : $(`[data-doc="${P.docs[P.doc[i]]}"]`));
  let told = -1;
  const settle = later(() => {
    const line = $("[data-now]"), link = titleOf(at);
    line.replaceChildren(make("strong", "", name(at)));
    for (const a of all("[data-doc][aria-current]")) a.removeAttribute("aria-current");
    if (link) {
      link.setAttribute("aria-current", "true");
      link.closest("details").open = true;
      into(link, $("#side-tree"));
      line.append(make("span", "now-title", $(".leaf-title", link).textContent));
      const range = $(".leaf-bl", link);
      if (range && range.textContent !== name(at)) line.append(make("span", "now-range", range.textContent));
    }
    if (told !== at) $("[data-say]").textContent = `${name(at)}, ${T.page.toLowerCase()} ${at + 1} ${T.of} ${N}. ${link ? $(".leaf-title", link).textContent : ""}`;
    told = at;
    address();
    thumbs();
    if (!notes.hidden) readNotes();
  }, 180);

  // into scrolls a box so far that el is in sight; scrollIntoView moves the page too.
  function into(el, box) {
    if (!box || box.hidden) return;
    const a = el.getBoundingClientRect(), b = box.getBoundingClientRect();
    if (a.top < b.top || a.bottom > b.bottom) box.scrollTop += a.top - b.top - b.height / 3;
  }

  function address() {
    const v = new URLSearchParams({ page: P.id[at] });
    if (query) v.set("q", query);
    if (zoom !== "auto") v.set("zoom", zoom);
    if (two) v.set("two", "1");
    history.replaceState(null, "", `${base}?${v}`);
  }

  // go opens a page. box, on its picture, is what should be in the middle.
  function go(i, box) {
    i = clamp(i, 0, N - 1);
    const r = rowOf(i);
    if (r < from || r >= to) layout(r);
    let y = top(r) - 8;
    if (box) {
      const k = scales[r] * 96 / (P.dpi[i] || 150);
      const [w, h] = natural(i).map((x) => x * scales[r]);
      let cx = (box[0] + box[2]) / 2 * k, cy = (box[1] + box[3]) / 2 * k;
      if (angle(i) === 90) [cx, cy] = [h - cy, cx];
      if (angle(i) === 180) [cx, cy] = [w - cx, h - cy];
      if (angle(i) === 270) [cx, cy] = [cy, w - cx];
      const low = top(r) + cy;
      if (low < view.scrollTop + 40 || low > view.scrollTop + view.clientHeight - 40 || rowOf(at) !== r) y = low - view.clientHeight / 3;
      else y = view.scrollTop;
      if (broad > view.clientWidth) view.scrollLeft = cx - view.clientWidth / 2;
    }
    view.scrollTop = y;
    arrive(i);
    draw();
    if (at !== i) arrive(i);
  }
  const turnTo = (by) => go((rowOf(at) + by) * step2());
  const byPage = (id) => place.get(id);

  function goFolio(text) {
    text = text.trim();
    const hash = /^#\s*(\d+)$/.exec(text), bl = /^(?:bl\s*)?0*(\d+)/i.exec(text);
    if (hash) return go(Number(hash[1]) - 1);
    if (!bl) return;
    const n = Number(bl[1]), i = lastFolio ? P.folio.indexOf(n) : n - 1;
    if (i < 0 || i >= N) { toast(T.nofolio, "warning"); arrive(at); return; }
    go(i);
    view.focus({ preventScroll: true });
  }

  // Zoom, turn, two pages.
  const select = $("[data-zoom]");
  function setZoom(z) {
    keep(() => { zoom = String(z); });
    if (![...select.options].some((o) => o.value === zoom && !o.dataset.own)) {
      let own = select.querySelector("[data-own]");
      if (!own) { own = make("option"); own.dataset.own = "1"; select.append(own); }
      own.value = zoom;
      own.textContent = `${zoom}%`;
    }
    select.value = zoom;
    address();
  }
  function zoomBy(f) {
    const now = scales[rowOf(at)] * 100, stops = [25, 33, 50, 67, 75, 90, 100, 110, 125, 150, 175, 200, 250, 300, 400];
    setZoom(f > 0 ? stops.find((z) => z > now * 1.01) || 400 : stops.findLast?.((z) => z < now * .99) || 25);
  }
  view.addEventListener("wheel", (e) => {
    if (!e.ctrlKey) return;
    e.preventDefault();
    if (wheel()) zoomBy(e.deltaY < 0 ? 1 : -1);
  }, { passive: false });
  let wheeled = 0;
  const wheel = () => { const ok = performance.now() - wheeled > 60; if (ok) wheeled = performance.now(); return ok; };

  // Searching in the file.
  const hitsLine = $("[data-hits]"), list = $("[data-found]"), say = $("[data-found-say]");
  async function find(words, first) {
    query = words.trim();
    layers.clear();
    step = null;
    if (!query) {
      found = []; foundAt.clear();
      list.replaceChildren(); say.textContent = "";
      hitsLine.hidden = $("[data-steps]").hidden = true;
      for (const sh of sheets.values()) if (sh.layer) sh.layer.hits = [], over(sh);
      return address();
    }
    hitsLine.hidden = false;
    hitsLine.textContent = T.searching;
    try {
      const f = await get(`${base}/search?q=${encodeURIComponent(query)}`);
      found = f.pages.map(byPage).filter((i) => i !== undefined);
      foundAt = new Map(found.map((i, k) => [i, k]));
      list.replaceChildren();
      more(f.hits);
      say.textContent = found.length ? `${found.length}${f.all ? "" : "+"} ${T.hits}` : T.nohits;
      hitsLine.textContent = say.textContent;
      $("[data-steps]").hidden = !found.length;
      for (const sh of sheets.values()) load(sh);
      if (first && found.length) {
        show("found");
        const k = found.findIndex((i) => i >= at);
        await toHit(found[Math.max(k, 0)], 0);
      } else tell();
    } catch { hitsLine.textContent = T.failed; }
    address();
  }
  function more(hits) {
    $(".found-more")?.remove();
    for (const h of hits) {
      const li = make("li"), a = make("a", "leaf"), p = make("span", "found-text");
      a.href = `${base}?page=${h.page}&q=${encodeURIComponent(query)}`;
      a.dataset.jump = h.page;
      a.append(make("span", "leaf-bl", h.folio ? cite(h.folio) : `${T.page} ${byPage(h.page) + 1}`), p);
      for (const s of h.snippet) p.append(s.hit ? make("mark", "", s.text) : ` ${s.text} `);
      li.append(a);
      list.append(li);
    }
    if (list.children.length < found.length) {
      const b = make("button", "small found-more", T.more);
      b.type = "button";
      b.onclick = async () => { b.disabled = true; more((await get(`${base}/search?q=${encodeURIComponent(query)}&from=${list.children.length}`)).hits); };
      list.after(b);
    }
  }
  function tell() {
    if (!found.length) return;
    const k = step ? foundAt.get(step.i) : undefined;
    hitsLine.textContent = k === undefined ? `${found.length} ${T.hits}` : `${k + 1} / ${found.length}`;
    hitsLine.title = `${found.length} ${T.hits}`;
    for (const a of all("[aria-current]", list)) a.removeAttribute("aria-current");
    const a = step && list.querySelector(`[data-jump="${P.id[step.i]}"]`);
    if (a) a.setAttribute("aria-current", "true"), into(a, $("#side-found"));
  }
  // toHit opens page i at its k-th hit, the last one for k < 0, the longest for none:
  // who comes from a search wants the phrase, not the first word that is like it.
  async function toHit(i, k) {
    const l = await layer(i), wide = (b) => b[2] - b[0];
    k ??= l.hits.reduce((best, b, n) => (wide(b) > wide(l.hits[best]) ? n : best), 0);
    step = { i, k: k < 0 ? Math.max(l.hits.length - 1, 0) : k };
    go(i, l.hits[step.k]);
    for (const sh of sheets.values()) over(sh);
    tell();
  }
  async function hitBy(by) {
    if (!found.length) return;
    if (step) {
      const n = (await layer(step.i)).hits.length, k = step.k + by;
      if (k >= 0 && k < n) return toHit(step.i, k);
    }
    const now = step ? step.i : at - (by > 0 ? .5 : -.5);
    let j = by > 0 ? found.findIndex((i) => i > now) : found.findLastIndex?.((i) => i < now) ?? -1;
    if (j < 0) j = by > 0 ? 0 : found.length - 1;
    return toHit(found[j], by > 0 ? 0 : -1);
  }

  // Small pages, as many as are in sight.
  const strip = $("#side-thumbs");
  const CELL = 196;
  function thumbs() {
    if (strip.hidden || !P) return;
    const cols = Math.max(1, Math.floor(strip.clientWidth / 128)), w = strip.clientWidth / cols;
    let box = $(".thumbs", strip);
    if (!box) strip.append(box = make("div", "thumbs"));
    box.style.height = Math.ceil(N / cols) * CELL + "px";
    if (strip.dataset.at !== String(at)) {
      strip.dataset.at = at;
      const y = Math.floor(at / cols) * CELL;
      if (y < strip.scrollTop || y + CELL > strip.scrollTop + strip.clientHeight) strip.scrollTop = y - strip.clientHeight / 3;
    }
    const a = Math.max(0, Math.floor(strip.scrollTop / CELL) - 1) * cols, b = Math.min(N, (Math.ceil((strip.scrollTop + strip.clientHeight) / CELL) + 1) * cols);
    const kept = new Map([...box.children].map((t) => [Number(t.dataset.i), t]));
    for (const [i, t] of kept) if (i < a || i >= b) t.remove(), kept.delete(i);
    for (let i = a; i < b; i++) {
      let t = kept.get(i);
      if (!t) {
        t = make("a", "thumb");
        t.href = `${base}?page=${P.id[i]}`;
        t.dataset.i = i;
        t.dataset.jump = P.id[i];
        if (flag(i, BARE)) t.append(make("span", "thumb-bare", flag(i, MISSING) ? "?" : "!"));
        else {
          const img = make("img");
          img.alt = "";
          img.loading = "lazy";
          img.src = `/pages/${P.id[i]}/thumb`;
          if (P.turn[i]) img.style.transform = `rotate(${P.turn[i]}deg)`;
          t.append(img);
        }
        t.append(make("span", "thumb-name", name(i)));
        if (flag(i, EXCLUDED)) t.classList.add("thumb-out");
        const next = [...box.children].find((c) => Number(c.dataset.i) > i);
        box.insertBefore(t, next || null);
      }
      t.style.left = (i % cols) * w + "px"; t.style.top = Math.floor(i / cols) * CELL + "px"; t.style.width = w + "px";
      if (i === at) t.setAttribute("aria-current", "true"); else t.removeAttribute("aria-current");
    }
  }
  strip.addEventListener("scroll", () => requestAnimationFrame(thumbs), { passive: true });

  // The panels.
  const tabs = all("[role=tab]");
  function show(what) {
    for (const t of tabs) {
      const on = t.id === `tab-${what}`;
      t.setAttribute("aria-selected", on);
      t.tabIndex = on ? 0 : -1;
      document.getElementById(t.getAttribute("aria-controls")).hidden = !on;
    }
    if (side.hidden && wide(960)) panel(side, true);
    thumbs();
  }
  // Where there is room for panels beside the page they may stay; drawers may not.
  matchMedia("(min-width: 960px)").addEventListener("change", (e) => {
    if (!e.matches) for (const p of [side, notes]) if (!p.hidden) panel(p, false);
  });
  function panel(el, open, focus) {
    if (open && !wide(960)) for (const o of [side, notes]) if (o !== el) o.hidden = true;
    el.hidden = !open;
    for (const o of [side, notes]) {
      root.classList.toggle(`with-${o === side ? "side" : "notes"}`, !o.hidden);
      for (const b of all(`[data-do="${o === side ? "side" : "notes"}"][aria-expanded]`)) b.setAttribute("aria-expanded", !o.hidden);
    }
    if (wide(960)) try { localStorage[`reader-${el.id}`] = open ? "1" : "0"; } catch { /* not kept */ }
    if (open && focus) el.focus();
    if (open && el === notes) readNotes();
    if (open && el === side) thumbs(), settle();
    if (!open && focus) view.focus({ preventScroll: true });
  }

  let notesOf = root.dataset.page;
  async function readNotes(again) {
    if (!again && notesOf === P.id[at]) return;
    const id = (notesOf = P.id[at]);
    const r = await fetch(`${base}/notes?page=${id}`);
    if (r.ok && notesOf === id) fill($("[data-notes]"), await r.text());
  }
  const fill = (el, html) => { el.innerHTML = html; }; // our own server's, every value escaped
  async function readTree() {
    const r = await fetch(`${base}/tree`);
    if (!r.ok) return;
    const was = new Map(all("[data-branch]").map((d) => [d.dataset.branch, d.open]));
    fill($("[data-tree]"), await r.text());
    for (const d of all("[data-branch]")) d.open = was.get(d.dataset.branch) ?? true;
    settle();
  }

  // Marks. send posts one and shows what has become of the page.
  async function send(url, body, done) {
    const r = await fetch(url, { method: "POST", headers: { "HX-Request": "true" }, body: new URLSearchParams(body) });
    const html = await r.text();
    if (r.ok || r.status === 422) {
      fill($("[data-notes]"), html);
      notesOf = $("[data-notes-of]")?.dataset.notesOf;
    }
    if (!r.ok) {
      if (r.status === 422) panel(notes, true);
      return toast($(".error-summary", notes)?.innerText || T.failed, "danger");
    }
    const i = byPage(notesOf);
    layers.delete(i);
    const sh = sheets.get(i);
    if (sh) load(sh);
    readTree();
    toast(done);
  }

  function chosen() {
    const sel = getSelection(), out = [];
    if (!sel.rangeCount || sel.isCollapsed) return out;
    for (const [i, sh] of [...sheets].sort((a, b) => a[0] - b[0])) {
      if (!sh.words || !sel.containsNode(sh.words, true)) continue;
      const words = [...sh.words.querySelectorAll("[data-w]")].filter((s) => sel.containsNode(s, true) && !edge(sel, s)).map((s) => sh.layer.words[s.dataset.w]);
      if (words.length) out.push({ i, words });
    }
    return out;
  }
  // edge reports whether a selection only touches the border of a word.
  function edge(sel, span) {
    const r = sel.getRangeAt(0), t = span.firstChild;
    return (r.startContainer === t && r.startOffset === t.length) || (r.endContainer === t && r.endOffset === 0);
  }
  function said(parts) {
    let out = "", was;
    for (const p of parts) for (const w of p.words) {
      if (was) out += was[5] === w[5] && was.page === p.i ? " " : "\n";
      out += w[0];
      was = Object.assign([...w], { page: p.i });
    }
    return out;
  }
  function lines(words) {
    const out = [];
    let no;
    for (const [, x0, y0, x1, y1, n] of words) {
      const b = out[out.length - 1];
      if (b && n === no) b[0] = Math.min(b[0], x0), b[1] = Math.min(b[1], y0), b[2] = Math.max(b[2], x1), b[3] = Math.max(b[3], y1);
      else out.push([x0, y0, x1, y1]);
      no = n;
    }
    return out;
  }
  const citation = (parts) => {
    const is = parts.length ? parts.map((p) => p.i) : [at], a = P.folio[is[0]], b = P.folio[is[is.length - 1]];
    return a ? cite(a, b || a) : `${T.page.toLowerCase()} ${is[0] + 1}`;
  };

  async function copy(text) {
    try {
      if (!navigator.clipboard) throw new Error();
      await navigator.clipboard.writeText(text);
    } catch { // a page that came without TLS
      const box = make("textarea", "unseen");
      box.value = text;
      root.append(box);
      box.select();
      const ok = document.execCommand("copy");
      box.remove();
      if (!ok) return toast(`${T.nocopy} ${text}`, "warning");
    }
    toast(`${T.copied} ${text.length > 120 ? text.slice(0, 117) + "…" : text}`);
  }

  async function highlight(colour = "yellow") {
    const parts = chosen();
    if (!parts.length) return toast(T.select, "info");
    for (const p of parts) await send(`/pages/${P.id[p.i]}/marks`, { kind: "highlight", colour, boxes: JSON.stringify(lines(p.words)) }, T.saved);
    getSelection().removeAllRanges();
  }

  const form = $("[data-mark-form]"), dialog = document.getElementById("mark-dialog");
  function compose(kind) {
    if (!form) return;
    const part = chosen()[0], i = part ? part.i : at;
    form.reset();
    form.action = `/pages/${P.id[i]}/marks`;
    form.elements.kind.value = kind;
    form.elements.boxes.value = part && kind !== "bookmark" ? JSON.stringify(lines(part.words)) : "";
    document.getElementById("mark-dialog-title").textContent = `${T[kind]} · ${name(i)}`;
    const group = titleOf(i)?.closest("[data-branch]")?.dataset.branch;
    if (group && [...form.elements.group.options].some((o) => o.value === group)) form.elements.group.value = group;
    if (!wide(960)) panel(notes, false);
    dialog.showModal();
    form.elements.text.focus();
  }

  root.addEventListener("submit", (e) => {
    const f = e.target;
    if (f.matches("[data-go]")) {
      e.preventDefault();
      goFolio($("[data-folio]").value);
    } else if (f.matches("[data-find]")) {
      e.preventDefault();
      const words = $("#find").value;
      if (words.trim() === query && found.length) hitBy(1);
      else find(words, true);
    } else if (f.matches("[data-range]")) {
      const box = document.getElementById("range-dialog");
      setTimeout(() => box.close(), 100);
    } else if (/\/marks(\/|$)/.test(new URL(f.action).pathname) && f.method === "post") {
      e.preventDefault();
      const body = new FormData(f);
      if (e.submitter?.name) body.set(e.submitter.name, e.submitter.value);
      if (f.matches(".confirm") && !e.submitter?.name) return;
      f.closest("dialog")?.close();
      $("dialog[open]")?.close();
      getSelection().removeAllRanges();
      send(f.action, body, f.matches(".confirm") ? T.deleted : T.saved);
      if (f === form && wide(960) && body.get("kind") === "note") panel(notes, true);
    }
  });

  const acts = {
    prev: () => turnTo(-1),
    next: () => turnTo(1),
    in: () => zoomBy(1),
    out: () => zoomBy(-1),
    auto: () => setZoom("auto"),
    turn: () => { keep(() => { spin = (spin + 90) % 360; }); },
    two: (b) => { keep(() => { two = !two; }); b.setAttribute("aria-pressed", two); address(); },
    side: () => panel(side, side.hidden, true),
    notes: () => panel(notes, notes.hidden, true),
    more: (b) => b.setAttribute("aria-expanded", root.classList.toggle("with-more")),
    highlight: () => highlight(),
    note: () => compose("note"),
    "note-here": () => compose("note"),
    bookmark: () => compose("bookmark"),
    quote: () => { const p = chosen(); if (p.length) copy(`“${said(p).replace(/\s+/g, " ")}” (${citation(p)})`); },
    cite: () => { const p = chosen(); copy(p.length ? `“${said(p).replace(/\s+/g, " ")}” (${citation(p)})` : citation([])); },
    link: () => {
      const is = chosen().map((p) => p.i), a = P.folio[is[0] ?? at], b = P.folio[is[is.length - 1]] || 0;
      copy(location.origin + (a ? `/c/${dossier}/${a}${b > a ? `-${b}` : ""}` : `${base}?page=${P.id[at]}`));
    },
    "hit-next": () => hitBy(1),
    "hit-prev": () => hitBy(-1),
    help: () => document.dispatchEvent(new KeyboardEvent("keydown", { key: "?", bubbles: true })),
    print: () => {
      for (const s of ["#range-from", "#range-to"]) if ($(s)) $(s).value = P.folio[at] || "";
      document.getElementById("range-dialog").showModal();
    },
    "range-document": () => {
      const mine = P.folio.filter((f, i) => f && P.doc[i] === P.doc[at]);
      if (mine.length) $("#range-from").value = mine[0], $("#range-to").value = mine[mine.length - 1];
    },
    "range-all": () => { $("#range-from").value = 1; $("#range-to").value = lastFolio; },
  };
  root.addEventListener("click", (e) => {
    if (!wide(960) && !e.target.closest("aside, .reader-bar, dialog")) for (const p of [side, notes]) if (!p.hidden) panel(p, false, true); // beside a drawer
    const el = e.target.closest("[data-do], [data-jump], [data-doc], [data-pin], [data-colour], [role=tab]");
    if (!el || !P || e.ctrlKey || e.metaKey || e.shiftKey) return;
    if (el.dataset.do) acts[el.dataset.do](el);
    else if (el.dataset.colour) highlight(el.dataset.colour);
    else if (el.matches("[role=tab]")) show(el.id.slice(4));
    else if (el.dataset.pin) {
      panel(notes, true);
      readNotes().then(() => { const m = document.getElementById(`mark-${el.dataset.pin}`); if (m) m.tabIndex = -1, m.focus(); });
    } else {
      const i = el.dataset.jump ? byPage(el.dataset.jump) : P.doc.indexOf(P.docs.indexOf(el.dataset.doc));
      if (i === undefined || i < 0) return;
      e.preventDefault();
      if (!wide(960)) panel(el.closest("aside"), false);
      if (foundAt.has(i)) toHit(i, 0); else go(i);
    }
  });
  root.addEventListener("keydown", (e) => {
    const k = tabs.indexOf(e.target);
    if (k < 0 || (e.key !== "ArrowLeft" && e.key !== "ArrowRight")) return;
    e.preventDefault();
    e.stopPropagation();
    const t = tabs[(k + (e.key === "ArrowRight" ? 1 : tabs.length - 1)) % tabs.length];
    show(t.id.slice(4));
    t.focus();
  });
  document.addEventListener("keydown", (e) => {
    const t = e.target;
    if (!P || e.defaultPrevented || e.ctrlKey || e.metaKey || e.altKey || e.shiftKey || document.querySelector("dialog[open]") || t.matches?.("input, select, textarea")) return;
    if (e.key === "Escape") {
      if (!$("[data-pop]").hidden) getSelection().removeAllRanges();
      else if (!wide(960)) for (const p of [side, notes]) if (!p.hidden) panel(p, false, true);
      return;
    }
    const act = { ArrowLeft: () => turnTo(-1), PageUp: () => turnTo(-1), ArrowRight: () => turnTo(1), PageDown: () => turnTo(1), Home: () => go(0), End: () => go(N - 1), "=": () => zoomBy(1) }[e.key];
    if (!act || t.closest?.("aside") && e.key !== "ArrowLeft" && e.key !== "ArrowRight") return;
    e.preventDefault();
    act();
  });
  $("[data-folio]").addEventListener("focus", (e) => e.target.select());
  select.addEventListener("change", () => setZoom(select.value));
  $("#find").addEventListener("search", (e) => { if (!e.target.value) find(""); });

  // What can be done with words that are chosen stands beside them.
  const pop = $("[data-pop]");
  document.addEventListener("selectionchange", later(() => {
    const parts = P ? chosen() : [];
    pop.hidden = !parts.length;
    if (!parts.length) return;
    const r = getSelection().getRangeAt(0).getBoundingClientRect(), w = pop.offsetWidth, h = pop.offsetHeight;
    pop.style.left = clamp(r.left + r.width / 2 - w / 2, 6, innerWidth - w - 6) + "px";
    pop.style.top = (r.top > h + 70 ? r.top - h - 8 : Math.min(r.bottom + 8, innerHeight - h - 6)) + "px";
  }, 160));
  pop.addEventListener("mousedown", (e) => e.preventDefault()); // the choice stays
  document.addEventListener("copy", (e) => {
    const parts = P ? chosen() : [];
    if (!parts.length || e.target.matches?.("input, textarea")) return;
    e.clipboardData.setData("text/plain", said(parts));
    e.preventDefault();
  });

  // A wipe turns the page, unless it moves a page that is wider than the window.
  let wipe = null;
  view.addEventListener("touchstart", (e) => { wipe = e.touches.length === 1 ? [e.touches[0].clientX, e.touches[0].clientY] : null; }, { passive: true });
  view.addEventListener("touchend", (e) => {
    if (!wipe || broad > view.clientWidth + 1 || !getSelection().isCollapsed) return;
    const dx = e.changedTouches[0].clientX - wipe[0], dy = e.changedTouches[0].clientY - wipe[1];
    if (Math.abs(dx) > 70 && Math.abs(dy) < 40) turnTo(dx < 0 ? 1 : -1);
  }, { passive: true });

  async function start() {
    document.documentElement.classList.add("reading");
    const kept = (id, or) => { try { return localStorage[`reader-${id}`] ? localStorage[`reader-${id}`] === "1" : or; } catch { return or; } };
    for (const s of ["[data-bar]", "[data-tabs]", "[data-notes-head]"]) $(s).hidden = false;
    side.hidden = !(wide(960) && kept("reader-side", true));
    notes.hidden = !(wide(960) && kept("reader-notes", wide(1200)));
    root.classList.toggle("with-side", !side.hidden);
    root.classList.toggle("with-notes", !notes.hidden);
    for (const [el, k] of [[side, "side"], [notes, "notes"]]) for (const b of all(`[data-do="${k}"][aria-expanded]`)) b.setAttribute("aria-expanded", !el.hidden);
    try {
      P = await get(`${base}/pages`);
    } catch {
      document.documentElement.classList.remove("reading");
      $("[data-bar]").hidden = true;
      side.hidden = notes.hidden = false;
      view.innerHTML = plain;
      return toast(T.failed, "danger");
    }
    N = P.id.length;
    place = new Map(P.id.map((id, i) => [id, i]));
    if (P.doc.every((d) => d < 0)) $("#tab-tree").hidden = false;
    show(query ? "found" : "tree");
    view.replaceChildren(canvas);
    view.tabIndex = 0;
    view.setAttribute("role", "region");
    view.setAttribute("aria-label", root.querySelector(".reader-middle").getAttribute("aria-label"));
    const first = byPage(root.dataset.page) ?? 0;
    at = first;
    $('[data-do="two"]').setAttribute("aria-pressed", two);
    if (/^\d+$/.test(zoom) || ["width", "page"].includes(zoom)) { const z = zoom; layout(rowOf(first)); setZoom(z); } else { zoom = "auto"; layout(rowOf(first)); }
    go(first);
    view.addEventListener("scroll", () => requestAnimationFrame(draw), { passive: true });
    let was = view.clientWidth;
    new ResizeObserver(() => { if (view.clientWidth !== was) { was = view.clientWidth; keep(() => {}); } else draw(); thumbs(); }).observe(view);
    if (query) {
      await find(query, false);
      if (foundAt.has(first)) await toHit(first);
    }
    if (document.activeElement === document.body) view.focus({ preventScroll: true });
    root.dataset.ready = "1";
  }
  start();
})();
