// Keeps files whose names change with their content, and the page that says "offline". Never a page or an answer with data.
const CACHE = "fintwin-static-2";
const OFFLINE = "/offline.html";
const LASTING = /^\/(assets|fonts)\//;
const MOST = 240;

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll([OFFLINE, "/icons/fintwin.svg", "/fonts/inter-latin-5.2.8.woff2"])).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

const lasting = async (request) => {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.status === 200) {
    await cache.put(request, answer.clone());
    const keys = await cache.keys();
    for (const key of keys.slice(0, Math.max(0, keys.length - MOST)))
      if (LASTING.test(new URL(key.url).pathname)) await cache.delete(key);
  }
  return answer;
};

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (request.mode === "navigate")
    event.respondWith(fetch(request).catch(async () => (await caches.match(OFFLINE)) || Response.error()));
  else if (LASTING.test(url.pathname)) event.respondWith(lasting(request));
});
