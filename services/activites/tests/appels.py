"""Des appels à l'API que plusieurs fichiers de tests font."""

from typing import Any

from .conftest import Banc, Personne

type Corps = dict[str, Any]


async def enregistrer(banc: Banc, moi: Personne, corps: Corps) -> str:
    reponse = await banc.client.post("/activites", json=corps, headers=moi.entetes)
    assert reponse.status_code == 201, reponse.text
    return f"/activites/{corps['id']}"


def sans_id(corps: Corps) -> Corps:
    return {nom: valeur for nom, valeur in corps.items() if nom != "id"}


def refus(reponse: Any) -> str:
    assert reponse.headers["content-type"] == "application/problem+json"
    return reponse.json()["type"].removeprefix("/problemes/")
