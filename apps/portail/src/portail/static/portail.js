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
