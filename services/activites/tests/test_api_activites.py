"""/activites sur un vrai PostgreSQL : accepté, refusé, interdit, et ce que la liste montre."""

import asyncio
import datetime as dt
import json
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from activites.domain.vocabulaire import StructureId
from activites.projections import emplois
from activites.projections.comptes_rapproches import comptes_rapproches
from events.projection.checkpoints import checkpoints
from events.types import Position

from .appels import Corps, enregistrer, refus, sans_id
from .conftest import Banc
from .exemples import LIEU, STRUCTURE

ROUTES = [
    ("POST", "/activites"),
    ("GET", "/activites"),
    ("GET", "/activites/{id}"),
    ("PUT", "/activites/{id}"),
    ("DELETE", "/activites/{id}"),
]


# --- Recording ---
async def test_un_individuel_enregistre_se_relit_en_entier(banc: Banc, individuel: Corps):
    moi = await banc.mediateur()
    reponse = await banc.client.post("/activites", json=individuel, headers=moi.entetes)
    assert reponse.status_code == 201
    assert reponse.headers["ETag"] == '"1"'
    assert reponse.headers["X-Position"].startswith("activites:")
    assert reponse.json() == {"id": individuel["id"], "position": reponse.headers["X-Position"]}

    lue = await banc.client.get(f"/activites/{individuel['id']}", headers=moi.entetes)
    assert lue.status_code == 200
    assert lue.headers["ETag"] == '"1"'
    activite = lue.json()
    assert activite["enregistree_le"]
    del activite["enregistree_le"]
    beneficiaire = {"id": None, "tranche_age": None, "statut_social": None, "commune_residence": None}
    assert activite == individuel | {
        "beneficiaire": beneficiaire | individuel["beneficiaire"],
        "lieu_id": None,
        "lieu_nom": None,
        "lieu_commune": None,
        "precisions_demarche": None,
        "structure_employeuse_id": str(STRUCTURE),
        "departement": "21",
        "accompagnements": 1,
        "sur_rendez_vous": False,
        "corrigee_le": None,
        "tags": [],
        "etiquettes": [],
        "beneficiaires": [],
    }


async def test_un_atelier_enregistre_se_relit_en_entier(banc: Banc, atelier: Corps):
    moi = await banc.mediateur()
    ici = await enregistrer(banc, moi, atelier)
    activite = (await banc.client.get(ici, headers=moi.entetes)).json()
    assert {nom: activite[nom] for nom in atelier if nom != "participants"} == {
        nom: atelier[nom] for nom in atelier if nom != "participants"
    }
    assert activite["participants"] == atelier["participants"] | {"tranches_age": {}, "statuts": {}}
    assert activite["accompagnements"] == 12
    assert activite["departement"] == "21"


async def test_le_meme_envoi_repete_n_enregistre_rien_deux_fois(banc: Banc, individuel: Corps):
    moi = await banc.mediateur()
    premier = await banc.client.post("/activites", json=individuel, headers=moi.entetes)
    second = await banc.client.post("/activites", json=individuel, headers=moi.entetes)
    assert (premier.status_code, second.status_code) == (201, 200)
    assert second.json() == premier.json()
    assert second.headers["ETag"] == '"1"'

    autre = await banc.client.post("/activites", json=individuel | {"duree_minutes": 50}, headers=moi.entetes)
    assert (autre.status_code, refus(autre)) == (409, "ActiviteDejaEnregistree")


async def test_le_meme_envoi_en_double_au_meme_moment_n_enregistre_qu_une_fois(banc: Banc, atelier: Corps):
    moi = await banc.mediateur()
    # One request first: the identity keys are read, so that only the writes race here.
    assert (await banc.client.get("/activites", headers=moi.entetes)).status_code == 200
    reponses = await asyncio.gather(
        *(banc.client.post("/activites", json=atelier, headers=moi.entetes) for _ in range(6))
    )
    assert sorted(r.status_code for r in reponses) == [200] * 5 + [201]
    assert len({r.headers["X-Position"] for r in reponses}) == 1


@pytest.mark.parametrize(
    ("changement", "attendu", "champ"),
    [
        ({"duree_minutes": 0}, "DureeManquante", "/duree_minutes"),
        ({"duree_minutes": 1440}, "DureeTropLongue", "/duree_minutes"),
        ({"date": "2014-12-31"}, "DateTropAncienne", "/date"),
        ({"date": "2099-01-01"}, "DateDansLeFutur", "/date"),
        ({"type_lieu": "lieu_activite"}, "LieuManquant", "/lieu_id"),
        ({"commune": None}, "CommuneManquante", "/commune"),
        ({"thematiques": []}, "ThematiqueManquante", "/thematiques"),
        ({"thematiques": ["logement"]}, "ThematiquesAdministrativesNonAutorisees", "/thematiques"),
        ({"precisions_demarche": "CAF"}, "PrecisionsNonAutorisees", "/precisions_demarche"),
        ({"notes": "n" * 20_001}, "NotesTropLongues", "/notes"),
        ({"type_lieu": "lieu_activite", "lieu_id": str(uuid4())}, "LieuDActiviteInconnu", "/lieu_id"),
    ],
)
async def test_une_regle_enfreinte_est_dite_avec_son_champ(
    banc: Banc, individuel: Corps, changement: Corps, attendu: str, champ: str
):
    moi = await banc.mediateur()
    reponse = await banc.client.post("/activites", json=individuel | changement, headers=moi.entetes)
    assert (reponse.status_code, refus(reponse)) == (422, attendu)
    [faute] = reponse.json()["erreurs"]
    assert (faute["pointeur"], faute["type"]) == (champ, attendu)
    assert faute["message"] == reponse.json()["title"]


async def test_a04_le_lieu_d_un_autre_est_refuse_et_un_lieu_quitte_reste_le_sien(
    banc: Banc, atelier: Corps, individuel: Corps
):
    moi, autre = await banc.mediateur(), await banc.mediateur()
    ici = await enregistrer(banc, moi, atelier)
    await banc.exercer(moi)
    ailleurs = individuel | {"type_lieu": "lieu_activite", "lieu_id": str(LIEU), "duree_minutes": 0}
    del ailleurs["commune"]
    reponse = await banc.client.post("/activites", json=ailleurs, headers=moi.entetes)
    assert [e["type"] for e in reponse.json()["erreurs"]] == ["DureeManquante", "LieuDUnAutre"]
    seul = ailleurs | {"duree_minutes": 45}
    lot = {"mode": "ligne_a_ligne", "activites": [seul]}
    [ligne] = (await banc.client.post("/activites/lot", json=lot, headers=moi.entetes)).json()["lignes"]
    assert [(e["pointeur"], e["type"]) for e in ligne["erreurs"]] == [
        ("/activites/0/lieu_id", "LieuDUnAutre")
    ]
    # What was recorded there is still corrected there.
    corrige = sans_id(atelier) | {"duree_minutes": 60}
    assert (await banc.client.put(ici, json=corrige, headers=moi.entetes)).status_code == 200
    # The account brought to theirs has worked there.
    await banc.inserer(
        comptes_rapproches.table,
        {"rapprochement_id": uuid4(), "compte_id": moi.compte_id, "renvoye": autre.compte_id},
    )
    await enregistrer(banc, moi, seul)


async def test_un_lieu_tout_juste_choisi_s_attend_meme_quand_les_emplois_en_sont_plus_loin(
    banc: Banc, atelier: Corps
):
    moi = await banc.mediateur()
    await banc.exercer(moi)
    la = checkpoints.insert().values(source="identity", sequence=0)
    async with banc.store.database.engine.begin() as connection:
        await connection.execute(la.values(projection="emplois", xid=9, number=9))

    async def apprendre() -> None:
        # Long enough for a service that does not wait to have refused already.
        await asyncio.sleep(0.5)
        await banc.exercer(moi, LIEU)
        async with banc.store.database.engine.begin() as connection:
            await connection.execute(la.values(projection="lieux_choisis", xid=5, number=5))

    entetes = moi.entetes | {"X-Position": f"identity:{Position(5, 5)}"}
    envoi = banc.client.post("/activites", json=atelier, headers=entetes)
    reponse, _ = await asyncio.gather(envoi, apprendre())
    async with banc.store.database.engine.begin() as connection:
        await connection.execute(checkpoints.delete().where(checkpoints.c.source == "identity"))
    assert reponse.status_code == 201, reponse.text


async def test_toutes_les_fautes_d_un_compte_rendu_sont_dites_a_la_fois(banc: Banc, atelier: Corps):
    moi = await banc.mediateur()
    corps = atelier | {
        "date": "2099-01-01",
        "duree_minutes": 0,
        "lieu_id": str(uuid4()),
        "thematiques": [],
        "titre_atelier": "t" * 201,
        "participants": {"total": 2, "genres": {"feminin": -1, "masculin": 9}, "statuts": {"retraite": 3}},
    }
    reponse = await banc.client.post("/activites", json=corps, headers=moi.entetes)
    assert (reponse.status_code, refus(reponse)) == (422, "SaisieInvalide")
    assert [(e["pointeur"], e["type"]) for e in reponse.json()["erreurs"]] == [
        ("/date", "DateDansLeFutur"),
        ("/duree_minutes", "DureeManquante"),
        ("/thematiques", "ThematiqueManquante"),
        ("/titre_atelier", "TitreTropLong"),
        ("/participants/genres/feminin", "CompteurHorsLimites"),
        ("/participants/statuts", "SommeDepasseLeTotal"),
        ("/lieu_id", "LieuDActiviteInconnu"),
    ]
    # Rien n'est écrit : le même identifiant sert encore.
    assert (await banc.client.post("/activites", json=atelier, headers=moi.entetes)).status_code == 201


@pytest.mark.parametrize(
    ("changement", "pointeurs"),
    [
        ({"date": None, "inconnu": 1}, ["/date", "/inconnu"]),
        (
            {"participants": {"total": "3", "genres": {"autre": 1}}},
            ["/participants/total", "/participants/genres/autre"],
        ),
        ({"participants": {"total": 3, "genres": {"feminin": "1"}}}, ["/participants/genres/feminin"]),
        ({"thematiques": ["email", "cuisine"]}, ["/thematiques/1"]),
        # Des champs qui portent le nom du type, ou d'un pas de pydantic.
        ({"collectif": 1}, ["/collectif"]),
        ({"collectif": {"date": 1}}, ["/collectif"]),
        ({"[key]": 1}, ["/[key]"]),
        ({"participants": {"total": 3, "genres": {"[key]": 1}}}, ["/participants/genres/[key]"]),
        ({"type": "animation"}, [""]),
    ],
)
async def test_un_champ_mal_forme_est_designe_tel_qu_il_a_ete_envoye(
    banc: Banc, atelier: Corps, changement: Corps, pointeurs: list[str]
):
    moi = await banc.mediateur()
    for methode, chemin, corps in (
        ("POST", "/activites", atelier | changement),
        ("PUT", f"/activites/{atelier['id']}", sans_id(atelier) | changement),
    ):
        if methode == "PUT":
            await enregistrer(banc, moi, atelier)
        reponse = await banc.client.request(methode, chemin, json=corps, headers=moi.entetes)
        assert (reponse.status_code, refus(reponse)) == (422, "SaisieInvalide")
        assert sorted(e["pointeur"] for e in reponse.json()["erreurs"]) == sorted(pointeurs)


@pytest.mark.parametrize(
    ("participants", "attendu"),
    [
        ({"total": 0}, "ParticipantsManquants"),
        ({"total": 10_001}, "CompteurHorsLimites"),
        ({"total": 2, "deja_accompagnes": 3}, "SommeDepasseLeTotal"),
        ({"total": 2, "tranches_age": {"soixante_dix_plus": 3}}, "SommeDepasseLeTotal"),
    ],
)
async def test_les_participants_d_un_atelier_sont_coherents(
    banc: Banc, atelier: Corps, participants: Corps, attendu: str
):
    moi = await banc.mediateur()
    corps = atelier | {"participants": participants}
    reponse = await banc.client.post("/activites", json=corps, headers=moi.entetes)
    assert (reponse.status_code, refus(reponse)) == (422, attendu)


@pytest.mark.parametrize(
    "changement",
    [
        {"date": None},
        {"date": "30/06/2025"},
        {"date": 1751241600},
        {"date": "2025-06-30T00:00:00"},
        {"duree_minutes": "45"},
        {"duree_minutes": True},
        {"duree_minutes": 45.5},
        {"type_lieu": "ailleurs"},
        {"thematiques": ["bricolage"]},
        {"type": "animation"},
        {"id": "1"},
        {"niveau": "debutant"},
        {"mediateur_id": str(uuid4())},
        {"beneficiaire": {"genre": "feminin", "nom": "Dupont"}},
        {"commune": {"nom": "Dijon", "code_postal": "21000", "code_insee": "20A31"}},
        {"commune": {"nom": "<b>", "code_postal": "21000", "code_insee": "21231"}},
        {"notes": "\ud800"},
    ],
)
async def test_un_corps_mal_forme_est_refuse(banc: Banc, individuel: Corps, changement: Corps):
    moi = await banc.mediateur()
    reponse = await banc.client.post(
        "/activites",
        content=json.dumps(individuel | changement),
        headers=moi.entetes | {"Content-Type": "application/json"},
    )
    assert (reponse.status_code, refus(reponse)) == (422, "SaisieInvalide")


async def test_sans_emploi_l_activite_est_refusee(banc: Banc, individuel: Corps):
    moi = banc.personne(mediateur=True)
    reponse = await banc.client.post("/activites", json=individuel, headers=moi.entetes)
    assert (reponse.status_code, refus(reponse)) == (409, "AucunEmploi")


async def test_la_structure_employeuse_est_celle_de_l_emploi_a_la_date(banc: Banc, individuel: Corps):
    moi = banc.personne(mediateur=True)
    ancienne, nouvelle = StructureId(uuid4()), StructureId(uuid4())
    await banc.embaucher(moi, ancienne, dt.date(2022, 1, 1))
    await banc.embaucher(moi, nouvelle, dt.date(2024, 1, 1))
    for jour, structure in {"2021-05-01": ancienne, "2023-12-31": ancienne, "2024-01-01": nouvelle}.items():
        ici = await enregistrer(banc, moi, individuel | {"id": str(uuid4()), "date": jour})
        lue = (await banc.client.get(ici, headers=moi.entetes)).json()
        assert lue["structure_employeuse_id"] == str(structure)


async def test_le_html_hostile_des_notes_est_assaini(banc: Banc, individuel: Corps):
    moi = await banc.mediateur()
    hostile = (
        '<p onclick="x()">Bonjour <script>alert(1)</script><b>vous</b></p><img src=x onerror=alert(1)>'
        '<a href="javascript:alert(1)">a</a><a href="https://exemple.fr" target="_blank">b</a>'
        '<a href="//exemple.fr">c</a><iframe src="https://exemple.fr">d</iframe><svg><script>e</script></svg>'
    )
    ici = await enregistrer(banc, moi, individuel | {"notes": hostile})
    notes = (await banc.client.get(ici, headers=moi.entetes)).json()["notes"]
    assert notes == (
        '<p>Bonjour <b>vous</b></p><a rel="noopener noreferrer">a</a>'
        '<a href="https://exemple.fr" rel="noopener noreferrer">b</a><a rel="noopener noreferrer">c</a>'
    )


@pytest.mark.parametrize("vides", ["", "  ", "<p></p>", "<p><br></p>", "<p>&nbsp;</p>", "<script>x</script>"])
async def test_des_notes_sans_texte_sont_absentes(banc: Banc, individuel: Corps, vides: str):
    moi = await banc.mediateur()
    ici = await enregistrer(banc, moi, individuel | {"notes": vides})
    assert (await banc.client.get(ici, headers=moi.entetes)).json()["notes"] is None


# --- Who ---
@pytest.mark.parametrize(("methode", "chemin"), ROUTES)
async def test_sans_jeton_rien_n_est_accessible(banc: Banc, individuel: Corps, methode: str, chemin: str):
    corps = individuel if methode in ("POST", "PUT") else None
    reponse = await banc.client.request(methode, chemin.format(id=uuid4()), json=corps)
    assert (reponse.status_code, refus(reponse)) == (401, "NonAuthentifie")


@pytest.mark.parametrize(("methode", "chemin"), ROUTES)
async def test_un_coordinateur_qui_n_est_pas_mediateur_n_a_pas_acces(
    banc: Banc, individuel: Corps, methode: str, chemin: str
):
    qui = banc.personne(coordinateur=True)
    corps = individuel if methode in ("POST", "PUT") else None
    reponse = await banc.client.request(methode, chemin.format(id=uuid4()), json=corps, headers=qui.entetes)
    assert (reponse.status_code, refus(reponse)) == (403, "AccesRefuse")


@pytest.mark.parametrize("methode", ["GET", "PUT", "DELETE"])
@pytest.mark.parametrize("version", [None, '"1"', '"7"'])
async def test_l_activite_d_un_autre_n_existe_pas(
    banc: Banc, atelier: Corps, methode: str, version: str | None
):
    proprietaire, curieux = await banc.mediateur(), await banc.mediateur()
    ici = await enregistrer(banc, proprietaire, atelier)
    corps = sans_id(atelier) if methode == "PUT" else None
    entetes = curieux.entetes | ({"If-Match": version} if version and methode != "GET" else {})

    reponses: list[Corps] = []
    for chemin in (ici, f"/activites/{uuid4()}"):
        reponse = await banc.client.request(methode, chemin, json=corps, headers=entetes)
        assert (reponse.status_code, refus(reponse)) == (404, "ActiviteInconnue")
        propres = ("instance", "request_id")
        reponses.append({nom: v for nom, v in reponse.json().items() if nom not in propres})
    assert reponses[0] == reponses[1]
    assert (await banc.client.get(ici, headers=proprietaire.entetes)).status_code == 200


# --- Correcting, deleting ---
async def test_une_correction_remplace_tout_le_contenu(banc: Banc, individuel: Corps):
    moi = await banc.mediateur()
    ici = await enregistrer(banc, moi, individuel)
    apres = sans_id(individuel) | {
        "duree_minutes": 90,
        "notes": None,
        "type_lieu": "a_distance",
        "commune": None,
    }
    reponse = await banc.client.put(ici, json=apres, headers=moi.entetes | {"If-Match": '"1"'})
    assert reponse.status_code == 200
    assert reponse.headers["ETag"] == '"2"'
    lue = (await banc.client.get(ici, headers=moi.entetes)).json()
    assert (lue["duree_minutes"], lue["notes"], lue["departement"]) == (90, None, None)
    assert lue["corrigee_le"] is not None


async def test_ce_qui_a_ete_lu_peut_etre_renvoye_en_correction(banc: Banc, atelier: Corps):
    moi = await banc.mediateur()
    ici = await enregistrer(banc, moi, atelier)
    lue = (await banc.client.get(ici, headers=moi.entetes)).json()
    pose = (
        "id",
        "structure_employeuse_id",
        "departement",
        "accompagnements",
        "enregistree_le",
        "corrigee_le",
        "lieu_nom",
        "lieu_commune",
        "etiquettes",
        "sur_rendez_vous",
        "beneficiaires",
    )
    saisie = {nom: valeur for nom, valeur in lue.items() if nom not in pose}
    reponse = await banc.client.put(ici, json=saisie, headers=moi.entetes)
    assert reponse.status_code == 200
    assert reponse.headers["ETag"] == '"1"'


async def test_corriger_une_version_depassee_est_refuse(banc: Banc, individuel: Corps):
    moi = await banc.mediateur()
    ici = await enregistrer(banc, moi, individuel)
    vue = moi.entetes | {"If-Match": '"1"'}
    premiere = await banc.client.put(ici, json=sans_id(individuel) | {"duree_minutes": 50}, headers=vue)
    seconde = await banc.client.put(ici, json=sans_id(individuel) | {"duree_minutes": 55}, headers=vue)
    assert (premiere.status_code, seconde.status_code) == (200, 412)
    assert refus(seconde) == "VersionAttendue"
    assert (await banc.client.delete(ici, headers=vue)).status_code == 412


async def test_le_type_ne_change_pas_par_une_correction(banc: Banc, individuel: Corps, atelier: Corps):
    moi = await banc.mediateur()
    ici = await enregistrer(banc, moi, individuel)
    reponse = await banc.client.put(ici, json=sans_id(atelier), headers=moi.entetes)
    assert (reponse.status_code, refus(reponse)) == (409, "TypeNonModifiable")


async def test_une_activite_supprimee_disparait(banc: Banc, individuel: Corps):
    moi = await banc.mediateur()
    ici = await enregistrer(banc, moi, individuel)
    supprimee = await banc.client.delete(ici, headers=moi.entetes)
    assert (supprimee.status_code, supprimee.content) == (204, b"")
    assert supprimee.headers["X-Position"].startswith("activites:")
    assert (await banc.client.delete(ici, headers=moi.entetes)).status_code == 204
    assert (await banc.client.get(ici, headers=moi.entetes)).status_code == 404
    corrigee = await banc.client.put(ici, json=sans_id(individuel), headers=moi.entetes)
    assert (corrigee.status_code, refus(corrigee)) == (410, "ActiviteDejaSupprimee")
    await banc.projeter()
    assert (await banc.client.get("/activites", headers=moi.entetes)).json()["elements"] == []


# --- Privacy ---
async def test_aucun_texte_libre_n_est_ecrit_en_clair(banc: Banc, atelier: Corps):
    moi = await banc.mediateur()
    canari = "Kanari7591"
    corps = atelier | {
        "notes": f"<p>{canari}</p>",
        "titre_atelier": canari,
        "precisions_demarche": canari,
    }
    ici = await enregistrer(banc, moi, corps)
    await banc.client.put(ici, json=sans_id(corps) | {"notes": f"<p>{canari} bis</p>"}, headers=moi.entetes)
    async with banc.store.database.engine.connect() as connection:
        lignes = (await connection.execute(sa.text("select events::text from events"))).scalars().all()
        cles = (await connection.execute(sa.text("select kind from coffre.cles"))).scalars().all()
    assert len(lignes) == 2
    assert cles == ["activite"]
    assert not [ligne for ligne in lignes if canari in ligne]
    assert (await banc.client.get(ici, headers=moi.entetes)).json()["notes"] == f"<p>{canari} bis</p>"


async def test_une_activite_dont_la_cle_est_detruite_reste_lisible_sans_ses_textes(
    banc: Banc, atelier: Corps
):
    moi = await banc.mediateur()
    ici = await enregistrer(banc, moi, atelier)
    assert banc.store.vault is not None
    await banc.store.vault.destroy("activite", UUID(atelier["id"]), "essai")
    lue = (await banc.client.get(ici, headers=moi.entetes)).json()
    assert (lue["titre_atelier"], lue["precisions_demarche"]) == ("effacé", "effacé")
    assert lue["duree_minutes"] == 120
    await banc.projeter()
    [element] = (await banc.client.get("/activites", headers=moi.entetes)).json()["elements"]
    assert element["titre_atelier"] == "effacé"


async def test_la_documentation_nomme_chaque_refus(banc: Banc):
    document = (await banc.client.get("/docs/activites/openapi.json")).json()
    chemins = document["paths"]
    assert set(chemins) >= {"/activites", "/activites/{activite_id}"}
    assert "SommeDepasseLeTotal" in str(chemins["/activites"]["post"]["responses"]["422"])
    assert "ActiviteDejaSupprimee" in str(chemins["/activites/{activite_id}"]["put"]["responses"]["410"])


async def test_le_service_est_pret_quand_sa_base_repond(banc: Banc):
    assert (await banc.client.get("/sante/pret")).status_code == 200


# --- What the world is really like ---
@pytest.mark.parametrize("champ", ["commune", "commune_residence"])
async def test_une_commune_contradictoire_est_refusee_au_bon_endroit(
    banc: Banc, individuel: Corps, champ: str
):
    moi = await banc.mediateur()
    lille = {"nom": "Lille", "code_postal": "13001", "code_insee": "29019"}
    if champ == "commune":
        corps, ou = individuel | {"commune": lille}, "/commune"
    else:
        corps, ou = individuel | {"beneficiaire": {champ: lille}}, "/beneficiaire/commune_residence"
    reponse = await banc.client.post("/activites", json=corps, headers=moi.entetes)
    assert reponse.status_code == 422
    assert [(e["pointeur"], e["type"]) for e in reponse.json()["erreurs"]] == [
        (f"{ou}/nom", "CommuneContredite"),
        (f"{ou}/code_postal", "CodePostalContredit"),
    ]


async def test_une_commune_se_donne_par_son_seul_code(banc: Banc, individuel: Corps):
    moi = await banc.mediateur()
    ici = await enregistrer(banc, moi, individuel | {"commune": {"code_insee": "2a004"}})
    lue = (await banc.client.get(ici, headers=moi.entetes)).json()
    assert lue["commune"] == {"nom": "Ajaccio", "code_postal": "20000", "code_insee": "2A004"}
    assert lue["departement"] == "2A"


# Le 27 novembre à 20 h 46 UTC : 7 h 46 le 28 à Nouméa, 16 h 46 le 27 en Martinique.
SOIR = dt.datetime(2026, 11, 27, 20, 46, tzinfo=dt.UTC)
NUIT = dt.datetime(2026, 11, 28, 2, 0, tzinfo=dt.UTC)  # 22 h le 27 en Martinique, 3 h le 28 à Paris


@pytest.mark.parametrize(
    ("instant", "fuseau", "commune", "date", "statut"),
    [
        (SOIR, "Pacific/Noumea", "21231", "2026-11-28", 201),
        (SOIR, "Pacific/Noumea", "21231", "2026-11-29", 422),
        (NUIT, "America/Martinique", "21231", "2026-11-27", 201),
        (NUIT, "America/Martinique", "21231", "2026-11-28", 422),
        (NUIT, "Europe/Paris", "97209", "2026-11-28", 201),  # an emploi in Paris: his day
        # No territory known for the emploi: that of the commune.
        (SOIR, None, "98818", "2026-11-28", 201),
        (NUIT, None, "97209", "2026-11-28", 422),
        (SOIR, None, "21231", "2026-11-28", 422),
    ],
)
async def test_le_jour_est_celui_du_territoire_du_mediateur(
    banc: Banc,
    individuel: Corps,
    instant: dt.datetime,
    fuseau: str | None,
    commune: str,
    date: str,
    statut: int,
):
    moi = banc.personne(mediateur=True)
    emploi = {"emploi_id": uuid4(), "compte_id": moi.compte_id, "structure_id": STRUCTURE}
    await banc.inserer(emplois.table, emploi | {"debut": dt.date(2020, 1, 1), "fuseau": fuseau})
    banc.a_l_heure(instant)
    corps = individuel | {"date": date, "commune": {"code_insee": commune}}
    reponse = await banc.client.post("/activites", json=corps, headers=moi.entetes)
    assert reponse.status_code == statut, reponse.text
    if statut == 422:
        assert reponse.json()["type"] == "/problemes/DateDansLeFutur"


async def test_renvoyer_une_activite_supprimee_le_dit(banc: Banc, individuel: Corps):
    moi = await banc.mediateur()
    ici = await enregistrer(banc, moi, individuel)
    await banc.client.delete(ici, headers=moi.entetes)
    reponse = await banc.client.post("/activites", json=individuel, headers=moi.entetes)
    assert (reponse.status_code, reponse.json()["type"]) == (410, "/problemes/ActiviteDejaSupprimee")
    autre = await banc.mediateur()
    pris = await banc.client.post("/activites", json=individuel, headers=autre.entetes)
    assert (pris.status_code, pris.json()["type"]) == (409, "/problemes/ActiviteDejaEnregistree")


async def test_les_notes_se_comptent_comme_on_les_tape(banc: Banc, individuel: Corps):
    moi = await banc.mediateur()
    await enregistrer(banc, moi, individuel | {"notes": "&" * 19_990})
    corps = individuel | {"id": str(uuid4()), "notes": "&" * 20_001}
    trop = await banc.client.post("/activites", json=corps, headers=moi.entetes)
    assert (trop.status_code, trop.json()["type"]) == (422, "/problemes/NotesTropLongues")


async def test_un_identifiant_que_le_client_n_a_pas_tire_est_refuse_partout(banc: Banc, individuel: Corps):
    """L'UUID nul est celui de tout client qui n'en tire pas : deux personnes s'y rencontreraient."""
    moi = banc.personne(mediateur=True, coordinateur=True)
    nul = str(UUID(int=0))
    garde = {"sorte": "individuel", "contenu": {}}
    lot = {"mode": "ligne_a_ligne", "activites": [individuel | {"id": nul}]}
    for methode, chemin, corps, ou in (
        ("POST", "/activites", individuel | {"id": nul}, "/id"),
        ("POST", "/activites/lot", lot, "/activites/0/id"),
        ("POST", "/activites/imports", {"id": nul, "fichier": ""}, "/id"),
        ("POST", "/beneficiaires", {"id": nul, "prenom": "Zoé", "nom": "Noël"}, "/id"),
        ("POST", "/coordinations", {"id": nul, "type": "evenement"}, "/id"),
        ("POST", "/tags", {"id": nul, "nom": "Été", "portee": "personnel"}, "/id"),
        ("POST", "/brouillons/lot", {"brouillons": [garde | {"id": nul}]}, "/brouillons/0/id"),
        ("PUT", f"/brouillons/{nul}", garde, "brouillon_id"),
        ("PUT", f"/modeles/{nul}", garde | {"nom": "Type"}, "modele_id"),
    ):
        reponse = await banc.client.request(methode, chemin, json=corps, headers=moi.entetes)
        assert reponse.status_code == 422, (chemin, reponse.text)
        dites = [
            (e.get("pointeur") or e.get("parametre"), e["message"])
            for e in reponse.json()["erreurs"]
            if e["type"] == "uuid_nul"
        ]
        assert dites == [(ou, "L’identifiant nul ne désigne rien : tirez-en un au hasard.")], chemin
