// Sans réseau : les styles, les scripts et un formulaire vide, sans nom ni jeton. Jamais la page d'une personne.
// Au retour du réseau : ce qui attend d'être envoyé, et rien d'autre de la personne. Après file.js.
"use strict";
const CACHE = "coop-__VERSION__", FICHIERS = __FICHIERS__, VIERGE = "/hors-ligne", UN_JOUR = 24 * 3600e3;
const vierge = () => new Request(VIERGE, { credentials: "omit", cache: "no-store" });

async function garder() {
  const cache = await caches.open(CACHE);
  await cache.addAll([...FICHIERS, vierge()]);
}
async function rafraichir() {
  const cache = await caches.open(CACHE), connu = await cache.match(VIERGE);
  if (connu && Date.now() - Date.parse(connu.headers.get("date")) < UN_JOUR) return;
  await cache.add(vierge());
}
async function nettoyer() {
  for (const nom of await caches.keys()) if (nom !== CACHE) await caches.delete(nom);
  await clients.claim();
}
addEventListener("install", (ev) => { skipWaiting(); ev.waitUntil(garder()); });
addEventListener("activate", (ev) => ev.waitUntil(nettoyer()));
addEventListener("fetch", (ev) => {
  const { request } = ev, { origin, pathname, search } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (FICHIERS.includes(pathname + search)) ev.respondWith(caches.match(request).then((garde) => garde ?? fetch(request)));
  else if (request.mode === "navigate" && (pathname === "/espace" || pathname.startsWith("/espace/"))) {
    ev.respondWith(fetch(request).catch(() => caches.match(VIERGE)));
    ev.waitUntil(rafraichir().catch(() => null));
  }
});

// Sans session, ou celle d'un autre : tout reste, pour la page qui s'ouvrira. Sans réponse : le navigateur recommence.
async function auRetourDuReseau() {
  if (!(await appareil.tout("coop:")).some(([cle]) => cle.includes(":envoi:"))) return;
  const qui = await quiEstLa();
  if (qui && (await partir(qui.compte_id, qui.csrf)).reste) throw new Error("reste");
}
addEventListener("sync", (ev) => { if (ev.tag === A_ENVOYER) ev.waitUntil(seul(auRetourDuReseau)); });
