/* The sheet on a device: kept on every change, sent when there is a line, handed in when the server has all of it. */
(async () => {
  "use strict";
  const form = document.querySelector("form[data-sheet]");
  const store = window.minfuSheets;
  if (!form || !store) return;
  const page = JSON.parse(document.getElementById("sheet-known").textContent);
  const { sheet } = page;
  const url = location.pathname;
  const addresses = { state: form.dataset.stateUrl, to: form.dataset.syncUrl };
  const line = form.querySelector("[data-state]");
  const alertBox = form.querySelector("[data-sheet-alert]");
  const names = [...new Set([...form.elements].map((field) => field.name))]
    .filter((name) => /^(points_|note_)|^(visited_on|remark)$/.test(name));
  let known;
  let device;
  try {
    device = await store.device();
    known = await store.begin(page, url);
  } catch (fault) {
    line.textContent = line.dataset.unable; /* the form works as it is, by its button */
    return;
  }
  form.dataset.many = "";
  form.classList.add("is-live");
  let trouble = "";
  let writing = Promise.resolve();
  const pending = new Map();

  /* ---- what is seen ---- */
  const tell = (words) => {
    alertBox.textContent = words;
    alertBox.hidden = !words;
    if (words) alertBox.scrollIntoView({ block: "nearest" });
  };
  const fieldOf = (name) => form.elements[name];
  const put = (name, text) => {
    const field = fieldOf(name);
    if (field instanceof RadioNodeList) for (const box of field) box.checked = box.value === text;
    else if (field.value !== text && field.value.trim() !== text) field.value = text;
  };
  const current = (name) => {
    const field = fieldOf(name);
    return field instanceof RadioNodeList ? field.value : field.value.trim();
  };
  const moment = (text) => new Date(text).toLocaleString(document.documentElement.lang, { month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit" });
  const model = document.getElementById("differs-model");
  const differ = (name, heads) => {
    const place = form.querySelector(`[data-differs="${name}"]`);
    if (!place) return;
    place.replaceChildren();
    if (heads.length < 2) return;
    const box = model.content.cloneNode(true);
    const choice = box.querySelector("label");
    for (const head of heads) {
      const one = choice.cloneNode(true);
      const radio = one.querySelector("input");
      radio.name = `choose_${name}`;
      radio.value = head.value;
      one.querySelector("[data-value]").textContent = head.value || model.dataset.empty;
      one.querySelector("[data-where]").textContent = `${head.device === device ? model.dataset.here : model.dataset.there} · ${moment(head.at)}`;
      choice.before(one);
    }
    choice.remove();
    place.append(box);
  };
  const fault = (name, words) => {
    const place = form.querySelector(`[data-fault="${name}"]`);
    if (place) { place.textContent = words; place.hidden = !words; }
  };
  const progress = () => {
    const points = names.filter((name) => name.startsWith("points_"));
    const marked = points.filter((name) => current(name) !== "").length;
    form.querySelector("[data-progress]").value = marked;
    form.querySelector("[data-marked]").textContent = marked;
  };
  const show = async () => {
    const entries = new Map((await store.entries(sheet)).map((entry) => [entry.name, entry]));
    const files = await store.files(sheet);
    let differing = 0;
    for (const name of names) {
      const heads = known.heads[name] || [];
      const entry = entries.get(name);
      /* A hand that is still writing knows better than the store. */
      const isWriting = pending.get(name) || (entry && document.activeElement === fieldOf(name));
      if (!isWriting) put(name, entry ? entry.value : heads.length ? heads[heads.length - 1].value : "");
      differ(name, entry && !entry.refused ? [] : heads);
      fault(name, entry && entry.refused ? entry.refused : "");
      if (heads.length > 1 && !entry) differing += 1;
    }
    progress();
    if ([...pending.values()].some(Boolean)) return; /* the next one says it */
    const refused = [...entries.values(), ...files].filter((one) => one.refused).length;
    const waiting = entries.size + files.length - refused;
    const kind = waiting && trouble === "sign_in" ? "signIn" : trouble === "not_yours" ? "notYours"
      : waiting ? "here" : differing ? "differing" : refused ? "refused" : trouble ? "hereAll" : "synced";
    line.dataset.kind = kind;
    line.textContent = line.dataset[kind].replace("#", { here: waiting, signIn: waiting, differing, refused }[kind] || "");
    if (kind === "signIn") {
      const link = document.createElement("a");
      link.href = `${form.dataset.signInUrl}?next=${encodeURIComponent(url)}`;
      link.textContent = line.dataset.signInLink;
      line.append(" ", link);
    }
    await window.minfuFiles.show(known.files, files);
  };

  /* ---- what is written ---- */
  const write = (name, text, chosen) => {
    pending.set(name, (pending.get(name) || 0) + 1);
    line.dataset.kind = "saving";
    line.textContent = line.dataset.saving;
    writing = writing.then(() => store.write(sheet, name, text, chosen))
      .finally(() => pending.set(name, pending.get(name) - 1))
      .then(show, () => {
        line.dataset.kind = "refused";
        line.textContent = line.dataset.full;
      });
    later();
    return writing;
  };
  form.addEventListener("input", (event) => {
    const { name, value } = event.target;
    if (name.startsWith("choose_")) {
      put(name.slice(7), value);
      write(name.slice(7), value, true);
    } else if (names.includes(name)) write(name, value);
  });

  /* ---- what is sent ---- */
  const closed = async () => {
    const left = await store.unsent(sheet);
    if (!left.length) {
      await store.drop(sheet, url);
      location.assign(url);
      return;
    }
    tell(form.dataset.closed.replace("#", left.length));
    form.querySelector("[data-sheet-drop]").hidden = false;
  };
  const post = (body) => window.minfuTalk.post(addresses, known, JSON.stringify({ device, ...body }), { "Content-Type": "application/json" });
  const send = async () => {
    const sent = (await store.entries(sheet)).filter((entry) => !entry.refused);
    const changes = sent.map(({ id, name, value, seen, at }) => ({ id, name, value, seen, at }));
    const answer = await post({ changes });
    await store.answered(sent, answer, url);
    known = (await store.sheets()).find((one) => one.sheet === sheet) || known;
    await window.minfuFiles.send(known);
    known = (await store.sheets()).find((one) => one.sheet === sheet) || known;
  };
  const alone = (act) => navigator.locks ? navigator.locks.request(`minfu-sheet-${sheet}`, act) : act();
  let running = null;
  const sync = () => {
    running = running || alone(async () => {
      await writing;
      try {
        await send();
        trouble = "";
      } catch (fault) {
        if (!(fault instanceof window.minfuTalk.Trouble)) throw fault;
        trouble = fault.kind;
        if (trouble === "locked") await closed();
      }
      await show();
    }).finally(() => { running = null; });
    return running;
  };
  let timer = null;
  const later = () => { clearTimeout(timer); timer = setTimeout(sync, 1200); };
  window.minfuFiles.begin({ form, sheet, store, tell, changed: async () => { await show(); later(); }, known: () => known });
  window.addEventListener("online", sync);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) sync(); });
  setInterval(async () => { if ((await store.unsent(sheet)).some((one) => !one.refused)) sync(); }, 15000);

  /* ---- what is handed in ---- */
  const faults = (trouble) => tell(trouble.words);
  form.addEventListener("submit", async (event) => {
    const pressed = event.submitter;
    event.preventDefault();
    tell("");
    if (pressed && pressed.name === "remove") return;
    await writing;
    if (running) await running;
    await sync();
    if (!pressed || pressed.name !== "hand_in") return;
    const left = await store.unsent(sheet);
    if (left.length) {
      tell(left.some((one) => one.refused) ? form.dataset.mend : form.dataset.alone);
      return;
    }
    try {
      const answer = await post({ changes: [], hand_in: true });
      if (answer.handed_in) {
        await store.drop(sheet, url);
        location.assign(answer.handed_in);
      } else if (answer.trouble) faults(answer.trouble);
    } catch (fault) {
      tell(fault.kind === "locked" ? form.dataset.closed.replace("#", 0) : form.dataset.alone);
      if (fault.kind === "locked") await closed();
    }
  });
  form.querySelector("[data-sheet-drop]").addEventListener("click", async () => {
    await store.drop(sheet, url);
    location.assign(url);
  });

  /* ---- what else lies here ---- */
  const tidy = async () => {
    for (const other of await store.sheets()) {
      if (other.sheet === sheet || (await store.unsent(other.sheet)).length) continue;
      if (other.owner !== page.owner) { await store.drop(other.sheet, other.url); continue; }
      const closedNow = await window.minfuTalk.get(form.dataset.stateUrl.replace(sheet, other.sheet)).then(() => false, (fault) => fault.kind === "locked" || fault.kind === "not_yours");
      if (closedNow) await store.drop(other.sheet, other.url);
    }
  };
  if ("serviceWorker" in navigator) {
    navigator.serviceWorker.register(form.dataset.workerUrl, { scope: form.dataset.workerScope })
      .then(() => navigator.serviceWorker.ready)
      .then((registration) => {
        const channel = new MessageChannel();
        channel.port1.onmessage = () => { form.dataset.kept = "1"; };
        registration.active.postMessage([url, form.dataset.workerScope, ...JSON.parse(form.dataset.others)], [channel.port2]);
      }).catch(() => {});
  }
  if (navigator.storage && navigator.storage.persist) navigator.storage.persist().catch(() => {});
  await show();
  await sync();
  if (!trouble) await tidy();
})();
