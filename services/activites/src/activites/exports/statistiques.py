"""Une page de chiffres dans un tableau, dans l'ordre de docs/domaine/statistiques.md §7."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tableurs.ecriture.valeurs import RIEN, Valeur

type Ligne = tuple[Valeur, Valeur, Valeur]

FEUILLE = "Statistiques"
TITRES = ("Statistiques", "Nombre", "Part")


@dataclass(frozen=True, slots=True)
class Demandeur:
    """Qui exporte. maintenant : à son heure."""

    nom: str
    prenom: str
    role: str
    maintenant: dt.datetime


def lignes(bloc: Mapping[str, Any], par: Demandeur, filtres: Mapping[str, str]) -> Iterator[Ligne]:
    """Les lignes d'une page (`api.chiffres.Chiffres`), une à une. filtres : titre -> ce qui est choisi."""
    totaux, activites, beneficiaires = bloc["totaux"], bloc["activites"], bloc["beneficiaires"]
    yield "Informations export", None, None
    yield "Nom", par.nom, None
    yield "Prénom", par.prenom, None
    yield "Rôle", par.role, None
    yield "Date d’export", f"{par.maintenant:%d/%m/%Y}", None
    yield "Heure d’export", f"{par.maintenant:%H:%M}", None
    yield from _titre("Filtres")
    for titre, choisi in filtres.items():
        yield titre, choisi or RIEN, None
    yield from _titre("Statistiques générales")
    yield "Accompagnements au total", totaux["accompagnements"]["total"], None
    yield "Bénéficiaires accompagnés", totaux["beneficiaires"]["total"], None
    if totaux["beneficiaires"]["nouveaux"] > 0:
        yield "Nouveaux bénéficiaires", totaux["beneficiaires"]["nouveaux"], None
    yield "Bénéficiaires suivis", totaux["beneficiaires"]["suivis"], None
    yield "Bénéficiaires anonymes", totaux["beneficiaires"]["anonymes"], None
    sur_douze = "du" not in bloc["filtres"]
    yield from _titre("Accompagnements sur les 12 derniers mois" if sur_douze else "Accompagnements par mois")
    for mois in bloc["accompagnements_par_mois"]:
        yield mois["libelle"], mois["nombre"], None
    yield from _titre("Statistiques sur vos accompagnements")
    individuels = totaux["activites"]["individuels"]
    collectifs = totaux["activites"]["collectifs"]
    yield "Accompagnements individuels", individuels["total"], _part(individuels["proportion"])
    yield "Ateliers collectifs", collectifs["total"], _part(collectifs["proportion"])
    yield "Nombre total de participants aux ateliers", collectifs["participants"], None
    yield "Nombre total d’activités", totaux["activites"]["total"], None
    yield from _liste("Thématiques Médiation numérique", activites["thematiques"])
    yield from _liste("Thématiques Démarches administratives", activites["thematiques_administratives"])
    yield from _liste("Tags", bloc["etiquettes"], "nom", bloc["etiquettes_autres"])
    yield from _liste("Matériel utilisés", activites["materiels"])
    yield from _liste("Canaux des activités", activites["types_lieu"])
    yield from _liste("Durées des activités", activites["durees"])
    yield from _liste("Nombre d’activités par lieux", bloc["lieux"], "nom", bloc["lieux_autres"])
    yield from _titre("Statistiques sur vos bénéficiaires")
    yield from _liste("Genre", beneficiaires["genres"])
    yield from _liste("Tranches d’âge", beneficiaires["tranches_age"])
    yield from _liste("Statuts", beneficiaires["statuts"])
    yield from _liste(
        "Commune de résidence des bénéficiaires",
        beneficiaires["communes"],
        autres=beneficiaires["communes_autres"],
    )


def _titre(texte: str) -> Iterator[Ligne]:
    yield None, None, None
    yield texte, None, None


def _liste(
    titre: str,
    valeurs: Sequence[Mapping[str, Any]],
    libelle: str = "libelle",
    autres: Mapping[str, Any] | None = None,
) -> Iterator[Ligne]:
    """Un libellé, son nombre, sa part ; les lignes qui n'y tiennent pas, en une."""
    yield from _titre(titre)
    for valeur in valeurs:
        yield valeur[libelle] or "Lieu inconnu", valeur["nombre"], _part(valeur["proportion"])
    if autres is not None and autres["lignes"]:
        yield f"Autres ({autres['lignes']})", autres["nombre"], _part(autres["proportion"])


def _part(proportion: float) -> str:
    """« 26,6 % » : une décimale au plus, à la française."""
    arrondie = f"{proportion:.1f}".removesuffix(".0").replace(".", ",")
    return f"{arrondie} %"
