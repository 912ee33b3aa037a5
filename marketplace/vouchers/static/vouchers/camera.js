/* Scan with the camera. Where the browser reads square codes itself it does; else the frames go to our own server. */
(() => {
  "use strict";
  const box = document.querySelector("[data-camera]");
  if (!box || !navigator.mediaDevices || !navigator.mediaDevices.getUserMedia) return;
  const form = box.closest("form");
  const input = form.querySelector("[name=card]");
  const [start, stop] = ["start", "stop"].map((name) => box.querySelector(`[data-camera-${name}]`));
  const video = box.querySelector("video");
  const words = box.querySelector("[role=status]");
  const canvas = document.createElement("canvas");
  const widest = 800;
  let stream = null;
  let until = 0;

  const ownReader = async () => {
    if (!("BarcodeDetector" in window)) return null;
    const formats = await window.BarcodeDetector.getSupportedFormats();
    return formats.includes("qr_code") ? new window.BarcodeDetector({ formats: ["qr_code"] }) : null;
  };

  const read = async (reader) => {
    if (reader) {
      const [found] = await reader.detect(video);
      return found ? found.rawValue : "";
    }
    const scale = Math.min(1, widest / video.videoWidth);
    canvas.width = video.videoWidth * scale;
    canvas.height = video.videoHeight * scale;
    canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
    const frame = await new Promise((done) => { canvas.toBlob(done, "image/jpeg", 0.85); });
    if (!frame) return "";
    const data = new FormData();
    data.append("frame", frame, "frame.jpg");
    const answer = await fetch(box.dataset.camera, {
      method: "POST", body: data, headers: { "X-CSRFToken": form.querySelector("[name=csrfmiddlewaretoken]").value },
    });
    return answer.ok ? (await answer.json()).code : "";
  };

  const close = () => {
    if (stream) stream.getTracks().forEach((track) => track.stop());
    stream = null;
    video.hidden = stop.hidden = true;
    start.hidden = false;
  };

  const look = async (reader) => {
    while (stream && Date.now() < until) {
      let code = "";
      try { code = video.videoWidth ? await read(reader) : ""; } catch (fault) { words.textContent = box.dataset.offline; }
      if (code && stream) {
        input.value = code;
        words.textContent = box.dataset.found;
        close();
        if (!("stay" in box.dataset)) form.requestSubmit();
        return;
      }
      await new Promise((done) => { setTimeout(done, 350); });
    }
    if (stream) { words.textContent = box.dataset.nothing; close(); }
  };

  start.hidden = false;
  start.addEventListener("click", async () => {
    try {
      stream = await navigator.mediaDevices.getUserMedia({
        video: { facingMode: "environment", width: { ideal: 1280 } }, audio: false,
      });
    } catch (fault) {
      words.textContent = box.dataset.refused;
      return;
    }
    video.srcObject = stream;
    video.hidden = stop.hidden = false;
    start.hidden = true;
    words.textContent = box.dataset.hold;
    until = Date.now() + 60000;
    await video.play();
    look(await ownReader());
  });
  stop.addEventListener("click", () => { words.textContent = ""; close(); });
  window.addEventListener("pagehide", close);
})();
