// Un fichier se choisit à la main : il ne part que si quelqu’un répond, sinon il reste choisi dans cette page.
"use strict";
for (const form of document.querySelectorAll("form[enctype]")) {
  const dit = document.getElementById("fichier-reste"), lien = dit.querySelector("a");
  // Se reconnecter ici même viderait le choix.
  document.querySelector("#fin-de-session a")?.setAttribute("target", "_blank");
  form.addEventListener("submit", async (ev) => {
    const [choisi] = form.querySelector("[type=file]").files;
    if (!choisi || form.dataset.sure) return;
    ev.preventDefault();
    const qui = await session().catch(() => undefined);
    if (qui) {
      form.dataset.sure = "oui";
      return form.requestSubmit();
    }
    const reste = `« ${choisi.name} » (${Math.ceil(choisi.size / 1e3).toLocaleString("fr-FR")} ko) reste choisi dans cette page`;
    dit.querySelector("span").textContent = qui === null
      ? `Votre session est terminée. ${reste} : reconnectez-vous, revenez ici, puis appuyez sur Continuer.`
      : `Pas de réponse : rien n’est parti. ${reste} : réessayez dans un moment.`;
    lien.hidden = qui !== null;
    dit.hidden = false;
    dit.focus();
  });
}
addEventListener("pageshow", () => { for (const form of document.querySelectorAll("form[enctype]")) delete form.dataset.sure; });
