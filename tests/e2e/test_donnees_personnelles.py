"""Rien de personnel en clair : les canaris semés par tous les parcours, cherchés partout où l'on écrit.

Lancé après les autres fichiers (conftest.py) : leurs personnes et leurs textes portent aussi des canaris.
Ceux du portail ont leur plateforme, fouillée de même (portail/test_donnees_personnelles_du_portail.py).
"""

from pathlib import Path
from uuid import uuid4

import canaris
import fouille
import pytest_asyncio
from embedded.runtime import Platform
from embedded.settings import SERVICES
from scene import (
    Navigateur,
    Scene,
    atelier,
    creer_une_equipe,
    effacer,
    evenement,
    finit_par,
    individuel,
    inviter,
    jour,
    relier_ses_rdv,
    sans_id,
)

PERMIS = {
    ("identity", "comptes", "prenom"): {canaris.PRENOM},
    ("identity", "comptes", "nom"): {canaris.NOM},
    ("identity", "comptes", "courriel"): {canaris.PRENOM, canaris.NOM},
    ("identity", "comptes", "telephone"): {canaris.TELEPHONE},
    ("identity", "utilisateurs", "prenom"): {canaris.PRENOM},
    ("identity", "utilisateurs", "nom"): {canaris.NOM},
    ("identity", "utilisateurs", "courriel"): {canaris.PRENOM, canaris.NOM},
    ("identity", "utilisateurs", "cle"): {canaris.PRENOM, canaris.NOM},
    ("identity", "noms_portes", "actuel"): {canaris.PRENOM, canaris.NOM},
    ("identity", "annuaire", "prenom"): {canaris.PRENOM},
    ("identity", "annuaire", "nom"): {canaris.NOM},
    ("identity", "annuaire", "courriel"): {canaris.PRENOM, canaris.NOM},
    ("identity", "annuaire", "telephone"): {canaris.TELEPHONE},
    ("identity", "annuaire", "tri"): {canaris.PRENOM, canaris.NOM},
    ("identity", "annuaire", "recherche"): {canaris.PRENOM, canaris.NOM},
    ("activites", "activites_listees", "titre_atelier"): {canaris.TITRE},
    ("activites", "beneficiaires_suivis", "prenom"): {canaris.PRENOM},
    ("activites", "beneficiaires_suivis", "nom"): {canaris.NOM},
    ("activites", "beneficiaires_suivis", "telephone"): {canaris.TELEPHONE},
    ("activites", "beneficiaires_suivis", "par_nom"): {canaris.PRENOM, canaris.NOM},
    ("activites", "beneficiaires_suivis", "par_prenom"): {canaris.PRENOM, canaris.NOM},
    ("activites", "beneficiaires_suivis", "recherche"): {canaris.PRENOM, canaris.NOM},
    ("activites", "coordinations_listees", "nom"): {canaris.TITRE},
    ("activites", "tags", "nom"): {canaris.TITRE},
    ("activites", "tags", "cle"): {canaris.TITRE},
}
"""Les seules colonnes en clair : les tables de lecture du service à qui sont les données."""


@pytest_asyncio.fixture(scope="module")
async def suivie(scene: Scene, plateforme: Platform) -> Navigateur:
    """Une médiatrice qui a tout fait : saisi, corrigé, supprimé, s'est trompée, a rejoint une équipe."""
    qui = await scene.inscrite("Suivie", "mediateur")
    coordinatrice = await scene.inscrite("Suivante", "coordinateur")
    un, collectif, efface = individuel(), atelier(), individuel()
    personne = {"id": str(uuid4()), "prenom": canaris.PRENOM, "nom": canaris.NOM}
    await qui.post("/beneficiaires", personne | {"telephone": canaris.TELEPHONE, "notes": canaris.NOTES})
    un["beneficiaire"] = {"id": personne["id"]}
    await qui.post("/activites", un, after="identity")
    await qui.post("/activites", collectif)
    await qui.post("/activites", efface)
    await qui.write(
        "PUT", f"/activites/{un['id']}", sans_id(un) | {"notes": f"<b>{canaris.NOTES}</b> encore"}
    )
    await qui.write("DELETE", f"/activites/{efface['id']}")
    await coordinatrice.post("/coordinations", evenement())
    await qui.post("/tags", {"id": str(uuid4()), "portee": "personnel", "nom": canaris.TITRE})
    attendue = {"first_name": canaris.PRENOM, "last_name": canaris.NOM, "phone_number": canaris.TELEPHONE}
    rdv_id = await relier_ses_rdv(plateforme, qui, attendue)
    await qui.demander("POST", f"/rdv/{rdv_id}/preparation", {})
    equipe_id = await creer_une_equipe(coordinatrice)
    invitation_id = await inviter(coordinatrice, equipe_id, qui)
    await qui.post(f"/invitations/{invitation_id}/acceptation")
    await coordinatrice.get(f"/equipes/{equipe_id}/membres", qui.positions["equipes"])

    # Her words are hers, and given back to her whole.
    lue = await qui.get(f"/activites/{un['id']}")
    assert canaris.NOTES in lue["notes"]
    assert canaris.PRECISIONS in lue["precisions_demarche"]
    [_, *_] = (await qui.get("/rdv"))["elements"]
    await qui.get("/statistiques", qui.positions["activites"])
    await coordinatrice.get("/coordinations", coordinatrice.positions["activites"])
    return qui


async def test_un_refus_ne_repete_pas_ce_qui_a_ete_saisi(suivie: Navigateur) -> None:
    un = individuel()
    await suivie.post("/activites", un)
    fautes = [
        ("POST", "/activites", individuel(date=jour(3))),
        ("POST", "/activites", individuel(notes=canaris.NOTES * 2000)),
        ("POST", "/activites", individuel(autonomie=canaris.NOTES)),
        ("POST", "/activites", individuel(**{canaris.NOTES: 1})),
        ("POST", "/activites", un | {"duree_minutes": 1}),
        ("POST", "/beneficiaires", {"id": str(uuid4()), "prenom": "", "nom": canaris.NOM * 20}),
        ("POST", "/beneficiaires/recherche", {"recherche": canaris.NOM, "apres": canaris.NOTES}),
        ("POST", "/comptes/moi/emplois", {"id": canaris.NOTES, "nom": canaris.NOM, "siret": canaris.NOTES}),
        ("PUT", f"/activites/{canaris.NOTES}", individuel()),
        ("GET", f"/activites?apres={canaris.NOTES}", None),
        ("GET", f"/lieux?bbox={canaris.NOTES}", None),
        ("GET", f"/auth/retour?error={canaris.NOTES}&state={canaris.NOTES}", None),
    ]
    for methode, chemin, corps in fautes:
        reponse = await suivie.demander(methode, chemin, corps)
        dits = canaris.trouver(reponse.text)
        # A member that should not be there is named, and the address is repeated to who asked for it.
        connu = {canaris.NOTES} if canaris.NOTES in (*(corps or ()), *chemin.split("/")) else set[str]()
        assert reponse.status_code >= 300, chemin
        assert dits <= connu, reponse.text


async def test_les_bases_ne_disent_rien_hors_des_tables_de_lecture_prevues(
    plateforme: Platform, suivie: Navigateur
) -> None:
    assert all(n > 0 for n in (await fouille.lignes_du_journal(plateforme)).values())

    async def lues() -> dict[fouille.Endroit, set[str]]:
        return await fouille.colonnes_qui_disent(plateforme, canaris.TOUS)

    # Equality: what is allowed is there, so the search finds what there is to find.
    assert await finit_par(lues, lambda vues: vues == PERMIS, 60) == PERMIS


async def test_aucun_message_du_bus_ne_dit_rien(plateforme: Platform, suivie: Navigateur) -> None:
    par_flux = await fouille.messages(plateforme)
    assert set(par_flux) == {service.upper() for service in SERVICES}
    for flux, textes in par_flux.items():
        assert textes, flux
        assert canaris.trouver("\n".join(textes)) == set(), flux
    assert any(suivie.moi["mediateur_id"] in texte for texte in par_flux["ACTIVITES"])


async def test_les_journaux_et_les_mesures_ne_disent_rien(plateforme: Platform, suivie: Navigateur) -> None:
    journaux = fouille.fichiers_de_journal(plateforme)
    assert {f"journaux/{service}.log" for service in SERVICES} <= journaux.keys()
    assert suivie.moi["compte_id"] in journaux["journaux/activites.log"]
    secrets = tuple(
        plateforme.credentials[f"{sorte}/{s}"] for sorte in ("postgres", "nats") for s in SERVICES
    )
    secrets += (plateforme.credentials["hachage"], plateforme.credentials["proconnect"])
    for nom, texte in journaux.items():
        assert canaris.trouver(texte) == set(), nom
        assert [s for s in secrets if s in texte] == [], nom
    for service, texte in (await fouille.mesures(plateforme)).items():
        assert "_total" in texte, service
        assert canaris.trouver(texte) == set(), service


async def test_aucun_autre_utilisateur_de_la_machine_ne_lit_les_fichiers(
    plateforme: Platform, suivie: Navigateur
) -> None:
    """Figures by médiateur, mails, logs: everything is there by now."""
    dossier = plateforme.settings.folder
    assert dossier.stat().st_mode & 0o777 == 0o700
    assert dossier.joinpath("statistiques.duckdb").stat().st_mode & 0o777 == 0o600

    async def courriels() -> list[Path]:
        return list(dossier.joinpath("courriels").iterdir())

    assert await finit_par(courriels, bool, 60)
    modes = fouille.modes(dossier)
    assert [str(chemin.relative_to(dossier)) for chemin, mode in modes.items() if mode & 0o077] == []


async def test_le_fichier_de_statistiques_ne_dit_rien(
    plateforme: Platform, suivie: Navigateur, tmp_path: Path
) -> None:
    lignes = await fouille.statistiques(plateforme, tmp_path)
    assert any(suivie.moi["mediateur_id"] in ligne for ligne in lignes)
    assert canaris.trouver("\n".join(lignes)) == set()
    # Nor in what the file keeps of older states.
    for fichier in tmp_path.iterdir():
        assert canaris.trouver(fichier.read_bytes().decode("latin-1")) == set(), fichier.name


async def test_une_personne_effacee_ne_se_lit_plus_nulle_part_et_revient_en_inconnue(
    plateforme: Platform, scene: Scene, suivie: Navigateur, tmp_path: Path
) -> None:
    qui = await scene.inscrite(canaris.EFFACEE, "coordinateur")
    ancien: str = qui.moi["compte_id"]
    nom = f"Équipe de {canaris.EFFACEE}"
    await qui.post("/equipes", {"id": str(uuid4()), "nom": nom}, after="identity")

    async def ou() -> set[fouille.Endroit]:
        return set(await fouille.colonnes_qui_disent(plateforme, (canaris.EFFACEE,)))

    lisible = {
        ("identity", "comptes", "prenom"),
        ("identity", "comptes", "courriel"),
        ("identity", "utilisateurs", "prenom"),
        ("identity", "utilisateurs", "courriel"),
        ("identity", "utilisateurs", "cle"),
        ("identity", "noms_portes", "actuel"),
        ("identity", "annuaire", "prenom"),
        ("identity", "annuaire", "courriel"),
        ("identity", "annuaire", "tri"),
        ("identity", "annuaire", "recherche"),
        ("equipes", "equipes", "nom"),
    }
    assert await finit_par(ou, lambda lu: lu == lisible, 60) == lisible

    dit = await effacer(plateforme, ancien, tmp_path)
    assert await finit_par(ou, lambda lu: not lu, 60) == set()
    statistiques = await fouille.statistiques(plateforme, tmp_path)
    for textes in (*(await fouille.messages(plateforme)).values(), statistiques, [dit]):
        assert canaris.trouver("\n".join(textes), (canaris.EFFACEE,)) == set()
    textes = fouille.fichiers_de_journal(plateforme) | await fouille.mesures(plateforme)
    for nom, texte in textes.items():
        assert canaris.trouver(texte, (canaris.EFFACEE,)) == set(), nom

    # Her sessions are closed; if she comes back, she is somebody else, and everybody else is as before.
    assert (await qui.demander("GET", "/auth/session")).status_code == 401
    await qui.sign_in()
    await qui.reconnaitre()
    assert qui.moi["compte_id"] != ancien
    assert qui.moi["inscription"] == "profil"
    assert (await suivie.demander("GET", "/auth/session")).status_code == 200
