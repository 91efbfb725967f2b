"""Une page de chiffres dans un tableau (docs/domaine/statistiques.md §7) ; l'autre période, à côté."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tableurs.ecriture.valeurs import RIEN, Valeur

from activites.statistiques.definitions import DeQui
from activites.statistiques.series import Pas

type Ligne = tuple[Valeur, ...]
type _Comptee = tuple[Valeur, Valeur, Valeur, Valeur]
"""Titre, nombre, part, nombre de l'autre période."""

FEUILLE = "Statistiques"
_TITRES = ("Statistiques", "Nombre", "Part")
_COMPARES = ("Période comparée", "Écart")


@dataclass(frozen=True, slots=True)
class Demandeur:
    """Qui exporte. maintenant : à son heure."""

    nom: str
    prenom: str
    role: str
    maintenant: dt.datetime


def titres(bloc: Mapping[str, Any]) -> tuple[str, ...]:
    """Des colonnes : deux de plus, quand une autre période est comparée."""
    return _TITRES + (_COMPARES if bloc["comparaison"] else ())


def lignes(
    bloc: Mapping[str, Any], de_qui: DeQui, par: Demandeur, filtres: Mapping[str, str]
) -> Iterator[Ligne]:
    """Les lignes d'une page (`api.chiffres.Chiffres`), une à une. filtres : titre -> ce qui est choisi."""
    compare = bloc["comparaison"] is not None
    for titre, nombre, part, avant in _comptees(bloc, de_qui, par, filtres):
        ecart = nombre - avant if isinstance(nombre, int) and isinstance(avant, int) else None
        yield (titre, nombre, part, avant, ecart) if compare else (titre, nombre, part)


def _comptees(
    bloc: Mapping[str, Any], de_qui: DeQui, par: Demandeur, filtres: Mapping[str, str]
) -> Iterator[_Comptee]:
    avant = bloc["comparaison"]
    yield _dite("Informations export")
    yield _dite("Nom", par.nom)
    yield _dite("Prénom", par.prenom)
    yield _dite("Rôle", par.role)
    yield _dite("Date d’export", f"{par.maintenant:%d/%m/%Y}")
    yield _dite("Heure d’export", f"{par.maintenant:%H:%M}")
    # One's own are laid out as they always were.
    if de_qui is not DeQui.SOI:
        yield _dite("Périmètre", de_qui.libelle)
    yield from _titre("Filtres")
    for titre, choisi in filtres.items():
        yield _dite(titre, choisi or RIEN)
    if avant:
        yield _dite("Période comparée", f"Du {avant['du']:%d/%m/%Y} au {avant['au']:%d/%m/%Y}")
    yield from _les_totaux(bloc["totaux"], avant and avant["totaux"])
    sur_douze = "du" not in bloc["filtres"]
    yield from _titre("Accompagnements sur les 12 derniers mois" if sur_douze else "Accompagnements par mois")
    for mois in bloc["accompagnements_par_mois"]:
        yield _dite(mois["libelle"], mois["nombre"])
    if avant:
        pas = avant["periodes"]["pas"]
        yield from _titre(f"Accompagnements {Pas(pas).libelle.lower()}, période comparée")
        for point in avant["periodes"]["points"]:
            yield _dite(point["libelle"], point["nombre"])
    yield from _les_activites(bloc, avant, "vos" if de_qui is DeQui.SOI else "les")
    yield from _les_beneficiaires(bloc, avant, "vos" if de_qui is DeQui.SOI else "les")


def _les_totaux(totaux: Mapping[str, Any], avant: Any) -> Iterator[_Comptee]:
    siens, autres = totaux["beneficiaires"], avant and avant["beneficiaires"]
    yield from _titre("Statistiques générales")
    yield (
        "Accompagnements au total",
        totaux["accompagnements"]["total"],
        None,
        avant and avant["accompagnements"]["total"],
    )
    yield "Bénéficiaires accompagnés", siens["total"], None, autres and autres["total"]
    if siens["nouveaux"] > 0 or (autres and autres["nouveaux"] > 0):
        yield "Nouveaux bénéficiaires", siens["nouveaux"], None, autres and autres["nouveaux"]
    yield "Bénéficiaires suivis", siens["suivis"], None, autres and autres["suivis"]
    yield "Bénéficiaires anonymes", siens["anonymes"], None, autres and autres["anonymes"]


def _les_activites(bloc: Mapping[str, Any], avant: Any, de: str) -> Iterator[_Comptee]:
    """de : « vos », ou « les »."""
    yield from _titre(f"Statistiques sur {de} accompagnements")
    totaux, autres = bloc["totaux"]["activites"], avant and avant["totaux"]["activites"]
    for titre, sorte in (
        ("Accompagnements individuels", "individuels"),
        ("Ateliers collectifs", "collectifs"),
    ):
        un = totaux[sorte]
        yield titre, un["total"], _part(un["proportion"]), autres and autres[sorte]["total"]
    participants = "Nombre total de participants aux ateliers"
    collectifs = autres and autres["collectifs"]
    yield participants, totaux["collectifs"]["participants"], None, collectifs and collectifs["participants"]
    yield "Nombre total d’activités", totaux["total"], None, autres and autres["total"]
    activites, comparees = bloc["activites"], avant and avant["activites"]
    for titre, nom in (
        ("Thématiques Médiation numérique", "thematiques"),
        ("Thématiques Démarches administratives", "thematiques_administratives"),
    ):
        yield from _liste(titre, activites[nom], comparees and comparees[nom])
    yield from _liste("Tags", bloc["etiquettes"], libelle="nom", autres=bloc["etiquettes_autres"])
    for titre, nom in (
        ("Matériel utilisés", "materiels"),
        ("Canaux des activités", "types_lieu"),
        ("Durées des activités", "durees"),
    ):
        yield from _liste(titre, activites[nom], comparees and comparees[nom])
    lieux, autres_lieux = bloc["lieux"], bloc["lieux_autres"]
    yield from _liste("Nombre d’activités par lieux", lieux, libelle="nom", autres=autres_lieux)


def _les_beneficiaires(bloc: Mapping[str, Any], avant: Any, de: str) -> Iterator[_Comptee]:
    yield from _titre(f"Statistiques sur {de} bénéficiaires")
    siens, compares = bloc["beneficiaires"], avant and avant["beneficiaires"]
    for titre, nom in (("Genre", "genres"), ("Tranches d’âge", "tranches_age"), ("Statuts", "statuts")):
        yield from _liste(titre, siens[nom], compares and compares[nom])
    residences, autres = "Commune de résidence des bénéficiaires", siens["communes_autres"]
    yield from _liste(residences, siens["communes"], compares and compares["communes"], autres=autres)


def _dite(titre: str, valeur: Valeur = None) -> _Comptee:
    return titre, valeur, None, None


def _titre(texte: str) -> Iterator[_Comptee]:
    yield None, None, None, None
    yield _dite(texte)


def _liste(
    titre: str,
    valeurs: Sequence[Mapping[str, Any]],
    avant: Sequence[Mapping[str, Any]] | None = None,
    *,
    libelle: str = "libelle",
    autres: Mapping[str, Any] | None = None,
) -> Iterator[_Comptee]:
    """Un libellé, son nombre, sa part ; les lignes qui n'y tiennent pas, en une. avant : de l'autre période,
    où une ligne absente ne compte personne."""
    yield from _titre(titre)
    restent = {_code(un): un for un in avant or ()}
    for valeur in valeurs:
        autre = restent.pop(_code(valeur), {"nombre": 0})["nombre"] if avant is not None else None
        yield valeur[libelle] or "Lieu inconnu", valeur["nombre"], _part(valeur["proportion"]), autre
    for un in restent.values():
        yield un[libelle], 0, _part(0), un["nombre"]
    if autres is not None and autres["lignes"]:
        yield _autres(autres)


def _code(valeur: Mapping[str, Any]) -> str | None:
    """D'une nomenclature, ou d'une commune : deux peuvent se lire de même."""
    code: str | None = valeur["valeur"] if "valeur" in valeur else valeur.get("code_insee")
    return code


def _autres(autres: Mapping[str, Any]) -> _Comptee:
    return f"Autres ({autres['lignes']})", autres["nombre"], _part(autres["proportion"]), None


def _part(proportion: float) -> str:
    """« 26,6 % » : une décimale au plus, à la française."""
    arrondie = f"{proportion:.1f}".removesuffix(".0").replace(".", ",")
    return f"{arrondie} %"
