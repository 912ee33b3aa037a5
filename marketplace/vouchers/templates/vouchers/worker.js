{% load static %}/* When the line is down the counter's pages lead to the one that is kept here. Nothing about a resident is kept. */
const OFFLINE = "{% url 'vouchers:counter_offline' %}";
const KEPT = [OFFLINE, "{% static 'bootstrap/css/bootstrap.min.css' %}", "{% static 'minfu/tokens.css' %}", "{% static 'minfu/minfu.js' %}", "{% static 'minfu/mark.svg' %}", "{% static 'vouchers/vouchers.css' %}", "{% static 'vouchers/counter.js' %}", "{% static 'vouchers/device.js' %}", "{% static 'vouchers/offline.js' %}"];
const NAME = "minfu-counter";

const refresh = async () => {
  const cache = await caches.open(NAME);
  await Promise.all(KEPT.map(async (address) => {
    const answer = await fetch(address, { cache: "no-cache", redirect: "error" });
    if (answer.ok) await cache.put(address, answer);
  }));
};

self.addEventListener("install", (event) => { event.waitUntil(refresh().then(() => self.skipWaiting())); });
self.addEventListener("activate", (event) => { event.waitUntil(self.clients.claim()); });
self.addEventListener("message", (event) => { if (event.data === "refresh") event.waitUntil(refresh().catch(() => {})); });
self.addEventListener("fetch", (event) => {
  const address = new URL(event.request.url);
  if (event.request.mode === "navigate") {
    event.respondWith(fetch(event.request).catch(async () => (await caches.match(OFFLINE)) || Response.error()));
  } else if (event.request.method === "GET" && KEPT.includes(address.pathname) && address.pathname !== OFFLINE) {
    event.respondWith(fetch(event.request).catch(async () => (await caches.match(address.pathname)) || Response.error()));
  }
});
