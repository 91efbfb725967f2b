"""Ce qui ne se lit plus quand la personne agrandit ou espace le texte (RGAA 10.4 et 10.12)."""

AGRANDI = "document.documentElement.style.fontSize = '200%'"
NORMAL = "document.documentElement.style.fontSize = ''"

SORT_DE_SA_BOITE = """() => {
  const trouves = [], textes = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const boites = ".puce > span, .bouton, .etat, .carte, .bloc, .note, li, p, label, main, footer, header";
  while (textes.nextNode()) {
    const texte = textes.currentNode, porte = texte.parentElement;
    // What scrolls in its own frame is not cut; what is only for screen readers has no place.
    if (!texte.data.trim() || !porte.checkVisibility()) continue;
    if (porte.closest(".sr, svg, select, .defile, .onglets, #carte, .evitement")) continue;
    const boite = porte.closest(boites).getBoundingClientRect(), etendue = document.createRange();
    etendue.selectNodeContents(texte);
    if ([...etendue.getClientRects()].some((r) => r.right > boite.right + 1.5 || r.left < boite.left - 1.5))
      trouves.push(texte.data.trim().slice(0, 60));
  }
  const page = document.documentElement;
  const deborde = page.scrollWidth - page.clientWidth;
  if (deborde > 0) trouves.push(`déborde de ${deborde} px`);
  return trouves;
}"""
