"""Des appels à l'API que plusieurs fichiers de tests font."""

import datetime as dt
from typing import Any
from uuid import UUID, uuid4

from activites.projections import appartenances, coordinations
from referentiels.territoires import PARIS, jour_civil

from .conftest import Banc, Personne

type Corps = dict[str, Any]

ANNEE = jour_civil(dt.datetime.now(dt.UTC), PARIS).year
"""Celle des personnes de ces essais : à Paris, elle commence avant celle de la machine."""


async def enregistrer(banc: Banc, moi: Personne, corps: Corps) -> str:
    reponse = await banc.client.post("/activites", json=corps, headers=moi.entetes)
    assert reponse.status_code == 201, reponse.text
    return f"/activites/{corps['id']}"


def sans_id(corps: Corps) -> Corps:
    return {nom: valeur for nom, valeur in corps.items() if nom != "id"}


def refus(reponse: Any) -> str:
    assert reponse.headers["content-type"] == "application/problem+json"
    return reponse.json()["type"].removeprefix("/problemes/")


async def chiffres_de(guichet: Banc, qui: Personne, position: str = "", **filtres: Any) -> Any:
    """GET /statistiques, qui a compté jusqu'à cette position."""
    entetes = qui.entetes | ({"X-Position": position} if position else {})
    reponse = await guichet.client.get("/statistiques", params=filtres, headers=entetes)
    assert reponse.status_code == 200, reponse.text
    assert "x-position-atteinte" not in reponse.headers
    return reponse.json()


async def coordonner(
    guichet: Banc, chef: Personne, membre: Personne, parti_le: dt.datetime | None = None
) -> UUID:
    """Membre d'une équipe neuve de ce coordinateur, qu'on rend ; parti_le : jusqu'à cet instant."""
    equipe_id = uuid4()
    await guichet.inserer(
        coordinations.table, {"equipe_id": equipe_id, "coordinateur_id": chef.coordinateur_id}
    )
    await guichet.inserer(
        appartenances.table,
        {
            "equipe_id": equipe_id,
            "mediateur_id": membre.mediateur_id,
            "depuis": dt.datetime(2025, 1, 1, tzinfo=dt.UTC),
            "parti_le": parti_le,
        },
    )
    return equipe_id
