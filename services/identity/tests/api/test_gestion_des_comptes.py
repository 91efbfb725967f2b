"""Ce qu'un administrateur fait d'un compte pour sa personne : emplois, identités, rôles, fermeture."""

import datetime as dt
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from events.store.store import Context
from identity.domain.compte import CompteFerme, IdentiteLiee
from identity.domain.emploi import EMPLOI as FLUX
from identity.domain.emploi import ReprendreEmploi
from identity.domain.reconnaissance import RECONNAISSANCE, Fiche, ReprendreSituation
from identity.domain.reconnaissance import Contrat as ContratDuDispositif
from identity.domain.vocabulaire import CompteId, Droit, EmploiId, MotifFin
from identity.erasure import effacer
from identity.projections import comptes_actifs, coordinations, membres

BASE = "/comptes/gestion/utilisateurs"
CONTEXTE = Context("essai", "essai")
RAISON = {"raison": "Demandé par courrier au support."}
EMPLOI = {"siret": "13002603200016", "nom": "Ville de Dijon", "debut": "2026-01-05", "code_insee": "21231"}


async def compte(plateforme: Any, navigateur: Any, role: str | None = "mediateur", **champs: Any) -> str:
    """Signed in, with this role; the account."""
    plateforme.app.state.verifier.keys_changed()
    await navigateur.se_connecter(plateforme.personne(**champs))
    if role is not None:
        await navigateur.recevoir_le_role(role)
    return (await navigateur.moi())["compte_id"]


async def lu(plateforme: Any, admin: Any, compte_id: str) -> dict[str, Any]:
    for projection in ("comptes", "emplois", "utilisateurs"):
        await plateforme.rattraper(projection)
    return (await admin.passer("GET", f"{BASE}/{compte_id}")).json()


async def phrases(plateforme: Any, navigateur: Any, compte_id: str) -> list[str]:
    await plateforme.rattraper("emplois")
    histoire = (await navigateur.passer("GET", f"{BASE}/{compte_id}/histoire")).json()
    return [fait["phrase"] for fait in histoire["elements"]]


def pointeurs(refus: Any) -> list[str]:
    return [e.get("pointeur") for e in refus.json()["erreurs"]]


async def test_un_administrateur_ajoute_corrige_termine_et_retire_un_emploi(
    plateforme: Any, gestionnaires: Any, navigateur: Any
) -> None:
    compte_id, admin, emploi_id = (
        await compte(plateforme, navigateur),
        gestionnaires[Droit.ADMIN],
        str(uuid4()),
    )
    ici = f"{BASE}/{compte_id}/emplois"
    for statut in (201, 200):
        ajoute = await admin.passer("POST", ici, {"id": emploi_id, **EMPLOI, **RAISON})
        assert ajoute.status_code == statut, ajoute.text
    corrige = EMPLOI | {"nom": "Ville de Beaune", "type_contrat": "cdd"} | RAISON
    assert (await admin.passer("PUT", f"{ici}/{emploi_id}", corrige)).status_code == 204
    fin = {"fin": "2026-02-27", "motif": "rupture", **RAISON}
    assert (await admin.passer("POST", f"{ici}/{emploi_id}/fin", fin)).status_code == 204
    [vu] = (await lu(plateforme, admin, compte_id))["emplois"]
    assert (vu["nom_structure"], vu["type_contrat"], vu["fin"]) == ("Ville de Beaune", "cdd", "2026-02-27")
    assert (await admin.passer("POST", f"{ici}/{emploi_id}/retrait", RAISON)).status_code == 204
    [vu] = (await lu(plateforme, admin, compte_id))["emplois"]
    assert vu["motif_fin"] == "erreur"
    dites = await phrases(plateforme, admin, compte_id)
    for geste in ("ajouté", "corrigé", "terminé", "retiré"):
        assert f"Emploi {geste} par Léa Martin. Raison : {RAISON['raison']}" in dites
    # Hers to read, without the name of who did it.
    siennes = (await navigateur.passer("GET", "/comptes/moi/histoire")).json()["elements"]
    assert f"Emploi retiré par un administrateur. Raison : {RAISON['raison']}" in [
        f["phrase"] for f in siennes
    ]


async def test_sans_raison_ni_saisie_juste_toutes_les_fautes_se_disent_et_rien_ne_s_ecrit(
    plateforme: Any, gestionnaires: Any, navigateur: Any
) -> None:
    compte_id, admin, emploi_id = await compte(plateforme, navigateur), gestionnaires[Droit.ADMIN], uuid4()
    faux = {"id": str(emploi_id), **EMPLOI, "siret": "123", "fin_prevue": "2025-12-31", "raison": " "}
    refus = await admin.passer("POST", f"{BASE}/{compte_id}/emplois", faux)
    assert refus.status_code == 422
    assert pointeurs(refus) == ["/siret", "/fin_prevue", "/raison"]
    assert await plateforme.store.load(f"emploi-{emploi_id}") == []
    assert await plateforme.store.load(f"intervention-{compte_id}") == []


async def test_l_emploi_d_un_autre_compte_n_est_pas_la(
    plateforme: Any, gestionnaires: Any, nouveau_navigateur: Any
) -> None:
    un, autre = nouveau_navigateur(), nouveau_navigateur()
    compte_id, _, emploi_id = await compte(plateforme, un), await compte(plateforme, autre), str(uuid4())
    assert (
        await autre.passer("POST", "/comptes/moi/emplois", {"id": emploi_id, **EMPLOI})
    ).status_code == 201
    for methode, suite, corps in (
        ("PUT", "", EMPLOI | RAISON),
        ("POST", "/fin", {"fin": "2026-02-27", "motif": "rupture", **RAISON}),
        ("POST", "/retrait", RAISON),
    ):
        refus = await gestionnaires[Droit.ADMIN].passer(
            methode, f"{BASE}/{compte_id}/emplois/{emploi_id}{suite}", corps
        )
        assert (refus.status_code, refus.json()["type"]) == (404, "/problemes/EmploiInconnu")


async def test_la_source_fait_foi_tant_que_la_personne_est_conseillere(
    plateforme: Any, gestionnaires: Any, navigateur: Any
) -> None:
    """The same emploi, of the dispositif: untouched under contract, corrected once it is over (C9)."""
    personne = plateforme.personne()
    plateforme.app.state.verifier.keys_changed()
    await navigateur.se_connecter(personne)
    compte_id, admin = (await navigateur.moi())["compte_id"], gestionnaires[Droit.ADMIN]
    emploi_id, qui = await _emploi_du_dispositif(plateforme, compte_id), CompteId(UUID(compte_id))
    ici = f"{BASE}/{compte_id}/emplois/{emploi_id}"
    for methode, suite, corps in (
        ("PUT", "", EMPLOI | RAISON),
        ("POST", "/fin", {"fin": "2026-02-27", "motif": "rupture", **RAISON}),
        ("POST", "/retrait", RAISON),
    ):
        refus = await admin.passer(methode, ici + suite, corps)
        assert (refus.status_code, refus.json()["type"]) == (409, "/problemes/EmploiDuDispositif"), suite
    assert await plateforme.store.load(f"intervention-{compte_id}") == []
    aujourd_hui = plateforme.heure.lire().date()
    finie = Fiche(1, None, conseiller=False, coordinateur=False, a_des_lieux=False)
    hier = ReprendreSituation(qui, finie, None, aujourd_hui - dt.timedelta(days=2), plateforme.heure.lire())
    await plateforme.store.execute(RECONNAISSANCE(compte_id), hier, CONTEXTE)
    assert (await admin.passer("PUT", ici, EMPLOI | RAISON)).status_code == 204


async def _emploi_du_dispositif(plateforme: Any, compte_id: str) -> UUID:
    qui, quand, emploi_id = CompteId(UUID(compte_id)), plateforme.heure.lire(), uuid4()
    jour = quand.date()
    contrat = ContratDuDispositif(dt.date(2026, 1, 5))
    fiche = Fiche(1, None, conseiller=True, coordinateur=False, a_des_lieux=False, contrats=(contrat,))
    reprise = ReprendreEmploi(
        EmploiId(emploi_id), qui, "13002603200016", "Ville", contrat.debut, None, None, MotifFin.TERME,
        "21231", None, temporaire=False, maintenant=quand,
    )  # fmt: skip
    await plateforme.store.execute(FLUX(emploi_id), reprise, CONTEXTE)
    situation = ReprendreSituation(qui, fiche, (EmploiId(emploi_id),), jour, quand)
    await plateforme.store.execute(RECONNAISSANCE(compte_id), situation, CONTEXTE)
    return emploi_id


async def sub_de(plateforme: Any, compte_id: str) -> str:
    """That of the identity which opened this account."""
    faits = [r.event for r in await plateforme.store.load(f"compte-{compte_id}")]
    return next(fait.sub for fait in faits if isinstance(fait, IdentiteLiee))


async def sub_sans_compte(plateforme: Any, navigateur: Any, personne: Any) -> str:
    """That of somebody whom the federation knows, and whose account is erased here."""
    await navigateur.se_connecter(personne)
    compte_id = (await navigateur.moi())["compte_id"]
    sub = await sub_de(plateforme, compte_id)
    await effacer(plateforme.store, "compte", UUID(compte_id), "essai", CONTEXTE, plateforme.heure.lire())
    return sub


async def test_e6_un_administrateur_lie_une_identite_qui_ouvre_alors_le_compte(
    plateforme: Any, gestionnaires: Any, navigateur: Any, nouveau_navigateur: Any
) -> None:
    compte_id, admin = await compte(plateforme, navigateur), gestionnaires[Droit.ADMIN]
    nouvelle, ailleurs = plateforme.personne(), nouveau_navigateur()
    sub = await sub_sans_compte(plateforme, ailleurs, nouvelle)
    lie = await admin.passer("POST", f"{BASE}/{compte_id}/identites", {"sub": sub, **RAISON})
    assert lie.status_code == 204, lie.text
    await ailleurs.se_connecter(nouvelle)
    assert (await ailleurs.moi())["compte_id"] == compte_id
    dites = await phrases(plateforme, admin, compte_id)
    assert f"Identité ProConnect liée par Léa Martin. Raison : {RAISON['raison']}" in dites
    # E9: taken away, with the sessions that it opened; the other one stays, and is never taken away.
    identites = (await admin.passer("GET", f"{BASE}/{compte_id}/identites")).json()
    premiere, seconde = (i["id"] for i in identites)
    retiree = await admin.passer("POST", f"{BASE}/{compte_id}/identites/{seconde}/retrait", RAISON)
    assert retiree.status_code == 204, retiree.text
    assert (await ailleurs.demander("GET", "/auth/session")).status_code == 401
    assert (await navigateur.demander("GET", "/auth/session")).status_code == 200
    refus = await admin.passer("POST", f"{BASE}/{compte_id}/identites/{premiere}/retrait", RAISON)
    assert (refus.status_code, refus.json()["type"]) == (409, "/problemes/DerniereIdentite")
    assert (
        await admin.passer("POST", f"{BASE}/{compte_id}/identites/{uuid4()}/retrait", RAISON)
    ).status_code == 404


async def test_une_identite_qui_ouvre_deja_un_compte_ne_se_lie_pas_a_un_autre(
    plateforme: Any, gestionnaires: Any, nouveau_navigateur: Any
) -> None:
    un, autre, admin = nouveau_navigateur(), nouveau_navigateur(), gestionnaires[Droit.ADMIN]
    compte_id = await compte(plateforme, un)
    sub = await sub_de(plateforme, await compte(plateforme, autre))
    refus = await admin.passer("POST", f"{BASE}/{compte_id}/identites", {"sub": sub, **RAISON})
    assert (refus.status_code, refus.json()["type"]) == (409, "/problemes/IdentiteDUnAutreCompte")
    assert await plateforme.store.load(f"intervention-{compte_id}") == []


async def test_f1_f2_un_administrateur_ferme_un_compte_et_le_rouvre(
    plateforme: Any, gestionnaires: Any, navigateur: Any
) -> None:
    compte_id, admin = await compte(plateforme, navigateur), gestionnaires[Droit.ADMIN]
    assert (await admin.passer("POST", f"{BASE}/{compte_id}/fermeture", RAISON)).status_code == 204
    assert (await navigateur.demander("GET", "/auth/session")).status_code == 401
    u = await lu(plateforme, admin, compte_id)
    assert (u["etat"], u["ferme_le"] is None) == ("ferme", False)
    [ferme] = [
        r.event
        for r in await plateforme.store.load(f"compte-{compte_id}")
        if isinstance(r.event, CompteFerme)
    ]
    assert ferme.effacement_le == ferme.ferme_le + dt.timedelta(days=30)
    # Twice is once.
    assert (await admin.passer("POST", f"{BASE}/{compte_id}/fermeture", RAISON)).status_code == 204
    assert len(await plateforme.store.load(f"intervention-{compte_id}")) == 1
    assert (await admin.passer("POST", f"{BASE}/{compte_id}/reouverture", RAISON)).status_code == 204
    assert (await lu(plateforme, admin, compte_id))["etat"] == "nouveau"


async def test_un_compte_qui_administre_ne_se_ferme_pas(plateforme: Any, gestionnaires: Any) -> None:
    soutien = (await gestionnaires[Droit.SUPPORT].moi())["compte_id"]
    refus = await gestionnaires[Droit.ADMIN].passer("POST", f"{BASE}/{soutien}/fermeture", RAISON)
    assert (refus.status_code, refus.json()["type"]) == (409, "/problemes/CompteQuiAdministre")


async def test_un_administrateur_donne_un_role_et_en_retire_un(
    plateforme: Any, gestionnaires: Any, navigateur: Any
) -> None:
    personne = plateforme.personne()
    plateforme.app.state.verifier.keys_changed()
    await navigateur.se_connecter(personne)
    await navigateur.recevoir_le_role()
    compte_id, admin = (await navigateur.moi())["compte_id"], gestionnaires[Droit.ADMIN]
    roles = f"{BASE}/{compte_id}/roles"
    deux = {"id": str(uuid4()), "roles": ["mediateur", "coordinateur"], **RAISON}
    assert (await admin.passer("PUT", roles, deux)).status_code == 204
    # What she may do has changed: she signs in again.
    assert (await navigateur.demander("GET", "/auth/session")).status_code == 401
    await navigateur.se_connecter(personne)
    assert (await navigateur.moi())["roles"] == ["mediateur", "coordinateur"]
    un = {"id": str(uuid4()), "roles": ["coordinateur"], **RAISON}
    assert (await admin.passer("PUT", roles, un)).status_code == 204
    u = await lu(plateforme, admin, compte_id)
    assert (u["roles"], u["mediateur_id"], u["coordinateur_id"]) == (["Coordinateur"], None, deux["id"])
    assert "Rôle retiré : médiateur." in await phrases(plateforme, admin, compte_id)


@pytest.mark.parametrize(
    ("demandes", "nom"),
    [
        ([], "AucunRole"),
        (["coordinateur"], "MediateurQuiASaisi"),
        (["mediateur"], "CoordinateurQuiAUnMembre"),
    ],
)
async def test_un_role_qui_tient_ne_se_retire_pas(
    plateforme: Any, gestionnaires: Any, navigateur: Any, demandes: list[str], nom: str
) -> None:
    compte_id, admin = await compte(plateforme, navigateur), gestionnaires[Droit.ADMIN]
    coordinateur_id, equipe_id, quand = uuid4(), uuid4(), plateforme.heure.lire()
    deux = {"id": str(coordinateur_id), "roles": ["mediateur", "coordinateur"], **RAISON}
    assert (await admin.passer("PUT", f"{BASE}/{compte_id}/roles", deux)).status_code == 204
    async with plateforme.database.engine.begin() as connection:
        saisie = {"compte_id": UUID(compte_id), "depuis": quand, "derniere_saisie_le": quand}
        equipe = {"equipe_id": equipe_id, "coordinateur_id": coordinateur_id}
        await connection.execute(sa.insert(comptes_actifs.table).values(saisie))
        await connection.execute(sa.insert(coordinations.table).values(equipe))
        await connection.execute(sa.insert(membres.table).values(equipe_id=equipe_id, compte_id=uuid4()))
    corps = {"id": str(uuid4()), "roles": demandes, **RAISON}
    refus = await admin.passer("PUT", f"{BASE}/{compte_id}/roles", corps)
    assert refus.json()["type"] == f"/problemes/{nom}"
    assert pointeurs(refus) == ["/roles"]
    assert len(await plateforme.store.load(f"intervention-{compte_id}")) == 1


@pytest.mark.parametrize(
    ("methode", "chemin", "corps"),
    [
        ("PUT", "roles", {"id": str(uuid4()), "roles": ["mediateur"], **RAISON}),
        ("POST", "fermeture", RAISON),
        ("POST", "reouverture", RAISON),
        ("POST", "identites", {"sub": "x", **RAISON}),
        ("POST", "emplois", {"id": str(uuid4()), **EMPLOI, **RAISON}),
    ],
)
async def test_personne_n_agit_pour_son_propre_compte(
    plateforme: Any, gestionnaires: Any, methode: str, chemin: str, corps: Any
) -> None:
    admin = gestionnaires[Droit.ADMIN]
    moi = (await admin.moi())["compte_id"]
    refus = await admin.passer(methode, f"{BASE}/{moi}/{chemin}", corps)
    assert (refus.status_code, refus.json()["type"]) == (403, "/problemes/SonPropreCompte")
    assert await plateforme.store.load(f"intervention-{moi}") == []
