"""Mes lieux : ceux choisis à l'inscription, que l'on change ensuite et que les autres services savent."""

from typing import Any
from uuid import UUID, uuid4

from contracts.identity import LieuxChoisisV1
from identity.messaging import to_contract

LIEUX = "/comptes/moi/lieux"


async def lus(qui: Any) -> list[str]:
    lue = await qui.passer("GET", LIEUX)
    assert lue.status_code == 200, lue.text
    return [lieu["id"] for lieu in lue.json()["elements"]]


async def test_les_lieux_de_l_inscription_se_changent_ensuite_et_se_publient(
    plateforme: Any, navigateur: Any
) -> None:
    await navigateur.se_connecter(plateforme.personne())
    assert (await navigateur.s_inscrire()).status_code == 201
    [premier] = await lus(navigateur)
    second = str(await plateforme.un_lieu())
    voulus = {"lieux": [second, premier]}
    for _ in range(2):
        assert (await navigateur.passer("PUT", LIEUX, voulus)).status_code == 204
    assert await lus(navigateur) == [second, premier]
    vue = (await navigateur.passer("GET", LIEUX)).headers["ETag"]
    for statut in (204, 412):
        # Two tabs that saw the same ones: the second looks again before it writes.
        vide = await navigateur.passer("PUT", LIEUX, {"lieux": []}, **{"If-Match": vue})
        assert vide.status_code == statut
    assert await lus(navigateur) == []
    compte_id = UUID((await navigateur.moi())["compte_id"])
    publies = [to_contract(r.event) for r in await plateforme.store.load(f"inscription-{compte_id}")]
    choix = [[str(i) for i in c.lieux] for c in publies if isinstance(c, LieuxChoisisV1)]
    assert choix == [[premier], [second, premier], []]


async def test_un_lieu_inconnu_ou_repete_se_dit_a_sa_place(plateforme: Any, navigateur: Any) -> None:
    await navigateur.se_connecter(plateforme.personne())
    await navigateur.recevoir_le_role()
    lieu = str(await plateforme.un_lieu())
    refus = await navigateur.passer("PUT", LIEUX, {"lieux": [lieu, str(uuid4()), lieu]})
    assert refus.status_code == 422
    assert [e["pointeur"] for e in refus.json()["erreurs"]] == ["/lieux/1", "/lieux/2"]
    assert await lus(navigateur) == []


async def test_les_lieux_sont_a_un_mediateur(plateforme: Any, navigateur: Any) -> None:
    await navigateur.se_connecter(plateforme.personne())
    await navigateur.recevoir_le_role("coordinateur")
    assert (await navigateur.passer("GET", LIEUX)).status_code == 403
    assert (await navigateur.passer("PUT", LIEUX, {"lieux": []})).status_code == 403
