{% load static django_htmx %}/* One's own open sheets open without a connection: the page is kept on this device until the sheet is handed in. */
const HOME = "{% url 'evaluations:my_sheets' %}";
const NAME = "minfu-sheets{{ LANGUAGE_CODE|default:'' }}";
const STATIC = [{% for address in kept %}"{{ address|escapejs }}"{% if not forloop.last %}, {% endif %}{% endfor %}];
const PATIENCE = 6000;

const keepStatic = async () => {
  const cache = await caches.open(NAME);
  await Promise.all(STATIC.map(async (address) => {
    const answer = await fetch(address, { cache: "no-cache", redirect: "error" });
    if (answer.ok) await cache.put(address, answer);
  }));
};
/* The server says of each page whether it may lie here; a sheet that was handed in may not. */
const settle = async (path, answer) => {
  if (answer.type === "opaqueredirect" || answer.status >= 500) return;
  const cache = await caches.open(NAME);
  if (answer.ok && !answer.redirected && answer.headers.get("X-Minfu-Keep")) await cache.put(path, answer);
  else await cache.delete(path);
};
const keepPage = async (path) => settle(path, await fetch(path, { cache: "no-store", redirect: "manual" }));
const kept = async (path) => (await caches.open(NAME)).match(path, { ignoreVary: true });

const page = async (event, path) => {
  const cached = await kept(path);
  const asked = fetch(event.request).then(async (answer) => { await settle(path, answer.clone()); return answer; });
  asked.catch(() => {});
  if (!cached) return asked.catch(async () => (await kept(HOME)) || Response.error());
  let timer;
  const patience = new Promise((done) => { timer = setTimeout(() => done(cached), PATIENCE); });
  return Promise.race([asked.catch(() => cached), patience]).finally(() => clearTimeout(timer));
};
const fixed = async (event, path) => {
  const cached = await kept(path);
  const fresh = fetch(event.request).then(async (answer) => {
    if (answer.ok) await (await caches.open(NAME)).put(path, answer.clone());
    return answer;
  });
  if (!cached) return fresh;
  event.waitUntil(fresh.catch(() => {}));
  return cached;
};

self.addEventListener("install", (event) => { event.waitUntil(keepStatic().then(() => self.skipWaiting())); });
self.addEventListener("activate", (event) => { event.waitUntil(self.clients.claim()); });
self.addEventListener("message", (event) => {
  if (!Array.isArray(event.data)) return;
  const done = Promise.all(event.data.filter((path) => path.startsWith(HOME)).map((path) => keepPage(path).catch(() => {})));
  event.waitUntil(done.then(() => event.ports[0] && event.ports[0].postMessage("kept")));
});
self.addEventListener("fetch", (event) => {
  if (event.request.method !== "GET") return;
  const path = new URL(event.request.url).pathname;
  if (event.request.mode === "navigate") event.respondWith(page(event, path));
  else if (STATIC.includes(path)) event.respondWith(fixed(event, path));
});
