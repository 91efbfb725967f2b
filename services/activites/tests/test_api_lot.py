"""POST /activites/lot : une série d'un jour, tout ou rien ou ligne à ligne, une faute à sa place exacte."""

from typing import Any
from uuid import uuid4

import httpx2

from .appels import Corps, refus
from .conftest import Banc, Personne


def serie(individuel: Corps, combien: int = 12, **septieme: Any) -> list[Corps]:
    """Des lignes valables, sauf peut-être la septième."""
    lignes = [individuel | {"id": str(uuid4())} for _ in range(combien)]
    if septieme:
        lignes[6] |= septieme
    return lignes


async def envoyer(banc: Banc, moi: Personne, mode: str, lignes: list[Corps]) -> httpx2.Response:
    corps = {"mode": mode, "activites": lignes}
    return await banc.client.post("/activites/lot", json=corps, headers=moi.entetes)


async def listees(banc: Banc, moi: Personne) -> set[str]:
    await banc.projeter()
    page = await banc.client.get("/activites?limite=200", headers=moi.entetes)
    return {a["id"] for a in page.json()["elements"]}


async def test_une_serie_s_enregistre_en_une_ecriture_et_renvoyee_n_ecrit_rien(
    banc: Banc, individuel: Corps
) -> None:
    moi, lignes = await banc.mediateur(), serie(individuel)
    reponse = await envoyer(banc, moi, "tout_ou_rien", lignes)
    assert reponse.status_code == 200, reponse.text
    rapport = reponse.json()
    assert (rapport["enregistrees"], rapport["refusees"]) == (12, 0)
    assert [ligne["id"] for ligne in rapport["lignes"]] == [ligne["id"] for ligne in lignes]
    assert rapport["position"] == reponse.headers["X-Position"]
    assert await listees(banc, moi) == {ligne["id"] for ligne in lignes}
    async with banc.store.database.raw() as connection:
        assert await connection.fetchval("select count(distinct xid) from events") == 1

    encore = (await envoyer(banc, moi, "ligne_a_ligne", lignes)).json()
    assert {ligne["etat"] for ligne in encore["lignes"]} == {"deja_enregistree"}


async def test_tout_ou_rien_une_ligne_refusee_n_en_laisse_aucune(banc: Banc, individuel: Corps) -> None:
    moi, lignes = await banc.mediateur(), serie(individuel, thematiques=[], duree_minutes=0)
    reponse = await envoyer(banc, moi, "tout_ou_rien", lignes)
    assert (reponse.status_code, refus(reponse)) == (422, "SaisieInvalide")
    assert {e["pointeur"] for e in reponse.json()["erreurs"]} == {
        "/activites/6/thematiques",
        "/activites/6/duree_minutes",
    }
    assert await listees(banc, moi) == set()


async def test_ligne_a_ligne_les_autres_sont_enregistrees(banc: Banc, individuel: Corps) -> None:
    moi, lignes = await banc.mediateur(), serie(individuel, thematiques=[])
    rapport = (await envoyer(banc, moi, "ligne_a_ligne", lignes)).json()
    assert (rapport["enregistrees"], rapport["refusees"]) == (11, 1)
    septieme = rapport["lignes"][6]
    assert (septieme["etat"], septieme["erreurs"][0]["pointeur"]) == ("refusee", "/activites/6/thematiques")
    assert septieme["erreurs"][0]["message"] == "Veuillez renseigner au moins une thématique"
    assert await listees(banc, moi) == {ligne["id"] for ligne in lignes} - {lignes[6]["id"]}


async def test_une_ligne_mal_formee_est_dite_a_sa_place(banc: Banc, individuel: Corps) -> None:
    moi = await banc.mediateur()
    reponse = await envoyer(banc, moi, "ligne_a_ligne", serie(individuel, duree_minutes="longtemps"))
    assert (reponse.status_code, refus(reponse)) == (422, "SaisieInvalide")
    assert [e["pointeur"] for e in reponse.json()["erreurs"]] == ["/activites/6/duree_minutes"]
    assert await listees(banc, moi) == set()


async def test_un_lot_est_d_un_jour_borne_et_chacun_y_a_son_identifiant(
    banc: Banc, individuel: Corps
) -> None:
    moi = await banc.mediateur()
    autre_jour = await envoyer(banc, moi, "ligne_a_ligne", serie(individuel, date="2025-06-29"))
    assert (autre_jour.status_code, refus(autre_jour)) == (422, "LotDePlusieursJours")
    lignes = serie(individuel)
    lignes[6]["id"] = lignes[0]["id"]
    double = await envoyer(banc, moi, "ligne_a_ligne", lignes)
    assert (double.status_code, double.json()["erreurs"][0]["pointeur"]) == (422, "/activites/6/id")
    for combien in (0, 51):
        assert (await envoyer(banc, moi, "tout_ou_rien", serie(individuel, combien))).status_code == 422
    assert await listees(banc, moi) == set()


async def test_l_identifiant_d_un_autre_est_refuse_sans_rien_dire_de_plus(
    banc: Banc, individuel: Corps
) -> None:
    moi, autre = await banc.mediateur(), await banc.mediateur()
    lignes = serie(individuel, 2)
    await envoyer(banc, autre, "tout_ou_rien", lignes[:1])
    reponse = await envoyer(banc, moi, "tout_ou_rien", lignes)
    assert (reponse.status_code, refus(reponse)) == (409, "ActiviteDejaEnregistree")
    assert reponse.json()["erreurs"][0]["pointeur"] == "/activites/0"
    assert await listees(banc, moi) == set()
