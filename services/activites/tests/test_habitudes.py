"""Les habitudes d'un médiateur : ce que son prochain compte rendu proposera."""

import datetime as dt
from uuid import uuid4

import pytest
from activites.projections import emplois, lieux_choisis, lieux_connus
from contracts.identity import LieuxChoisisV1, PersonneEffaceeV1
from events.projection.projection import fold_rows

from .appels import Corps, enregistrer
from .conftest import Banc
from .exemples import LIEU, STRUCTURE

SOIR = dt.datetime(2026, 3, 1, 20, 30, tzinfo=dt.UTC)


async def test_qui_commence_n_a_pas_d_habitude(banc: Banc):
    moi = await banc.mediateur()
    banc.a_l_heure(SOIR)
    reponse = await banc.client.get("/activites/habitudes", headers=moi.entetes)
    assert reponse.status_code == 200
    assert reponse.json() == {
        "aujourd_hui": "2026-03-01",
        "durees": [],
        "duree_minutes": None,
        "thematiques": [],
        "type_lieu": None,
        "lieux": [],
        "commune": None,
        "etiquettes": [],
    }


@pytest.mark.parametrize(
    ("fuseau", "jour"), [("Pacific/Noumea", "2026-03-02"), ("America/Martinique", "2026-03-01")]
)
async def test_aujourd_hui_est_celui_du_territoire(banc: Banc, fuseau: str, jour: str):
    moi = banc.personne(mediateur=True)
    emploi = {"emploi_id": uuid4(), "compte_id": moi.compte_id, "structure_id": STRUCTURE}
    await banc.inserer(emplois.table, emploi | {"debut": dt.date(2020, 1, 1), "fuseau": fuseau})
    banc.a_l_heure(SOIR)
    lues = (await banc.client.get("/activites/habitudes", headers=moi.entetes)).json()
    assert lues["aujourd_hui"] == jour


async def test_les_habitudes_vont_du_plus_frequent_au_moins_frequent(banc: Banc, individuel: Corps):
    moi, voisin = await banc.mediateur(), await banc.mediateur()
    dijon = {"nom": "Dijon", "code_postal": "21000", "code_insee": "21231"}
    saisies: list[Corps] = [
        {"duree_minutes": 30, "thematiques": ["email"], "type_lieu": "domicile", "commune": dijon},
        {"duree_minutes": 30, "thematiques": ["email", "sante"], "type_lieu": "domicile", "commune": dijon},
        {"duree_minutes": 90, "thematiques": ["email"], "type_lieu": "a_distance", "commune": None},
    ]
    # Used five times is not yet one to propose; six is.
    saisies += [saisies[0]] * 4 + [saisies[2]] * 4
    for saisie in saisies:
        await enregistrer(banc, moi, individuel | saisie | {"id": str(uuid4()), "precisions_demarche": None})
    await enregistrer(banc, voisin, individuel | {"id": str(uuid4()), "duree_minutes": 240})
    await banc.projeter()
    lues = (await banc.client.get("/activites/habitudes", headers=moi.entetes)).json()
    assert lues["durees"] == [30]
    assert lues["duree_minutes"] == 30
    assert lues["thematiques"] == ["email", "sante"]
    assert lues["type_lieu"] == "domicile"
    assert lues["commune"] == dijon


async def test_les_lieux_ou_l_on_va_le_plus_puis_ceux_ou_l_on_dit_exercer(banc: Banc, individuel: Corps):
    moi, voisin = await banc.mediateur(), await banc.mediateur()
    espace, mairie = uuid4(), uuid4()
    for lieu_id, nom in ((espace, "Espace"), (mairie, "Mairie")):
        lieu = {"lieu_id": lieu_id, "nom": nom, "commune": "Dijon", "code_postal": "21000"}
        await banc.inserer(lieux_connus.table, lieu)
    await banc.exercer(moi, mairie, uuid4(), espace, anciens=[LIEU])
    # Nothing recorded yet: where they work is known all the same.
    lues = (await banc.client.get("/activites/habitudes", headers=moi.entetes)).json()
    assert [lieu["nom"] for lieu in lues["lieux"]] == ["Mairie", "Espace"]
    assert lues["type_lieu"] == "lieu_activite"
    sur_place = {"type_lieu": "lieu_activite", "commune": None}
    for lieu_id, fois in ((LIEU, 2), (espace, 1)):
        for _ in range(fois):
            await enregistrer(
                banc, moi, individuel | sur_place | {"id": str(uuid4()), "lieu_id": str(lieu_id)}
            )
    await banc.projeter()
    lues = (await banc.client.get("/activites/habitudes", headers=moi.entetes)).json()
    assert [lieu["id"] for lieu in lues["lieux"]] == [str(i) for i in (LIEU, espace, mairie)]
    assert (await banc.client.get("/activites/habitudes", headers=voisin.entetes)).json()["lieux"] == []


async def test_l_accueil_compte_le_mois_comme_les_statistiques(banc: Banc, individuel: Corps) -> None:
    moi, voisin = await banc.mediateur(), await banc.mediateur()
    ce_mois, avant = str(SOIR.date()), str(SOIR.date() - dt.timedelta(days=1))
    saisies: list[Corps] = [
        {"date": avant, "thematiques": ["sante"]},
        {"date": ce_mois, "thematiques": ["email"]},
        {"date": ce_mois, "thematiques": ["email"]},
    ]
    banc.a_l_heure(SOIR)
    vide = (await banc.client.get("/activites/accueil", headers=moi.entetes)).json()
    assert vide == {
        "dernieres": [],
        "thematiques": [],
        "mois": {"du": "2026-03-01", "activites": 0, "accompagnements": 0},
        "a_faire": {"brouillons": 0, "rdv": 0},
    }
    for pour_le in (None, ce_mois, "2026-12-31"):
        corps = {"sorte": "individuel", "contenu": {"a": "b"}, "pour_le": pour_le}
        garde = await banc.client.put(f"/brouillons/{uuid4()}", json=corps, headers=moi.entetes)
        assert garde.status_code == 200, garde.text
    for saisie in saisies:
        await enregistrer(banc, moi, individuel | saisie | {"id": str(uuid4()), "precisions_demarche": None})
    await enregistrer(banc, voisin, individuel | {"id": str(uuid4()), "date": ce_mois})
    await banc.projeter()
    lu = (await banc.client.get("/activites/accueil?limite=2", headers=moi.entetes)).json()
    assert [a["date"] for a in lu["dernieres"]] == [ce_mois, ce_mois]
    assert lu["thematiques"] == ["email", "sante"]
    assert lu["mois"] == {"du": "2026-03-01", "activites": 2, "accompagnements": 2}
    assert lu["a_faire"] == {"brouillons": 2, "rdv": 0}, "celui prévu plus tard attend son jour"


def test_les_lieux_choisis_se_remplacent_et_s_effacent_avec_la_personne() -> None:
    compte_id, quand = uuid4(), SOIR
    un, deux = uuid4(), uuid4()
    choix = [
        LieuxChoisisV1(compte_id=compte_id, lieux=lieux, choisis_le=quand)
        for lieux in ([un], [deux], [], [un])
    ]
    [ligne] = fold_rows(lieux_choisis, {}, choix).values()
    # The former ones stay: what was done there is still to be told. Read again, nothing changes.
    attendue: Corps = {"compte_id": compte_id, "lieux": [un], "tous": [un, deux]}
    assert ligne == attendue
    assert [*fold_rows(lieux_choisis, {compte_id: attendue}, choix).values()] == [attendue]
    efface = PersonneEffaceeV1(compte_id=compte_id, effacee_le=quand)
    assert list(fold_rows(lieux_choisis, {}, [*choix, efface]).values()) == [None]
