/* What a device says to the server about one sheet. `trouble` is why it could not: line, sign_in, locked, not_yours. */
(() => {
  "use strict";
  const PATIENCE = 20000;
  class Trouble extends Error {
    constructor(kind, answer) { super(kind); this.kind = kind; this.answer = answer || {}; }
  }
  const ask = async (address, options) => {
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), options.patience || PATIENCE);
    try {
      return await fetch(address, { ...options, signal: patience.signal, credentials: "same-origin", cache: "no-store" });
    } catch (fault) {
      throw new Trouble("line");
    } finally {
      clearTimeout(timer);
    }
  };
  const heard = async (response) => {
    let answer;
    try { answer = await response.json(); } catch (fault) { throw new Trouble("line"); }
    if (response.ok || response.status === 422) return { ok: response.ok, ...answer };
    throw new Trouble({ 401: "sign_in", 404: "not_yours", 409: "locked" }[response.status] || "line", answer);
  };
  window.minfuTalk = {
    Trouble,
    get: async (address) => heard(await ask(address, {})),
    /* The token may have changed with a new sign-in: then ask for it and say it once more. */
    async post(addresses, known, body, headers = {}) {
      const say = (token) => ask(addresses.to, { method: "POST", body, headers: { ...headers, "X-CSRFToken": token }, patience: 120000 });
      let response = await say(known.token);
      if (response.status === 403) {
        const fresh = await window.minfuTalk.get(addresses.state);
        known.token = fresh.token;
        response = await say(fresh.token);
      }
      return heard(response);
    },
  };
})();
