"""Cocher les personnes d'un compte rendu, quand les équipes ont plus de membres qu'une réponse n'en porte."""

from uuid import UUID

import httpx2
import pytest
from portail.equipes import LISTE_MAX, PAGES_MAX, ACocher, a_cocher
from portail.passerelle import Passerelle
from portail.rendu import Rendu
from portail.visiteur import Visiteur
from starlette.requests import Request


def compte(rang: int) -> str:
    return str(UUID(int=rang))


async def lus(combien: int, coches: list[str], *, se_tait_a: int | None = None) -> ACocher:
    """Ce que lit la page quand la passerelle donne tant de membres, et se tait à cette page-là."""

    def passerelle(question: httpx2.Request) -> httpx2.Response:
        demandes = question.url.params.get_list("comptes")
        debut = int(question.url.params.get("apres", 0))
        if demandes:
            return httpx2.Response(
                200, json={"elements": [{"compte_id": c} for c in demandes], "suivant": None}
            )
        if se_tait_a == debut // LISTE_MAX:
            return httpx2.Response(503)
        fin = min(combien, debut + LISTE_MAX)
        page = [{"compte_id": compte(rang)} for rang in range(debut, fin)]
        return httpx2.Response(200, json={"elements": page, "suivant": str(fin) if fin < combien else None})

    ici = Request(
        {"type": "http", "method": "GET", "path": "/ici", "headers": [], "query_string": b"", "state": {}}
    )
    ici.state.request_id = "essai"
    async with httpx2.AsyncClient(
        base_url="http://passerelle", transport=httpx2.MockTransport(passerelle)
    ) as http:
        return await a_cocher(Visiteur(ici, Rendu(), Passerelle(http, ici)), coches)


@pytest.mark.parametrize(
    ("combien", "montres", "coupes"),
    [(3, 3, False), (450, 450, False), (LISTE_MAX * PAGES_MAX + 1, LISTE_MAX * PAGES_MAX, True)],
)
async def test_les_membres_au_dela_des_premiers_se_cochent_aussi(
    combien: int, montres: int, coupes: bool
) -> None:
    a = await lus(combien, [compte(0)])
    assert (len(a.membres), a.coupes, a.muets) == (montres, coupes, False)


async def test_qui_est_deja_coche_se_lit_toujours_meme_ancien_ou_trop_loin() -> None:
    loin, premier = compte(9999), compte(0)
    a = await lus(3, [loin, premier, "<b>", loin])
    assert [m["compte_id"] for m in a.membres] == [compte(0), compte(1), compte(2), loin]


async def test_une_page_qui_ne_vient_pas_ne_met_personne_hors_des_equipes() -> None:
    a = await lus(450, [compte(300)], se_tait_a=1)
    assert (a.muets, compte(300) in {m["compte_id"] for m in a.membres}) == (True, True)
    assert (await lus(450, [], se_tait_a=0)) == ACocher([], muets=True)
