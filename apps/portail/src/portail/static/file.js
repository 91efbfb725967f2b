// Ce que l'appareil garde d'une personne, et l'envoi de ce qui attend le réseau : les pages et sw.js, sur la même base.
"use strict";
const A_ENVOYER = "coop:envois";
const brouillonDe = (compte, id) => `coop:${compte}:brouillon:${id}`;
const envoiDe = (compte, id) => `coop:${compte}:envoi:${id}`;

// La dernière seconde, ou tout si le navigateur refuse la base. sw.js n'a pas localStorage : tout y est vide.
const local = {
  cles(debut) { try { return Object.keys(localStorage).filter((cle) => cle.startsWith(debut)); } catch { return []; } },
  texte(cle) { try { return localStorage.getItem(cle); } catch { return null; } },
  lire(cle) { try { return JSON.parse(localStorage.getItem(cle)); } catch { return null; } },
  ecrire(cle, texte) { try { localStorage.setItem(cle, texte); return true; } catch { return false; } },
  oter(cle) { try { localStorage.removeItem(cle); } catch { /* rien n'y est */ } },
};

let ouverte;
function ouvrir() {
  ouverte ??= new Promise((rendre, refuser) => {
    const demande = indexedDB.open("coop", 1);
    demande.onupgradeneeded = () => demande.result.createObjectStore("appareil");
    demande.onerror = () => refuser(demande.error);
    demande.onsuccess = () => {
      demande.result.onclose = () => { ouverte = null; };
      rendre(demande.result);
    };
  });
  // Il y a des navigateurs qui ne répondent jamais.
  return Promise.race([ouverte, new Promise((_, refuser) => setTimeout(refuser, 3000))]);
}
async function dans(mode, faire) {
  const base = await ouvrir();
  return new Promise((rendre, refuser) => {
    const transaction = base.transaction("appareil", mode);
    transaction.onabort = () => refuser(transaction.error);
    const lu = faire(transaction.objectStore("appareil"));
    transaction.oncomplete = () => rendre(lu);
  });
}
const tous = (debut) => IDBKeyRange.bound(debut, `${debut}\uffff`);
const appareil = {
  // Ce que localStorage a encore est toujours le plus récent : chaque écriture commence par lui.
  async tout(debut) {
    const lus = await dans("readonly", (garde) => [garde.getAllKeys(tous(debut)), garde.getAll(tous(debut))]).catch(() => null);
    const trouves = new Map(lus?.[0].result.map((cle, rang) => [cle, lus[1].result[rang]]));
    for (const cle of local.cles(debut)) trouves.set(cle, local.lire(cle));
    return [...trouves];
  },
  async lire(cle) {
    return local.lire(cle) ?? (await dans("readonly", (garde) => garde.get(cle)).catch(() => null))?.result ?? null;
  },
  async ecrire(cle, valeur) {
    const texte = JSON.stringify(valeur), ici = local.ecrire(cle, texte);
    const la = await dans("readwrite", (garde) => garde.put(valeur, cle)).then(() => true, () => false);
    if (la && (!ici || local.texte(cle) === texte)) local.oter(cle);
    return ici || la;
  },
  async oter(cle) {
    local.oter(cle);
    await dans("readwrite", (garde) => garde.delete(cle)).catch(() => null);
  },
  async oublier(debut) {
    for (const cle of local.cles(debut)) local.oter(cle);
    await dans("readwrite", (garde) => garde.delete(tous(debut))).catch(() => null);
  },
  // Ce qu'un onglet fermé trop tôt, ou une version d'avant, a laissé dans localStorage.
  async reprendre() {
    const repris = [];
    await dans("readwrite", (garde) => {
      for (const cle of local.cles("coop:")) {
        const texte = local.texte(cle), valeur = local.lire(cle);
        if (!valeur || !/^coop:[^:]+:(brouillon|envoi):/.test(cle)) continue;
        garde.put(valeur, cle);
        repris.push([cle, texte]);
      }
    }).catch(() => { repris.length = 0; });
    for (const [cle, texte] of repris) if (local.texte(cle) === texte) local.oter(cle);
  },
};

// --- Parler au portail : la saisie d'un formulaire, jamais du JSON. Un réseau de train qui se tait ne retient personne ---
const delai = (secondes) => AbortSignal.timeout?.(secondes * 1e3);
async function quiEstLa() {
  const lue = await fetch("/auth/session", { headers: { Accept: "application/json" }, signal: delai(10) });
  if (lue.status === 401) return null;
  if (!lue.ok) throw new Error("session");
  return lue.json();
}
const envoyer = (adresse, champs, csrf, suite = {}) => fetch(adresse, {
  method: "POST", headers: { "X-Coop": "oui" }, signal: delai(30), ...suite,
  body: new URLSearchParams([...champs.filter(([nom]) => nom !== "csrf"), ["csrf", csrf]]),
});
const enBrouillon = ({ champs, sorte, version }) => [...champs, ["sorte", sorte], ["brouillon_version", version ?? ""]];

// --- Envoyer ce qui attend : un seul à la fois, onglets et sw.js ; deux fois le même n'écrit qu'une fois ---
const canal = globalThis.BroadcastChannel ? new BroadcastChannel(A_ENVOYER) : null;
const seul = (faire, choix = {}) => navigator.locks ? navigator.locks.request(A_ENVOYER, choix, faire) : faire();
// Refusé, lui : les autres n'y sont pour rien. Un 503, ou une réponse qui n'est pas de nous, ne juge de rien.
const refuse = (recue) => recue?.status === 500 || (recue?.status >= 400 && recue.status < 500 && ![401, 408, 425, 429].includes(recue.status));
const PANNES = 3;
async function partir(compte, csrf) {
  const bilan = { compte, partis: 0, refuses: 0, reste: false };
  const poster = (adresse, champs) => envoyer(adresse, champs, csrf).catch(() => null);
  // Un 403 dit que ce compte n'en a plus le droit, ou que la session a changé pendant l'envoi.
  const change = async (recue) => {
    if (recue?.status !== 403) return false;
    const qui = await quiEstLa().catch(() => null);
    return qui?.compte_id !== compte || qui.csrf !== csrf;
  };
  let pannes = 0;
  for (const [cle, attente] of await appareil.tout(envoiDe(compte, ""))) {
    const { action, champs, sorte } = attente ?? {};
    if (!action) { await appareil.oter(cle); continue; }
    const id = cle.split(":").pop();
    let recue = await poster(action, champs), sort = "partis";
    const sans = await change(recue);
    if (!sans && refuse(recue)) {
      // Il redevient un brouillon, qui dit ce qui est à corriger ; sur cet appareil, si l'API n'en veut pas non plus.
      const { fautes = {} } = await recue.json().catch(() => ({}));
      const dites = Object.entries(fautes).map(([ou, message]) => [`faute:${ou}`, message]);
      const saisie = { sorte, champs: [...champs, ...dites] };
      recue = await poster(`/espace/brouillons/${id}`, enBrouillon(saisie));
      sort = "refuses";
      // Effacé entre-temps, par qui s'est déconnecté : rien n'y revient.
      if (refuse(recue) && await appareil.lire(cle)) {
        if (!(await appareil.ecrire(brouillonDe(compte, id), { ...saisie, le: Date.now(), garde: false }))) continue;
        recue = { status: 200 };
      }
    }
    if (recue?.status === (sort === "partis" ? 204 : 200)) {
      pannes = 0;
      await appareil.oter(cle);
      bilan[sort] += 1;
      continue;
    }
    // Sans session, insister n'y ferait rien.
    if (sans || recue?.status === 401) break;
    bilan.reste = true;
    // Sans réponse, ou trop de demandes : les suivants n'iraient pas plus loin. En panne pour celui-ci : peut-être pas.
    pannes += 1;
    if (!(recue?.status >= 500) || pannes === PANNES) break;
  }
  canal?.postMessage(bilan);
  return bilan;
}
