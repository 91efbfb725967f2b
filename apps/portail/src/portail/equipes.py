"""Les membres des équipes que la personne coordonne."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any
from uuid import UUID

from portail.visiteur import Visiteur

LISTE_MAX = 200
"""Le plus que l'API donne en une page."""

type Membres = Sequence[dict[str, Any]]
"""Chacun avec son équipe ; qui est de deux équipes y est deux fois."""


async def membres_de_mes_equipes(
    qui: Visiteur, *, statuts: Sequence[str] = (), comptes: Sequence[str] | None = None
) -> Membres | None:
    """Les 200 premiers, actifs d'abord ; statuts, comptes : ceux-là seulement. None si rien ne répond."""
    if comptes is not None and not comptes:
        return ()
    lus = await qui.api.lire_si_possible(
        "/equipes/miennes/membres", statut=list(statuts), comptes=list(comptes or ()), limite=LISTE_MAX
    )
    return None if lus is None else lus["elements"]


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
