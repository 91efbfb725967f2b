"""Les équipes que la personne coordonne, et leurs membres."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from portail.visiteur import Visiteur

_EQUIPES = 10
"""Celles dont on lit les membres ; au-delà, leur page les montre."""
_LISTE_MAX = 200

type Equipe = tuple[dict[str, Any], list[dict[str, Any]]]
"""L'équipe, et ceux de ses membres que l'on a demandés."""


async def mes_equipes(qui: Visiteur, statuts: Sequence[str] = ()) -> list[Equipe] | None:
    """statuts : des membres à lire ; aucun, tous. None quand cette partie ne répond pas."""
    lues = await qui.api.lire_si_possible("/equipes/miennes", limite=_LISTE_MAX)
    if lues is None:
        return None
    coordonnees = lues["elements"][:_EQUIPES]
    membres = await asyncio.gather(
        *(
            qui.api.lire_si_possible(f"/equipes/{e['id']}/membres", statut=list(statuts), limite=_LISTE_MAX)
            for e in coordonnees
        )
    )
    if any(page is None for page in membres):
        return None
    return [(e, page["elements"]) for e, page in zip(coordonnees, membres, strict=True)]


async def membre_nomme(qui: Visiteur, equipe_id: UUID, mediateur_id: UUID) -> str:
    """Le nom d'un membre, ancien ou non ; « un membre » quand il ne se lit pas."""
    lus = await qui.api.lire_si_possible(f"/equipes/{equipe_id}/membres", limite=_LISTE_MAX)
    noms = {m["mediateur_id"]: m["nom"] for m in (lus["elements"] if lus else ())}
    return noms.get(str(mediateur_id)) or "un membre"
