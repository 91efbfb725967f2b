// Le formulaire d'un compte rendu : gardé à mesure, envoyé sans quitter la page tant qu'il n'est pas pris.
"use strict";
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
  const gardee = () => ({ sorte: form.elements.sorte.value, champs: champs(), le: Date.now(), version: version.value });
  const copier = (garde = false) => garder(brouillon(id()), { ...gardee(), garde });
  const surLAppareil = async () => { if (await copier() && sale) dire("Gardé sur cet appareil"); };
  async function chezNous(suite) {
    clearTimeout(long);
    if (!sale || parti || ailleurs || (vierge && !navigator.onLine)) return;
    sale = false;
    enCours = garderChezNous(id(), gardee(), suite).then(async (recue) => {
      if (recue.status === 200) {
        const lu = await recue.json();
        version.value = lu.version;
        if (!sale) await copier(true);
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
    if (parti === "attend") parti = false;
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
  form.garderMaintenant = async () => {
    clearTimeout(court);
    await enCours;
    if (!sale || parti) return;
    await surLAppareil();
    await chezNous();
  };

  form.addEventListener("submit", async (ev) => {
    const bouton = ev.submitter;
    if (parti === "page" || bouton?.hasAttribute("formaction")) return;
    ev.preventDefault();
    // Un second clic : le précédent attend, et rien n'a changé depuis.
    if (parti === "attend") return dire("Déjà gardé sur cet appareil.", true);
    if (parti) return;
    parti = true;
    clearTimeout(court);
    clearTimeout(long);
    await enCours;
    const saisie = [...champs(), ["brouillon_version", version.value], ...(bouton?.name ? [[bouton.name, bouton.value]] : [])];
    const recue = await poster(form.action, saisie).catch(() => null);
    if (recue?.status === 204) {
      await appareil.oter(brouillon(id()));
      return location.assign(recue.headers.get("X-Aller"));
    }
    const attente = { ...gardee(), action: form.getAttribute("action") };
    // « Ajouter des lignes » n'envoie rien.
    if (!recue && bouton?.name !== "plus" && await garder(envoi(id()), attente)) {
      clearTimeout(court);
      sale = false;
      parti = "attend";
      await appareil.oter(brouillon(id()));
      // Une correction, elle, reste à l'écran.
      const neuf = form.elements.id;
      if (neuf) suivant(bouton?.name);
      auRetour();
      canal?.postMessage({ compte });
      await compter();
      annoncer(`Pas de réseau : ce compte rendu est gardé sur cet appareil, il partira dès son retour.${neuf ? " Vous pouvez saisir le suivant." : ""}`, false, "");
      dit.focus();
      return;
    }
    parti = false;
    if (recue?.status === 401) {
      if (await copier()) dire("Gardé sur cet appareil");
      return finie();
    }
    if (!recue) return dire("Sans réseau : rien n’est parti. Gardez cette page ouverte.", true);
    // En panne, ou trop de demandes : la saisie reste à l’écran. Renvoyée, elle n’écrit rien deux fois.
    if (recue.status === 429 || recue.status >= 500) {
      await copier();
      const { fautes, title = "Le service ne répond pas." } = await recue.json().catch(() => ({}));
      dire("");
      return dire(fautes?.[""] ?? `${title} Votre saisie est toujours là : réessayez.`, true);
    }
    // Le serveur a quelque chose à dire : la page d'erreur le dit mieux, et le même envoi n'écrit rien deux fois.
    parti = "page";
    // Sous cet identifiant, un autre est enregistré : la page en donne un neuf à celui-ci.
    if (recue.status === 409) await appareil.oter(brouillon(id()));
    form.requestSubmit(bouton);
  });

  // Du compte rendu qui vient d'être gardé, rien ne reste : ni réponse, ni faute, ni identifiant ; le jour et le lieu, demandés.
  function suivant(memes) {
    const lus = (noms) => [...new FormData(form)].filter(([nom]) => noms.test(nom));
    const gardes = memes ? lus(/^(jour|date|ou|commune|lieu)/) : [["jour", document.getElementById("jour-auj")?.value]];
    form.reset();
    const neufs = lus(/^(l.+\/|\w+_)?id$/).map(([nom]) => [nom, crypto.randomUUID()]);
    remplir(form, { champs: [...lus(/^(ou$|commune|duree|mode$)|\/duree$/), ...neufs, ...gardes] });
    form.dataset.brouillon = form.elements.id.value;
    for (const dite of document.querySelectorAll("#fautes, .message-faute, .note[data-focus]")) dite.remove();
    for (const c of form.querySelectorAll(".faute, [aria-invalid]")) { c.classList.remove("faute"); c.ariaInvalid = null; }
    document.title = document.title.replace("Erreur : ", "");
    ligne.textContent = "";
  }

  // Laissé sur cet appareil avant cette page, et pas encore chez nous : proposé, jamais imposé.
  const debut = Date.now(), modele = document.getElementById("laisse-ici");
  if (compte && modele) range.then(offrir);
  async function offrir() {
    const sorte = form.elements.sorte.value;
    const laisses = (await appareil.tout(brouillon(""))).map(([cle, s]) => [cle.split(":").pop(), s])
      .filter(([autre, s]) => s && !s.garde && s.le < debut && (autre === id() || (s.sorte === sorte && !sorte.startsWith("correction"))))
      .sort(([, a], [, b]) => b.le - a.le);
    if (!laisses.length) return;
    const [autre, saisie] = laisses[0];
    const note = modele.content.cloneNode(true).firstElementChild;
    note.querySelector("[data-quand]").textContent = jourEtHeure(saisie.le);
    note.addEventListener("click", async (ev) => {
      const geste = ev.target.dataset.geste;
      if (!geste) return;
      note.remove();
      document.getElementById("contenu").focus();
      if (geste === "reprendre") {
        const gardee = await appareil.lire(brouillon(autre));
        form.dataset.brouillon = autre;
        remplir(form, gardee ?? saisie);
        return noter();
      }
      await appareil.oter(brouillon(autre));
      poster(`/espace/brouillons/${autre}/effacer`, []).catch(() => null);
    });
    form.before(note);
  }
}
function remplir(form, { champs, version }) {
  for (const c of form.elements) {
    const valeurs = champs.filter(([nom]) => nom === c.name).map(([, v]) => v), derniere = valeurs.at(-1) ?? "";
    if (c.type === "checkbox") c.checked = valeurs.includes(c.value);
    else if (c.type === "radio") c.checked = c.value === derniere;
    else if (c.name && c.type !== "submit" && !["csrf", "type", "sorte"].includes(c.name)) c.value = derniere;
  }
  form.elements.brouillon_version.value = version ?? "";
  // Ce qui reste à répartir : repartition.js.
  form.elements["participants/total"]?.dispatchEvent(new Event("input"));
}
