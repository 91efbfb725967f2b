// Des chiffres qui bougent d'eux-mêmes, sauf si quelqu'un lit ce qui se refermerait.
"use strict";
const suivie = document.querySelector("[data-suivi]");
if (suivie) {
  let dits;
  new EventSource(suivie.dataset.suivi).addEventListener("totaux", (envoi) => {
    const { totaux } = JSON.parse(envoi.data), neufs = JSON.stringify(totaux);
    const lue = document.hidden || document.querySelector("#resultats details[open], #resultats :focus") || suivie.contains(document.activeElement);
    if (dits && dits !== neufs && !lue) suivie.requestSubmit();
    if (!dits || !lue) dits = neufs;
  });
}
