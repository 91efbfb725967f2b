"""Les brouillons : gardés chiffrés, à leur auteur seul, et pas pour toujours."""

import asyncio
import datetime as dt
from typing import Any
from uuid import UUID, uuid4

import httpx2
from activites import casiers
from activites.casiers import BROUILLONS
from activites.erasure import effacer
from activites.jobs import oublier_les_brouillons
from events.service import Tools
from events.store.store import Context
from process.clock import Clock

from .appels import refus
from .conftest import Banc, Personne
from .test_effacement import tables

CANARI = "Zuldravine"
SAISIE = {"sorte": "individuel", "contenu": {"champs": [["notes", CANARI]]}}


async def garder(
    banc: Banc, moi: Personne, brouillon_id: UUID, *, si_version: str | None = None, **champs: Any
) -> httpx2.Response:
    entetes = moi.entetes | ({"If-Match": si_version} if si_version else {})
    return await banc.client.put(f"/brouillons/{brouillon_id}", json=SAISIE | champs, headers=entetes)


async def relire(banc: Banc, moi: Personne, brouillon_id: UUID) -> httpx2.Response:
    return await banc.client.get(f"/brouillons/{brouillon_id}", headers=moi.entetes)


async def listes(banc: Banc, moi: Personne, suite: str = "") -> dict[str, Any]:
    return (await banc.client.get(f"/brouillons{suite}", headers=moi.entetes)).json()


async def test_un_brouillon_se_garde_se_relit_et_s_efface(banc: Banc) -> None:
    moi, brouillon_id = banc.personne(mediateur=True), uuid4()
    garde = await garder(banc, moi, brouillon_id)
    assert (garde.status_code, garde.headers["etag"]) == (200, '"1"')
    lu = await relire(banc, moi, brouillon_id)
    assert (lu.json()["contenu"], lu.json()["sorte"]) == (SAISIE["contenu"], "individuel")
    assert lu.headers["etag"] == '"1"'

    efface = await banc.client.delete(f"/brouillons/{brouillon_id}", headers=moi.entetes)
    assert efface.status_code == 204
    reponse = await relire(banc, moi, brouillon_id)
    assert (reponse.status_code, refus(reponse)) == (404, "BrouillonInconnu")
    encore = await banc.client.delete(f"/brouillons/{brouillon_id}", headers=moi.entetes)
    assert encore.status_code == 204


async def test_qui_voit_la_plateforme_comme_un_autre_n_y_lit_pas_ses_brouillons(banc: Banc) -> None:
    """Ce qui y est tapé peut nommer un bénéficiaire."""
    moi, brouillon_id = banc.personne(mediateur=True), uuid4()
    await garder(banc, moi, brouillon_id)
    lui = banc.issuer.claims("activites", compte_id=moi.compte_id, mediateur_id=moi.mediateur_id)
    jeton = banc.issuer.sign(lui | {"act": {"sub": str(uuid4())}})
    for chemin in ("/brouillons", f"/brouillons/{brouillon_id}"):
        lu = await banc.client.get(chemin, headers={"Authorization": f"Bearer {jeton}"})
        assert (lu.status_code, CANARI in lu.text) == (404, False)


async def test_un_brouillon_n_est_en_clair_dans_aucune_table(banc: Banc) -> None:
    moi = banc.personne(mediateur=True)
    await garder(banc, moi, uuid4())
    assert CANARI not in await tables(banc)


async def test_le_dernier_touche_est_le_premier_de_la_liste(banc: Banc) -> None:
    moi, ids = banc.personne(coordinateur=True), [uuid4() for _ in range(3)]
    for minute, brouillon_id in enumerate([*ids, ids[0]]):
        banc.a_l_heure(dt.datetime(2026, 7, 1, 9, minute, tzinfo=dt.UTC))
        await garder(banc, moi, brouillon_id)
    page = await listes(banc, moi, "?limite=2")
    assert [b["id"] for b in page["elements"]] == [str(ids[0]), str(ids[2])]
    assert page["total"] == 3
    premier = page["elements"][0]
    assert (premier["commence_le"], premier["modifie_le"], premier["version"]) == (
        "2026-07-01T09:00:00Z",
        "2026-07-01T09:03:00Z",
        2,
    )
    suite = await listes(banc, moi, f"?limite=2&apres={page['suivant']}")
    assert [b["id"] for b in suite["elements"]] == [str(ids[1])]


async def test_les_dates_d_un_atelier_qui_revient_se_commencent_ensemble_ou_aucune(banc: Banc) -> None:
    moi = banc.personne(mediateur=True)
    jours = ["2026-07-08", "2027-06-30", "2026-07-01"]
    un = uuid4()
    lot: list[dict[str, Any]] = [
        SAISIE | {"id": str(qui), "sorte": "collectif", "pour_le": jour}
        for qui, jour in zip((un, uuid4(), uuid4()), jours, strict=True)
    ]
    await garder(banc, moi, uuid4())

    async def envoyer(brouillons: list[dict[str, Any]]) -> httpx2.Response:
        return await banc.client.post("/brouillons/lot", json={"brouillons": brouillons}, headers=moi.entetes)

    assert (await envoyer(lot)).json() == {"nouveaux": 3}
    # One that was touched meanwhile is not what was sent.
    await garder(banc, moi, un, contenu={"a": "b"}, pour_le=jours[0])
    renvoye = await envoyer(lot)
    assert (renvoye.status_code, renvoye.json()) == (200, {"nouveaux": 0})
    assert (await relire(banc, moi, un)).json()["contenu"] == {"a": "b"}
    prevus = await listes(banc, moi, "?prevus=true&limite=2")
    prevus["elements"] += (await listes(banc, moi, f"?prevus=true&limite=2&apres={prevus['suivant']}"))[
        "elements"
    ]
    assert [b["pour_le"] for b in prevus["elements"]] == sorted(jours)
    assert ((await listes(banc, moi, "?prevus=false"))["total"], (await listes(banc, moi))["total"]) == (1, 4)

    lourd = lot[1] | {"id": str(uuid4()), "contenu": {"a": "é" * casiers.OCTETS}}
    for faux, ou in (([lot[0], lot[0]], "/brouillons/1/id"), ([lot[0], lourd], "/brouillons/1/contenu")):
        refuse = await envoyer([dict(un) for un in faux])
        assert (refuse.status_code, refuse.json()["erreurs"][0]["pointeur"]) == (422, ou)
    # The one too many takes all the others with it.
    ligne = {"compte_id": moi.compte_id, "sorte": "individuel", "contenu": "", "version": 1}
    dates = dict.fromkeys(("commence_le", "modifie_le"), Clock().now())
    for _ in range(BROUILLONS.maximum - 5):
        await banc.inserer(BROUILLONS.table, ligne | dates | {"id": uuid4()})
    trop = await envoyer([autre | {"id": str(uuid4())} for autre in lot])
    assert (trop.status_code, refus(trop)) == (409, "TropDeBrouillons")
    assert (await listes(banc, moi))["total"] == BROUILLONS.maximum - 1

    # What is for a day is kept until then, however long ago it was touched.
    tard = dt.datetime(2027, 7, 2, tzinfo=dt.UTC)
    await oublier_les_brouillons(Tools(banc.store, lambda: tard))
    assert [b["pour_le"] for b in (await listes(banc, moi, "?prevus=true"))["elements"]] == ["2027-06-30"]


async def test_le_brouillon_d_un_autre_n_existe_pas(banc: Banc) -> None:
    moi, autre, brouillon_id = banc.personne(mediateur=True), banc.personne(mediateur=True), uuid4()
    await garder(banc, moi, brouillon_id)
    assert (await relire(banc, autre, brouillon_id)).status_code == 404
    assert (await banc.client.delete(f"/brouillons/{brouillon_id}", headers=autre.entetes)).status_code == 204
    assert (await relire(banc, moi, brouillon_id)).status_code == 200
    # Under the same identifier, somebody else keeps their own.
    assert (await garder(banc, autre, brouillon_id, sorte="collectif")).headers["etag"] == '"1"'
    assert (await relire(banc, moi, brouillon_id)).json()["sorte"] == "individuel"
    assert (await listes(banc, autre))["total"] == 1


async def test_un_brouillon_change_ailleurs_n_est_pas_ecrase(banc: Banc) -> None:
    moi, brouillon_id = banc.personne(mediateur=True), uuid4()
    assert (await garder(banc, moi, brouillon_id, si_version='"1"')).status_code == 412
    await garder(banc, moi, brouillon_id)
    assert (await garder(banc, moi, brouillon_id, si_version='"1"')).headers["etag"] == '"2"'
    perdue = await garder(banc, moi, brouillon_id, si_version='"1"', contenu={})
    assert (perdue.status_code, refus(perdue)) == (412, "VersionAttendue")
    assert (await relire(banc, moi, brouillon_id)).json()["contenu"] == SAISIE["contenu"]
    # Of two tabs that saw the same version, one is refused.
    ensemble = [garder(banc, moi, brouillon_id, si_version='"2"') for _ in range(2)]
    assert sorted(r.status_code for r in await asyncio.gather(*ensemble)) == [200, 412]


async def test_un_brouillon_trop_lourd_est_refuse(banc: Banc) -> None:
    moi = banc.personne(mediateur=True)
    juste = {"a": "é" * ((casiers.OCTETS - len('{"a":""}')) // 2)}
    assert (await garder(banc, moi, uuid4(), contenu=juste)).status_code == 200
    trop = await garder(banc, moi, uuid4(), contenu={"a": juste["a"] + "é"})
    assert (trop.status_code, refus(trop)) == (422, "ContenuTropLourd")
    assert trop.json()["erreurs"][0]["pointeur"] == "/contenu"


async def test_le_deux_cent_unieme_brouillon_est_refuse(banc: Banc) -> None:
    moi, premier = banc.personne(mediateur=True), uuid4()
    for _ in range(BROUILLONS.maximum - 1):
        assert (await garder(banc, moi, uuid4())).status_code == 200
    ensemble = await asyncio.gather(*(garder(banc, moi, i) for i in (premier, uuid4(), uuid4())))
    assert sorted(r.status_code for r in ensemble) == [200, 409, 409]
    [plein, *_] = [r for r in ensemble if r.status_code == 409]
    assert refus(plein) == "TropDeBrouillons"
    assert (await listes(banc, moi))["total"] == BROUILLONS.maximum
    [connu, *_] = (await listes(banc, moi))["elements"]
    assert (await garder(banc, moi, UUID(connu["id"]))).status_code == 200


async def test_un_brouillon_oublie_quatre_vingt_dix_jours_s_en_va(banc: Banc) -> None:
    moi, vieux, repris = banc.personne(mediateur=True), uuid4(), uuid4()
    debut = dt.datetime(2026, 1, 1, 9, tzinfo=dt.UTC)
    banc.a_l_heure(debut)
    await garder(banc, moi, vieux)
    await garder(banc, moi, repris)
    banc.a_l_heure(debut + dt.timedelta(days=1))
    await garder(banc, moi, repris)

    passage = debut + dt.timedelta(days=90, hours=1)
    faits = [await oublier_les_brouillons(Tools(banc.store, lambda: passage)) for _ in range(2)]
    assert [fait.done for fait in faits] == [1, 0]
    assert [b["id"] for b in (await listes(banc, moi))["elements"]] == [str(repris)]


async def test_un_compte_efface_ne_garde_aucun_brouillon(banc: Banc) -> None:
    moi, autre, brouillon_id = banc.personne(mediateur=True), banc.personne(mediateur=True), uuid4()
    for qui in (moi, autre):
        await garder(banc, qui, brouillon_id)
    for _ in range(2):  # safe to repeat
        await effacer(
            banc.store, "compte", moi.compte_id, "demande", Context("operateur", "42"), Clock().now()
        )
    assert (await listes(banc, moi))["total"] == 0
    assert (await listes(banc, autre))["total"] == 1
    apres = await garder(banc, moi, uuid4())
    assert (apres.status_code, refus(apres)) == (409, "PersonneEffacee")


async def test_un_brouillon_dont_la_cle_est_detruite_ne_se_lit_plus(banc: Banc) -> None:
    moi, brouillon_id = banc.personne(mediateur=True), uuid4()
    await garder(banc, moi, brouillon_id)
    assert banc.store.vault is not None
    await banc.store.vault.destroy("compte", moi.compte_id, "essai")
    assert (await relire(banc, moi, brouillon_id)).status_code == 404


async def test_un_brouillon_ne_se_prevoit_pas_pour_toujours(banc: Banc) -> None:
    moi = banc.personne(mediateur=True)
    loin = SAISIE | {"pour_le": "9999-12-31"}
    seul = await banc.client.put(f"/brouillons/{uuid4()}", json=loin, headers=moi.entetes)
    assert (seul.status_code, refus(seul)) == (422, "BrouillonTropLointain")
    lot = {"brouillons": [loin | {"id": str(uuid4())}]}
    ensemble = await banc.client.post("/brouillons/lot", json=lot, headers=moi.entetes)
    assert (ensemble.status_code, refus(ensemble)) == (422, "BrouillonTropLointain")
    assert "/brouillons/0/pour_le" in ensemble.text
