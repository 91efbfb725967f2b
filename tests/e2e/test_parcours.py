"""Le travail principal, par la passerelle, du premier clic de connexion aux chiffres de l'équipe."""

import datetime as dt
from dataclasses import dataclass
from functools import partial
from typing import Any

import canaris
import pytest
import pytest_asyncio
from embedded import etapes, parcours
from scene import (
    Navigateur,
    Scene,
    atelier,
    creer_une_equipe,
    faire_membre,
    finit_par,
    individuel,
    inviter,
    jour,
    sans_id,
)


@dataclass
class Journee:
    """Deux médiateurs membres de l'équipe de Marc, leurs comptes rendus, un lieu réel.

    un, huit : l'accompagnement individuel et l'atelier de Léa.   statuts : des réponses à ses envois.
    """

    lea: Navigateur
    hugo: Navigateur
    marc: Navigateur
    equipe_id: str
    lieu: dict[str, Any]
    un: dict[str, Any]
    huit: dict[str, Any]
    statuts: list[int]


@pytest_asyncio.fixture(scope="module")
async def journee(scene: Scene) -> Journee:
    """L'équipe formée, et tout ce que Léa et Hugo ont saisi."""
    lea = await scene.inscrite("Lea", "mediateur")
    hugo = await scene.inscrite("Hugo", "mediateur")
    marc = await scene.inscrite("Marc", "coordinateur")
    equipe_id = await creer_une_equipe(marc)
    for membre in (lea, hugo):
        await faire_membre(marc, equipe_id, membre)
    [lieu] = (await (await scene.anonyme()).get("/lieux?limite=1"))["elements"]
    await etapes.exercer(lea, lieu)
    un = individuel(type_lieu="lieu_activite", lieu_id=lieu["id"], commune=None)
    huit, erreur = atelier(), individuel()
    envois = [
        ("POST", "/activites", un),
        ("POST", "/activites", un),
        ("POST", "/activites", huit),
        ("PUT", f"/activites/{un['id']}", sans_id(un) | {"duree_minutes": 60}),
        ("POST", "/activites", erreur),
        ("DELETE", f"/activites/{erreur['id']}", None),
        ("POST", "/activites", individuel(date=jour(3))),
    ]
    statuts = [(await lea.demander(*envoi)).status_code for envoi in envois]
    await hugo.post("/activites", individuel(date=jour(-2)))
    return Journee(lea, hugo, marc, equipe_id, lieu, un, huit, statuts)


async def test_une_connexion_ouvre_une_session_avec_son_role_et_son_emploi(journee: Journee) -> None:
    session = journee.lea.moi
    assert session["roles"] == ["mediateur"]
    assert session["inscription"] == "terminee"
    assert session["nom"].lower() == canaris.NOM
    assert journee.marc.moi["roles"] == ["coordinateur"]
    [emploi] = await journee.lea.get("/comptes/moi/emplois", journee.lea.positions["identity"])
    assert (emploi["fin"], emploi["commence"]) == (None, True)


async def test_seul_l_invite_accepte_son_invitation(journee: Journee, scene: Scene) -> None:
    nadia = await scene.inscrite("Nadia", "mediateur")
    equipe_id = await creer_une_equipe(journee.marc)
    invitation_id = await inviter(journee.marc, equipe_id, nadia)
    acceptation = f"/invitations/{invitation_id}/acceptation"
    for autre in (journee.lea, journee.marc):
        refus = await autre.demander("POST", acceptation)
        assert refus.status_code == 404
        assert refus.json()["type"] == "/problemes/InvitationInconnue"
    recues = await nadia.get("/invitations", journee.marc.positions["equipes"])
    assert [i["id"] for i in recues["elements"]] == [invitation_id]

    assert (await nadia.demander("POST", acceptation)).status_code == 204
    position = nadia.last.headers["x-position"]
    equipes = await nadia.get("/equipes", position)
    assert [e["id"] for e in equipes["elements"]] == [equipe_id]
    membres = await journee.marc.get(f"/equipes/{equipe_id}/membres", position)
    assert [m["mediateur_id"] for m in membres["elements"]] == [nadia.moi["mediateur_id"]]


async def test_les_statistiques_sont_exactement_ce_qui_a_ete_accepte(journee: Journee) -> None:
    lea, hugo, marc = journee.lea, journee.hugo, journee.marc
    assert journee.statuts == [201, 200, 201, 200, 201, 204, 422]
    liste = await lea.get("/activites", hugo.positions["activites"])
    assert {(a["id"], a["duree_minutes"]) for a in liste["elements"]} == {
        (journee.un["id"], 60),
        (journee.huit["id"], 90),
    }
    apres = hugo.positions["activites"]
    siennes = await lea.get("/statistiques", apres)
    assert siennes["totaux"] == {
        "activites": {
            "total": 2,
            "individuels": {"total": 1, "proportion": 50.0},
            "collectifs": {"total": 1, "proportion": 50.0, "participants": 8},
        },
        "accompagnements": {
            "total": 9,
            "individuels": {"total": 1, "proportion": 11.111},
            "collectifs": {"total": 8, "proportion": 88.889},
        },
        "beneficiaires": {"total": 9, "nouveaux": 6, "suivis": 0, "anonymes": 9},
    }
    activites = siennes["activites"]
    assert nombres(activites["durees"]) == {"120": 9}
    assert nombres(activites["types_lieu"]) == {"lieu_activite": 1, "autre": 8}
    assert nombres(activites["thematiques"]) == {
        "aide_aux_demarches_administratives": 1,
        "securite_numerique": 8,
    }
    assert nombres(activites["thematiques_administratives"]) == {"logement": 1}
    assert nombres(activites["materiels"]) == {"ordinateur": 1, "telephone": 8}
    assert nombres(siennes["beneficiaires"]["genres"]) == {"feminin": 6, "masculin": 3}
    assert nombres(siennes["beneficiaires"]["tranches_age"]) == {"soixante_dix_plus": 7, "non_communique": 2}
    assert [(ligne["lieu_id"], ligne["nombre"]) for ligne in siennes["lieux"]] == [(journee.lieu["id"], 1)]
    assert par_jour(siennes) == {jour(-1): 8, jour(0): 1}

    # Counted since they joined, they have done nothing before that day: asked since ever, all is there.
    equipe = await marc.get("/statistiques?depuis=toujours", apres)
    assert equipe["totaux"]["activites"]["total"] == 3
    assert equipe["totaux"]["accompagnements"]["total"] == 10
    assert par_jour(equipe) == {jour(-2): 1, jour(-1): 8, jour(0): 1}
    export = await marc.get("/activites/export?format=json", apres)
    assert len(export) == 10
    assert {ligne["Nom du médiateur"].lower() for ligne in export} == {canaris.NOM}
    assert len({ligne["Prénom du médiateur"] for ligne in export} - {""}) == 2
    assert not {"Bénéficiaire", "Notes supplémentaires"} & export[0].keys()
    [emploi] = await lea.get("/comptes/moi/emplois")
    employeur = f"structures_employeuses={emploi['structure_id']}"
    for qui, choix, titre, dit in (
        (marc, f"equipe={journee.equipe_id}", "Équipe", "Équipe de bout en bout (2 membres aujourd’hui)"),
        (lea, employeur, "Structures employeuses", f"{emploi['nom_structure']} (SIRET "),
    ):
        # A name that does not come in half a second is done without.
        lire = partial(filtre_exporte, qui, choix, titre)
        assert (await finit_par(lire, lambda lu, dit=dit: lu.startswith(dit), 60)).startswith(dit)
    periode = f"depuis=toujours&du={jour(-1)}&au={jour(0)}"
    assert (await marc.get(f"/statistiques?{periode}"))["totaux"]["beneficiaires"] == {
        "total": 9,
        "nouveaux": 6,
        "suivis": 0,
        "anonymes": 9,
    }
    de_hugo = await marc.get(f"/statistiques?depuis=toujours&mediateurs={hugo.moi['mediateur_id']}")
    assert de_hugo["totaux"]["accompagnements"]["total"] == 1


async def filtre_exporte(qui: Navigateur, choix: str, titre: str) -> str:
    """Comment l'export de ses chiffres dit ce filtre."""
    lignes = await qui.get(f"/statistiques/export?format=json&{choix}")
    [dit] = [ligne["Nombre"] for ligne in lignes if ligne["Statistiques"] == titre]
    return dit


async def test_la_vue_de_l_equipe_montre_la_fin_de_contrat_puis_le_depart(journee: Journee) -> None:
    hugo, marc = journee.hugo, journee.marc
    vue = f"/equipes/{journee.equipe_id}/membres"
    [emploi] = await hugo.get("/comptes/moi/emplois", hugo.positions["identity"])
    fin = {"fin": jour(0), "motif": "rupture"}
    await hugo.post(f"/comptes/moi/emplois/{emploi['emploi_id']}/fin", fin)

    # The view reads facts of three services: their positions are waited for one by one.
    await membres(marc, vue, hugo.positions["activites"])
    avec_fin = await membres(marc, vue, hugo.positions["identity"])
    assert avec_fin[nom("Hugo")]["contrat"] == {"fin": jour(0), "termine": True, "alerte": True}
    assert avec_fin[nom("Hugo")]["statut"] == "actif"
    lea = avec_fin[nom("Lea")]
    assert lea["contrat"] == {"fin": jour(60), "termine": False, "alerte": True}
    assert dt.datetime.fromisoformat(lea["dernier_cra_le"]).date().isoformat() == jour(0)

    await hugo.post(f"{vue}/{hugo.moi['mediateur_id']}/depart")
    partis = await membres(marc, vue, hugo.positions["equipes"])
    ancien = partis[nom("Hugo")]
    assert (ancien["statut"], ancien["contrat"], ancien["dernier_cra_le"]) == ("ancien", None, None)
    assert dt.datetime.fromisoformat(ancien["statut_depuis"]).date().isoformat() == jour(0)
    equipe = await marc.get(f"/equipes/{journee.equipe_id}", hugo.positions["equipes"])
    assert equipe["effectifs"] == {"actifs": 1, "inactifs": 0, "anciens": 1}
    # Who left reads the team no more; what they did while in it still counts.
    assert (await hugo.demander("GET", vue)).status_code == 404
    assert (await marc.get("/statistiques?depuis=toujours"))["totaux"]["accompagnements"]["total"] == 10


async def test_les_lieux_se_lisent_sans_connexion(journee: Journee, scene: Scene) -> None:
    anonyme = await scene.anonyme()
    compte = await anonyme.get("/lieux/comptage")
    assert compte["total"] > 600
    fiche = await anonyme.get(f"/lieux/{journee.lieu['id']}")
    assert fiche["nom"] == journee.lieu["nom"]
    carte = await anonyme.get("/lieux?format=geojson&bbox=4,46,7,48.5&limite=5")
    assert carte["type"] == "FeatureCollection"
    assert len(carte["features"]) == 5
    assert (await anonyme.demander("GET", "/activites")).status_code == 401


def nombres(lignes: list[dict[str, Any]]) -> dict[str, int]:
    """Les valeurs qui comptent quelque chose."""
    return {ligne["valeur"]: ligne["nombre"] for ligne in lignes if ligne["nombre"]}


def par_jour(chiffres: dict[str, Any]) -> dict[str, int]:
    return {j["jour"]: j["nombre"] for j in chiffres["accompagnements_par_jour"] if j["nombre"]}


def nom(prenom: str) -> str:
    return f"{prenom} {canaris.PRENOM.capitalize()} {canaris.NOM.capitalize()}"


async def membres(marc: Navigateur, vue: str, position: str) -> dict[str, dict[str, Any]]:
    """Par nom. Le nom vient d'identity par le bus : une réponse en retard le laisse vide, la suivante non."""

    async def lire() -> list[dict[str, Any]]:
        return (await marc.get(vue, position))["elements"]

    lus = await finit_par(lire, lambda lus: all(m["nom"] for m in lus), 60)
    return {m["nom"]: m for m in lus}


async def test_mesurer_les_delais_ne_laisse_rien_sur_qui_mesure(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parcours, "MESURES", 3)
    qui = await scene.inscrite("Mesure", "mediateur")
    attendu = parcours.Attendu()
    for _ in range(2):
        await parcours.mesurer(qui, attendu)
    assert len(attendu.delais_ms) == 6
    liste = await qui.get("/activites", qui.positions["activites"])
    assert (liste["total"], liste["elements"]) == (0, [])
