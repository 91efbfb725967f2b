"""La liste des comptes, ses filtres qui disent la même chose que les états, son export, et l'histoire."""

import datetime as dt
import itertools
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from events.store.store import Context
from faux_proconnect.monde import Personne
from identity.domain.compte import RoleChoisi
from identity.domain.gestion import Etat
from identity.domain.vocabulaire import CompteId, Droit, MediateurId, Role
from identity.erasure import effacer
from identity.projections import comptes_actifs, reconnaissances, utilisateurs
from identity.projections.utilisateurs import Choix, etat_de, tous
from process.clock import Clock
from tableurs import ouvrir

BASE = "/comptes/gestion/utilisateurs"
CONTEXTE = Context("essai", "essai")


async def inscrite(plateforme: Any, navigateur: Any, **champs: Any) -> str:
    """Signed in, médiatrice, with an emploi in Dijon; the account."""
    plateforme.app.state.verifier.keys_changed()
    await navigateur.se_connecter(plateforme.personne(**champs))
    compte_id = (await navigateur.moi())["compte_id"]
    qui = CompteId(UUID(compte_id))
    version = len(await plateforme.store.load(f"compte-{compte_id}"))
    role = RoleChoisi(qui, Role.MEDIATEUR, MediateurId(uuid4()), None, plateforme.heure.lire())
    await plateforme.store.append(f"compte-{compte_id}", version, [role], CONTEXTE)
    emploi = {
        "id": str(uuid4()),
        "siret": "13002603200016",
        "nom": "Ville de Dijon",
        "debut": "2024-01-01",
        "code_insee": "21231",
    }
    assert (await navigateur.passer("POST", "/comptes/moi/emplois", emploi)).status_code == 201
    return compte_id


async def projetees(plateforme: Any) -> None:
    for projection in ("comptes", "emplois", "utilisateurs"):
        await plateforme.rattraper(projection)


async def trouves(plateforme: Any, admin: Any, question: str) -> list[str]:
    await projetees(plateforme)
    reponse = await admin.passer("GET", f"{BASE}?{question}")
    assert reponse.status_code == 200, reponse.text
    return [u["compte_id"] for u in reponse.json()["elements"]]


@pytest.mark.parametrize("droit", [Droit.ADMIN, Droit.SUPPORT])
async def test_l_administrateur_et_le_support_lisent_la_liste(
    plateforme: Any, gestionnaires: Any, navigateur: Any, droit: Droit
) -> None:
    unique = f"Zéphyrine{uuid4().hex[:6]}"
    compte_id = await inscrite(plateforme, navigateur, given_name=unique, usual_name="d’Été")
    await projetees(plateforme)
    reponse = await gestionnaires[droit].passer("GET", f"{BASE}?q=ETE {unique.upper()}")
    [u] = reponse.json()["elements"]
    assert reponse.json()["total"] == 1
    assert (u["compte_id"], u["prenom"], u["roles"], u["droit"]) == (
        compte_id,
        unique,
        ["Médiateur"],
        "aucun",
    )
    assert (u["employeur"], u["commune"], u["departement"]) == ("Ville de Dijon", "Dijon", "21")
    assert u["etat"] == "nouveau"
    assert u["connecte_le"] is not None
    assert u["derniere_saisie_le"] is None


async def test_on_cherche_par_des_mots_du_nom_ou_du_courriel_pris_a_la_lettre(
    plateforme: Any, gestionnaires: Any, navigateur: Any
) -> None:
    unique = uuid4().hex[:8]
    compte_id = await inscrite(
        plateforme, navigateur, usual_name=f"Lenoir{unique}", email=f"p.{unique}@ville.exemple.fr"
    )
    admin = gestionnaires[Droit.ADMIN]
    for question in (f"lenoir{unique}", f"p.{unique}@ville.exemple.fr", f"ville {unique} lea"):
        assert await trouves(plateforme, admin, f"q={question}") == [compte_id], question
    for question in (f"{unique} absente", f"w%25{unique}", f"w_{unique}"):
        assert await trouves(plateforme, admin, f"q={question}") == [], question


async def test_les_filtres_se_croisent(plateforme: Any, gestionnaires: Any, navigateur: Any) -> None:
    unique = f"Filtree{uuid4().hex[:6]}"
    compte_id = await inscrite(plateforme, navigateur, usual_name=unique)
    admin = gestionnaires[Droit.ADMIN]
    oui = (
        "dispositifs=hors",
        "roles=mediateur",
        "etats=nouveau&etats=actif",
        "departement=21",
        "communes=21231",
        "droits=aucun",
    )
    non = (
        "roles=coordinateur",
        "roles=aucune",
        "dispositifs=conseiller&dispositifs=demande",
        "etats=actif",
        "departement=2A",
        "communes=21054",
        "droits=admin",
    )
    for filtre in oui:
        assert await trouves(plateforme, admin, f"q={unique}&{filtre}") == [compte_id], filtre
    for filtre in non:
        assert await trouves(plateforme, admin, f"q={unique}&{filtre}") == [], filtre
    for faux in ("etats=perdu", "departement=21231", "communes=dijon", "roles=chef", "dispositifs=tous"):
        assert (await admin.passer("GET", f"{BASE}?{faux}")).status_code == 422, faux


async def test_la_liste_dit_le_dispositif_et_le_filtre_trouve_ce_qu_elle_dit(
    plateforme: Any, gestionnaires: Any, nouveau_navigateur: Any
) -> None:
    unique = f"Dispositif{uuid4().hex[:6]}"
    dits: dict[str, dict[str, Any]] = {
        "conseiller": {"conseiller_depuis": dt.date(2026, 1, 5)},
        "ancien": {"conseiller_depuis": dt.date(2020, 1, 6), "conseiller_jusqu_au": dt.date(2021, 1, 5)},
        "demande": {"demandee_le": plateforme.heure.lire()},
    }
    comptes = {
        code: await inscrite(plateforme, nouveau_navigateur(), usual_name=unique) for code in (*dits, "hors")
    }
    async with plateforme.database.engine.begin() as connection:
        for code, dit in dits.items():
            ligne = {"compte_id": UUID(comptes[code]), "coordinateur_du_dispositif": False, **dit}
            await connection.execute(sa.insert(reconnaissances.table).values(ligne))
    admin = gestionnaires[Droit.ADMIN]
    await projetees(plateforme)
    lus = (await admin.passer("GET", f"{BASE}?q={unique}")).json()["elements"]
    par_compte = {u["compte_id"]: u for u in lus}
    assert {code: par_compte[compte_id]["dispositif"] for code, compte_id in comptes.items()} == {
        "conseiller": ["conseiller"],
        "ancien": ["ancien", "hors"],
        "demande": ["demande", "hors"],
        "hors": ["hors"],
    }
    assert par_compte[comptes["conseiller"]]["roles"] == ["Conseiller Numérique"]
    for code, compte_id in comptes.items():
        voulus = {c for u in lus if code in u["dispositif"] for c in [u["compte_id"]]}
        assert compte_id in voulus
        assert set(await trouves(plateforme, admin, f"q={unique}&dispositifs={code}")) == voulus


async def test_e7_la_gestion_retrouve_par_l_ancien_nom_pendant_un_an(
    plateforme: Any, gestionnaires: Any, nouveau_navigateur: Any
) -> None:
    ancien, admin = f"Ancienne{uuid4().hex[:6]}", gestionnaires[Droit.ADMIN]
    personne = plateforme.personne(usual_name=ancien)
    navigateur = nouveau_navigateur()
    await navigateur.se_connecter(personne)
    compte_id = (await navigateur.moi())["compte_id"]
    await nouveau_navigateur().se_connecter(plateforme.changer(personne, usual_name="Durand"))
    await plateforme.rattraper("noms_portes")
    for question in (ancien, f"{ancien} durand", f"LEA {ancien.upper()}"):
        assert await trouves(plateforme, admin, f"q={question}") == [compte_id]
    async with plateforme.database.raw() as connection:
        await connection.execute(
            "update noms_portes set quittes_le = array[$2::timestamptz] where compte_id = $1",
            UUID(compte_id),
            plateforme.heure.lire() - dt.timedelta(days=366),
        )
    assert await trouves(plateforme, admin, f"q={ancien}") == []


async def test_chaque_compte_repond_au_filtre_de_son_etat_et_a_lui_seul(plateforme: Any) -> None:
    """The SQL of each filter against the pure rule, on accounts of every age, with every right."""
    maintenant = dt.datetime(2026, 9, 1, 8, tzinfo=dt.UTC)
    ages = (0, 6.99, 7, 29.99, 30, 60, 89, 90, 179, 180, 400)
    lignes, saisies = [], []
    droits, oui_non = ("aucun", "admin", "support"), (False, True)
    for age, inscrit, saisi, droit, (suspendu, ferme, renvoye, efface) in itertools.product(
        ages, oui_non, oui_non, droits, itertools.product(oui_non, repeat=4)
    ):
        instant = maintenant - dt.timedelta(days=age)
        ligne = {
            **utilisateurs.VIERGE,
            "compte_id": uuid4(),
            "ouvert_le": maintenant - dt.timedelta(days=500) if inscrit else instant,
            "inscrit_le": instant if inscrit else None,
            "mediateur_id": uuid4() if inscrit else None,
            "droit": droit,
            "suspendu_le": instant if suspendu else None,
            "ferme_le": instant if ferme else None,
            "renvoye_vers": uuid4() if renvoye else None,
            "efface_le": instant if efface else None,
            "cle": "etats",
        }
        lignes.append(ligne)
        if saisi:
            saisie = {"compte_id": ligne["compte_id"], "depuis": instant, "derniere_saisie_le": instant}
            saisies.append(saisie)
    async with plateforme.database.engine.begin() as connection:
        await connection.execute(sa.insert(utilisateurs.table), lignes)
        await connection.execute(sa.insert(comptes_actifs.table), saisies)
        lus = (await connection.execute(tous(Choix("etats"), maintenant))).all()
        par_filtre = {
            etat: {
                r.compte_id for r in await connection.execute(tous(Choix("etats", etats=[etat]), maintenant))
            }
            for etat in Etat
        }
        await connection.rollback()
    attendus: dict[Etat, set[UUID]] = {etat: set() for etat in Etat}
    for row in lus:
        attendus[etat_de(row, maintenant)].add(row.compte_id)
    assert len(lus) == len(lignes)
    assert all(attendus.values())
    assert par_filtre == attendus


async def test_la_liste_se_parcourt_par_pages_sans_doublon_ni_oubli(
    plateforme: Any, gestionnaires: Any, nouveau_navigateur: Any
) -> None:
    unique = f"Page{uuid4().hex[:6]}"
    attendus = [await inscrite(plateforme, nouveau_navigateur(), usual_name=unique) for _ in range(5)]
    admin, vus = gestionnaires[Droit.ADMIN], list[str]()
    await projetees(plateforme)
    page = (await admin.passer("GET", f"{BASE}?q={unique}&limite=2")).json()
    while True:
        assert page["total"] == 5
        vus += [u["compte_id"] for u in page["elements"]]
        if page["suivant"] is None:
            break
        page = (await admin.passer("GET", f"{BASE}?q={unique}&limite=2&apres={page['suivant']}")).json()
    assert vus == attendus[::-1]


@pytest.mark.parametrize("format_", ["xlsx", "csv", "ods", "json"])
async def test_l_export_rend_les_lignes_de_la_liste(
    plateforme: Any, gestionnaires: Any, navigateur: Any, tmp_path: Path, format_: str
) -> None:
    unique = f"Export{uuid4().hex[:6]}"
    compte_id = await inscrite(plateforme, navigateur, usual_name=unique, given_name="=cmd|'/c calc'!A1")
    await projetees(plateforme)
    reponse = await gestionnaires[Droit.SUPPORT].passer("GET", f"{BASE}/export?q={unique}&format={format_}")
    assert reponse.status_code == 200, reponse.text
    assert "_utilisateurs_" in reponse.headers["content-disposition"]
    if format_ == "json":
        [ligne] = reponse.json()
    else:
        fichier = tmp_path / f"export.{format_}"
        fichier.write_bytes(reponse.content)
        [ligne] = [lue.valeurs or {} for lue in ouvrir(fichier).lire()]
    assert ligne["Nom"] == unique
    assert ligne["Rôles"] == "Médiateur"
    assert ligne["Commune"] == "Dijon"
    assert compte_id in str(ligne["Identifiant"])


async def test_un_compte_efface_reste_sans_nom_et_supprime(
    plateforme: Any, gestionnaires: Any, navigateur: Any
) -> None:
    unique = f"Effacee{uuid4().hex[:6]}"
    compte_id = await inscrite(plateforme, navigateur, usual_name=unique)
    await effacer(plateforme.store, "compte", UUID(compte_id), "essai", CONTEXTE, Clock().now())
    admin = gestionnaires[Droit.ADMIN]
    assert await trouves(plateforme, admin, f"q={unique}") == []
    assert compte_id in await trouves(plateforme, admin, "etats=supprime&limite=200")
    u = (await admin.passer("GET", f"{BASE}/{compte_id}")).json()
    assert (u["nom"], u["courriel"], u["etat"], u["emplois"]) == ("", "", "supprime", [])
    histoire = (await admin.passer("GET", f"{BASE}/{compte_id}/histoire")).json()["elements"]
    assert unique not in str(histoire)
    assert "effacé, effacé" in histoire[-1]["phrase"] or "effacé effacé" in histoire[-1]["phrase"]


async def test_la_page_d_un_compte_dit_ses_emplois_et_ses_sessions(
    plateforme: Any, gestionnaires: Any, navigateur: Any
) -> None:
    compte_id = await inscrite(plateforme, navigateur)
    await projetees(plateforme)
    u = (await gestionnaires[Droit.SUPPORT].passer("GET", f"{BASE}/{compte_id}")).json()
    assert [e["nom_structure"] for e in u["emplois"]] == ["Ville de Dijon"]
    assert len(u["sessions"]) == 1
    assert u["telephone"] == "+33639980001"


async def test_l_histoire_se_lit_en_phrases_avec_qui_et_pourquoi(
    plateforme: Any, gestionnaires: Any, navigateur: Any
) -> None:
    compte_id = await inscrite(plateforme, navigateur, given_name="Lou", usual_name="Blanc")
    admin = gestionnaires[Droit.ADMIN]
    raison = {"raison": "Compte prêté."}
    await admin.passer("POST", f"{BASE}/{compte_id}/suspension", raison)
    await admin.passer("POST", f"{BASE}/{compte_id}/suspension/fin", raison)
    await projetees(plateforme)
    lue = (await gestionnaires[Droit.SUPPORT].passer("GET", f"{BASE}/{compte_id}/histoire")).json()
    phrases = [f["phrase"] for f in lue["elements"]]
    courriel = (await admin.passer("GET", f"{BASE}/{compte_id}")).json()["courriel"]
    assert phrases[::-1] == [
        f"Compte ouvert : Lou Blanc, {courriel}.",
        f"Identité ProConnect liée (émetteur {plateforme.settings.proconnect_issuer}).",
        "Connexion, niveau eidas1.",
        "Rôle choisi : médiateur.",
        "Emploi déclaré : Ville de Dijon (SIRET 13002603200016), à partir du 1er janvier 2024.",
        "Premier jour d’un emploi : 1er janvier 2024.",
        "Compte suspendu par Léa Martin. Raison : Compte prêté.",
        "Session fermée par la suspension du compte.",
        "Suspension levée par Léa Martin. Raison : Compte prêté.",
    ]
    assert [f["le"] for f in lue["elements"]] == sorted((f["le"] for f in lue["elements"]), reverse=True)


async def test_je_lis_mon_histoire_page_par_page_sans_le_nom_de_qui_administre(
    plateforme: Any, gestionnaires: Any, navigateur: Any
) -> None:
    courriel = f"{uuid4().hex}@ville.exemple.fr"
    compte_id = await inscrite(plateforme, navigateur, email=courriel)
    admin, raison = gestionnaires[Droit.ADMIN], {"raison": "essai"}
    await admin.passer("POST", f"{BASE}/{compte_id}/suspension", raison)
    await admin.passer("POST", f"{BASE}/{compte_id}/suspension/fin", raison)
    await navigateur.se_connecter(Personne(email=courriel, given_name="Léa", usual_name="Martin"))
    phrases, apres = list[str](), ""
    while True:
        page = (await navigateur.passer("GET", f"/comptes/moi/histoire?limite=3{apres}")).json()
        assert len(page["elements"]) <= 3
        phrases += [f["phrase"] for f in page["elements"]]
        if page["suivant"] is None:
            break
        apres = f"&apres={page['suivant']}"
    assert "Compte suspendu par un administrateur. Raison : essai" in phrases
    assert phrases[-1].startswith("Compte ouvert : Léa Martin")
    assert len(phrases) == len(set(phrases)) + phrases.count("Connexion, niveau eidas1.") - 1


@pytest.mark.parametrize("chemin", ["", "/export", "/{}", "/{}/histoire"])
async def test_pour_qui_n_a_pas_de_droit_la_gestion_n_est_pas_la(
    plateforme: Any, navigateur: Any, chemin: str
) -> None:
    compte_id = await inscrite(plateforme, navigateur)
    refus = await navigateur.passer("GET", BASE + chemin.format(compte_id))
    assert (refus.status_code, refus.json()["type"]) == (404, "/problemes/Introuvable")


async def test_un_compte_inconnu_n_a_ni_page_ni_histoire(gestionnaires: Any) -> None:
    for chemin in (f"{BASE}/{uuid4()}", f"{BASE}/{uuid4()}/histoire"):
        refus = await gestionnaires[Droit.ADMIN].passer("GET", chemin)
        assert (refus.status_code, refus.json()["type"]) == (404, "/problemes/CompteInconnu")
