// Du confort seulement : chaque page fonctionne sans ce fichier.
"use strict";
document.documentElement.classList.add("js");

// Après une page qui a quelque chose à dire, le regard y va.
document.querySelector("[data-focus]")?.focus();
for (const bouton of document.querySelectorAll("[data-imprimer]")) {
  bouton.hidden = false;
  bouton.addEventListener("click", () => print());
}
if (window.htmx) {
  htmx.config.includeIndicatorCSS = false;
  for (const bouton of document.querySelectorAll("[data-sans-js]")) bouton.hidden = true;
}

// --- Parties de page : dire ce qui change, sans déplacer le regard ---
document.addEventListener("htmx:before:request", (ev) => {
  if (ev.target.closest?.("form.filtres")) document.getElementById("resultats")?.setAttribute("aria-busy", "true");
});
document.addEventListener("htmx:after:swap", () => {
  const zone = document.getElementById("resultats");
  if (!zone) return;
  zone.removeAttribute("aria-busy");
  const annonce = document.getElementById("annonce");
  if (annonce) annonce.textContent = zone.querySelector("[data-annonce], [role=alert]")?.textContent ?? "";
});

// --- « reste 3 à préciser » ---
for (const groupe of document.querySelectorAll("[data-repartition]")) {
  const total = document.getElementById("c-participants-total");
  const reste = groupe.querySelector(".reste");
  const dire = () => {
    const somme = [...groupe.querySelectorAll("input")].reduce((n, c) => n + (Number(c.value) || 0), 0);
    const ecart = (Number(total.value) || 0) - somme;
    reste.textContent = somme === 0 ? "" : ecart > 0 ? `reste ${ecart} à préciser` : ecart < 0 ? `${-ecart} de trop` : "complet";
    reste.classList.toggle("trop", ecart < 0);
  };
  groupe.addEventListener("input", dire);
  total.addEventListener("input", dire);
  dire();
}
