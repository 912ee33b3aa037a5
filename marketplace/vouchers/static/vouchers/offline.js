/* The counter without a connection: number, service, PIN; signed, capped, kept until it can be sent. */
(async () => {
  "use strict";
  const page = document.querySelector("[data-offline]");
  const terms = JSON.parse(document.getElementById("offline-terms").textContent);
  const at = (name) => page.querySelector(`[data-step=${name}]`);
  const show = (name) => { for (const step of page.querySelectorAll("[data-step]")) step.hidden = step.dataset.step !== name; };
  const yuan = (fen) => `¥${(fen / 100).toFixed(2)}`;
  const words = page.querySelector("[role=alert]");
  const refuse = (name) => { words.textContent = name ? page.dataset[name] : ""; words.hidden = !name; };
  const known = await window.minfuDevice.read().catch(() => null);
  if (!known || !terms.device || known.id !== terms.device || !terms.services.length) {
    refuse("unable");
    return;
  }
  let card = "";
  let service = null;

  const isCard = (number) => {
    if (!/^\d{16}$/.test(number)) return false;
    const digits = [...number].reverse().map(Number);
    const sum = digits.reduce((total, digit, place) => total + (place % 2 ? (digit > 4 ? 2 * digit - 9 : 2 * digit) : digit), 0);
    return sum % 10 === 0;
  };
  const accepted = async () => {
    const today = new Date().toDateString();
    const entries = (await window.minfuDevice.entries()).filter((entry) => entry.day === today);
    const sum = (rows) => rows.reduce((total, entry) => total + entry.amount, 0);
    return { onDevice: sum(entries), ofResident: sum(entries.filter((entry) => entry.card === card)) };
  };

  at("card").querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    const number = event.target.elements.card.value.split(".")[0].replace(/\D/g, "");
    if (!isCard(number)) { refuse("badCard"); return; }
    refuse("");
    card = number;
    show("service");
  });

  const list = at("service").querySelector("ul");
  const model = list.querySelector("template");
  for (const offered of terms.services) {
    const item = model.content.cloneNode(true);
    item.querySelector("[data-name]").textContent = offered.name;
    item.querySelector("[data-price]").textContent = yuan(offered.price);
    item.querySelector("button").addEventListener("click", async () => {
      const { onDevice, ofResident } = await accepted();
      const most = Math.min(offered.resident_cap - ofResident, offered.device_cap - onDevice);
      if (most <= 0) { refuse("capped"); return; }
      refuse("");
      service = { ...offered, amount: offered.price, ownPart: Math.max(0, offered.price - most) };
      at("pin").querySelector("[data-name]").textContent = offered.name;
      at("pin").querySelector("[data-price]").textContent = yuan(offered.price);
      const own = at("pin").querySelector("[data-own]");
      own.hidden = !service.ownPart;
      own.querySelector("span").textContent = yuan(service.ownPart);
      show("pin");
    });
    list.append(item);
  }

  at("pin").querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const field = event.target.elements.pin;
    if (!/^(\d{6}|\d{8})$/.test(field.value)) { refuse("badPin"); return; }
    refuse("");
    const pin = field.value;
    const button = event.target.querySelector("[type=submit]");
    field.value = "";
    button.disabled = true;  // a second click is no second acceptance
    let entry;
    try {
      entry = await window.minfuDevice.accept({
        card, service: service.id, units: 1, amount: service.amount, ownPart: service.ownPart, pin, serverKey: terms.server_key,
      });
    } catch (fault) {
      refuse("lost");
      return;
    } finally {
      button.disabled = false;
    }
    at("done").querySelector("[data-name]").textContent = service.name;
    at("done").querySelector("[data-amount]").textContent = yuan(entry.amount);
    at("done").querySelector("[data-own]").textContent = yuan(service.ownPart);
    at("done").querySelector("[data-number]").textContent = `${terms.provider} №${entry.sequence}`;
    at("done").querySelector("[data-when]").textContent = new Date().toLocaleString(document.documentElement.lang);
    show("done");
  });
  for (const again of page.querySelectorAll("[data-again]")) {
    again.addEventListener("click", () => {
      card = "";
      at("card").querySelector("form").reset();
      refuse("");
      show("card");
      at("card").querySelector("input").focus();
    });
  }
  show("card");
})();
