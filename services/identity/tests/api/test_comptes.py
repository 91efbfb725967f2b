"""The account, the role, the emplois, through the gateway's door (token of audience identity)."""

import datetime as dt
from typing import Any
from uuid import UUID, uuid4

import pytest
from identity import jobs
from identity.domain import emploi as regles
from process.clock import Clock

SESSION = "__Host-coop_session"


def choix(role: str = "mediateur", **champs: Any) -> dict[str, Any]:
    return {"role": role, "id": str(uuid4()), "cgu_acceptees": True, "version_cgu": "2026-01", **champs}


def emploi(**champs: Any) -> dict[str, Any]:
    debut = dt.date(2026, 1, 5).isoformat()
    return {
        "id": str(uuid4()),
        "siret": "130 026 032 00016",
        "nom": "Ville d'Exemple",
        "debut": debut,
        **champs,
    }


@pytest.fixture
async def connecte(plateforme: Any, navigateur: Any) -> Any:
    await navigateur.se_connecter(plateforme.personne())
    return navigateur


async def test_mon_compte_montre_ce_que_proconnect_a_dit(plateforme: Any, connecte: Any) -> None:
    await plateforme.rattraper("comptes")
    compte = (await connecte.passer("GET", "/comptes/moi")).json()
    assert (compte["prenom"], compte["nom"], compte["telephone"]) == ("Léa", "Martin", "+33639980001")
    assert (compte["mediateur_id"], compte["coordinateur_id"], compte["version_cgu"]) == (None, None, None)


async def test_une_coordinatrice_ajoute_la_mediation_et_sa_session_change(
    plateforme: Any, connecte: Any
) -> None:
    await connecte.s_inscrire("coordinateur")
    avant, ancien = connecte.siens[SESSION], await connecte.jeton()
    corps = choix()
    reponse = await connecte.passer("POST", "/comptes/moi/role", corps)
    assert reponse.status_code == 201, reponse.text
    assert reponse.json() == {"role": "mediateur", "id": corps["id"]}
    position = reponse.headers["x-position"]
    assert connecte.siens[SESSION] != avant
    assert await connecte.jeton() != ancien
    moi = await connecte.moi()
    assert (moi["roles"], moi["mediateur_id"]) == (["mediateur", "coordinateur"], corps["id"])
    lu = await connecte.passer("GET", "/comptes/moi", None, **{"X-Position": position})
    assert "x-position-atteinte" not in lu.headers
    assert lu.json()["mediateur_id"] == corps["id"]
    # The old cookie is worth nothing any more.
    connecte.siens[SESSION] = avant
    assert (await connecte.demander("GET", "/auth/session")).status_code == 401


async def test_ajouter_deux_fois_le_meme_role_ne_change_rien(plateforme: Any, connecte: Any) -> None:
    await connecte.s_inscrire("coordinateur")
    corps = choix()
    premiere = await connecte.passer("POST", "/comptes/moi/role", corps)
    cookie = connecte.siens[SESSION]
    seconde = await connecte.passer("POST", "/comptes/moi/role", corps)
    assert (premiere.status_code, seconde.status_code) == (201, 200)
    assert premiere.headers["x-position"] == seconde.headers["x-position"]
    assert connecte.siens[SESSION] == cookie
    compte_id = (await connecte.moi())["compte_id"]
    assert await plateforme.faits(compte_id) == [
        "CompteOuvert",
        "IdentiteLiee",
        "CguAcceptees",
        "RoleChoisi",
        "RoleChoisi",
    ]


async def test_a9_l_inscription_ne_se_saute_pas_en_choisissant_un_role(connecte: Any) -> None:
    refus = await connecte.passer("POST", "/comptes/moi/role", choix())
    assert (refus.status_code, refus.json()["type"]) == (409, "/problemes/InscriptionInachevee")
    assert (await connecte.moi())["roles"] == []


async def test_sans_les_cgu_ou_avec_un_second_identifiant_le_role_est_refuse(connecte: Any) -> None:
    await connecte.s_inscrire("coordinateur")
    sans = await connecte.passer("POST", "/comptes/moi/role", choix(cgu_acceptees=False))
    assert (sans.status_code, sans.json()["type"]) == (422, "/problemes/CguNonAcceptees")
    assert (await connecte.passer("POST", "/comptes/moi/role", choix())).status_code == 201
    autre = await connecte.passer("POST", "/comptes/moi/role", choix())
    assert (autre.status_code, autre.json()["type"]) == (409, "/problemes/RoleDejaChoisi")


@pytest.mark.parametrize(
    "champs",
    [
        {"compte_id": str(uuid4())},
        {"mediateur_id": str(uuid4())},
        {"role": "admin"},
        {"id": "x"},
        {"version_cgu": "2" * 41},
        {"cgu_acceptees": None},
    ],
)
async def test_un_corps_inattendu_est_refuse(connecte: Any, champs: dict[str, Any]) -> None:
    refus = await connecte.passer("POST", "/comptes/moi/role", {**choix(), **champs})
    assert (refus.status_code, refus.json()["type"]) == (422, "/problemes/SaisieInvalide")


@pytest.mark.parametrize("version", ["", "<b>", "1900-99-banane", "2025-01"])
async def test_seule_la_version_publiee_des_cgu_s_accepte(connecte: Any, version: str) -> None:
    await connecte.s_inscrire("coordinateur")
    refus = await connecte.passer("POST", "/comptes/moi/role", choix(version_cgu=version))
    assert (refus.status_code, refus.json()["type"]) == (422, "/problemes/VersionDeCguInconnue")
    assert refus.json()["erreurs"][0]["pointeur"] == "/version_cgu"


async def test_un_emploi_se_declare_se_lit_et_se_termine(plateforme: Any, connecte: Any) -> None:
    corps = emploi()
    declare = await connecte.passer("POST", "/comptes/moi/emplois", corps)
    assert declare.status_code == 201, declare.text
    encore = await connecte.passer("POST", "/comptes/moi/emplois", corps)
    assert (encore.status_code, encore.headers["etag"]) == (200, declare.headers["etag"])
    fin = {"fin": "2026-06-30", "motif": "rupture"}
    termine = await connecte.passer("POST", f"/comptes/moi/emplois/{corps['id']}/fin", fin)
    assert termine.status_code == 204, termine.text
    attendre = {"X-Position": termine.headers["x-position"]}
    [lu] = (await connecte.passer("GET", "/comptes/moi/emplois", None, **attendre)).json()
    assert (lu["emploi_id"], lu["siret"], lu["commence"]) == (corps["id"], "13002603200016", True)
    assert (lu["fin"], lu["motif_fin"]) == ("2026-06-30", "rupture")
    assert lu["structure_id"] == declare.json()["structure_id"]


@pytest.mark.parametrize(
    ("champs", "probleme"),
    [
        ({"siret": "13002603200017"}, "SiretInvalide"),
        ({"siret": "1300260320001"}, "SiretMalForme"),
        ({"debut": "1900-01-01"}, "DebutDEmploiImprobable"),
        ({"fin_prevue": "2026-01-04"}, "FinAvantDebut"),
        ({"code_insee": "99999"}, "CommuneDeStructureInconnue"),
        ({"nom": "Gagnez 1000 € : https://exemple.fr"}, "NomDEmployeurInvalide"),
        ({"debut": "2026-01-05T00:00:00+11:00"}, "SaisieInvalide"),
        ({"debut": 1641600000}, "SaisieInvalide"),
    ],
)
async def test_un_emploi_mal_declare_est_refuse(connecte: Any, champs: dict[str, Any], probleme: str) -> None:
    refus = await connecte.passer("POST", "/comptes/moi/emplois", emploi(**champs))
    assert (refus.status_code, refus.json()["type"]) == (422, f"/problemes/{probleme}")


async def test_toutes_les_fautes_d_un_emploi_sont_dites(connecte: Any) -> None:
    corps = emploi(siret="13002603200017", fin_prevue="2026-01-04")
    refus = await connecte.passer("POST", "/comptes/moi/emplois", corps)
    assert (refus.status_code, refus.json()["type"]) == (422, "/problemes/SaisieInvalide")
    assert [(e["pointeur"], e["type"]) for e in refus.json()["erreurs"]] == [
        ("/siret", "SiretInvalide"),
        ("/fin_prevue", "FinAvantDebut"),
    ]
    assert "13002603200017" not in refus.text


async def test_l_emploi_d_un_autre_est_introuvable(plateforme: Any, nouveau_navigateur: Any) -> None:
    lea, autre = nouveau_navigateur(), nouveau_navigateur()
    for navigateur in (lea, autre):
        await navigateur.se_connecter(plateforme.personne())
    corps = emploi()
    declare = await lea.passer("POST", "/comptes/moi/emplois", corps)
    fin = {"fin": "2026-06-30", "motif": "terme"}
    reponses = [
        await autre.passer("POST", f"/comptes/moi/emplois/{cible}/fin", fin)
        for cible in (corps["id"], str(uuid4()))
    ]
    assert {(r.status_code, r.json()["type"]) for r in reponses} == {(404, "/problemes/EmploiInconnu")}
    attendre = {"X-Position": declare.headers["x-position"]}
    assert (await autre.passer("GET", "/comptes/moi/emplois", None, **attendre)).json() == []
    pris = await autre.passer("POST", "/comptes/moi/emplois", corps)
    assert (pris.status_code, pris.json()["type"]) == (409, "/problemes/EmploiDejaDeclare")


async def test_une_version_depassee_est_refusee(connecte: Any) -> None:
    corps = emploi()
    await connecte.passer("POST", "/comptes/moi/emplois", corps)
    fin = {"fin": "2026-06-30", "motif": "rupture"}
    chemin = f"/comptes/moi/emplois/{corps['id']}/fin"
    refus = await connecte.passer("POST", chemin, fin, **{"If-Match": '"1"'})
    assert refus.status_code == 412
    assert (await connecte.passer("POST", chemin, fin, **{"If-Match": '"2"'})).status_code == 204


async def test_le_passage_quotidien_commence_et_termine_les_emplois(plateforme: Any, connecte: Any) -> None:
    aujourd_hui = Clock(plateforme.heure.lire).today()
    un_jour = dt.timedelta(days=1)
    corps = emploi(
        debut=(aujourd_hui + un_jour).isoformat(), fin_prevue=(aujourd_hui + 3 * un_jour).isoformat()
    )
    declare = await connecte.passer("POST", "/comptes/moi/emplois", corps)
    position = declare.headers["x-position"]

    async def passage(jours: int) -> list[str]:
        plateforme.heure.decalage = dt.timedelta(days=jours)
        for _ in range(2):
            await jobs.echeances(plateforme.outils)
            await plateforme.rattraper("emplois")
        faits = await plateforme.store.load(f"emploi-{corps['id']}")
        return [type(r.event).__name__ for r in faits]

    await connecte.passer("GET", "/comptes/moi/emplois", None, **{"X-Position": position})
    assert await passage(0) == ["EmploiDeclare"]
    assert await passage(1) == ["EmploiDeclare", "EmploiCommence"]
    assert await passage(3) == ["EmploiDeclare", "EmploiCommence"]
    assert await passage(4) == ["EmploiDeclare", "EmploiCommence", "ContratTermine"]
    assert await passage(9) == ["EmploiDeclare", "EmploiCommence", "ContratTermine"]
    dernier = (await plateforme.store.load(f"emploi-{corps['id']}"))[-1].event
    assert (dernier.fin, dernier.motif.value) == (aujourd_hui + 3 * un_jour, "terme")


async def test_le_texte_des_conditions_acceptees_se_lit(plateforme: Any, navigateur: Any) -> None:
    actuelles = await navigateur.demander("GET", "/auth/cgu")
    assert actuelles.status_code == 200
    version = actuelles.json()["version"]
    assert len(actuelles.json()["texte"]) > 200
    assert (await navigateur.demander("GET", f"/auth/cgu/{version}")).json() == actuelles.json()
    assert (await navigateur.demander("GET", "/auth/cgu/1900-99-banane")).status_code == 404


async def test_un_emploi_de_trop_est_refuse_et_le_dit(
    plateforme: Any, connecte: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(regles, "EMPLOIS_AU_PLUS", 2)
    deux = [emploi(), emploi(siret="35600000009075")]
    dits = [await connecte.passer("POST", "/comptes/moi/emplois", corps) for corps in deux]
    assert [dit.status_code for dit in dits] == [201, 201]
    attendre = {"X-Position": dits[-1].headers["x-position"]}
    refus = await connecte.passer("POST", "/comptes/moi/emplois", emploi(), **attendre)
    assert (refus.status_code, refus.json()["type"]) == (409, "/problemes/TropDEmplois")
    assert "Cent emplois au plus" in refus.json()["title"]
    # What is there already is no more than itself.
    assert (await connecte.passer("POST", "/comptes/moi/emplois", deux[0])).status_code == 200


async def test_une_fin_qui_approche_est_dite_a_la_personne(plateforme: Any, connecte: Any) -> None:
    assert (await connecte.moi())["fin_de_contrat"] is None
    aujourd_hui = Clock(plateforme.heure.lire).today()
    loin, proche = aujourd_hui + dt.timedelta(days=400), aujourd_hui + dt.timedelta(days=60)
    for fin, nom in ((loin, "Loin"), (proche, "Proche")):
        corps = emploi(fin_prevue=fin.isoformat(), nom=nom)
        await connecte.passer("POST", "/comptes/moi/emplois", corps)
    await plateforme.suivre("fins_de_contrat")
    await plateforme.rattraper("emplois")
    dite = (await connecte.moi())["fin_de_contrat"]
    assert (dite["nom_structure"], dite["fin_prevue"], dite["source"]) == (
        "Proche",
        proche.isoformat(),
        "declaration",
    )
    await connecte.passer("PUT", f"/comptes/moi/emplois/{corps['id']}", sans_fin(corps))
    await plateforme.rattraper("emplois")
    assert (await connecte.moi())["fin_de_contrat"] is None


def sans_fin(corps: dict[str, Any]) -> dict[str, Any]:
    return {nom: valeur for nom, valeur in corps.items() if nom not in ("id", "fin_prevue")}


async def test_une_coordinatrice_ajoute_la_mediation_et_la_rend_tant_qu_elle_n_a_pas_servi(
    plateforme: Any, connecte: Any
) -> None:
    await connecte.s_inscrire("coordinateur")
    assert (await connecte.passer("POST", "/comptes/moi/role", choix())).status_code == 201
    moi = await connecte.moi()
    assert moi["roles"] == ["mediateur", "coordinateur"]
    cookie = connecte.siens[SESSION]
    rendue = await connecte.passer("DELETE", "/comptes/moi/role/mediateur")
    assert rendue.status_code == 204, rendue.text
    assert connecte.siens[SESSION] != cookie
    assert (await connecte.moi())["roles"] == ["coordinateur"]
    attendre = {"X-Position": rendue.headers["x-position"]}
    lu = (await connecte.passer("GET", "/comptes/moi", None, **attendre)).json()
    assert (lu["mediateur_id"], lu["coordinateur_id"]) == (None, moi["coordinateur_id"])

    assert (await connecte.passer("POST", "/comptes/moi/role", choix())).status_code == 201
    async with plateforme.database.raw() as connection:
        await connection.execute(
            "insert into comptes_actifs values ($1, now(), now())", UUID(moi["compte_id"])
        )
        await connection.execute("insert into membres values ($1, $2)", uuid4(), UUID(moi["compte_id"]))
    refus = await connecte.passer("DELETE", "/comptes/moi/role/mediateur")
    assert (refus.status_code, [e["type"] for e in refus.json()["erreurs"]]) == (
        422,
        ["MediationUtilisee", "MembreDUneEquipe"],
    )


async def test_le_seul_role_d_une_mediatrice_ne_se_retire_pas(connecte: Any) -> None:
    await connecte.s_inscrire()
    refus = await connecte.passer("DELETE", "/comptes/moi/role/mediateur")
    assert (refus.status_code, refus.json()["title"]) == (409, "Au moins un rôle est requis.")
