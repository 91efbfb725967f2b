"""Les membres des équipes que la personne coordonne."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID

from portail.suivis import est_un_id
from portail.visiteur import Visiteur

LISTE_MAX = 200
"""Le plus que l'API donne en une page."""
PAGES_MAX = 5
"""Le plus qu'un formulaire en lit."""

type Membres = Sequence[dict[str, Any]]
"""Chacun avec son équipe ; qui est de deux équipes y est deux fois."""


async def membres_de_mes_equipes(
    qui: Visiteur, *, statuts: Sequence[str] = (), comptes: Sequence[str] | None = None
) -> Membres | None:
    """Les 200 premiers, actifs d'abord ; statuts, comptes : ceux-là seulement. None si rien ne répond."""
    if comptes is not None and not comptes:
        return ()
    lus = await _page(qui, statut=list(statuts), comptes=list(comptes or ()))
    return None if lus is None else lus["elements"]


@dataclass(frozen=True, slots=True)
class ACocher:
    """Les membres que l'on peut lier à un compte rendu. coupes : il y en a d'autres.   muets : il en manque
    peut-être, cette partie n'a pas tout répondu."""

    membres: Membres = ()
    coupes: bool = False
    muets: bool = False


async def a_cocher(qui: Visiteur, coches: Sequence[str]) -> ACocher:
    """Ceux d'aujourd'hui, page après page, et ceux déjà cochés, anciens ou au-delà des pages."""
    membres: list[dict[str, Any]] = []
    suivant: str | None = None
    muets = False
    for _ in range(PAGES_MAX):
        lus = await _page(qui, statut=["actif", "inactif"], apres=suivant)
        if lus is None:
            muets = True
            break
        membres += lus["elements"]
        if (suivant := lus["suivant"]) is None:
            break
    lus_deja = {m["compte_id"] for m in membres}
    manquent = [compte for compte in dict.fromkeys(coches) if est_un_id(compte) and compte not in lus_deja]
    reste = await membres_de_mes_equipes(qui, comptes=manquent[:LISTE_MAX])
    return ACocher([*membres, *(reste or ())], suivant is not None, muets or reste is None)


async def _page(qui: Visiteur, **filtres: Any) -> dict[str, Any] | None:
    lue: dict[str, Any] | None = await qui.api.lire_si_possible(
        "/equipes/miennes/membres", limite=LISTE_MAX, **filtres
    )
    return lue


def par_equipe(membres: Membres) -> list[tuple[str, list[dict[str, Any]]]]:
    """Le nom de l'équipe, et ses membres, dans l'ordre des noms."""

    def equipe(membre: dict[str, Any]) -> tuple[str, str]:
        return nom_d_equipe(membre).casefold(), membre["equipe_id"]

    groupes = groupby(sorted(membres, key=equipe), key=equipe)
    return [(nom_d_equipe(eux[0]), eux) for eux in (list(groupe) for _, groupe in groupes)]


def nom_d_equipe(membre: dict[str, Any]) -> str:
    """Celui de l'équipe de ce membre."""
    return str(membre["equipe_nom"] or "Équipe sans nom")


async def membre_nomme(qui: Visiteur, equipe_id: UUID, mediateur_id: UUID) -> str:
    """Le nom d'un membre, ancien ou non ; « un membre » quand il ne se lit pas."""
    lus = await qui.api.lire_si_possible(f"/equipes/{equipe_id}/membres", limite=LISTE_MAX)
    noms = {m["mediateur_id"]: m["nom"] for m in (lus["elements"] if lus else ())}
    return noms.get(str(mediateur_id)) or "un membre"
