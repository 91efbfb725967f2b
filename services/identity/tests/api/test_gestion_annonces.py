"""Ce qui est dit à tous, et la maintenance : on lit, on n’écrit plus, sauf qui administre et le support."""

import datetime as dt
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from events.store.store import Context
from identity.domain.maintenance import PLATEFORME, TerminerMaintenance
from identity.domain.vocabulaire import CompteId, Droit

CONTEXTE = Context("essai", "essai")
PERSONNE = CompteId(UUID(int=0))
BASE = "/comptes/gestion"
MESSAGE = "Mise à jour, jusqu’à 20 h."


@pytest_asyncio.fixture
async def admin(plateforme: Any, gestionnaires: Any) -> AsyncIterator[Any]:
    """An administrator, after whom everybody may write again."""
    plateforme.app.state.verifier.keys_changed()
    yield gestionnaires[Droit.ADMIN]
    async with plateforme.database.engine.begin() as connection:
        await connection.exec_driver_sql("delete from annonces")
    terminer = TerminerMaintenance(PERSONNE, plateforme.heure.lire())
    await plateforme.store.execute(PLATEFORME, terminer, CONTEXTE)


async def dites(plateforme: Any, qui: Any) -> Any:
    await plateforme.rattraper("annonces")
    return (await qui.demander("GET", "/auth/annonces")).json()


async def verdict(qui: Any, methode: str, chemin: str = "/activites") -> Any:
    entetes = {"Origin": qui.base, "X-CSRF-Token": (await qui.moi())["csrf"]}
    transmis = {"X-Forwarded-Method": methode, "X-Forwarded-Uri": chemin}
    return await qui.demander("GET", "/auth/verifier?audience=activites", headers=entetes | transmis)


async def test_une_annonce_se_lit_sans_etre_connecte_jusqu_a_son_terme(
    plateforme: Any, admin: Any, nouveau_navigateur: Any
) -> None:
    anonyme = nouveau_navigateur()
    maintenant = plateforme.heure.lire()
    bientot, demain = ((maintenant + dt.timedelta(hours=heures)).isoformat() for heures in (1, 24))
    en_cours = {"id": str(uuid4()), "texte": "Carte fermée mardi.", "au": bientot}
    a_venir = {"id": str(uuid4()), "texte": "Bientôt.", "du": demain}
    for corps in (en_cours, en_cours, a_venir):
        assert (await admin.passer("POST", f"{BASE}/annonces", corps)).status_code == 204
    assert await dites(plateforme, anonyme) == {"maintenance": None, "annonces": ["Carte fermée mardi."]}
    plateforme.heure.avancer(minutes=25)
    assert (await admin.moi())["droit"] == "admin"
    plateforme.heure.avancer(minutes=25)
    assert (await admin.moi())["droit"] == "admin"
    plateforme.heure.avancer(minutes=15)
    assert (await dites(plateforme, anonyme))["annonces"] == []
    retire = await admin.passer("DELETE", f"{BASE}/annonces/{a_venir['id']}")
    assert retire.status_code == 204
    await plateforme.rattraper("annonces")
    listees = (await admin.passer("GET", f"{BASE}/annonces")).json()["elements"]
    assert [a["texte"] for a in listees if a["retiree_le"]] == ["Bientôt."]


@pytest.mark.parametrize(
    ("corps", "pointeur"),
    [
        ({"texte": " "}, "/texte"),
        ({"texte": "x" * 301}, "/texte"),
        ({"texte": "x", "au": "2020-01-01T00:00:00Z"}, "/au"),
        ({"texte": "x", "au": "demain"}, "/au"),
        ({"texte": "x", "au": "2030-01-01T00:00:00"}, "/au"),
    ],
)
async def test_une_annonce_mal_dite_est_refusee_au_bon_champ(admin: Any, corps: Any, pointeur: str) -> None:
    refus = await admin.passer("POST", f"{BASE}/annonces", {"id": str(uuid4()), **corps})
    assert refus.status_code == 422
    assert [e["pointeur"] for e in refus.json()["erreurs"]] == [pointeur]


async def test_la_maintenance_coupe_les_ecritures_et_pas_les_lectures(
    plateforme: Any, admin: Any, gestionnaires: Any, navigateur: Any
) -> None:
    await navigateur.se_connecter(plateforme.personne())
    assert (await verdict(navigateur, "POST")).status_code == 200
    assert (await admin.passer("PUT", f"{BASE}/maintenance", {"message": MESSAGE})).status_code == 204
    assert (await dites(plateforme, navigateur))["maintenance"]["message"] == MESSAGE
    for methode in ("POST", "PUT", "PATCH", "DELETE", "QUELCONQUE"):
        refus = await verdict(navigateur, methode)
        assert (refus.status_code, refus.json()["type"]) == (503, "/problemes/Maintenance")
        assert (refus.json()["detail"], refus.headers["retry-after"]) == (MESSAGE, "300")
    for methode, chemin in (("GET", "/activites"), ("HEAD", "/activites"), ("POST", "/statistiques")):
        assert (await verdict(navigateur, methode, chemin)).status_code == 200
    for droit in (Droit.ADMIN, Droit.SUPPORT):
        assert (await verdict(gestionnaires[droit], "POST")).status_code == 200
    # Leaving, and coming back, are no writes of the platform.
    assert (await navigateur.ecrire("POST", "/auth/deconnexion")).status_code == 200
    assert (await admin.passer("DELETE", f"{BASE}/maintenance")).status_code == 204
    await navigateur.se_connecter(plateforme.personne())
    assert (await verdict(navigateur, "POST")).status_code == 200
    assert (await dites(plateforme, navigateur))["maintenance"] is None


@pytest.mark.parametrize(
    ("methode", "chemin", "corps"),
    [
        ("PUT", "maintenance", {"message": MESSAGE}),
        ("DELETE", "maintenance", None),
        ("POST", "annonces", {"id": str(uuid4()), "texte": "x"}),
        ("DELETE", "annonces/0190a000-0000-7000-8000-0000000000a1", None),
    ],
)
async def test_seul_un_administrateur_en_decide(
    plateforme: Any, admin: Any, gestionnaires: Any, navigateur: Any, methode: str, chemin: str, corps: Any
) -> None:
    await navigateur.se_connecter(plateforme.personne())
    adresse = f"{BASE}/{chemin}"
    assert (await gestionnaires[Droit.SUPPORT].passer(methode, adresse, corps)).status_code == 403
    assert (await navigateur.passer(methode, adresse, corps)).status_code == 404
    assert (await gestionnaires[Droit.SUPPORT].passer("GET", f"{BASE}/annonces")).status_code == 200
    assert (await navigateur.passer("GET", f"{BASE}/annonces")).status_code == 404
