// La carte d'un endroit : les mêmes lieux que la liste, qui suffit sans ce fichier.
"use strict";
// Reading Leaflet, opening the map, its outline, its points: tasks of their own, so that a slow phone answers between them.
setTimeout(() => {
  const zone = document.getElementById("carte");
  if (!zone || !window.L) return;
  const donnees = JSON.parse(zone.dataset.carte);
  const dit = document.getElementById("dit-carte");
  document.getElementById("cote-carte").hidden = false;

  const serre = zone.clientWidth < 520 ? 1 : 0;
  const carte = L.map(zone, { zoomControl: false, attributionControl: false, minZoom: 4, maxZoom: 18, zoomAnimation: false, markerZoomAnimation: false, fadeAnimation: false });
  L.control.zoom({ zoomInTitle: "Zoomer", zoomOutTitle: "Dézoomer" }).addTo(carte);
  // Its buttons are links to nothing: to the map itself, then.
  for (const bouton of zone.querySelectorAll(".leaflet-control-zoom a")) bouton.href = "#carte";
  L.control.attribution({ prefix: false }).addAttribution("Contours : IGN Admin Express").addTo(carte);
  carte.setView(donnees.centre, donnees.zoom - serre);
  setTimeout(() => {
    for (const tour of donnees.contours) L.polygon(tour, { className: "contour", interactive: false }).addTo(carte);
    zone.querySelector(".leaflet-overlay-pane svg")?.setAttribute("aria-hidden", "true");
  });

  // --- Les points : au-delà de vingt, ils quittent l'ordre des tabulations ---
  const couche = L.layerGroup().addTo(carte);
  let reperes = new Map();
  const icone = (className, cote, html = "") => L.divIcon({ className, html, iconSize: [cote, cote] });
  // Leaflet donne au repère le rôle d'un bouton, pas ses touches.
  const agir = (repere, geste) => repere.on("click", geste).on("keydown", ({ originalEvent }) => {
    if (originalEvent.key !== "Enter" && originalEvent.key !== " ") return;
    originalEvent.preventDefault();
    geste();
  });
  const dessiner = ({ points, grappes }) => {
    const regard = zone.contains(document.activeElement) && document.activeElement.matches(".leaflet-marker-icon");
    couche.clearLayers();
    reperes = new Map();
    const keyboard = points.length + grappes.length <= 20;
    for (const g of grappes) {
      const cote = Math.min(52, 26 + 5 * Math.log(g.nombre));
      const nom = `${g.nombre} lieux : approcher`;
      const repere = L.marker([g.latitude, g.longitude], { keyboard, title: nom, icon: icone("grappe", cote, String(g.nombre)) });
      agir(repere, () => (g.lieux.length && carte.getZoom() >= 17 ? bulle(g, g.lieux) : carte.setView([g.latitude, g.longitude], Math.min(18, carte.getZoom() + 2))));
      repere.addTo(couche);
      // Sans lui, le nom du bouton ne serait que son nombre.
      if (keyboard) repere.getElement().ariaLabel = nom;
    }
    for (const p of points) {
      const repere = L.marker([p.latitude, p.longitude], { keyboard, title: p.nom, icon: icone("point", 18) });
      agir(repere, () => {
        bulle(p, [p]);
        choisir(p.id, true);
      });
      reperes.set(p.id, repere.addTo(couche));
    }
    // Le point qu'on regardait n'est plus : la carte, pas le haut de la page.
    if (regard) zone.focus({ preventScroll: true });
  };
  const bulle = (ou, lieux) => {
    const liste = document.createElement(lieux.length > 1 ? "ul" : "div");
    for (const lieu of lieux) {
      const lien = document.createElement("a");
      lien.href = `/trouver/${lieu.id}`;
      lien.textContent = lieu.nom;
      if (lieux.length > 1) liste.appendChild(document.createElement("li")).append(lien);
      else liste.append(lien);
    }
    const depuis = document.activeElement;
    const ouverte = L.popup({ maxHeight: 220 }).setLatLng([ou.latitude, ou.longitude]).setContent(liste).openOn(carte)
      .on("remove", () => (depuis?.isConnected && zone.contains(depuis) ? depuis : zone).focus({ preventScroll: true }));
    ouverte.getElement().addEventListener("keydown", (ev) => { if (ev.key === "Escape") carte.closePopup(); });
    const fermer = zone.querySelector(".leaflet-popup-close-button");
    if (fermer) Object.assign(fermer, { href: "#carte", ariaLabel: "Fermer" });
    liste.querySelector("a")?.focus();
  };

  // --- La liste et la carte se répondent ---
  const lignes = new Map([...document.querySelectorAll("[data-lieu]")].map((li) => [li.dataset.lieu, li]));
  const choisir = (id, montrer) => {
    for (const [autre, li] of lignes) li.classList.toggle("choisi", autre === id);
    for (const [autre, repere] of reperes) repere.getElement()?.classList.toggle("choisi", autre === id);
    if (montrer) lignes.get(id)?.scrollIntoView({ block: "nearest" });
  };
  for (const [id, li] of lignes) {
    li.addEventListener("pointerenter", () => choisir(id, false));
    li.addEventListener("focusin", () => choisir(id, false));
  }

  // --- En bougeant : les grappes de ce que l'on voit ---
  let demande = donnees.demande;
  let encours;
  const demander = async () => {
    encours?.abort();
    encours = new AbortController();
    const b = carte.getBounds();
    const borne = (n, max) => Math.max(-max, Math.min(max, n)).toFixed(5);
    const bbox = [borne(b.getWest(), 180), borne(b.getSouth(), 85), borne(b.getEast(), 180), borne(b.getNorth(), 85)].join();
    try {
      const reponse = await fetch(`/carte/points?${demande}&zoom=${carte.getZoom()}&bbox=${bbox}`, { signal: encours.signal });
      if (!reponse.ok) throw new Error(String(reponse.status));
      const lus = await reponse.json();
      dessiner(lus);
      dit.textContent = lus.total < 2 ? `${lus.total} lieu sur la carte` : `${lus.total} lieux sur la carte`;
    } catch (faute) {
      if (faute.name !== "AbortError") dit.textContent = "La carte ne répond pas : la liste, elle, est complète.";
    }
  };
  let attente;
  carte.on("moveend", () => {
    clearTimeout(attente);
    attente = setTimeout(demander, 150);
  });
  if (donnees.points && !serre) setTimeout(dessiner, 0, donnees.points);
  else demander();

  // --- Autour de moi : à la demande, gardé nulle part ---
  document.getElementById("ici").addEventListener("click", () => {
    dit.textContent = "Recherche de votre position…";
    navigator.geolocation?.getCurrentPosition(
      ({ coords }) => {
        demande = donnees.filtres;
        carte.setView([coords.latitude, coords.longitude], 13);
        dit.textContent = "La carte montre les lieux autour de vous ; la liste n’a pas changé.";
      },
      () => (dit.textContent = "Votre position n’est pas connue. Écrivez le nom de votre commune."),
    );
  });
});
