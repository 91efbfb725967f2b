"""L'histoire d'un compte rendu : qui, quand, ce qui a changé, pour son auteur seulement."""

import datetime as dt
from dataclasses import replace
from uuid import UUID, uuid4

from activites.api.changements import Changement, changements
from activites.domain.vocabulaire import Materiel, NiveauAtelier, TagId, Thematique
from activites.erasure import effacer
from events.store.store import Context
from process.clock import Clock

from .appels import Corps, enregistrer, refus, sans_id
from .conftest import Banc
from .exemples import ATELIER, INDIVIDUEL, LIEU, corrigee, enregistree

UNE, AUTRE = TagId(UUID(int=1)), TagId(UUID(int=2))
NOMS: dict[UUID, str] = {LIEU: "Médiathèque", UNE: "Impôts"}


def test_chaque_question_qui_a_change_se_dit_en_mots_et_les_autres_se_taisent():
    avant = enregistree(ATELIER)
    assert changements(avant, corrigee(ATELIER, replace(ATELIER, notes="<p>a</p>")), NOMS) == [
        Changement("Notes", "", "a")
    ]
    apres = replace(
        ATELIER,
        date=dt.date(2026, 6, 1),
        duree_minutes=65,
        niveau=NiveauAtelier.DEBUTANT,
        titre_atelier=None,
        thematiques=(Thematique.EMAIL, Thematique.SANTE),
        materiels=(Materiel.TABLETTE,),
        participants=replace(ATELIER.participants, deja_accompagnes=5),
        tags=(UNE, AUTRE),
    )
    assert {c.question: (c.avant, c.apres) for c in changements(avant, corrigee(ATELIER, apres), NOMS)} == {
        "Titre de l’atelier": ("Le tableur pas à pas", ""),
        "Niveau": ("", "Débutant"),
        "Sujets": ("Bureautique", "E-mail, Santé"),
        "Durée": ("2 h 00", "1 h 05"),
        "Jour": ("29 juin 2026", "1er juin 2026"),
        "Déjà accompagnés": ("4", "5"),
        "Matériel": ("", "Tablette"),
        "Étiquettes": ("", "Impôts, une étiquette qui n’est plus"),
    }


def test_une_correction_qui_met_l_etiquette_fusionnee_a_la_place_de_l_ancienne_ne_change_rien_de_lisible():
    avant = replace(INDIVIDUEL, tags=(UNE,))
    apres = corrigee(avant, replace(INDIVIDUEL, tags=(AUTRE,)))
    assert changements(enregistree(avant), apres, NOMS | {AUTRE: "Impôts"}) == []


async def test_l_auteur_relit_l_histoire_de_son_compte_rendu_textes_compris(banc: Banc, individuel: Corps):
    moi = await banc.mediateur()
    ici = await enregistrer(banc, moi, individuel)
    corrige = sans_id(individuel) | {"notes": "<p>Compte rendu <b>relu</b></p>", "duree_minutes": 50}
    await banc.client.put(ici, json=corrige, headers=moi.entetes)
    await banc.client.delete(ici, headers=moi.entetes)
    histoire = (await banc.client.get(f"{ici}/histoire", headers=moi.entetes)).json()
    assert [(f["fait"], f["par"]) for f in histoire["elements"]] == [
        ("ActiviteSupprimee", "vous"),
        ("ActiviteCorrigee", "vous"),
        ("ActiviteEnregistree", "vous"),
    ]
    assert [f["changements"] for f in histoire["elements"]] == [
        [],
        [
            {"question": "Durée", "avant": "45 min", "apres": "50 min"},
            {"question": "Notes", "avant": "Compte créé", "apres": "Compte rendu relu"},
        ],
        [],
    ]
    assert all(f["le"] and f["phrase"] for f in histoire["elements"])

    await banc.client.post(f"{ici}/restauration", headers=moi.entetes)
    await effacer(
        banc.store, "activite", UUID(individuel["id"]), "demande", Context("operateur", "d"), Clock().now()
    )
    parcourue: list[Corps] = []
    suite = ""
    while suite is not None:
        page = await banc.client.get(
            f"{ici}/histoire", params={"limite": 2} | ({"apres": suite} if suite else {}), headers=moi.entetes
        )
        parcourue += page.json()["elements"]
        suite = page.json()["suivant"]
    assert [(f["fait"], f["par"]) for f in parcourue] == [
        ("TextesEffaces", "plateforme"),
        ("ActiviteRestauree", "vous"),
        ("ActiviteSupprimee", "vous"),
        ("ActiviteCorrigee", "vous"),
        ("ActiviteEnregistree", "vous"),
    ]
    # Destroyed, the texts are readable nowhere, not even here.
    dits = [c for f in parcourue for c in f["changements"]]
    assert dits == [{"question": "Durée", "avant": "45 min", "apres": "50 min"}]


async def test_l_histoire_d_un_autre_est_celle_d_une_activite_inconnue(banc: Banc, individuel: Corps):
    moi, autre = await banc.mediateur(), await banc.mediateur()
    ici = await enregistrer(banc, moi, individuel)
    for chemin in (ici, f"/activites/{uuid4()}"):
        reponse = await banc.client.get(f"{chemin}/histoire", headers=autre.entetes)
        assert (reponse.status_code, refus(reponse)) == (404, "ActiviteInconnue")
    assert (await banc.client.get(f"{ici}/histoire")).status_code == 401


async def test_l_auteur_relit_l_histoire_de_son_activite_de_coordination_et_nul_autre(banc: Banc):
    moi, autre = banc.personne(coordinateur=True), banc.personne(coordinateur=True)
    corps: Corps = {
        "id": str(uuid4()),
        "type": "evenement",
        "date": "2025-06-29",
        "participants": 120,
        "type_evenement": "autre",
        "type_evenement_autre": "Fête",
        "organisateurs": ["commune"],
    }
    ici = f"/coordinations/{corps['id']}"
    await banc.client.post("/coordinations", json=corps, headers=moi.entetes)
    liees = {"structures_concernees": [{"nom": "Mairie", "siret": None}]}
    corrige = sans_id(corps) | liees | {"organisateurs": ["commune", "epci"], "notes": "<p>a</p><p>b</p>"}
    assert (await banc.client.put(ici, json=corrige, headers=moi.entetes)).status_code == 200
    await banc.client.delete(ici, headers=moi.entetes)
    page = (await banc.client.get(f"{ici}/histoire?limite=2", headers=moi.entetes)).json()
    assert [(f["fait"], f["par"]) for f in page["elements"]] == [
        ("CoordinationSupprimee", "vous"),
        ("CoordinationCorrigee", "vous"),
    ]
    assert [(c["question"], c["avant"], c["apres"]) for c in page["elements"][1]["changements"]] == [
        ("Organisé par", "Une commune", "Une commune, Un EPCI"),
        ("Structures concernées", "", "Mairie"),
        ("Notes", "", "a\nb"),
    ]
    suite = await banc.client.get(f"{ici}/histoire", params={"apres": page["suivant"]}, headers=moi.entetes)
    assert [f["fait"] for f in suite.json()["elements"]] == ["CoordinationEnregistree"]
    a_lui = await banc.client.get(f"{ici}/histoire", headers=autre.entetes)
    assert (a_lui.status_code, refus(a_lui)) == (404, "CoordinationInconnue")
