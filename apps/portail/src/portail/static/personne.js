// Qui est connecté : sa session, ce qui attend d'être envoyé, ses brouillons. Après portail.js et file.js, dans le même lot.
"use strict";
// --- L'appareil : ce qu'il garde de la personne, et rien si l'ordinateur est partagé ---
const page = document.body.dataset;
// Partagé, ou quitté dans un autre onglet : plus rien ne s'y écrit.
let partage = "partage" in page;
const compte = page.compte || local.lire("coop:compte") || "";
const brouillon = (id) => brouillonDe(compte, id);
const envoi = (id) => envoiDe(compte, id);
const garder = async (cle, valeur) => !partage && !!compte && appareil.ecrire(cle, valeur);
const SEPT_JOURS = 7 * 24 * 3600e3;
async function ranger() {
  if (partage) return appareil.oublier("coop:");
  if (!compte) return;
  if (page.compte) local.ecrire("coop:compte", JSON.stringify(compte));
  await appareil.reprendre();
  for (const [cle, saisie] of await appareil.tout("coop:")) {
    if (cle.includes(":brouillon:") && !(saisie?.le > Date.now() - SEPT_JOURS)) await appareil.oter(cle);
  }
}
const range = ranger();

// --- Parler au portail ---
let frais = "";
const jeton = () => document.querySelector("[name=csrf]")?.value || frais;
async function session() {
  const qui = await quiEstLa();
  if (qui?.compte_id !== compte) return null;
  prolonger(qui.inactive_dans, qui.expire_dans);
  frais = qui.csrf;
  for (const champ of document.querySelectorAll("[name=csrf]")) champ.value = frais;
  return qui;
}
async function poster(adresse, champs, suite) {
  let recue = jeton() ? await envoyer(adresse, champs, jeton(), suite) : null;
  // Une page ouverte avant une nouvelle connexion porte l'ancien jeton.
  if (!recue || recue.status === 403) {
    if (!(await session())) return { status: 401 };
    recue = await envoyer(adresse, champs, jeton(), suite);
  }
  if (recue.status < 400) prolonger();
  return recue;
}
const garderChezNous = (id, saisie, suite) => poster(`/espace/brouillons/${id}`, enBrouillon(saisie), suite);

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

// Le formulaire d'un compte rendu, s'il y en a un : saisie.js le garde à mesure.
const formulaire = document.querySelector("form[data-brouillon]");

const heure = (le) => new Date(le).toLocaleTimeString("fr-FR", { hour: "2-digit", minute: "2-digit" });
const jourEtHeure = (le) => `${new Date(le).toLocaleDateString("fr-FR", { weekday: "long" })} à ${heure(le)}`;

// --- Ce qui attend le réseau ---
const compteur = document.getElementById("a-envoyer");
const dit = document.getElementById("dit-par-l-appareil");
async function compter() {
  const n = compte ? (await appareil.tout(envoi(""))).length : 0;
  if (compteur) {
    compteur.hidden = !n;
    compteur.textContent = n > 1 ? `${n} comptes rendus à envoyer` : "1 compte rendu à envoyer";
  }
  return n;
}
// Là où le navigateur sait le faire, sw.js envoie au retour du réseau, même page fermée.
const auRetour = () => navigator.serviceWorker?.ready.then((ouvrier) => ouvrier.sync?.register(A_ENVOYER)).catch(() => null);
// suite : où lire ce que l'on dit, « brouillons » ou « partis » ; rien si aucune page ne peut s'ouvrir.
function annoncer(texte, grave = false, suite = "brouillons") {
  if (!dit) return;
  dit.querySelector("span").textContent = texte;
  dit.className = suite === "partis" ? "note succes" : "note alerte";
  for (const lien of dit.querySelectorAll("a")) lien.hidden = lien.dataset.suite !== suite;
  dit.hidden = false;
  parler(texte, grave);
}
async function vider(choix) {
  if (!(await compter())) return;
  const bilan = await seul(async () => {
    // Pendant qu'on attendait, un autre onglet ou sw.js a pu tout envoyer.
    const qui = (await compter()) && (await session().catch(() => null));
    return qui && partir(compte, qui.csrf);
  }, choix);
  if (bilan) await rendreCompte(bilan);
}
async function rendreCompte({ partis, refuses }) {
  await compter();
  if (partis || refuses) enLigne();
  const phrases = [];
  if (partis) phrases.push(partis > 1 ? `${partis} comptes rendus sont partis.` : "Votre compte rendu est parti.");
  if (refuses) phrases.push(refuses > 1 ? `${refuses} sont à corriger, dans vos brouillons.` : "Un compte rendu est à corriger, dans vos brouillons.");
  if (phrases.length) annoncer(phrases.join(" "), refuses > 0, refuses ? "brouillons" : "partis");
}
// Le formulaire vierge dit « Vous êtes hors ligne » tant que c'est vrai.
const enLigne = () => document.getElementById("hors-ligne")?.remove();
addEventListener("online", enLigne);
// La page de mes brouillons montre aussi ce qui n'est qu'ici : brouillons.js.
const revoir = () => globalThis.montrerIci?.();
// Ce qu'un autre onglet, ou sw.js, vient d'envoyer ou de mettre en attente.
canal?.addEventListener("message", ({ data }) => {
  if (data.quitte && [compte, ""].includes(data.compte)) return quitter(data);
  if (data.compte === compte) rendreCompte(data).then(revoir);
});
async function rattraper(montrer = true) {
  let remis = false;
  for (const [cle, saisie] of compte ? await appareil.tout(brouillon("")) : []) {
    const id = cle.split(":").pop();
    if (!saisie || saisie.garde || id === formulaire?.dataset.brouillon) continue;
    const recue = await garderChezNous(id, saisie).catch(() => null);
    if (recue?.status !== 200) continue;
    const { version } = await recue.json();
    remis = (await garder(cle, { ...saisie, garde: true, version })) || remis;
  }
  // Ils sont chez nous : la page les montre avec les autres.
  if (remis && montrer && globalThis.montrerIci) location.reload();
}

// --- Se déconnecter, ou dire l'ordinateur partagé : ce qui n'est qu'ici part d'abord, ou l'on demande ---
const DIX_SECONDES = 10e3;
const SORTIES = {
  "/deconnexion": "Votre saisie n’a pas pu être enregistrée chez nous : se déconnecter l’efface. Attendez le réseau, ou déconnectez-vous une seconde fois pour l’effacer.",
  "/espace/appareil": "Des saisies ne sont que sur cet ordinateur : le dire partagé les efface. Attendez le réseau, ou recommencez pour les effacer.",
};
// Un onglet laissé ouvert n'écrit plus rien ici ; ce qu'on y tape y reste.
async function quitter({ debut, deconnecte }) {
  partage = true;
  await appareil.oublier(debut);
  await compter();
  if (deconnecte) finie();
}
for (const [action, demander] of Object.entries(SORTIES)) {
  const deconnecte = action === "/deconnexion", debut = deconnecte ? `coop:${compte}:` : "coop:";
  const seulIci = ([cle, saisie]) => /:(brouillon|envoi):/.test(cle) && !saisie?.garde;
  const reste = async () => formulaire?.aGarder?.() || (await appareil.tout(debut)).some(seulIci);
  // Un autre onglet, ou sw.js, tient peut-être la file : on ne l'attend pas plus que le réseau.
  const sauver = async () => {
    await formulaire?.garderMaintenant?.();
    await vider({ signal: delai(5) }).catch(() => null);
    await rattraper(false);
  };
  for (const sortie of document.querySelectorAll(`form[action='${action}']`)) {
    sortie.addEventListener("submit", async (ev) => {
      if (sortie.dataset.oublie) return;
      ev.preventDefault();
      // Pressé deux fois de suite, il n'efface pas ce qu'il n'a pas encore dit.
      if (sortie.dataset.attend) return;
      sortie.dataset.attend = "oui";
      if (!sortie.dataset.sure && await reste()) {
        annoncer("Un instant : ce qui n’est que sur cet appareil part d’abord.");
        await Promise.race([sauver().catch(() => null), new Promise((rendre) => setTimeout(rendre, DIX_SECONDES))]);
        sortie.dataset.sure = "oui";
        if (await reste()) {
          delete sortie.dataset.attend;
          annoncer(demander, true);
          return dit.focus();
        }
      }
      partage = true;
      canal?.postMessage({ quitte: true, compte: deconnecte ? compte : "", debut, deconnecte });
      await appareil.oublier(debut);
      if (deconnecte) local.oter("coop:compte");
      sortie.dataset.oublie = "oui";
      sortie.requestSubmit();
    });
  }
}

if (page.inactive) prolonger(Number(page.inactive), Number(page.absolue));
if (compte && !partage) {
  const reprendre = () => vider().then(rattraper).catch(() => null).finally(revoir);
  addEventListener("online", reprendre);
  range.then(() => {
    compter().then((n) => n && auRetour());
    if (page.compte) reprendre();
  });
  if (page.compte) navigator.serviceWorker?.register("/sw.js").catch(() => null);
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
