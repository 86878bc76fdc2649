// A button that prints the page, and one that ticks every box of a list. Without a
// script there is the browser's own, and each box.
for (const b of document.querySelectorAll("[data-print]")) {
  b.hidden = false;
  b.addEventListener("click", () => print());
}
for (const b of document.querySelectorAll("[data-tick]")) {
  const boxes = [...document.querySelectorAll(`input[type="checkbox"][name="${b.dataset.tick}"]:not(:disabled)`)];
  b.hidden = boxes.length < 2;
  b.addEventListener("click", () => {
    const on = !boxes.every((x) => x.checked);
    for (const x of boxes) x.checked = on;
  });
}
