// Drawing what is to be covered. A rectangle drawn on the page fills the form beside
// it; the form alone does the same for those who use no mouse.
(() => {
  "use strict";
  const svg = document.querySelector("svg[data-redact]");
  const lines = document.querySelectorAll("[data-line]");
  const boxOf = (i) => document.querySelector(`[data-box="${i}"]`);

  // A line of the list shows its box, and the other way round.
  for (const line of lines) {
    const box = boxOf(line.dataset.line);
    const mark = (on) => () => {
      box?.classList.toggle("redact-here", on);
      line.classList.toggle("redact-here", on);
    };
    for (const el of [line, box]) {
      el?.addEventListener("pointerenter", mark(true));
      el?.addEventListener("pointerleave", mark(false));
    }
    line.addEventListener("focusin", mark(true));
    line.addEventListener("focusout", mark(false));
  }

  if (!svg) return;
  const layer = svg.querySelector("g"), fresh = svg.querySelector("[data-new]"), form = document.getElementById("add");
  const image = svg.querySelector("image");
  const width = +image.getAttribute("width"), height = +image.getAttribute("height");
  let from = null;

  // place is where the pointer is, in pixels of the upright picture.
  function place(e) {
    const p = new DOMPoint(e.clientX, e.clientY).matrixTransform(layer.getScreenCTM().inverse());
    return { x: Math.round(Math.min(Math.max(p.x, 0), width)), y: Math.round(Math.min(Math.max(p.y, 0), height)) };
  }

  function show(x, y, w, h) {
    for (const [k, v] of Object.entries({ x, y, width: w, height: h })) fresh.setAttribute(k, v);
  }

  function fill(x, y, w, h) {
    for (const [k, v] of Object.entries({ x, y, w, h })) form.elements[k].value = v;
  }

  function fromForm() {
    const n = (k) => Math.max(0, parseInt(form.elements[k].value, 10) || 0);
    show(n("x"), n("y"), n("w"), n("h"));
  }

  svg.addEventListener("pointerdown", (e) => {
    if (e.button !== 0) return;
    e.preventDefault();
    from = place(e);
    svg.setPointerCapture(e.pointerId);
  });
  svg.addEventListener("pointermove", (e) => {
    if (!from) return;
    const to = place(e);
    const x = Math.min(from.x, to.x), y = Math.min(from.y, to.y), w = Math.abs(to.x - from.x), h = Math.abs(to.y - from.y);
    show(x, y, w, h);
    fill(x, y, w, h);
  });
  svg.addEventListener("pointerup", () => {
    if (!from) return;
    from = null;
    form.querySelector("button").focus({ preventScroll: true });
  });
  svg.addEventListener("pointercancel", () => (from = null));
  for (const k of ["x", "y", "w", "h"]) form.elements[k].addEventListener("input", fromForm);
  fromForm();
})();
