// Un filtre replié dit combien de valeurs y sont cochées ; sans ce fichier, la page suivante le dit.
"use strict";
document.addEventListener("change", ({ target }) => {
  const repli = target.closest(".parmi");
  if (!repli) return;
  const dit = repli.querySelector("[data-tout]"), n = repli.querySelectorAll(":checked").length;
  dit.textContent = n ? `${n} ${n > 1 ? dit.dataset.des : dit.dataset.un}` : dit.dataset.tout;
});
