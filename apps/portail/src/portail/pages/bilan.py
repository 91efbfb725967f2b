"""Les activités de coordination, comptées et comparées : des types, des trimestres, des thèmes."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response

from portail.chiffres import COMPARER
from portail.filtres import FiltresDuBilan, Plusieurs, Proposes, identifiants, reproches, valeurs
from portail.pages.coordinations import etiquettes_posables
from portail.passerelle import Muette, Refus
from portail.visiteur import Connecte, Visiteur

router = APIRouter()


@router.get(FiltresDuBilan.PAGE)
async def bilan(
    qui: Connecte,
    du: Annotated[str, Query(max_length=10)] = "",
    au: Annotated[str, Query(max_length=10)] = "",
    types: Annotated[list[str] | None, Query(max_length=4)] = None,
    tag: Plusieurs = None,
    comparer: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """Sans période, toutes ; les filtres sont dans l'adresse, et rien d'autre."""
    comparer = comparer if comparer in COMPARER else ""
    # Without a last day, what is compared ends today; without a first, there is nothing to compare.
    fin = au or (f"{qui.aujourd_hui}" if comparer and du else "")
    filtres = FiltresDuBilan(du, fin, valeurs(types), tag=identifiants(tag))
    compare = comparer if du else ""
    (lu, erreur, statut), etiquettes, nomenclatures = await asyncio.gather(
        _lu(qui, filtres, compare),
        etiquettes_posables(qui),
        qui.request.app.state.nomenclatures.de("activites"),
    )
    proposes = Proposes(etiquettes={str(e["id"]): str(e["nom"]) for e in etiquettes})
    return qui.page(
        "statistiques/coordination.html",
        statut,
        b=lu,
        erreur=erreur,
        filtres=filtres,
        comparer=comparer,
        sans_debut=bool(comparer and not du),
        actifs=filtres.actifs({}, proposes, comparer=comparer),
        etiquettes=proposes.etiquettes,
        export=filtres.export((), comparer=compare),
        n=nomenclatures,
    )


async def _lu(qui: Visiteur, filtres: FiltresDuBilan, comparer: str) -> tuple[Any, str | None, int]:
    """Les chiffres, ou ce qu'il faut dire et le statut de la page."""
    try:
        lus = await qui.api.lire("/statistiques/coordination", **filtres.pour_l_api(()), comparer=comparer)
        return lus.corps, None, 200
    except Refus as refus:
        if refus.statut == 404:
            raise
        return None, reproches(refus), refus.statut
    except Muette:
        return None, "Les chiffres ne répondent pas. Réessayez dans un moment.", 503
