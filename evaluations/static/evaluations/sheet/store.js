/* What lies on this device of one's own sheets: what stood when the server last answered, and what it does not know yet. */
(() => {
  "use strict";
  if (!window.indexedDB || !window.isSecureContext) return;
  const opened = new Promise((done, fail) => {
    const request = indexedDB.open("minfu-sheets", 1);
    request.onupgradeneeded = () => {
      const database = request.result;
      database.createObjectStore("device");
      database.createObjectStore("sheets", { keyPath: "sheet" });
      database.createObjectStore("entries", { keyPath: ["sheet", "name"] }).createIndex("sheet", "sheet");
      database.createObjectStore("files", { keyPath: "id" }).createIndex("sheet", "sheet");
    };
    request.onsuccess = () => done(request.result);
    request.onerror = () => fail(request.error);
  });
  opened.catch(() => {});
  const value = (request) => new Promise((done, fail) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => fail(request.error);
  });
  /* Done when it lies on the disk: a battery that dies takes nothing with it. */
  const within = async (stores, mode, act) => {
    const transaction = (await opened).transaction(stores, mode, { durability: "strict" });
    const finished = new Promise((done, fail) => {
      transaction.oncomplete = done;
      transaction.onerror = transaction.onabort = () => fail(transaction.error);
    });
    finished.catch(() => {});
    const found = await act((name) => transaction.objectStore(name));
    await finished;
    return found;
  };
  const ids = (heads) => (heads || []).map((head) => head.id);

  const store = {
    device: () => within(["device"], "readwrite", async (at) => {
      const known = await value(at("device").get("this"));
      if (known) return known;
      const id = crypto.randomUUID();
      at("device").put(id, "this");
      return id;
    }),

    /* The newer of what the page brought and what is kept. The page may be days old: it was kept as well. */
    begin: (known, url) => within(["sheets"], "readwrite", async (at) => {
      const kept = await value(at("sheets").get(known.sheet));
      const newest = kept && kept.at > known.at ? kept : { ...known, url };
      at("sheets").put(newest);
      return newest;
    }),
    sheets: () => within(["sheets"], "readonly", (at) => value(at("sheets").getAll())),
    entries: (sheet) => within(["entries"], "readonly", (at) => value(at("entries").index("sheet").getAll(sheet))),
    files: (sheet) => within(["files"], "readonly", (at) => value(at("files").index("sheet").getAll(sheet))),

    /* One value of one field. It names what it replaces: what stood there, and what this device had not sent yet. */
    write: (sheet, name, text, chosen) => within(["sheets", "entries"], "readwrite", async (at) => {
      const before = await value(at("entries").get([sheet, name]));
      const heads = ids((await value(at("sheets").get(sheet))).heads[name]);
      const seen = before ? [...before.seen, before.id, ...(chosen ? heads : [])] : heads;
      at("entries").put({ sheet, name, value: text, id: crypto.randomUUID(), seen, at: new Date().toISOString() });
    }),

    /* The server has answered. What was typed meanwhile stays; what it refused stays with its words. */
    answered: (sent, answer, url) => within(["sheets", "entries"], "readwrite", async (at) => {
      for (const entry of sent) {
        const now = await value(at("entries").get([entry.sheet, entry.name]));
        if (!now || now.id !== entry.id) continue;
        const fault = (answer.refused || {})[entry.name];
        if (fault) at("entries").put({ ...now, refused: fault.words });
        else at("entries").delete([entry.sheet, entry.name]);
      }
      const { sheet, owner, at: moment, token, heads, files } = answer;
      at("sheets").put({ sheet, owner, at: moment, token, heads, files, url });
    }),

    keepFile: (file) => within(["files"], "readwrite", (at) => value(at("files").put(file))),
    /* Only while it is still there: it may have been sent or taken back since. */
    changeFile: (id, change) => within(["files"], "readwrite", async (at) => {
      const file = await value(at("files").get(id));
      if (file) at("files").put({ ...file, ...change });
    }),
    dropFile: (id) => within(["files"], "readwrite", (at) => value(at("files").delete(id))),
    arrived: (sheet, id, file) => within(["sheets", "files"], "readwrite", async (at) => {
      const known = await value(at("sheets").get(sheet));
      if (known) at("sheets").put({ ...known, files: [...known.files.filter((one) => one.id !== file.id), file] });
      at("files").delete(id);
    }),
    left: (sheet, id) => within(["sheets"], "readwrite", async (at) => {
      const known = await value(at("sheets").get(sheet));
      if (known) at("sheets").put({ ...known, files: known.files.filter((one) => one.id !== id) });
    }),

    unsent: async (sheet) => [...(await store.entries(sheet)), ...(await store.files(sheet))],

    /* Nothing of the sheet stays on the device: neither its values and photos nor the page. */
    async drop(sheet, url) {
      await within(["sheets", "entries", "files"], "readwrite", async (at) => {
        for (const name of ["entries", "files"]) {
          for (const key of await value(at(name).index("sheet").getAllKeys(sheet))) at(name).delete(key);
        }
        at("sheets").delete(sheet);
      });
      if (url && window.caches) {
        for (const name of await caches.keys()) {
          if (name.startsWith("minfu-sheets")) await (await caches.open(name)).delete(url);
        }
      }
    },
  };
  window.minfuSheets = store;
})();
