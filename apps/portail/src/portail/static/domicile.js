// À domicile, la commune de l’activité et celle de la personne se proposent l’une l’autre, tant qu’on n’y a rien écrit.
"use strict";
const { commune, residence, ou } = document.querySelector("form[data-brouillon]").elements;
function proposer(vers, valeur) {
  if (vers.value && vers.value !== vers.dataset.propose) return;
  vers.value = vers.dataset.propose = /\(\d{5}\)$/.test(valeur) ? valeur : "";
}
residence.form.addEventListener("change", ({ target }) => {
  const chez = ou.value === "domicile";
  if (target === commune || target.name === "ou") proposer(residence, chez ? commune.value : "");
  else if (chez && (target === residence || target.name === "beneficiaire/id")) proposer(commune, target.dataset.commune ?? residence.value);
});
