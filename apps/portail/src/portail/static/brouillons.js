// Mes brouillons : ce qui n'est que sur cet appareil.
"use strict";
const ici = document.getElementById("sur-l-appareil");
async function montrerIci() {
  const sortes = JSON.parse(ici.dataset.sortes), modele = ici.querySelector("template").content;
  const lignes = (await appareil.tout(`coop:${compte}:`))
    .filter(([, saisie]) => saisie?.sorte in sortes && !saisie.garde)
    .map(([cle, saisie]) => {
      const [nom, adresse] = sortes[saisie.sorte], ligne = modele.cloneNode(true).firstElementChild;
      const attend = cle.startsWith(envoi("")), lien = ligne.querySelector("a"), effacer = ligne.querySelector("button");
      ligne.querySelector("strong").textContent = nom;
      const fautes = saisie.champs.filter(([nom]) => nom.startsWith("faute:")).map(([, message]) => message);
      const corriger = fautes.length ? `À corriger : ${fautes.join(" ")}` : `Modifié ${jourEtHeure(saisie.le)}`;
      ligne.querySelector(".doux").textContent = attend ? "À envoyer" : corriger;
      if (attend) lien.remove();
      else lien.href = adresse.replace("{}", cle.split(":").pop());
      lien.ariaLabel = `Reprendre : ${nom}, sur cet appareil`;
      ligne.querySelector("summary").ariaLabel = `Effacer : ${nom}, sur cet appareil`;
      effacer.ariaLabel = `Oui, effacer : ${nom}, sur cet appareil`;
      effacer.addEventListener("click", async () => { await appareil.oter(cle); compter(); await montrerIci(); document.getElementById("contenu").focus(); });
      return ligne;
    });
  ici.querySelector("ul").replaceChildren(...lignes);
  ici.hidden = !lignes.length;
  document.getElementById("aucun-brouillon")?.toggleAttribute("hidden", lignes.length > 0);
}
if (compte && !partage) range.then(montrerIci);
