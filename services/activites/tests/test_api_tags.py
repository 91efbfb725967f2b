"""/tags, et les étiquettes d'un compte rendu, sur un vrai PostgreSQL."""

import csv
import datetime as dt
import io
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from activites.domain.tag import TagSupprime
from activites.erasure import effacer
from activites.projections import (
    appartenances,
    conseillers_numeriques,
    coordinations,
    coordinations_listees,
    emplois,
    tags,
)
from events.store.store import Context
from process.clock import Clock

from .appels import Corps, coordonner, enregistrer, refus, sans_id
from .conftest import Banc, Personne
from .exemples import STRUCTURE


@pytest.fixture
def evenement() -> Corps:
    return {
        "id": str(uuid4()),
        "type": "evenement",
        "date": "2025-06-29",
        "participants": 120,
        "type_evenement": "grand_public",
        "organisateurs": ["commune"],
    }


async def employe(banc: Banc, departement: str, **roles: Any) -> Personne:
    """Quelqu'un qui est employé dans ce département."""
    qui = banc.personne(**roles)
    emploi = {"emploi_id": uuid4(), "compte_id": qui.compte_id, "structure_id": STRUCTURE}
    await banc.inserer(emplois.table, emploi | {"debut": dt.date(2020, 1, 1), "departement": departement})
    return qui


async def creer(banc: Banc, qui: Personne, nom: str, portee: str = "personnel", **autres: Any) -> str:
    corps = {"id": str(uuid4()), "nom": nom, "portee": portee, **autres}
    reponse = await banc.client.post("/tags", json=corps, headers=qui.entetes)
    assert reponse.status_code == 201, reponse.text
    return corps["id"]


async def vus(banc: Banc, qui: Personne, **parametres: Any) -> list[str]:
    await banc.projeter()
    page = await banc.client.get("/tags", params=parametres, headers=qui.entetes)
    assert page.status_code == 200, page.text
    assert page.json()["total"] == len(page.json()["elements"])
    return [t["nom"] for t in page.json()["elements"]]


async def equipe_de(banc: Banc, chef: Personne, membre: Personne) -> str:
    await coordonner(banc, chef, membre)
    async with banc.store.database.engine.connect() as connection:
        equipe_id = await connection.scalar(
            sa.select(coordinations.table.c.equipe_id).where(
                coordinations.table.c.coordinateur_id == chef.coordinateur_id
            )
        )
    return str(equipe_id)


async def etiquettes(banc: Banc, qui: Personne, activite_id: str) -> list[str]:
    """Ce que la fiche montre, et la liste aussi."""
    await banc.projeter()
    lue = (await banc.client.get(f"/activites/{activite_id}", headers=qui.entetes)).json()
    assert lue["tags"] == [e["id"] for e in lue["etiquettes"]]
    page = (await banc.client.get("/activites", headers=qui.entetes)).json()
    [ligne] = [a for a in page["elements"] if a["id"] == activite_id]
    assert ligne["etiquettes"] == lue["etiquettes"]
    return [e["nom"] for e in lue["etiquettes"]]


async def test_chacun_voit_les_etiquettes_de_sa_place_et_un_ancien_membre_perd_celles_de_l_equipe(banc: Banc):
    chef = await employe(banc, "21", coordinateur=True)
    membre, voisin = await employe(banc, "21", mediateur=True), await employe(banc, "35", mediateur=True)
    admin = banc.personne(roles=["admin"])
    equipe_id = await equipe_de(banc, chef, membre)
    await creer(banc, membre, "À moi")
    await creer(banc, membre, "Équipe", "equipe", equipe_id=equipe_id)
    await creer(banc, chef, "Côte-d’Or", "departemental")
    await creer(banc, admin, "France", "national")

    assert await vus(banc, membre) == ["À moi", "Côte-d’Or", "Équipe", "France"]
    assert await vus(banc, membre, tri="visibilite") == ["À moi", "Équipe", "Côte-d’Or", "France"]
    assert await vus(banc, chef) == ["Côte-d’Or", "Équipe", "France"]
    assert await vus(banc, voisin) == ["France"]
    assert await vus(banc, admin) == ["France"]
    assert await vus(banc, membre, q="COTE or") == ["Côte-d’Or"]
    assert await vus(banc, membre, portees=["equipe", "national"]) == ["Équipe", "France"]
    page = (await banc.client.get("/tags", headers=membre.entetes)).json()
    assert {t["nom"]: t["modifiable"] for t in page["elements"]} == {
        "À moi": True,
        "Côte-d’Or": False,
        "Équipe": True,
        "France": False,
    }

    async with banc.store.database.engine.begin() as connection:
        await connection.execute(sa.update(appartenances.table).values(parti_le=dt.datetime.now(dt.UTC)))
        # His contract ended yesterday: he is employed there no more.
        await connection.execute(
            sa.update(emplois.table)
            .where(emplois.table.c.compte_id == membre.compte_id)
            .values(fin=dt.date(2025, 1, 1))
        )
    assert await vus(banc, membre) == ["À moi", "France"]


async def test_l_etiquette_d_un_autre_repond_comme_une_inconnue(banc: Banc):
    moi, autre = await banc.mediateur(), await banc.mediateur()
    tag_id = await creer(banc, autre, "À lui")
    demandes: list[tuple[str, str, Corps | None]] = [
        ("GET", "", None),
        ("PUT", "", {"portee": "personnel", "nom": "À moi"}),
        ("POST", "/fusion", {"vers": str(uuid4())}),
        ("DELETE", "", None),
    ]
    for methode, suite, corps in demandes:
        reponses = [
            await banc.client.request(methode, f"/tags/{un}{suite}", json=corps, headers=moi.entetes)
            for un in (tag_id, uuid4())
        ]
        assert {(r.status_code, refus(r)) for r in reponses} == {(404, "TagInconnu")}
    assert (await banc.client.get("/tags")).status_code == 401
    assert (await banc.client.get("/tags", headers=banc.personne().entetes)).status_code == 403


async def test_un_nom_est_unique_dans_sa_portee_et_se_libere(banc: Banc):
    moi, autre = await banc.mediateur(), await banc.mediateur()
    un = await creer(banc, moi, "Impôts")
    await creer(banc, autre, "Impôts")

    async def refuse(methode: str, chemin: str, corps: Corps) -> None:
        reponse = await banc.client.request(methode, chemin, json=corps, headers=moi.entetes)
        assert (reponse.status_code, refus(reponse)) == (409, "NomDejaPris")
        assert [f["pointeur"] for f in reponse.json()["erreurs"]] == ["/nom"]

    pris = {"portee": "personnel", "nom": "IMPOTS"}
    await refuse("POST", "/tags", pris | {"id": str(uuid4())})
    deux = await creer(banc, moi, "Banque")
    await refuse("PUT", f"/tags/{deux}", pris)
    # Its own name may be written otherwise, then is free again.
    for nom in ("impots", "Fisc"):
        redit = {"portee": "personnel", "nom": nom}
        assert (await banc.client.put(f"/tags/{un}", json=redit, headers=moi.entetes)).status_code == 200
    assert (await banc.client.put(f"/tags/{deux}", json=pris, headers=moi.entetes)).status_code == 200
    assert (await banc.client.delete(f"/tags/{deux}", headers=moi.entetes)).status_code == 204
    encore = await banc.client.post("/tags", json=pris | {"id": deux}, headers=moi.entetes)
    assert (encore.status_code, refus(encore)) == (410, "TagDejaSupprime")
    await creer(banc, moi, "Impôts")


async def test_modifier_sans_ecraser_une_autre_modification(banc: Banc):
    moi = await banc.mediateur()
    tag_id = await creer(banc, moi, "Impôts")
    lu = await banc.client.get(f"/tags/{tag_id}", headers=moi.entetes)
    redit = {"portee": "personnel", "nom": "Fisc", "description": "Déclarer"}
    entetes = moi.entetes | {"If-Match": lu.headers["ETag"]}
    assert (await banc.client.put(f"/tags/{tag_id}", json=redit, headers=entetes)).status_code == 200
    assert (
        await banc.client.put(f"/tags/{tag_id}", json=redit | {"nom": "Bis"}, headers=entetes)
    ).status_code == 412
    assert (await banc.client.get(f"/tags/{tag_id}", headers=moi.entetes)).json() == {
        "id": tag_id,
        **redit,
        "equipe_id": None,
        "departement": None,
        "modifiable": True,
    }


async def test_un_compte_rendu_porte_des_etiquettes_se_retrouve_par_elles_et_s_exporte_avec(
    banc: Banc, individuel: Corps
):
    moi = await banc.mediateur()
    a, b = await creer(banc, moi, "Bébé"), await creer(banc, moi, "Alpha")
    await banc.projeter()
    await enregistrer(banc, moi, individuel | {"tags": [a, b]})
    await enregistrer(banc, moi, individuel | {"id": str(uuid4())})
    assert await etiquettes(banc, moi, individuel["id"]) == ["Alpha", "Bébé"]

    async def trouvees(*tags: str) -> list[str]:
        page = await banc.client.get("/activites", params={"tags": tags}, headers=moi.entetes)
        return [e["id"] for e in page.json()["elements"]]

    assert await trouvees(a) == await trouvees(a, str(uuid4())) == [individuel["id"]]
    assert await trouvees(str(uuid4())) == []
    export = await banc.client.get(f"/activites/export?format=csv&tags={b}", headers=moi.entetes)
    [ligne] = csv.DictReader(io.StringIO(export.text.removeprefix("\ufeff")), delimiter=";")
    assert ligne["Tags"] == "Alpha\nBébé"

    corrige = sans_id(individuel) | {"tags": [b]}
    ici = f"/activites/{individuel['id']}"
    assert (await banc.client.put(ici, json=corrige, headers=moi.entetes)).status_code == 200
    assert await etiquettes(banc, moi, individuel["id"]) == ["Alpha"]


async def test_une_activite_de_coordination_porte_des_etiquettes_et_garde_celles_qu_on_ne_voit_plus(
    banc: Banc, evenement: Corps
):
    chef, moi = banc.personne(coordinateur=True), banc.personne(coordinateur=True, mediateur=True)
    equipe_id = await equipe_de(banc, chef, moi)
    a, b = await creer(banc, moi, "Alpha"), await creer(banc, moi, "Bravo")
    c = await creer(banc, chef, "Équipe", "equipe", equipe_id=equipe_id)
    sienne = await creer(banc, chef, "À lui")
    await banc.projeter()

    async def ecrire(verbe: str, corps: Corps) -> Any:
        chemin = "/coordinations" if verbe == "POST" else f"/coordinations/{evenement['id']}"
        reponse = await banc.client.request(verbe, chemin, json=corps, headers=moi.entetes)
        await banc.projeter(coordinations_listees, tags)
        return reponse

    faux = await ecrire("POST", evenement | {"tags": [a, sienne], "personnes": [str(uuid4())]})
    assert [f["pointeur"] for f in faux.json()["erreurs"]] == ["/personnes/0", "/tags/1"]
    assert (await ecrire("POST", evenement | {"tags": [a, b, c]})).status_code == 201
    await ecrire("POST", evenement | {"id": str(uuid4())})

    async def lue() -> list[str]:
        vue = (await banc.client.get(f"/coordinations/{evenement['id']}", headers=moi.entetes)).json()
        page = await banc.client.get("/coordinations", params={"tags": [a, c]}, headers=moi.entetes)
        [ligne] = page.json()["elements"]
        assert ligne["etiquettes"] == vue["etiquettes"]
        assert vue["tags"] == [e["id"] for e in vue["etiquettes"]]
        return [e["nom"] for e in vue["etiquettes"]]

    async def comptes(qui: Personne) -> dict[str, int]:
        page = (await banc.client.get("/tags", params={"tri": "usage"}, headers=qui.entetes)).json()
        return {t["nom"]: t["accompagnements"] for t in page["elements"]}

    assert await lue() == ["Alpha", "Bravo", "Équipe"]
    assert await comptes(moi) == {"Alpha": 1, "Bravo": 1, "Équipe": 1}
    # Merged, both read as one: it is counted once, of the coordinateur who sees the other only too.
    for un in (a, b):
        await banc.client.post(f"/tags/{un}/fusion", json={"vers": c}, headers=moi.entetes)
    await banc.projeter(tags)
    assert await lue() == ["Équipe"]
    assert await comptes(moi) == {"Équipe": 1}
    assert await comptes(chef) == {"Équipe": 1, "À lui": 0}
    chemin = f"/coordinations/export?format=csv&tags={c}"
    export = await banc.client.get(chemin, headers=moi.entetes)
    [ecrite] = csv.DictReader(io.StringIO(export.text.removeprefix("\ufeff")), delimiter=";")
    assert ecrite["Tags"] == "Équipe"

    # A former member corrects their own: the team's stays, for those who see it.
    async with banc.store.database.engine.begin() as connection:
        partis = sa.update(appartenances.table).values(parti_le=sa.func.now())
        await connection.execute(partis.where(appartenances.table.c.mediateur_id == moi.mediateur_id))
    assert (await ecrire("PUT", sans_id(evenement) | {"tags": [], "participants": 3})).status_code == 200
    assert await comptes(chef) == {"Équipe": 1, "À lui": 0}


async def test_une_etiquette_invisible_est_refusee_avec_les_autres_fautes(banc: Banc, individuel: Corps):
    moi, autre = await banc.mediateur(), await banc.mediateur()
    mienne, sienne = await creer(banc, moi, "À moi"), await creer(banc, autre, "À lui")
    await banc.projeter()
    faux = individuel | {"tags": [mienne, sienne, str(uuid4())], "duree_minutes": 0}
    reponse = await banc.client.post("/activites", json=faux, headers=moi.entetes)
    assert reponse.status_code == 422
    assert [f["pointeur"] for f in reponse.json()["erreurs"]] == ["/duree_minutes", "/tags/1", "/tags/2"]
    lot = {"mode": "tout_ou_rien", "activites": [individuel | {"tags": [sienne]}]}
    reponse = await banc.client.post("/activites/lot", json=lot, headers=moi.entetes)
    assert [f["pointeur"] for f in reponse.json()["erreurs"]] == ["/activites/0/tags/0"]


async def test_une_etiquette_fusionnee_se_lit_comme_l_autre_sans_que_rien_soit_reecrit(
    banc: Banc, individuel: Corps
):
    chef = await employe(banc, "21", coordinateur=True)
    moi = await banc.mediateur()
    equipe_id = await equipe_de(banc, chef, moi)
    a, b = await creer(banc, moi, "Alpha"), await creer(banc, moi, "Bravo")
    c = await creer(banc, chef, "Charlie", "equipe", equipe_id=equipe_id)
    await banc.projeter()
    await enregistrer(banc, moi, individuel | {"tags": [a, b]})

    async def fusionner(un: str, vers: str) -> Any:
        return await banc.client.post(f"/tags/{un}/fusion", json={"vers": vers}, headers=moi.entetes)

    # Both ways at once: only the first passes.
    assert (await fusionner(a, b)).status_code == 200
    assert (await fusionner(a, b)).status_code == 200
    croisee = await fusionner(b, a)
    assert (croisee.status_code, refus(croisee)) == (422, "TagNonVisible")
    assert await etiquettes(banc, moi, individuel["id"]) == ["Bravo"]
    etroite = await fusionner(c, b)
    assert (etroite.status_code, refus(etroite)) == (422, "FusionVersPlusEtroit")
    assert (await fusionner(b, c)).status_code == 200
    assert await etiquettes(banc, moi, individuel["id"]) == ["Charlie"]
    assert await vus(banc, moi) == ["Charlie"]
    [charlie] = (await banc.client.get("/tags", headers=moi.entetes)).json()["elements"]
    assert charlie["accompagnements"] == 1
    page = await banc.client.get("/activites", params={"tags": c}, headers=moi.entetes)
    assert [e["id"] for e in page.json()["elements"]] == [individuel["id"]]
    # What an older form still sends is understood; the name that is gone is free.
    await enregistrer(banc, moi, individuel | {"id": str(uuid4()), "tags": [a]})
    await creer(banc, moi, "Alpha")
    assert [len(await banc.store.load(f"activite-{individuel['id']}"))] == [1]


async def test_plus_etroite_ou_supprimee_une_etiquette_quitte_les_comptes_rendus_des_autres(
    banc: Banc, individuel: Corps
):
    chef = banc.personne(coordinateur=True, mediateur=True)
    await banc.embaucher(chef, STRUCTURE, dt.date(2020, 1, 1))
    moi = await banc.mediateur()
    equipe_id = await equipe_de(banc, chef, moi)
    tag_id = await creer(banc, chef, "Équipe", "equipe", equipe_id=equipe_id)
    await banc.projeter()
    a_lui = individuel | {"id": str(uuid4()), "tags": [tag_id]}
    await enregistrer(banc, moi, individuel | {"tags": [tag_id]})
    await enregistrer(banc, chef, a_lui)
    assert await etiquettes(banc, moi, individuel["id"]) == ["Équipe"]
    [lu] = (await banc.client.get("/tags", headers=chef.entetes)).json()["elements"]
    assert lu["accompagnements"] == 2

    a_soi = {"portee": "personnel", "nom": "Équipe"}
    assert (await banc.client.put(f"/tags/{tag_id}", json=a_soi, headers=chef.entetes)).status_code == 200
    assert await etiquettes(banc, moi, individuel["id"]) == []
    assert await etiquettes(banc, chef, str(a_lui["id"])) == ["Équipe"]
    [lu] = (await banc.client.get("/tags", headers=chef.entetes)).json()["elements"]
    assert lu["accompagnements"] == 1

    for _ in range(2):
        assert (await banc.client.delete(f"/tags/{tag_id}", headers=chef.entetes)).status_code == 204
    assert await etiquettes(banc, chef, str(a_lui["id"])) == []


async def test_les_etiquettes_les_plus_posees_par_soi_sont_proposees_d_abord(banc: Banc, individuel: Corps):
    moi = await banc.mediateur()
    [_, b, c] = [await creer(banc, moi, nom) for nom in ("Alpha", "Bravo", "Charlie")]
    await banc.projeter()
    for posees in ([c], [c], [b]):
        await enregistrer(banc, moi, individuel | {"id": str(uuid4()), "tags": posees})
    assert await vus(banc, moi, tri="usage") == ["Charlie", "Bravo", "Alpha"]
    lues = (await banc.client.get("/activites/habitudes", headers=moi.entetes)).json()
    assert [e["nom"] for e in lues["etiquettes"]] == ["Charlie", "Bravo", "Alpha"]
    noms: list[str] = []
    apres = None
    for _ in range(3):
        page = await banc.client.get(
            "/tags",
            params={"tri": "usage", "limite": 1} | ({"apres": apres} if apres else {}),
            headers=moi.entetes,
        )
        noms += [t["nom"] for t in page.json()["elements"]]
        apres = page.json()["suivant"]
    assert (noms, apres) == (["Charlie", "Bravo", "Alpha"], None)


async def test_un_administrateur_voit_ce_que_tous_font_des_etiquettes_sans_les_mots_d_une_personne(
    banc: Banc, individuel: Corps, evenement: Corps
):
    chef, moi = banc.personne(coordinateur=True), await banc.mediateur()
    admin, support = banc.personne(roles=["admin"]), banc.personne(roles=["support"])
    for qui in (moi, await banc.mediateur()):
        connu = {"compte_id": qui.compte_id, "mediateur_id": qui.mediateur_id, "debuts": [], "fins": []}
        await banc.inserer(conseillers_numeriques.table, connu)
    equipe_id = await equipe_de(banc, chef, moi)
    a, b = await creer(banc, moi, "Madame Dupont"), await creer(banc, moi, "Madame Durand")
    c = await creer(banc, chef, "Réseau", "equipe", equipe_id=equipe_id)
    await creer(banc, moi, "Jamais posée")
    await banc.projeter()
    await enregistrer(banc, moi, individuel | {"tags": [a, b]})
    await enregistrer(banc, moi, individuel | {"id": str(uuid4())})
    await banc.client.post("/coordinations", json=evenement | {"tags": [c]}, headers=chef.entetes)

    async def lu() -> Any:
        await banc.projeter()
        await banc.projeter(coordinations_listees)
        return (await banc.client.get("/tags/usage", headers=admin.entetes)).json()

    usage = await lu()
    assert [usage[n] for n in ("mediateurs", "mediateurs_en_tout")] == [1, 2]
    assert [usage[n] for n in ("comptes_rendus", "comptes_rendus_en_tout")] == [2, 3]
    assert sorted((e["portee"], e["nom"] or "", e["comptes_rendus"]) for e in usage["etiquettes"]) == [
        ("equipe", "Réseau", 1), ("personnel", "", 1), ("personnel", "", 1),
    ]  # fmt: skip
    # Merged into the team's, both read as one; deleted, a tag is on no report any more.
    for un in (a, b):
        await banc.client.post(f"/tags/{un}/fusion", json={"vers": c}, headers=moi.entetes)
    assert [(e["nom"], e["comptes_rendus"]) for e in (await lu())["etiquettes"]] == [("Réseau", 2)]
    await banc.client.delete(f"/tags/{c}", headers=chef.entetes)
    usage = await lu()
    assert (usage["etiquettes"], usage["comptes_rendus"], usage["mediateurs"]) == ([], 0, 0)
    for qui in (moi, chef, support):
        assert (await banc.client.get("/tags/usage", headers=qui.entetes)).status_code == 403


@pytest.mark.parametrize("portee", ["personnel", "equipe"])
async def test_un_compte_efface_emporte_ses_etiquettes_personnelles_et_laisse_celles_de_l_equipe(
    banc: Banc, portee: str
):
    chef, moi = banc.personne(coordinateur=True), await banc.mediateur()
    equipe_id = await equipe_de(banc, chef, moi)
    autres = {"equipe_id": equipe_id} if portee == "equipe" else {}
    tag_id = await creer(banc, moi, "Madame Dupont", portee, **autres)
    for _ in range(2):  # safe to repeat
        await effacer(
            banc.store, "compte", moi.compte_id, "demande", Context("operateur", "d"), Clock().now()
        )
    faits = [type(r.event) for r in await banc.store.load(f"tag-{tag_id}")]
    assert (TagSupprime in faits) == (portee == "personnel")
    assert banc.store.vault is not None
    effaces = {(genre, cle) async for genre, cle, *_ in banc.store.vault.ledger()}
    assert (("tag", UUID(tag_id)) in effaces) == (portee == "personnel")
    assert await vus(banc, chef) == ([] if portee == "personnel" else ["Madame Dupont"])
