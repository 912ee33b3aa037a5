/* On the counter's pages while there is a connection: be ready for losing it, and send what was accepted without one.
   On a device that was struck off (no workerUrl): accept nothing more, and hand in what waits once somebody signed in. */
(async () => {
  "use strict";
  const box = document.querySelector("[data-device]");
  if (!box || !window.isSecureContext || !("serviceWorker" in navigator) || !window.indexedDB || !window.crypto.subtle) return;
  const { device: id, keyUrl, sendUrl, workerUrl, scope } = box.dataset;
  const token = box.querySelector("[name=csrfmiddlewaretoken]").value;
  const words = box.querySelector("[role=status]");
  const sendKey = async (key) => {
    const answer = await fetch(keyUrl, {
      method: "POST", headers: { "X-CSRFToken": token }, body: new URLSearchParams({ key }),
    });
    return answer.ok;
  };
  const sendWaiting = async () => {
    const answers = sendUrl ? await window.minfuDevice.send(sendUrl, token) : [];
    const left = (await window.minfuDevice.waiting()).length;
    const doubted = answers.filter((answer) => answer.state !== "paid").length;
    if (left) words.textContent = box.dataset.left.replace("#", left);
    else if (doubted) words.textContent = box.dataset.doubted.replace("#", doubted);
    else if (answers.length) words.textContent = box.dataset.sent.replace("#", answers.length);
    else words.textContent = box.dataset.nothing || "";
    box.hidden = !words.textContent;
  };
  try {
    if (!workerUrl) {
      const worker = await navigator.serviceWorker.getRegistration(scope);
      if (worker) await worker.unregister();
      await caches.delete("minfu-counter");
      await sendWaiting();
      return;
    }
    if (!(await window.minfuDevice.prepare(id, sendKey))) {
      await sendWaiting();
      words.textContent = words.textContent || box.dataset.keyless;
      box.hidden = false;
      return;
    }
    const registration = await navigator.serviceWorker.register(workerUrl, { scope });
    const kept = Number(sessionStorage.getItem("minfu-kept") || 0);
    if (Date.now() - kept > 600000 && registration.active) {
      registration.active.postMessage("refresh");
      sessionStorage.setItem("minfu-kept", Date.now());
    }
    await sendWaiting();
    window.addEventListener("online", sendWaiting);
  } catch (fault) {
    words.textContent = box.dataset.keyless;
    box.hidden = false;
  }
})();
