/* At a home: the telephone's place, and a signature drawn with the finger. Both can be done without. */
(() => {
  "use strict";
  const form = document.querySelector("form[data-place]");
  const words = form && form.querySelector("[data-place-words]");
  if (form && navigator.geolocation) {
    navigator.geolocation.getCurrentPosition((found) => {
      form.elements.lat.value = found.coords.latitude.toFixed(6);
      form.elements.lng.value = found.coords.longitude.toFixed(6);
      if (form.elements.accuracy) form.elements.accuracy.value = Math.round(found.coords.accuracy);
      words.textContent = form.dataset.place;
    }, () => { words.textContent = form.dataset.noPlace; }, { enableHighAccuracy: true, timeout: 15000 });
  }
  const box = document.querySelector("[data-sign]");
  if (!box || !window.DataTransfer) return;
  const canvas = box.querySelector("canvas");
  const pen = canvas.getContext("2d");
  const field = form.querySelector("input[name=signature]");
  let drawing = false;
  const clear = () => { pen.fillStyle = "#fff"; pen.fillRect(0, 0, canvas.width, canvas.height); field.value = ""; };
  const at = (event) => {
    const edge = canvas.getBoundingClientRect();
    return [(event.clientX - edge.left) * canvas.width / edge.width, (event.clientY - edge.top) * canvas.height / edge.height];
  };
  box.hidden = false;
  form.querySelector("[data-sign-file]").hidden = true;
  clear();
  pen.lineWidth = 4;
  pen.lineCap = "round";
  canvas.addEventListener("pointerdown", (event) => { drawing = true; canvas.setPointerCapture(event.pointerId); pen.beginPath(); pen.moveTo(...at(event)); });
  canvas.addEventListener("pointermove", (event) => { if (drawing) { pen.lineTo(...at(event)); pen.stroke(); } });
  canvas.addEventListener("pointerup", () => {
    drawing = false;
    canvas.toBlob((picture) => {
      const file = new DataTransfer();
      file.items.add(new File([picture], "signature.png", { type: "image/png" }));
      field.files = file.files;
    }, "image/png");
  });
  box.querySelector("button").addEventListener("click", clear);
})();
