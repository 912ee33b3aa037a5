/* Photos and papers of a leaf: looked at, kept on the device, sent after the values. */
(() => {
  "use strict";
  const KINDS = { "image/jpeg": "photo", "image/png": "photo", "application/pdf": "paper" };
  let at;
  const addresses = () => ({ state: at.form.dataset.stateUrl, to: at.form.dataset.filesUrl });
  const model = () => document.getElementById("file-model");

  const isWhatItSays = async (file) => {
    if (KINDS[file.type] === "photo") {
      try { (await createImageBitmap(file)).close(); return true; } catch (fault) { return false; }
    }
    return KINDS[file.type] === "paper" && (await file.slice(0, 5).text()) === "%PDF-";
  };
  const wantsPlace = () => { const box = at.form.querySelector("[data-place]"); return box && box.checked && navigator.geolocation; };
  const place = () => new Promise((done) => {
    if (!wantsPlace()) { done({}); return; }
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => done({ lat: coords.latitude, lng: coords.longitude }), () => done({}),
      { enableHighAccuracy: true, timeout: 8000, maximumAge: 60000 },
    );
  });

  const add = async (input) => {
    const leaf = input.name.slice(5);
    const chosen = [...input.files];
    const place_fault = at.form.querySelector(`[data-fault="${input.name}"]`);
    const refused = [];
    for (const file of chosen) {
      if (!(await isWhatItSays(file))) { refused.push(file.name); continue; }
      if (file.size > Number(at.form.dataset.mostBytes)) { refused.push(file.name); continue; }
      const id = crypto.randomUUID();
      const taken = new Date(Math.min(Date.now(), file.lastModified || Date.now())).toISOString();
      const bytes = await file.arrayBuffer();
      await at.store.keepFile({ id, sheet: at.sheet, leaf, name: file.name, type: file.type, bytes, at: taken, placing: true });
      await at.changed();
      place().then(async (here) => { await at.store.changeFile(id, { ...here, placing: false }); await at.changed(); });
    }
    input.value = "";
    place_fault.textContent = refused.length ? at.form.dataset.notAPhoto.replace("#", refused.join("、")) : "";
    place_fault.hidden = !refused.length;
  };

  const remove = async (id) => {
    const mine = (await at.store.files(at.sheet)).some((file) => file.id === id);
    if (mine) { await at.store.dropFile(id); await at.changed(); return; }
    try {
      const to = `${at.form.dataset.filesUrl}${id}/remove/`;
      const answer = await window.minfuTalk.post({ ...addresses(), to }, at.known(), "");
      if (answer.removed) await at.store.left(at.sheet, id);
      else at.tell(answer.words);
    } catch (fault) { at.tell(at.form.dataset.removeAlone); }
    await at.changed();
  };

  const pictures = new Map();
  const row = (file, isHere) => {
    const item = model().content.firstElementChild.cloneNode(true);
    const link = item.querySelector("a");
    const image = item.querySelector("img");
    link.textContent = file.name;
    if (isHere) {
      if (KINDS[file.type] === "photo") {
        if (!pictures.has(file.id)) pictures.set(file.id, URL.createObjectURL(new Blob([file.bytes], { type: file.type })));
        image.src = pictures.get(file.id);
        image.hidden = false;
        link.href = image.src;
      } else link.removeAttribute("href");
    } else link.href = file.url;
    const words = model().dataset;
    item.querySelector("[data-file-state]").textContent = file.refused || (isHere ? words.here : words.sent) + (file.placed || file.lat ? ` · ${words.placed}` : "");
    item.classList.toggle("is-refused", Boolean(file.refused));
    const button = item.querySelector("button");
    button.value = file.id;
    button.setAttribute("aria-label", `${button.textContent}: ${file.name}`);
    return item;
  };

  window.minfuFiles = {
    begin(place) {
      at = place;
      const box = at.form.querySelector("[data-place]");
      if (box && navigator.geolocation) {
        box.closest("[data-place-line]").hidden = false;
        box.checked = localStorage.getItem("minfu-place") === "1";
        box.addEventListener("change", () => localStorage.setItem("minfu-place", box.checked ? "1" : ""));
      }
      at.form.addEventListener("change", (event) => { if (event.target.type === "file") add(event.target); });
      at.form.addEventListener("click", (event) => {
        const button = event.target.closest("button[name=remove]");
        if (button) { event.preventDefault(); remove(button.value); }
      });
      at.store.files(at.sheet).then((files) => Promise.all(files.filter((file) => file.placing).map((file) => at.store.changeFile(file.id, { placing: false }))));
    },
    show(sent, here) {
      for (const list of at.form.querySelectorAll("[data-files]")) {
        const leaf = list.dataset.files;
        const rows = [
          ...sent.filter((file) => file.leaf === leaf).map((file) => row(file, false)),
          ...here.filter((file) => file.leaf === leaf).map((file) => row(file, true)),
        ];
        list.replaceChildren(...rows);
      }
    },
    /* One after the other; what the server refuses stays here with its words until its owner takes it away. */
    async send(known) {
      for (const file of await at.store.files(at.sheet)) {
        if (file.refused || file.placing) continue;
        const body = new FormData();
        body.set("id", file.id);
        body.set("leaf", file.leaf);
        body.set("at", file.at);
        if (file.lat !== undefined) { body.set("lat", file.lat); body.set("lng", file.lng); }
        body.set("file", new File([file.bytes], file.name, { type: file.type }));
        const answer = await window.minfuTalk.post(addresses(), known, body);
        if (answer.ok) await at.store.arrived(at.sheet, file.id, answer.file);
        else if (answer.code === "late") throw new window.minfuTalk.Trouble("locked");
        else await at.store.changeFile(file.id, { refused: answer.words });
      }
    },
  };
})();
