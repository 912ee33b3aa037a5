/* Counts the seconds down and fetches the next code when they are over. */
(() => {
  "use strict";
  const box = document.querySelector("[data-code]");
  if (!box) return;
  const shown = box.querySelector("[data-left]");
  const end = Date.now() + Number(box.dataset.code) * 1000;
  const tick = setInterval(() => {
    const left = Math.max(0, Math.ceil((end - Date.now()) / 1000));
    shown.textContent = left;
    if (!left) { clearInterval(tick); location.reload(); }
  }, 500);
})();
