// Une feuille : Entrée descend, Maj+Entrée remonte, comme dans un tableur ; Ctrl et une flèche aussi, ce
// qu'une flèche seule change dans une liste. Sans ce fichier, Tab suffit.
"use strict";
for (const feuille of document.querySelectorAll("[data-feuille]")) {
  feuille.addEventListener("keydown", (ev) => {
    const case_ = ev.target.closest("td");
    const fleche = /^Arrow(Up|Down)$/.test(ev.key) && (ev.ctrlKey || ev.target.type === "checkbox");
    if (!case_ || (ev.key !== "Enter" && !fleche)) return;
    ev.preventDefault();
    const rang = ev.shiftKey || ev.key === "ArrowUp" ? case_.parentElement.previousElementSibling : case_.parentElement.nextElementSibling;
    rang?.cells[case_.cellIndex].querySelector("select, input")?.focus();
  });
}
