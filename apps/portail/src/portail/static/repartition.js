// « reste 3 à préciser » : ce qui manque à chaque répartition d’un atelier.
"use strict";
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
