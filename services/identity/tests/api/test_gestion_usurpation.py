"""F5 : voir la plateforme comme une personne, avec une raison, 30 min, sans rien changer ni télécharger."""

from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from courriels.remise import BoiteLocale
from events.projection.manager import Manager
from events.testing import carry_through
from identity.app import DESCRIPTION
from identity.connexion.sessions.jetons import load_compte
from identity.domain.compte import EnInscription
from identity.domain.vocabulaire import CompteId, Droit
from joserfc import jwt
from joserfc.jwk import KeySet

BASE = "/comptes/gestion/utilisateurs"
RAISON = {"raison": "Ne trouve plus ses comptes rendus."}
SESSION = "__Host-coop_session"


async def entrer(plateforme: Any, navigateur: Any, **champs: Any) -> str:
    """Somebody of the public signs in; the account."""
    plateforme.app.state.verifier.keys_changed()
    await navigateur.se_connecter(plateforme.personne(**champs))
    return (await navigateur.moi())["compte_id"]


async def voir(qui: Any, compte_id: str, corps: Any = RAISON) -> Any:
    return await qui.passer("POST", f"{BASE}/{compte_id}/usurpation", corps)


async def verdict(qui: Any, methode: str, chemin: str, **entetes: str) -> int:
    """What the gateway is answered for a request of this browser."""
    proteges = {"Origin": qui.base, "X-CSRF-Token": (await qui.moi())["csrf"]}
    transmis = {"X-Forwarded-Method": methode, "X-Forwarded-Uri": chemin}
    url = "/auth/verifier?audience=activites"
    return (await qui.demander("GET", url, headers=proteges | transmis | entetes)).status_code


async def faits(plateforme: Any, compte_id: str) -> list[str]:
    return [type(r.event).__name__ for r in await plateforme.store.load(f"usurpation-{compte_id}")]


@pytest.mark.parametrize("droit", [Droit.SUPPORT, Droit.ADMIN])
async def test_f5_on_voit_ce_que_la_personne_voit_puis_on_redevient_soi(
    plateforme: Any, gestionnaires: Any, navigateur: Any, droit: Droit
) -> None:
    compte_id, soutien = await entrer(plateforme, navigateur), gestionnaires[droit]
    soi, avant = await soutien.moi(), soutien.siens[SESSION]
    assert (await voir(soutien, compte_id)).status_code == 204
    vu = await soutien.moi()
    assert (vu["compte_id"], vu["droit"], vu["roles"]) == (compte_id, "aucun", [])
    assert vu["usurpation"]["usurpateur"] == soi["compte_id"]
    assert vu["usurpation"]["jusqu_a"] == vu["expire_le"]
    jeton = (await soutien.jeton()).removeprefix("Bearer ")
    cles = KeySet.import_key_set((await soutien.demander("GET", "/.well-known/jwks.json")).json())
    claims = jwt.decode(jeton, cles, algorithms=["ES256"]).claims
    assert (claims["sub"], claims["act"]) == (compte_id, {"sub": soi["compte_id"]})
    await plateforme.rattraper("comptes")
    assert (await soutien.passer("GET", "/comptes/moi")).json()["compte_id"] == compte_id
    assert (await soutien.passer("GET", BASE)).status_code == 404
    revenu = await soutien.ecrire("POST", "/auth/usurpation/fin")
    assert (revenu.status_code, revenu.json()) == (200, {"compte_id": compte_id})
    apres = await soutien.moi()
    assert (apres["compte_id"], apres["droit"], apres["usurpation"]) == (soi["compte_id"], droit, None)
    assert await faits(plateforme, compte_id) == ["UsurpationCommencee", "UsurpationTerminee"]
    soutien.siens[SESSION] = avant
    assert (await soutien.demander("GET", "/auth/session")).status_code == 401


async def test_f5_rien_ne_se_change_ni_ne_se_telecharge(
    plateforme: Any, gestionnaires: Any, navigateur: Any
) -> None:
    compte_id, soutien = await entrer(plateforme, navigateur), gestionnaires[Droit.SUPPORT]
    assert await verdict(navigateur, "GET", "/activites/export?format=csv") == 200
    await voir(soutien, compte_id)
    assert await verdict(soutien, "GET", "/activites") == 200
    for methode, chemin in (
        ("POST", "/activites"),
        ("PUT", "/activites/1"),
        ("DELETE", "/activites/1"),
        ("GET", "/activites/export"),
        ("GET", "/comptes/moi/archive/export"),
        ("GET", "/activites/%65xport?format=csv"),
        ("GET", "/activites/EXPORT"),
    ):
        assert await verdict(soutien, methode, chemin) == 403, chemin
    autre = (await navigateur.moi())["session_id"]
    refus = await soutien.ecrire("DELETE", f"/auth/sessions/{autre}")
    assert (refus.status_code, refus.json()["type"]) == (403, "/problemes/LectureSeule")
    # Behind the gateway too: the service itself refuses what the token says.
    jeton = await soutien.jeton()
    emploi = await soutien.demander("POST", "/comptes/moi/emplois", json={}, headers={"Authorization": jeton})
    assert (emploi.status_code, emploi.json()["type"]) == (403, "/problemes/LectureSeule")


async def test_f5_trente_minutes_et_c_est_fini_des_deux_cotes(
    plateforme: Any, gestionnaires: Any, navigateur: Any
) -> None:
    compte_id, soutien = await entrer(plateforme, navigateur), gestionnaires[Droit.SUPPORT]
    await voir(soutien, compte_id)
    for _ in range(2):
        plateforme.heure.avancer(minutes=14)
        assert (await soutien.demander("GET", "/auth/session")).status_code == 200
    plateforme.heure.avancer(minutes=3)
    assert (await soutien.demander("GET", "/auth/session")).status_code == 401
    await plateforme.suivre("usurpations")
    assert await faits(plateforme, compte_id) == ["UsurpationCommencee", "UsurpationTerminee"]


async def test_f5_la_personne_est_prevenue_et_le_lit_dans_son_histoire(
    plateforme: Any, gestionnaires: Any, navigateur: Any, tmp_path: Path
) -> None:
    compte_id = await entrer(plateforme, navigateur)
    courriel = (await navigateur.moi())["courriel"]
    await plateforme.suivre("usurpations")
    await voir(gestionnaires[Droit.SUPPORT], compte_id)
    boite = BoiteLocale(tmp_path / "boite", "La Coop <x@coop.exemple.fr>", plateforme.heure.lire)
    reaction = next(r for r in DESCRIPTION.reactions if r.name == "usurpations")
    executor = DESCRIPTION.executor(reaction, replace(plateforme.outils, courrier=boite))
    await carry_through(Manager(plateforme.database, DESCRIPTION.feed(plateforme.store), reaction), executor)
    [message] = (tmp_path / "boite").glob("*.eml")
    texte = message.read_text()
    assert f"To: {courriel}" in texte
    assert RAISON["raison"] not in texte
    assert await faits(plateforme, compte_id) == ["UsurpationCommencee"]
    phrases = [
        f["phrase"] for f in (await navigateur.passer("GET", "/comptes/moi/histoire")).json()["elements"]
    ]
    assert f"Compte vu par un administrateur, 30 minutes au plus. Raison : {RAISON['raison']}" in phrases
    assert "Session ouverte pour voir la plateforme comme cette personne." in phrases


async def test_f5_une_personne_a_la_fois(
    plateforme: Any, gestionnaires: Any, nouveau_navigateur: Any
) -> None:
    soutien = gestionnaires[Droit.SUPPORT]
    premiere, seconde = [await entrer(plateforme, nouveau_navigateur()) for _ in range(2)]
    await voir(soutien, premiere)
    usurpee = soutien.siens[SESSION]
    # The same person of the support, signed in again elsewhere.
    courriel = await courriel_de(plateforme, soutien)
    [qui] = [p for p in plateforme.faux.monde.personnes.values() if p.email == courriel]
    ailleurs = nouveau_navigateur()
    await ailleurs.se_connecter(qui)
    assert (await voir(ailleurs, seconde)).status_code == 204
    soutien.siens[SESSION] = usurpee
    assert (await soutien.demander("GET", "/auth/session")).status_code == 401
    assert await faits(plateforme, premiere) == ["UsurpationCommencee", "UsurpationTerminee"]


async def courriel_de(plateforme: Any, usurpateur: Any) -> str:
    """The address of who sees the platform as somebody else."""
    qui = (await usurpateur.moi())["usurpation"]["usurpateur"]
    state = await load_compte(plateforme.store, CompteId(UUID(qui)))
    assert isinstance(state, EnInscription)
    return state.personne.courriel


async def test_f5_qui_perd_son_droit_ne_voit_plus_rien(
    plateforme: Any, gestionnaires: Any, navigateur: Any
) -> None:
    compte_id, soutien = await entrer(plateforme, navigateur), gestionnaires[Droit.SUPPORT]
    qui = (await soutien.moi())["compte_id"]
    await voir(soutien, compte_id)
    retrait = {"droit": "aucun", "raison": "Quitte le support."}
    await gestionnaires[Droit.ADMIN].passer("PUT", f"{BASE}/{qui}/droit", retrait)
    assert (await soutien.demander("GET", "/auth/session")).status_code == 401
    assert (await navigateur.demander("GET", "/auth/session")).status_code == 200


async def test_f5_se_deconnecter_ferme_les_deux_sessions(
    plateforme: Any, gestionnaires: Any, navigateur: Any
) -> None:
    compte_id, soutien = await entrer(plateforme, navigateur), gestionnaires[Droit.SUPPORT]
    qui = (await soutien.moi())["compte_id"]
    await voir(soutien, compte_id)
    assert (await soutien.ecrire("POST", "/auth/deconnexion")).status_code == 200
    assert await plateforme.acces.registre.of(UUID(qui)) == []
    assert (await navigateur.demander("GET", "/auth/session")).status_code == 200


async def test_f5_ce_qui_ne_se_voit_pas_ainsi_et_qui_n_y_a_pas_droit(
    plateforme: Any, gestionnaires: Any, navigateur: Any
) -> None:
    compte_id, soutien = await entrer(plateforme, navigateur), gestionnaires[Droit.SUPPORT]
    admin = gestionnaires[Droit.ADMIN]
    for cible in ((await admin.moi())["compte_id"], (await soutien.moi())["compte_id"]):
        refus = await voir(soutien, cible)
        assert (refus.status_code, refus.json()["type"]) == (409, "/problemes/UsurpationImpossible")
    sans_raison = await voir(soutien, compte_id, {"raison": " "})
    assert [e["pointeur"] for e in sans_raison.json()["erreurs"]] == ["/raison"]
    assert (await voir(navigateur, compte_id)).status_code == 404
    cookie = navigateur.siens[SESSION]
    assert (await navigateur.ecrire("POST", "/auth/usurpation/fin")).status_code == 200
    assert navigateur.siens[SESSION] == cookie
    assert await faits(plateforme, compte_id) == []
