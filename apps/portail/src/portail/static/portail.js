// Du confort seulement : chaque page fonctionne sans ce fichier.
"use strict";
document.documentElement.classList.add("js");

// Après une page qui a quelque chose à dire, le regard y va.
document.querySelector("[data-focus]")?.focus();
for (const bouton of document.querySelectorAll("[data-imprimer]")) {
  bouton.hidden = false;
  bouton.addEventListener("click", () => print());
}
if (window.htmx) htmx.config.includeIndicatorCSS = false;
if (window.htmx || document.querySelector("[data-brouillon]")) {
  for (const bouton of document.querySelectorAll("[data-sans-js]")) bouton.hidden = true;
}
for (const partie of document.querySelectorAll("[data-charge]")) {
  const charger = () => fetch(partie.dataset.charge).then(async (lue) => { if (lue.ok && !lue.redirected) partie.innerHTML = await lue.text(); }, () => null);
  const repli = partie.closest("details:not([open])");
  if (repli) repli.addEventListener("toggle", charger, { once: true }); else charger();
}
for (const champ of document.querySelectorAll("[data-suggere]")) {
  let attente;
  champ.addEventListener("input", () => {
    clearTimeout(attente);
    attente = setTimeout(async () => {
      const lues = await fetch(`${champ.dataset.suggere}?${new URLSearchParams([[champ.name, champ.value]])}`).catch(() => null);
      if (lues?.ok) champ.list.innerHTML = await lues.text();
    }, 200);
  });
}

// Des mots qui nomment quelqu'un ne vont dans aucune adresse ; ce qui est coché reste.
for (const champ of document.querySelectorAll("[data-cherche]")) {
  let attente;
  champ.addEventListener("input", () => {
    clearTimeout(attente);
    attente = setTimeout(async () => {
      const lues = await poster(champ.dataset.cherche, [[champ.name, champ.value], ["type", champ.form.elements.type.value]]).catch(() => null);
      if (lues?.status !== 200) return;
      const zone = document.getElementById(champ.dataset.vers), neuves = document.createRange().createContextualFragment(await lues.text());
      for (const c of zone.querySelectorAll("input")) if (c.value && !c.checked) c.parentElement.remove();
      for (const c of neuves.querySelectorAll("input")) if (!document.getElementById(c.id)) zone.append(c.parentElement, " ");
      const n = zone.querySelectorAll("input:not([value=''])").length;
      parler(n > 1 ? `${n} personnes proposées` : n ? "1 personne proposée" : "Personne ne répond à ces mots");
    }, 250);
  });
  document.getElementById(champ.dataset.vers).addEventListener("change", () => { champ.value = ""; });
}

// --- Dire ce qui change, sans déplacer le regard ; ce qui n'a pas marché interrompt ---
function parler(texte, grave = false) {
  const zone = document.getElementById(grave ? "alerte" : "annonce");
  if (zone) zone.textContent = texte;
}
document.addEventListener("htmx:before:request", (ev) => {
  if (ev.target.closest?.("form.filtres")) document.getElementById("resultats")?.setAttribute("aria-busy", "true");
});
document.addEventListener("htmx:after:swap", () => {
  const zone = document.getElementById("resultats");
  if (!zone) return;
  zone.removeAttribute("aria-busy");
  parler(zone.querySelector("[data-annonce], [role=alert]")?.textContent ?? "");
});

document.addEventListener("htmx:error", () => {
  const zone = document.getElementById("resultats");
  if (!zone) return;
  zone.removeAttribute("aria-busy");
  const note = document.getElementById("sans-reponse") ?? document.createElement("p");
  Object.assign(note, { id: "sans-reponse", className: "note alerte", textContent: "Pas de réponse : rien n’a changé ici. Recommencez." });
  zone.prepend(note);
  parler(note.textContent, true);
});

// --- L'appareil : ce qu'il garde de la personne, et rien si l'ordinateur est partagé ---
const page = document.body.dataset;
const partage = "partage" in page;
let compte = page.compte ?? "";
const appareil = {
  lire(cle) { try { return JSON.parse(localStorage.getItem(cle)); } catch { return null; } },
  ecrire(cle, valeur) {
    if (partage || !compte) return false;
    try { localStorage.setItem(cle, JSON.stringify(valeur)); return true; } catch { return false; }
  },
  oter(cle) { try { localStorage.removeItem(cle); } catch { /* rien n'y est */ } },
  cles(debut) { try { return Object.keys(localStorage).filter((cle) => cle.startsWith(debut)); } catch { return []; } },
};

compte ||= appareil.lire("coop:compte") ?? "";
const brouillon = (id) => `coop:${compte}:brouillon:${id}`;
const envoi = (id) => `coop:${compte}:envoi:${id}`;
const SEPT_JOURS = 7 * 24 * 3600e3;
if (partage) for (const cle of appareil.cles("coop:")) appareil.oter(cle);
else if (page.compte) appareil.ecrire("coop:compte", compte);
for (const cle of appareil.cles("coop:")) {
  if (cle.includes(":brouillon:") && !(appareil.lire(cle)?.le > Date.now() - SEPT_JOURS)) appareil.oter(cle);
}

// --- Parler au portail : la saisie d'un formulaire, jamais du JSON ---
let frais = "";
const jeton = () => document.querySelector("[name=csrf]")?.value || frais;
async function session() {
  const lue = await fetch("/auth/session", { headers: { Accept: "application/json" } });
  if (lue.status === 401) return null;
  if (!lue.ok) throw new Error("session");
  const qui = await lue.json();
  if (qui.compte_id !== compte) return null;
  prolonger(qui.inactive_dans, qui.expire_dans);
  frais = qui.csrf;
  for (const champ of document.querySelectorAll("[name=csrf]")) champ.value = frais;
  return qui;
}
async function poster(adresse, champs, suite = {}) {
  const envoyer = () => fetch(adresse, {
    method: "POST", headers: { "X-Coop": "oui" }, ...suite,
    body: new URLSearchParams([...champs.filter(([nom]) => nom !== "csrf"), ["csrf", jeton()]]),
  });
  let recue = jeton() ? await envoyer() : null;
  // Une page ouverte avant une nouvelle connexion porte l'ancien jeton.
  if (!recue || recue.status === 403) {
    if (!(await session())) return { status: 401 };
    recue = await envoyer();
  }
  if (recue.status < 400) prolonger();
  return recue;
}
async function garderChezNous(id, saisie, suite) {
  const champs = [...saisie.champs, ["sorte", saisie.sorte], ["brouillon_version", saisie.version ?? ""]];
  return poster(`/espace/brouillons/${id}`, champs, suite);
}

// --- La session : dire sa fin avant qu'elle n'arrive ---
const bandeau = document.getElementById("fin-de-session");
let inactivite = 0, inactive = 0, absolue = 0, veille;
function prolonger(inactiveDans = inactivite, expireDans = null) {
  if (!bandeau || !inactiveDans) return;
  inactivite = inactiveDans;
  inactive = Date.now() + inactiveDans * 1e3;
  if (expireDans !== null) absolue = Date.now() + expireDans * 1e3;
  bandeau.hidden = true;
  veiller();
}
function veiller() {
  clearTimeout(veille);
  const reste = Math.min(inactive, absolue) - Date.now();
  const avant = reste - 5 * 60e3;
  if (avant > 0) veille = setTimeout(veiller, Math.min(avant, 2 ** 30));
  else if (reste > 0) {
    const dernier = absolue <= inactive;
    const phrase = `Votre session se termine dans ${Math.ceil(reste / 60e3)} min.` + (dernier ? " Enregistrez, puis reconnectez-vous." : "");
    bandeau.querySelector("span").textContent = phrase;
    parler(phrase);
    bandeau.querySelector("button").hidden = dernier;
    bandeau.hidden = false;
    veille = setTimeout(veiller, Math.min(60e3, reste));
  } else finie();
}
function finie() {
  if (!bandeau) return;
  const gardee = formulaire ? (partage ? " Votre saisie est dans cette page." : " Votre saisie est gardée.") : "";
  const phrase = `Votre session est terminée.${gardee}`;
  bandeau.querySelector("span").textContent = phrase;
  parler(phrase, true);
  bandeau.querySelector("button").hidden = true;
  const lien = bandeau.querySelector("a");
  lien.hidden = bandeau.hidden = false;
  if (partage && formulaire) lien.target = "_blank";
  clearTimeout(veille);
}
bandeau?.querySelector("button").addEventListener("click", async () => {
  try { if (!(await session())) finie(); } catch { /* sans réseau : elle court encore */ }
});

const heure = (le) => new Date(le).toLocaleTimeString("fr-FR", { hour: "2-digit", minute: "2-digit" });
const jourEtHeure = (le) => `${new Date(le).toLocaleDateString("fr-FR", { weekday: "long" })} à ${heure(le)}`;

// --- Ce qui attend le réseau ---
const compteur = document.getElementById("a-envoyer");
const dit = document.getElementById("dit-par-l-appareil");
function compter() {
  const n = compte ? appareil.cles(envoi("")).length : 0;
  if (compteur) {
    compteur.hidden = !n;
    compteur.textContent = n > 1 ? `${n} comptes rendus à envoyer` : "1 compte rendu à envoyer";
  }
  return n;
}
function annoncer(texte, grave = false) {
  if (!dit) return;
  dit.querySelector("span").textContent = texte;
  dit.hidden = false;
  parler(texte, grave);
}
async function vider() {
  if (!compter() || !(await session().catch(() => null))) return;
  let partis = 0, refuses = 0;
  for (const cle of appareil.cles(envoi(""))) {
    const { action, champs, sorte } = appareil.lire(cle) ?? {};
    if (!action) { appareil.oter(cle); continue; }
    const recue = await poster(action, champs).catch(() => null);
    if (recue?.status === 204) { appareil.oter(cle); partis += 1; continue; }
    if (![400, 404, 409, 410, 412, 413, 422].includes(recue?.status)) break;
    // Refusé : il redevient un brouillon, qui dit ce qui est à corriger.
    const { fautes = {} } = await recue.json().catch(() => ({}));
    const saisie = { sorte, champs: [...champs, ...Object.entries(fautes).map(([ou, m]) => [`faute:${ou}`, m])] };
    const garde = await garderChezNous(cle.split(":").pop(), saisie).catch(() => null);
    if (garde?.status !== 200) break;
    appareil.oter(cle);
    refuses += 1;
  }
  compter();
  const phrases = [];
  if (partis) phrases.push(partis > 1 ? `${partis} comptes rendus sont partis.` : "Votre compte rendu est parti.");
  if (refuses) phrases.push(refuses > 1 ? `${refuses} sont à corriger, dans vos brouillons.` : "Un compte rendu est à corriger, dans vos brouillons.");
  if (phrases.length) annoncer(phrases.join(" "), refuses > 0);
}
async function rattraper() {
  let remis = false;
  for (const cle of compte ? appareil.cles(brouillon("")) : []) {
    const id = cle.split(":").pop(), saisie = appareil.lire(cle);
    if (saisie.garde || id === formulaire?.dataset.brouillon) continue;
    const recue = await garderChezNous(id, saisie).catch(() => null);
    if (recue?.status !== 200) continue;
    const { version } = await recue.json();
    remis = appareil.ecrire(cle, { ...saisie, garde: true, version }) || remis;
  }
  // Ils sont chez nous : la page les montre avec les autres.
  if (remis && ici) location.reload();
}

// --- Mes brouillons : ce qui n'est qu'ici ---
const ici = document.getElementById("sur-l-appareil");
function montrerIci() {
  if (!ici) return;
  const sortes = JSON.parse(ici.dataset.sortes), modele = ici.querySelector("template").content;
  const lignes = appareil.cles(`coop:${compte}:`).map((cle) => [cle, appareil.lire(cle)])
    .filter(([, saisie]) => saisie?.sorte in sortes && !saisie.garde)
    .map(([cle, saisie]) => {
      const [nom, adresse] = sortes[saisie.sorte], ligne = modele.cloneNode(true).firstElementChild;
      const attend = cle.startsWith(envoi("")), lien = ligne.querySelector("a"), effacer = ligne.querySelector("button");
      ligne.querySelector("strong").textContent = nom;
      ligne.querySelector(".doux").textContent = attend ? "À envoyer" : `Modifié ${jourEtHeure(saisie.le)}`;
      if (attend) lien.remove();
      else lien.href = adresse.replace("{}", cle.split(":").pop());
      lien.ariaLabel = `Reprendre : ${nom}, sur cet appareil`;
      ligne.querySelector("summary").ariaLabel = `Effacer : ${nom}, sur cet appareil`;
      effacer.ariaLabel = `Oui, effacer : ${nom}, sur cet appareil`;
      effacer.addEventListener("click", () => { appareil.oter(cle); compter(); montrerIci(); document.getElementById("contenu").focus(); });
      return ligne;
    });
  ici.querySelector("ul").replaceChildren(...lignes);
  ici.hidden = !lignes.length;
  document.getElementById("aucun-brouillon")?.toggleAttribute("hidden", lignes.length > 0);
}

// --- Le formulaire : gardé à mesure, envoyé sans quitter la page tant qu'il n'est pas pris ---
const formulaire = document.querySelector("form[data-brouillon]");
if (formulaire) saisir(formulaire);
function saisir(form) {
  const ligne = document.getElementById("ou-en-est");
  const vierge = "vierge" in form.dataset;
  if (vierge) {
    const local = (jours) => new Date(Date.now() - jours * 864e5).toLocaleDateString("sv");
    form.elements.id.value = form.dataset.brouillon = crypto.randomUUID();
    document.getElementById("jour-auj").value = document.getElementById("c-date").max = local(0);
    document.getElementById("jour-hier").value = local(1);
  }
  const version = form.elements.brouillon_version;
  const id = () => form.dataset.brouillon;
  const champs = () => [...new FormData(form)].filter(([nom, v]) => v !== "" && !["csrf", "brouillon_version"].includes(nom));
  const dire = (texte, grave = false) => {
    if (ligne.textContent === texte) return;
    ligne.textContent = texte;
    parler(texte, grave);
  };
  let sale = false, parti = false, ailleurs = false, court, long, enCours = null;
  const copier = (garde = false) =>
    appareil.ecrire(brouillon(id()), { sorte: form.elements.sorte.value, champs: champs(), le: Date.now(), version: version.value, garde });
  const surLAppareil = () => { if (copier()) dire("Gardé sur cet appareil"); };
  async function chezNous(suite) {
    clearTimeout(long);
    if (!sale || parti || ailleurs || (vierge && !navigator.onLine)) return;
    sale = false;
    const saisie = { sorte: form.elements.sorte.value, champs: champs(), version: version.value };
    enCours = garderChezNous(id(), saisie, suite).then(async (recue) => {
      if (recue.status === 200) {
        const lu = await recue.json();
        version.value = lu.version;
        if (!sale) copier(true);
        return dire(`Brouillon enregistré à ${heure(lu.modifie_le)}`);
      }
      ailleurs = recue.status === 412;
      sale = true;
      const pourquoi = ailleurs ? "Ce brouillon a changé dans un autre onglet." : "Brouillon non enregistré.";
      dire(partage ? pourquoi : `${pourquoi} Gardé sur cet appareil`, true);
      if (recue.status === 401) finie();
    }, () => { sale = true; dire(partage ? "Sans réseau : rien n’est encore gardé" : "Gardé sur cet appareil", partage); });
    await enCours;
    enCours = null;
  }
  function noter() {
    sale = true;
    clearTimeout(court);
    clearTimeout(long);
    court = setTimeout(surLAppareil, 250);
    long = setTimeout(chezNous, 2000);
  }
  form.addEventListener("input", noter);
  addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "hidden" || !sale || parti) return;
    surLAppareil();
    chezNous({ keepalive: true });
  });
  addEventListener("online", () => chezNous());
  form.aGarder = () => sale;
  // Une copie différée reviendrait après que l'appareil a tout oublié.
  form.garderMaintenant = async () => { clearTimeout(court); surLAppareil(); await chezNous(); };

  form.addEventListener("submit", async (ev) => {
    const bouton = ev.submitter;
    if (parti === "page" || bouton?.hasAttribute("formaction")) return;
    ev.preventDefault();
    if (parti) return;
    parti = true;
    clearTimeout(court);
    clearTimeout(long);
    await enCours;
    const saisie = [...champs(), ["brouillon_version", version.value], ...(bouton?.name ? [[bouton.name, bouton.value]] : [])];
    const recue = await poster(form.action, saisie).catch(() => null);
    if (recue?.status === 204) {
      appareil.oter(brouillon(id()));
      return location.assign(recue.headers.get("X-Aller"));
    }
    parti = false;
    if (recue?.status === 401) { surLAppareil(); return finie(); }
    const attente = { action: form.getAttribute("action"), champs: champs(), sorte: form.elements.sorte.value };
    if (!recue && appareil.ecrire(envoi(id()), attente)) {
      parti = true;
      appareil.oter(brouillon(id()));
      compter();
      annoncer("Pas de réseau : ce compte rendu est gardé sur cet appareil, il partira dès son retour.");
      dit.focus();
      return;
    }
    if (!recue) return dire("Sans réseau : rien n’est parti. Gardez cette page ouverte.", true);
    // En panne, ou trop de demandes : la saisie reste à l’écran. Renvoyée, elle n’écrit rien deux fois.
    if (recue.status === 429 || recue.status >= 500) {
      surLAppareil();
      const { fautes, title = "Le service ne répond pas." } = await recue.json().catch(() => ({}));
      dire("");
      return dire(fautes?.[""] ?? `${title} Votre saisie est toujours là : réessayez.`, true);
    }
    // Le serveur a quelque chose à dire : la page d'erreur le dit mieux, et le même envoi n'écrit rien deux fois.
    parti = "page";
    form.requestSubmit(bouton);
  });

  // Laissé sur cet appareil, et pas encore chez nous : proposé, jamais imposé.
  const sorte = form.elements.sorte.value;
  const laisse = appareil.cles(brouillon("")).map((cle) => [cle.split(":").pop(), appareil.lire(cle)])
    .filter(([autre, s]) => !s.garde && (autre === id() || (s.sorte === sorte && !sorte.startsWith("correction"))))
    .sort(([, a], [, b]) => b.le - a.le)[0];
  const modele = document.getElementById("laisse-ici");
  if (!laisse || !compte || !modele) return;
  const [autre, saisie] = laisse;
  const note = modele.content.cloneNode(true).firstElementChild;
  note.querySelector("[data-quand]").textContent = jourEtHeure(saisie.le);
  note.addEventListener("click", (ev) => {
    const geste = ev.target.dataset.geste;
    if (!geste) return;
    if (geste === "reprendre") {
      form.dataset.brouillon = autre;
      remplir(form, appareil.lire(brouillon(autre)) ?? saisie);
      noter();
    } else {
      appareil.oter(brouillon(autre));
      poster(`/espace/brouillons/${autre}/effacer`, []).catch(() => null);
    }
    note.remove();
    document.getElementById("contenu").focus();
  });
  form.before(note);
}
function remplir(form, { champs, version }) {
  for (const c of form.elements) {
    const valeurs = champs.filter(([nom]) => nom === c.name).map(([, v]) => v);
    if (["checkbox", "radio"].includes(c.type)) c.checked = valeurs.includes(c.value);
    else if (c.name && !["csrf", "type", "sorte"].includes(c.name)) c.value = valeurs.at(-1) ?? "";
  }
  form.elements.brouillon_version.value = version ?? "";
}

// --- Se déconnecter : ce qui n'est qu'ici part d'abord, ou l'on demande ---
function oublierLAppareil() {
  for (const cle of [...appareil.cles(`coop:${compte}:`), "coop:compte"]) appareil.oter(cle);
}
for (const sortie of document.querySelectorAll("form[action='/deconnexion']")) {
  sortie.addEventListener("submit", async (ev) => {
    const reste = () => formulaire?.aGarder() || appareil.cles(`coop:${compte}:`).some((cle) => !appareil.lire(cle)?.garde);
    if (sortie.dataset.sure || !reste()) return oublierLAppareil();
    ev.preventDefault();
    await formulaire?.garderMaintenant();
    await vider();
    await rattraper();
    sortie.dataset.sure = "oui";
    if (!reste()) return sortie.requestSubmit();
    annoncer("Votre saisie n’a pas pu être enregistrée chez nous : se déconnecter l’efface. Attendez le réseau, ou déconnectez-vous une seconde fois pour l’effacer.", true);
    dit.focus();
  });
}

if (page.inactive) prolonger(Number(page.inactive), Number(page.absolue));
if (compte && !partage) {
  const reprendre = () => vider().then(rattraper).catch(() => null).finally(montrerIci);
  addEventListener("online", reprendre);
  compter();
  montrerIci();
  if (page.compte) reprendre();
  if (page.compte) navigator.serviceWorker?.register("/sw.js").catch(() => null);
}
