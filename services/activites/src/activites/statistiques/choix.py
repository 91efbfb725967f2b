"""Ce qu'un filtre peut proposer à quelqu'un : où, pour qui, avec quelles étiquettes il y a des activités."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from referentiels import communes
from referentiels.territoires import departements

from activites.statistiques.fichier import FichierStatistiques
from activites.statistiques.filtres import Filtres, Perimetre, retenues
from activites.statistiques.questions import Bloc, classees, nommees, par_ville

LIGNES_MAX = 1_000
_CHAMPS = ("mediateur_id", "lieu_id", "structure_employeuse_id", "departement", "code_insee", "tags")


def choix(fichier: FichierStatistiques, perimetres: list[Perimetre] | None) -> Bloc:
    """Chaque liste, les plus accompagnés d'abord, `LIGNES_MAX` au plus ; une seule lecture du fichier.

    perimetres : ceux que l'on compte ; None = toute la plateforme, dont les médiateurs ne se proposent pas.

    etiquettes : accompagnements par ensemble posé (`par_etiquette`).   premier_jour, dernier_jour : absents
    sans activité.   v1 : l'une vient de la V1. Nul n'y écrit.
    """
    if (deja := choix_garde(fichier, perimetres)) is not None:
        return deja
    source, valeurs = retenues(Filtres(perimetres), f"date, accompagnements, v1, {', '.join(_CHAMPS)}")
    champs = ", ".join(_CHAMPS)
    with fichier.lire() as lecture:
        lues = lecture.demander(
            f"""select grouping({champs}), {champs}, sum(accompagnements), min(date), max(date), bool_or(v1)
                from {source} group by grouping sets ((), {", ".join(f"({champ})" for champ in _CHAMPS)})""",
            valeurs,
        )
        lot, position = lecture.avancement()
    bloc = _bloc(lues, perimetres) | {"position": position}
    if perimetres is not None:
        fichier.reponses.garder(_cle(perimetres), lot, bloc)
    return bloc


def choix_garde(fichier: FichierStatistiques, perimetres: list[Perimetre] | None) -> Bloc | None:
    """Le même, s'il est déjà compté et vaut encore ; sans lire le fichier."""
    if perimetres is None:
        return None
    return fichier.reponses.lire(_cle(perimetres), {p.mediateur_id for p in perimetres})


def _cle(perimetres: list[Perimetre]) -> str:
    return repr(("choix", perimetres))


def _bloc(lues: Iterable[tuple[Any, ...]], perimetres: Iterable[Perimetre] | None) -> Bloc:
    """lues : de quel ensemble, la valeur de chaque champ, le nombre, le premier jour, le dernier, la V1."""
    tous = 2 ** len(_CHAMPS) - 1
    champ_de = {tous - (1 << rang): champ for rang, champ in enumerate(reversed(_CHAMPS))}
    par: dict[str, dict[Any, int]] = {champ: {} for champ in _CHAMPS}
    etendue: Bloc = {}
    for quel, *groupes, nombre, premier, dernier, v1 in lues:
        if quel == tous:
            etendue = {"premier_jour": premier, "dernier_jour": dernier, "v1": bool(v1)}
            continue
        champ = champ_de[quel]
        valeur = groupes[_CHAMPS.index(champ)]
        par[champ][tuple(valeur) if champ == "tags" else valeur] = int(nombre)
    # What a filter would refuse, or does not say, is not offered.
    villes = {c: n for c, n in par_ville(par["code_insee"]).items() if c and communes.par_code(c)}
    siens = {code: n for code, n in par["departement"].items() if code in departements()}
    eux = {} if perimetres is None else _par_personne(par["mediateur_id"], perimetres)
    listes = {
        "mediateurs": ("mediateur_id", eux),
        "lieux": ("lieu_id", {un: n for un, n in par["lieu_id"].items() if un is not None}),
        "structures_employeuses": ("structure_id", par["structure_employeuse_id"]),
        "departements": ("code", siens),
        "communes": ("code_insee", villes),
    }
    bloc = etendue | {nom: classees(champ, n, LIGNES_MAX)[0] for nom, (champ, n) in listes.items()}
    return bloc | {
        "communes": nommees(bloc["communes"]),
        "departements": [d | {"libelle": departements()[d["code"]].nom} for d in bloc["departements"]],
        "etiquettes": par["tags"],
    }


def _par_personne(comptes: Mapping[UUID, int], perimetres: Iterable[Perimetre]) -> dict[UUID, int]:
    """Deux comptes rapprochés n'en font qu'une, sous l'identifiant qui lui sert."""
    qui = {p.mediateur_id: p.personne or p.mediateur_id for p in perimetres}
    personnes: dict[UUID, int] = {}
    for mediateur_id, nombre in comptes.items():
        personnes[qui[mediateur_id]] = personnes.get(qui[mediateur_id], 0) + nombre
    return personnes
