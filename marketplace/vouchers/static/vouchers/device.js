/* The device's own memory: its key, which never leaves it, and what it accepted while it was alone. */
(() => {
  "use strict";
  const encode = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)));
  const decode = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const utf8 = (text) => new TextEncoder().encode(text);

  const opened = new Promise((done, fail) => {
    const request = indexedDB.open("minfu-counter", 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("device");
      request.result.createObjectStore("entries", { keyPath: "sequence" });
    };
    request.onsuccess = () => done(request.result);
    request.onerror = () => fail(request.error);
  });
  const ask = async (store, mode, act) => {
    const transaction = (await opened).transaction(store, mode);
    const request = act(transaction.objectStore(store));
    return new Promise((done, fail) => {
      transaction.oncomplete = () => done(request.result);
      transaction.onerror = transaction.onabort = () => fail(transaction.error);
    });
  };

  const device = {
    read: () => ask("device", "readonly", (store) => store.get("this")),
    entries: () => ask("entries", "readonly", (store) => store.getAll()),
    keep: (entry) => ask("entries", "readwrite", (store) => store.put(entry)),
    waiting: async () => (await device.entries()).filter((entry) => !entry.sent),

    /* A new registration begins a new key and counts from one. Returns false when the server knows another key. */
    async prepare(id, sendKey) {
      const known = await device.read();
      if (known && known.id === id) return true;
      if (known && (await device.waiting()).length) return false;
      const keys = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);
      const spki = encode(await crypto.subtle.exportKey("spki", keys.publicKey));
      if (!(await sendKey(spki))) return false;
      await ask("entries", "readwrite", (store) => store.clear());
      await ask("device", "readwrite", (store) => store.put({ id, key: keys.privateKey, last: 0 }, "this"));
      return true;
    },

    async sealPin(pin, serverKey) {
      const mine = await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, true, ["deriveBits"]);
      const theirs = await crypto.subtle.importKey("raw", decode(serverKey), { name: "ECDH", namedCurve: "P-256" }, false, []);
      const bits = await crypto.subtle.deriveBits({ name: "ECDH", public: theirs }, mine.privateKey, 256);
      const root = await crypto.subtle.importKey("raw", bits, "HKDF", false, ["deriveKey"]);
      const key = await crypto.subtle.deriveKey(
        { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(0), info: utf8("minfu.offline.pin") },
        root, { name: "AES-GCM", length: 256 }, false, ["encrypt"],
      );
      const nonce = crypto.getRandomValues(new Uint8Array(12));
      const point = new Uint8Array(await crypto.subtle.exportKey("raw", mine.publicKey));
      const sealed = new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv: nonce }, key, utf8(pin)));
      return new Uint8Array([...point, ...nonce, ...sealed]);
    },

    /* The number is taken and the acceptance kept in one transaction: none is lost, none is used twice. */
    async accept({ card, service, units, amount, ownPart, pin, serverKey }) {
      const known = await device.read();
      const sealed = await device.sealPin(pin, serverKey);
      const digest = [...new Uint8Array(await crypto.subtle.digest("SHA-256", sealed))];
      const sequence = known.last + 1;
      const moment = new Date();
      const statement = JSON.stringify({
        device: known.id, sequence, card, service, units, amount, own_part: ownPart,
        performed_at: moment.toISOString(), pin: digest.map((byte) => byte.toString(16).padStart(2, "0")).join(""),
      });
      const signature = encode(await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, known.key, utf8(statement)));
      const entry = {
        sequence, statement, signature, sealed_pin: encode(sealed), card, amount: amount - ownPart,
        day: moment.toDateString(), sent: false,
      };
      const transaction = (await opened).transaction(["device", "entries"], "readwrite");
      transaction.objectStore("entries").add(entry);
      transaction.objectStore("device").put({ ...known, last: sequence }, "this");
      await new Promise((done, fail) => { transaction.oncomplete = done; transaction.onerror = transaction.onabort = () => fail(transaction.error); });
      return entry;
    },

    /* One after the other, in the order of their numbers; the first that finds no server ends it. */
    async send(address, token) {
      const answers = [];
      for (const entry of await device.waiting()) {
        const { statement, signature, sealed_pin } = entry;
        let answer;
        try {
          answer = await fetch(address, {
            method: "POST", redirect: "error", body: JSON.stringify({ statement, signature, sealed_pin }),
            headers: { "Content-Type": "application/json", "X-CSRFToken": token },
          });
        } catch (fault) { break; }
        if (answer.status !== 200 && answer.status !== 422) break;
        const said = await answer.json();
        answers.push(said);
        await device.keep({ ...entry, sent: true, statement: "", sealed_pin: "", state: said.state || said.code });
      }
      const today = new Date().toDateString();
      for (const entry of await device.entries()) {
        if (entry.sent && entry.day !== today) await ask("entries", "readwrite", (store) => store.delete(entry.sequence));
      }
      return answers;
    },
  };
  window.minfuDevice = device;
})();
