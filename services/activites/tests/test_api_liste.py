"""GET /activites : tout, une fois, dans l'ordre, et sans attendre plus qu'il ne faut."""

import datetime as dt
from typing import Any
from uuid import uuid4

from activites.projections import (
    activites_listees,
    activites_suivies,
    beneficiaires_suivis,
    conseillers_numeriques,
    lieux_connus,
)
from activites.projections.tables import archive_v1
from contracts.cartographie import LieuReferenceV1

from .appels import Corps, enregistrer, sans_id
from .conftest import Banc, Personne
from .exemples import STRUCTURE

SECURITE = {"thematiques": ["securite_numerique"], "precisions_demarche": None}


async def test_la_liste_se_parcourt_en_entier_et_sans_doublon(banc: Banc, individuel: Corps):
    moi, autre = await banc.mediateur(), await banc.mediateur()
    await enregistrer(banc, autre, individuel | {"id": str(uuid4())})
    attendues: dict[str, str] = {}
    for numero in range(23):
        corps = individuel | {"id": str(uuid4()), "date": f"2025-06-{10 + numero % 4}"}
        await enregistrer(banc, moi, corps)
        attendues[corps["id"]] = corps["date"]
    await banc.projeter()

    vues: list[tuple[str, str]] = []
    parametres: dict[str, Any] = {"limite": 5}
    while True:
        page = await banc.client.get("/activites", params=parametres, headers=moi.entetes)
        assert page.status_code == 200
        vues += [(a["id"], a["date"]) for a in page.json()["elements"]]
        suivant = page.json()["suivant"]
        if suivant is None:
            break
        parametres["apres"] = suivant
    assert len(vues) == 23
    assert dict(vues) == attendues
    assert [date for _, date in vues] == sorted(attendues.values(), reverse=True)


async def test_le_curseur_d_un_autre_ou_d_un_autre_filtre_est_refuse(banc: Banc, individuel: Corps):
    moi, autre = await banc.mediateur(), await banc.mediateur()
    for qui in (moi, autre):
        for _ in range(2):
            await enregistrer(banc, qui, individuel | {"id": str(uuid4())})
    await banc.projeter()
    curseur = (await banc.client.get("/activites?limite=1", headers=moi.entetes)).json()["suivant"]
    suite = await banc.client.get(f"/activites?limite=1&apres={curseur}", headers=moi.entetes)
    assert len(suite.json()["elements"]) == 1
    for qui, filtre in ((autre, ""), (moi, "&types=individuel"), (moi, "&du=2025-01-01")):
        refus = await banc.client.get(f"/activites?limite=1&apres={curseur}{filtre}", headers=qui.entetes)
        assert (refus.status_code, refus.json()["type"]) == (400, "/problemes/CurseurInvalide")
    sans_jeton = await banc.client.get(f"/activites?limite=1&apres={curseur}")
    assert sans_jeton.status_code == 401


async def test_une_activite_lue_seule_nomme_son_lieu_comme_la_liste(banc: Banc, atelier: Corps):
    moi = await banc.mediateur()
    ici = await enregistrer(banc, moi, atelier)
    await banc.projeter()
    [element] = (await banc.client.get("/activites", headers=moi.entetes)).json()["elements"]
    lue = (await banc.client.get(ici, headers=moi.entetes)).json()
    assert (lue["lieu_nom"], lue["lieu_commune"]) == ("Médiathèque", "Chenôve")
    assert (element["lieu_nom"], element["lieu_commune"]) == ("Médiathèque", "Chenôve")


async def test_la_liste_montre_ce_qu_il_faut_et_pas_les_notes(banc: Banc, atelier: Corps):
    moi = await banc.mediateur()
    await enregistrer(banc, moi, atelier)
    await banc.projeter()
    [element] = (await banc.client.get("/activites", headers=moi.entetes)).json()["elements"]
    assert element["id"] == atelier["id"]
    assert element["lieu_nom"] == "Médiathèque"
    assert (element["commune"], element["code_insee"]) == ("Chenôve", "21166")
    assert element["titre_atelier"] == "Le tableur pas à pas"
    assert element["accompagnements"] == 12
    assert not {"notes", "precisions_demarche", "mediateur_id"} & element.keys()


async def test_la_liste_se_filtre_par_periode_et_par_type(banc: Banc, individuel: Corps, atelier: Corps):
    moi = await banc.mediateur()
    await enregistrer(banc, moi, individuel)
    await enregistrer(banc, moi, atelier)
    await banc.projeter()

    async def liste(**parametres: Any) -> list[str]:
        page = await banc.client.get("/activites", params=parametres, headers=moi.entetes)
        return [a["id"] for a in page.json()["elements"]]

    deux = [individuel["id"], atelier["id"]]
    assert await liste() == deux
    assert await liste(du="2025-06-29", au="2025-06-30") == deux
    assert await liste(du="2025-06-30") == [individuel["id"]]
    assert await liste(au="2025-06-29") == [atelier["id"]]
    assert await liste(types="collectif") == [atelier["id"]]
    assert await liste(types=["collectif", "individuel"]) == deux
    for tri, attendues in (("longues", deux[::-1]), ("courtes", deux), ("anciennes", deux[::-1])):
        premiere = await banc.client.get(f"/activites?limite=1&tri={tri}", headers=moi.entetes)
        suite = {"limite": 1, "tri": tri, "apres": premiere.json()["suivant"]}
        assert [*(a["id"] for a in premiere.json()["elements"]), *await liste(**suite)] == attendues
    for tri, attendues in (("ateliers", deux[::-1]), ("individuels", deux)):
        assert await liste(tri=tri) == attendues
    sommes = (await banc.client.get("/activites?limite=1&sommes=true", headers=moi.entetes)).json()
    assert (sommes["total"], sommes["accompagnements"], len(sommes["elements"])) == (2, 13, 1)
    refusee = await banc.client.get("/activites", params={"types": "animation"}, headers=moi.entetes)
    assert refusee.status_code == 422


async def test_la_liste_se_trie_par_nom_de_lieu_et_ce_qui_n_en_a_pas_reste_a_la_fin(
    banc: Banc, individuel: Corps, atelier: Corps
) -> None:
    moi = await banc.mediateur()
    ici = LieuReferenceV1.model_validate(
        {"source": "france-services", "id_source": "1", "commune": "Chenôve", "code_postal": "21300"}
        | {"lieu_id": uuid4(), "nom": "École"}
    )
    lieux = [ici, ici.model_copy(update={"lieu_id": uuid4(), "nom": "zoo"})]
    for lieu in lieux:
        ligne = lieux_connus.project(None, lieu)
        assert ligne is not None
        await banc.inserer(lieux_connus.table, ligne)
    await banc.exercer(moi, *(lieu.lieu_id for lieu in lieux))
    par_lieu = [
        atelier | {"id": str(uuid4()), "lieu_id": str(lieu.lieu_id), "date": date}
        for lieu in lieux
        for date in ("2025-06-28", "2025-06-27")
    ]
    sans = [individuel | {"id": str(uuid4()), "date": date} for date in ("2025-06-30", "2025-06-01")]
    for corps in (*sans[::-1], *par_lieu):
        await enregistrer(banc, moi, corps)
    await banc.projeter()
    a_z, fin = [corps["id"] for corps in par_lieu], [corps["id"] for corps in sans]
    for tri, attendues in (("lieux", [*a_z, *fin]), ("lieux_inverse", [*a_z[2:], *a_z[:2], *fin])):

        async def page(question: dict[str, Any]) -> tuple[list[str], Corps]:
            lue = await banc.client.get("/activites", params=question, headers=moi.entetes)
            return [a["id"] for a in lue.json()["elements"]], lue.json()

        # The first page ends among the activités of one lieu.
        question: dict[str, Any] = {"tri": tri, "limite": 3}
        premieres, lue = await page(question)
        suivantes, lue = await page(question | {"apres": lue["suivant"]})
        assert premieres + suivantes == attendues
        assert (await page(question | {"apres": lue["precedent"]}))[0] == premieres
        # This one, among those of none.
        lue = (await page(question | {"limite": 5}))[1]
        assert (await page(question | {"limite": 5, "apres": lue["suivant"]}))[0] == attendues[5:]


async def test_une_lecture_voit_l_ecriture_qui_la_precede(banc: Banc, individuel: Corps):
    moi = await banc.mediateur()
    async with banc.en_fond():
        for numero in range(10):
            corps = individuel | {"id": str(uuid4())}
            ecrite = await banc.client.post("/activites", json=corps, headers=moi.entetes)
            page = await banc.client.get(
                "/activites", headers=moi.entetes | {"X-Position": ecrite.headers["X-Position"]}
            )
            assert "X-Position-Atteinte" not in page.headers
            assert len(page.json()["elements"]) == numero + 1
            assert page.json()["elements"][0]["id"] == corps["id"]


async def test_une_correction_se_voit_dans_la_liste(banc: Banc, atelier: Corps):
    moi = await banc.mediateur()
    ici = await enregistrer(banc, moi, atelier)
    await banc.client.put(ici, json=sans_id(atelier) | {"titre_atelier": "Le tableur"}, headers=moi.entetes)
    await banc.projeter()
    [element] = (await banc.client.get("/activites", headers=moi.entetes)).json()["elements"]
    assert element["titre_atelier"] == "Le tableur"
    assert element["corrigee_le"] > element["enregistree_le"]


async def test_la_liste_se_filtre_par_sujet_lieu_et_commune(
    banc: Banc, individuel: Corps, atelier: Corps
) -> None:
    moi = await banc.mediateur()
    await enregistrer(
        banc, moi, individuel | {"thematiques": ["aide_aux_demarches_administratives", "logement"]}
    )
    await enregistrer(banc, moi, atelier | SECURITE)
    paris = {"nom": "Paris 11e", "code_postal": "75011", "code_insee": "75111"}
    ailleurs = individuel | {"id": str(uuid4()), "type_lieu": "domicile", "commune": paris}
    await enregistrer(banc, moi, ailleurs)
    await banc.projeter()

    async def liste(**parametres: Any) -> list[str]:
        page = await banc.client.get("/activites", params=parametres, headers=moi.entetes)
        assert page.status_code == 200, page.text
        assert page.json()["total"] == len(page.json()["elements"])
        return [a["id"] for a in page.json()["elements"]]

    assert await liste(thematiques=["logement", "securite_numerique"]) == sorted(
        [individuel["id"], atelier["id"]], key=(await liste()).index
    )
    assert await liste(lieux=atelier["lieu_id"]) == [atelier["id"]]
    assert await liste(communes="21166") == [atelier["id"]]
    assert await liste(communes="75056") == [ailleurs["id"]]
    assert await liste(communes="75111", thematiques="securite_numerique") == []
    assert await liste(tri="anciennes") == (await liste())[::-1]
    for faux in ({"communes": "99999"}, {"thematiques": "cuisine"}, {"lieux": "ici"}, {"tri": "hasard"}):
        refus = await banc.client.get("/activites", params=faux, headers=moi.entetes)
        assert (refus.status_code, refus.json()["erreurs"][0]["parametre"]) == (422, next(iter(faux)))


async def test_on_revient_a_la_page_d_avant(banc: Banc, individuel: Corps) -> None:
    moi = await banc.mediateur()
    for _ in range(5):
        await enregistrer(banc, moi, individuel | {"id": str(uuid4())})
    await banc.projeter()

    async def page(**parametres: Any) -> Any:
        return (
            await banc.client.get("/activites", params={"limite": 2} | parametres, headers=moi.entetes)
        ).json()

    premiere = await page()
    assert (premiere["total"], "precedent" in premiere) == (5, False)
    deuxieme = await page(apres=premiere["suivant"])
    assert (await page(apres=deuxieme["precedent"]))["elements"] == premiere["elements"]


async def test_l_export_retient_les_memes_activites_que_la_liste(
    banc: Banc, individuel: Corps, atelier: Corps
) -> None:
    moi = await banc.mediateur()
    await enregistrer(banc, moi, individuel | {"thematiques": ["email"]})
    await enregistrer(banc, moi, atelier | SECURITE)
    await banc.projeter()
    export = await banc.client.get(
        "/activites/export", params={"format": "json", "thematiques": "email"}, headers=moi.entetes
    )
    assert len(export.json()) == 1


async def test_la_liste_se_filtre_par_personne_suivie_departement_employeur_dispositif_demarche_et_origine(
    banc: Banc, individuel: Corps, atelier: Corps
) -> None:
    moi, autre = await banc.mediateur(), await banc.mediateur()
    amina, a_lui = str(uuid4()), str(uuid4())
    for qui, personne in ((moi, amina), (autre, a_lui)):
        fiche = {"id": personne, "prenom": "Amina", "nom": "Berger"}
        assert (await banc.client.post("/beneficiaires", json=fiche, headers=qui.entetes)).is_success
    paris = {"nom": "Paris 11e", "code_postal": "75011", "code_insee": "75111"}
    suivie = individuel | {"beneficiaire": {"id": amina}, "commune": paris, "date": "2026-02-01"}
    await enregistrer(banc, moi, suivie)
    await enregistrer(banc, moi, atelier)
    await enregistrer(banc, autre, individuel | {"id": str(uuid4()), "beneficiaire": {"id": a_lui}})
    reprise = {
        "cra_id": "6" * 24,
        "activite_id": atelier["id"],
        "contenu": {},
        "archive_le": dt.datetime.now(dt.UTC),
    }
    await banc.inserer(archive_v1, reprise)
    reconnue = {"compte_id": moi.compte_id, "mediateur_id": moi.mediateur_id,
                "debuts": [dt.date(2026, 1, 1)], "fins": [None]}  # fmt: skip
    await banc.inserer(conseillers_numeriques.table, reconnue)
    await banc.projeter(activites_listees, activites_suivies, beneficiaires_suivis)

    async def liste(de: Personne = moi, **parametres: Any) -> list[str]:
        page = await banc.client.get("/activites", params=parametres, headers=de.entetes)
        assert page.status_code == 200, page.text
        assert page.json()["total"] == len(page.json()["elements"])
        return [a["id"] for a in page.json()["elements"]]

    assert await liste() == [suivie["id"], atelier["id"]]
    for filtre, premiere, seconde in (
        ("departements", "75", "21"),
        ("conseiller_numerique", 1, 0),
        ("demarches_administratives", 0, 1),
        ("source", "v2", "v1"),
    ):
        assert await liste(moi, **{filtre: premiere}) == [suivie["id"]], filtre
        assert await liste(moi, **{filtre: seconde}) == [atelier["id"]], filtre
    assert await liste(structures_employeuses=str(STRUCTURE)) == [suivie["id"], atelier["id"]]
    assert await liste(structures_employeuses=str(uuid4())) == []
    assert await liste(beneficiaires=amina) == [suivie["id"]]
    # Somebody else's, or nobody's: nothing is retained, and nothing is said of them.
    assert await liste(beneficiaires=a_lui) == await liste(autre, beneficiaires=amina) == []
    for faux in (
        {"departements": "99"},
        {"source": "v3"},
        {"beneficiaires": "amina"},
        {"structures_employeuses": "x"},
    ):
        refus = await banc.client.get("/activites", params=faux, headers=moi.entetes)
        assert (refus.status_code, refus.json()["erreurs"][0]["parametre"]) == (422, next(iter(faux)))
