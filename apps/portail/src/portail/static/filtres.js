// Un filtre replié dit combien de valeurs y sont cochées ; sans ce fichier, la page suivante le dit. Échap le replie.
"use strict";
document.addEventListener("change", ({ target }) => {
  const repli = target.closest(".parmi");
  if (!repli) return;
  const dit = repli.querySelector("[data-tout]"), n = repli.querySelectorAll(":checked").length;
  dit.textContent = n ? `${n} ${n > 1 ? dit.dataset.des : dit.dataset.un}` : dit.dataset.tout;
});
document.addEventListener("keydown", ({ key, target }) => {
  const repli = key === "Escape" && target.closest(".parmi[open]");
  if (!repli) return;
  repli.open = false;
  repli.querySelector("summary").focus();
});
