/* What makes the pages pleasant; each works without it. */
(() => {
  "use strict";

  const summary = document.getElementById("error-summary");
  if (summary) summary.focus();

  document.addEventListener("click", (event) => {
    const print = event.target.closest("[data-print]");
    if (print) { event.preventDefault(); window.print(); }

    const copy = event.target.closest("[data-copy]");
    if (copy && navigator.clipboard) {
      event.preventDefault();
      navigator.clipboard.writeText(copy.dataset.copy).then(() => {
        const before = copy.textContent;
        copy.textContent = copy.dataset.copied || "✓";
        setTimeout(() => { copy.textContent = before; }, 2000);
      });
    }

    const link = event.target.closest(".error-summary a[href^='#']");
    if (link) {
      const field = document.getElementById(link.hash.slice(1));
      if (field) {
        event.preventDefault();
        const target = field.matches("input,select,textarea") ? field : field.querySelector("input,select,textarea") || field;
        field.scrollIntoView({ block: "center" });
        target.focus({ preventScroll: true });
      }
    }
  });

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-autosubmit]")) event.target.form.requestSubmit();
  });

  /* The second click of an impatient hand. The server refuses it too. */
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || form.hasAttribute("data-many")) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    setTimeout(() => { delete form.dataset.sent; }, 8000);
  });
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-sent]").forEach((form) => { delete form.dataset.sent; });
  });

  /* Nothing typed is lost by a stray click: warn before leaving a form that was changed. */
  let changed = false;
  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (form && form.method === "post" && form.hasAttribute("data-keep")) changed = true;
  });
  document.addEventListener("submit", () => { changed = false; });
  window.addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });

  /* Names, titles and letters stay Chinese on an English page: each says so, else a screen reader spells them out. */
  const HAN = /\p{Script=Han}/u, RUN = /[^\p{Script=Han}]*?(\p{Script=Han}[^A-Za-z]*)/u;
  const markChinese = (root) => {
    if (!document.documentElement.lang.startsWith("en")) return;
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT), found = [];
    while (walker.nextNode()) if (HAN.test(walker.currentNode.data)) found.push(walker.currentNode);
    for (const node of found) {
      const element = node.parentElement;
      if (!element || element.closest("[lang^=zh], script, style, code")) continue;
      const isAlone = element.childElementCount === 0 && !/[A-Za-z]{2}/.test(node.data);
      if (isAlone || element.matches("option, title, textarea, text, button")) { element.setAttribute("lang", "zh-Hans-CN"); continue; }
      for (let rest = node, match; rest && (match = RUN.exec(rest.data)); ) {
        const run = rest.splitText(match[0].length - match[1].length);
        rest = run.length > match[1].length ? run.splitText(match[1].length) : null;
        const span = document.createElement("span");
        span.lang = "zh-Hans-CN";
        run.replaceWith(span);
        span.append(run);
      }
    }
  };
  markChinese(document.body);
  document.addEventListener("htmx:load", (event) => markChinese(event.target));

  /* A table wider than its screen can be scrolled with the arrow keys. */
  const letScroll = () => document.querySelectorAll(".table-responsive:not([tabindex])").forEach((place) => {
    if (place.scrollWidth > place.clientWidth) place.tabIndex = 0;
  });
  letScroll();
  window.addEventListener("resize", letScroll);
  document.addEventListener("htmx:load", letScroll);

  /* The countdown to a deadline: seconds by the server's clock, counted down from when the page came. */
  const countdowns = new WeakMap();
  const tick = () => {
    document.querySelectorAll("[data-countdown]").forEach((place) => {
      if (!countdowns.has(place)) countdowns.set(place, Date.now() + 1000 * Number(place.dataset.countdown));
      const left = Math.max(0, Math.round((countdowns.get(place) - Date.now()) / 1000));
      const two = (number) => String(number).padStart(2, "0");
      const days = Math.floor(left / 86400);
      place.textContent = (days ? days + " " + (place.dataset.days || "") + " " : "") + [Math.floor(left / 3600) % 24, Math.floor(left / 60) % 60, left % 60].map(two).join(":");
    });
  };
  if (document.querySelector("[data-countdown]")) { tick(); setInterval(tick, 1000); }

  /* The fingerprint of a file that is too large to send in time: taken here, nothing is sent. */
  document.querySelectorAll("[data-fingerprint]").forEach((place) => {
    if (!window.crypto || !crypto.subtle) return;
    place.hidden = false;
    place.querySelector("input").addEventListener("change", async (event) => {
      const file = event.target.files[0];
      if (!file) return;
      const found = new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
      document.querySelector("[name=sha256]").value = [...found].map((byte) => byte.toString(16).padStart(2, "0")).join("");
      document.querySelector("[name=name]").value = file.name;
    });
  });
})();
