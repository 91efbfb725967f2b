// Garde les styles, les scripts et un formulaire vierge. Jamais la page de quelqu'un : celles-là sont « no-store ».
"use strict";
const VIERGE = "/hors-ligne/cra";
const CACHE = "portail-" + new URL(location).searchParams.get("v");
self.addEventListener("install", (e) => e.waitUntil(preparer().then(() => self.skipWaiting())));
self.addEventListener("activate", (e) => e.waitUntil(
  caches.keys().then((noms) => Promise.all(noms.filter((n) => n !== CACHE).map((n) => caches.delete(n)))).then(() => self.clients.claim())));

async function preparer() {
  const page = await fetch(VIERGE, { credentials: "omit" });
  const html = await page.clone().text();
  const adresses = [...html.matchAll(/(?:href|src)="(\/static\/[^"]+)"/g)].map((m) => m[1].replaceAll("&amp;", "&"));
  const cache = await caches.open(CACHE);
  await cache.put(VIERGE, page);
  await cache.addAll([...new Set(adresses)]);
}

self.addEventListener("fetch", (e) => {
  const adresse = new URL(e.request.url);
  if (e.request.method !== "GET" || adresse.origin !== location.origin) return;
  if (adresse.pathname.startsWith("/static/")) {
    e.respondWith(caches.match(e.request).then((garde) => garde ?? fetch(e.request)));
  } else if (e.request.mode === "navigate" && adresse.pathname === "/espace/cra/individuel") {
    e.respondWith(fetch(e.request).catch(() => caches.match(VIERGE)));
  }
});
