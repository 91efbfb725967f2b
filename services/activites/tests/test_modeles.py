"""Les modèles : gardés sous un nom, chiffrés, à leur auteur seul, trente au plus."""

from typing import Any
from uuid import UUID, uuid4

import httpx2
from activites.casiers import MODELES
from activites.erasure import effacer
from events.store.store import Context
from process.clock import Clock

from .appels import refus
from .conftest import Banc, Personne
from .test_effacement import tables

CANARI = "Zuldravine"
MODELE = {"nom": CANARI, "sorte": "individuel", "contenu": {"champs": [["duree", "30"]]}}


async def garder(banc: Banc, moi: Personne, modele_id: UUID, **champs: Any) -> httpx2.Response:
    return await banc.client.put(f"/modeles/{modele_id}", json=MODELE | champs, headers=moi.entetes)


async def noms(banc: Banc, moi: Personne) -> list[str]:
    return [m["nom"] for m in (await banc.client.get("/modeles", headers=moi.entetes)).json()["elements"]]


async def test_un_modele_se_garde_se_renomme_se_relit_et_s_efface(banc: Banc) -> None:
    moi, modele_id = banc.personne(mediateur=True), uuid4()
    assert (await garder(banc, moi, modele_id)).headers["etag"] == '"1"'
    assert (await garder(banc, moi, uuid4(), nom="Un\nautre ")).json()["nom"] == "Un autre"
    assert (await garder(banc, moi, modele_id, nom="Impôts")).headers["etag"] == '"2"'
    assert await noms(banc, moi) == ["Impôts", "Un autre"]
    lu = await banc.client.get(f"/modeles/{modele_id}", headers=moi.entetes)
    assert (lu.json()["contenu"], lu.headers["etag"]) == (MODELE["contenu"], '"2"')
    assert (await banc.client.delete(f"/modeles/{modele_id}", headers=moi.entetes)).status_code == 204
    assert await noms(banc, moi) == ["Un autre"]


async def test_un_modele_n_est_en_clair_dans_aucune_table_et_n_est_qu_a_son_auteur(banc: Banc) -> None:
    moi, autre, modele_id = banc.personne(mediateur=True), banc.personne(mediateur=True), uuid4()
    await garder(banc, moi, modele_id)
    assert CANARI not in await tables(banc)
    assert await noms(banc, autre) == []
    await banc.client.delete(f"/modeles/{modele_id}", headers=autre.entetes)
    reponse = await banc.client.get(f"/modeles/{modele_id}", headers=autre.entetes)
    assert (reponse.status_code, refus(reponse)) == (404, "ModeleInconnu")
    assert await noms(banc, moi) == [CANARI]


async def test_le_trente_et_unieme_modele_est_refuse_et_un_nom_est_exige(banc: Banc) -> None:
    moi = banc.personne(mediateur=True)
    for rang in range(MODELES.maximum):
        assert (await garder(banc, moi, uuid4(), nom=f"Modèle {rang}")).status_code == 200
    plein = await garder(banc, moi, uuid4())
    assert (plein.status_code, refus(plein)) == (409, "TropDeModeles")
    for nom in ("", "x" * 81):
        sans = await garder(banc, moi, uuid4(), nom=nom)
        assert (sans.status_code, sans.json()["erreurs"][0]["pointeur"]) == (422, "/nom")


async def test_un_compte_efface_ne_garde_aucun_modele(banc: Banc) -> None:
    moi = banc.personne(mediateur=True)
    await garder(banc, moi, uuid4())
    await effacer(banc.store, "compte", moi.compte_id, "demande", Context("operateur", "42"), Clock().now())
    assert await noms(banc, moi) == []
