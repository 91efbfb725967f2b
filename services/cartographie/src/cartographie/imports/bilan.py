"""Le bilan d'un import, en clair : un tableau par source, puis les motifs de refus et ce qui s'efface."""

from collections.abc import Sequence

from cartographie.domain.source import Bilan

MOTIFS = {
    "NomManquant": "sans nom",
    "NomSansLettre": "nom réduit à un numéro",
    "CodePostalInvalide": "code postal invalide",
    "CommuneInconnue": "commune inconnue",
    "CoordonneesInvalides": "coordonnées invalides",
    "PivotInvalide": "SIRET invalide",
    "AucunService": "aucun service au public",
    "LieuEfface": "contacts effacés à la demande d'une personne",
    "PresentationTropLongue": "résumé trop long",
    "Doublon": "doublon dans le fichier",
    "IdentifiantManquant": "sans identifiant",
    "LigneIllisible": "ligne illisible",
}

_TITRES = (
    "Source", "Lues", "Référencées", "Mises à jour", "Inchangées", "Refusées", "Réparations", "Disparues",
)  # fmt: skip


def tableau(bilans: Sequence[tuple[str, Bilan]]) -> str:
    """Le tableau des sources, un total, les motifs de refus, les champs effacés."""
    lignes = [_TITRES, *(_colonnes(nom, b) for nom, b in bilans)]
    if len(bilans) > 1:
        lignes.append(_colonnes("Total", _somme([b for _, b in bilans])))
    largeurs = [max(len(ligne[i]) for ligne in lignes) for i in range(len(_TITRES))]
    texte = [
        "  ".join(
            c.ljust(w) if i == 0 else c.rjust(w) for i, (c, w) in enumerate(zip(ligne, largeurs, strict=True))
        )
        for ligne in lignes
    ]
    for nom, bilan in bilans:
        for motif, nombre in bilan.refus:
            texte.append(f"  {nom} : {_nombre(nombre)} refus, {MOTIFS.get(motif, motif)}")
        for champ, nombre in bilan.effacees:
            quoi = "valeur effacée" if nombre == 1 else "valeurs effacées"
            texte.append(f"  {nom} : {_nombre(nombre)} {quoi}, {champ}")
    return "\n".join(texte)


def _colonnes(nom: str, b: Bilan) -> tuple[str, ...]:
    comptes = (b.lues, b.referencees, b.mises_a_jour, b.inchangees, b.refusees, b.reparations, b.disparus)
    return (nom, *map(_nombre, comptes))


def _somme(bilans: Sequence[Bilan]) -> Bilan:
    return Bilan(
        sum(b.lues for b in bilans),
        sum(b.referencees for b in bilans),
        sum(b.mises_a_jour for b in bilans),
        sum(b.inchangees for b in bilans),
        sum(b.refusees for b in bilans),
        sum(b.reparations for b in bilans),
        (),
        sum(b.disparus for b in bilans),
    )


def _nombre(n: int) -> str:
    return f"{n:,}".replace(",", "\u202f")
