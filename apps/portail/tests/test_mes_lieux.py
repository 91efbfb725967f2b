"""Un lieu qui s'ajoute aux miens : dit, et sans défaire ce qu'un autre onglet y met au même instant."""

import json

import httpx2
import pytest
from portail.mes_lieux import avec_le_lieu
from portail.passerelle import Passerelle, Refus
from starlette.requests import Request


@pytest.mark.parametrize("ailleurs", [["b"], ["c"], []])
async def test_un_lieu_s_ajoute_a_ceux_qu_un_autre_onglet_ajoute_au_meme_instant(ailleurs: list[str]) -> None:
    """a est des miens, c est celui du compte rendu ; ailleurs : ce que l'autre onglet écrit entre-temps."""
    miens, version = ["a"], 1

    def identity(demande: httpx2.Request) -> httpx2.Response:
        nonlocal miens, version
        if demande.method == "GET":
            vus = [{"id": un} for un in miens]
            lus = httpx2.Response(200, json={"elements": vus}, headers={"ETag": f'"{version}"'})
            while ailleurs:
                miens, version = [*miens, ailleurs.pop()], version + 1
            return lus
        if demande.headers["if-match"] != f'"{version}"':
            return httpx2.Response(412, json={})
        miens, version = json.loads(demande.content)["lieux"], version + 1
        return httpx2.Response(204)

    async def envoyer() -> str:
        if "c" not in miens:
            raise Refus(422, {"erreurs": [{"pointeur": "/lieu_id", "type": "LieuDUnAutre"}]})
        return "pris"

    ici = Request({"type": "http", "method": "POST", "path": "/ici", "headers": [], "state": {}})
    ici.state.request_id = "essai"
    attendus = sorted({"a", "c", *ailleurs})
    async with httpx2.AsyncClient(
        base_url="http://passerelle", transport=httpx2.MockTransport(identity), timeout=60
    ) as http:
        assert await avec_le_lieu(Passerelle(http, ici), "c", "jeton", envoyer) == ("pris", True)
    assert sorted(miens) == attendus
