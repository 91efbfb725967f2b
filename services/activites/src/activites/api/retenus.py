"""Les filtres d'une liste de bénéficiaires : aucun ne nomme quelqu'un, l'adresse peut les dire."""

from typing import Annotated

from fastapi import Depends, Query
from pydantic import StringConstraints

from activites.domain.vocabulaire import TrancheAge
from activites.projections.beneficiaires_retenus import Retenus

CodePostal = Annotated[str, StringConstraints(pattern=r"^[0-9]{2,5}$")]
POSTAL = "De leur commune, ou ses premiers chiffres : 21 pour la Côte-d’Or"
TRANCHES = "D’après l’année de naissance, aujourd’hui ; l’une d’elles"
ACCOMPAGNES = "Vrai : accompagnés au moins une fois ; faux : jamais"
_FOIS = {None: "", True: "Au moins une fois", False: "Jamais"}


async def _retenus(
    tranches_age: Annotated[list[TrancheAge] | None, Query(max_length=8, description=TRANCHES)] = None,
    code_postal: Annotated[CodePostal | None, Query(description=POSTAL)] = None,
    accompagnes: Annotated[bool | None, Query(description=ACCOMPAGNES)] = None,
) -> Retenus:
    return Retenus(tranches_age or (), code_postal, accompagnes)


RetenusParams = Annotated[Retenus, Depends(_retenus)]
"""Ce que l'adresse demande."""


def dits(retenus: Retenus, recherche: str = "") -> dict[str, str]:
    """Titre -> ce qui est choisi, comme on le lit au-dessus d'un tableau ; vide, rien."""
    return {
        "Recherche": recherche,
        "Tranches d’âge": ", ".join(tranche.libelle for tranche in retenus.tranches_age),
        "Code postal": retenus.code_postal or "",
        "Accompagnés": _FOIS[retenus.accompagnes],
    }
