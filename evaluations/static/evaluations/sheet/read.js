/* A sheet that was handed in: nothing of it stays on the device, unless something never reached the server. */
(async () => {
  "use strict";
  const page = document.querySelector("[data-handed-in]");
  const store = window.minfuSheets;
  if (!page || !store) return;
  const sheet = page.dataset.handedIn;
  const left = await store.unsent(sheet);
  if (!left.length) { await store.drop(sheet, location.pathname); return; }
  const box = page.querySelector("[data-left]");
  for (const one of left) {
    const field = one.name && one.value !== undefined ? page.querySelector(`[data-field="${one.name}"]`) : page.querySelector(`[data-field="points_${one.leaf}"]`);
    const item = document.createElement("li");
    item.textContent = [field ? field.dataset.label : "", one.value !== undefined ? one.value : one.name].filter(Boolean).join("：");
    box.querySelector("ul").append(item);
  }
  box.hidden = false;
  box.querySelector("button").addEventListener("click", async () => {
    await store.drop(sheet, location.pathname);
    box.hidden = true;
  });
})();
