"""Droits d'application et suspension : donnés par un administrateur, effectifs aussitôt et partout."""

import base64
import datetime as dt
import json
import re
from typing import Any
from uuid import UUID, uuid4

import pytest
from events.store.store import Context
from identity.domain.acces import CompteSuspendu, DroitDonne
from identity.domain.vocabulaire import CompteId, Droit, MotifRevocation
from joserfc import jwt
from joserfc.jwk import KeySet

CONTEXTE = Context("essai", "essai")
AUDIENCES = ("identity", "activites", "equipes", "cartographie")
BASE = "/comptes/gestion/utilisateurs"
RAISON = {"raison": "Zuldravine a quitté le dispositif."}


async def roles(navigateur: Any) -> list[str]:
    """Those of the token that a service receives."""
    cles = KeySet.import_key_set((await navigateur.demander("GET", "/.well-known/jwks.json")).json())
    jeton = (await navigateur.jeton(audience="activites")).removeprefix("Bearer ")
    return jwt.decode(jeton, cles, algorithms=["ES256"]).claims["roles"]


async def entrer(plateforme: Any, navigateur: Any, personne: Any = None) -> str:
    """Signed in; the account's identifier."""
    plateforme.app.state.verifier.keys_changed()
    await navigateur.se_connecter(personne or plateforme.personne())
    return (await navigateur.moi())["compte_id"]


async def statut(navigateur: Any) -> int:
    return (await navigateur.demander("GET", "/auth/session")).status_code


async def test_un_droit_est_dans_la_session_et_dans_le_jeton(gestionnaires: Any) -> None:
    for droit, navigateur in gestionnaires.items():
        assert (await navigateur.moi())["droit"] == droit
        assert await roles(navigateur) == [droit]


async def test_un_administrateur_donne_un_droit_et_les_sessions_de_la_personne_se_ferment(
    plateforme: Any, gestionnaires: Any, navigateur: Any
) -> None:
    personne = plateforme.personne_forte()
    compte_id = await entrer(plateforme, navigateur, personne)
    corps = {"droit": "support", "raison": "Rejoint le support."}
    donne = await gestionnaires[Droit.ADMIN].passer("PUT", f"{BASE}/{compte_id}/droit", corps)
    assert donne.status_code == 204, donne.text
    assert await statut(navigateur) == 401
    await navigateur.se_connecter(personne)
    assert await roles(navigateur) == ["support"]
    await plateforme.suivre("interventions")
    ecrit = plateforme.dernier(personne.email)
    assert "un droit de gestion de la plateforme vous a été donné" in ecrit
    assert corps["raison"] not in ecrit
    [fait] = [r.event for r in await plateforme.store.load(f"acces-{compte_id}")]
    par = UUID((await gestionnaires[Droit.ADMIN].moi())["compte_id"])
    assert (fait.par, fait.raison, fait.droit) == (par, "Rejoint le support.", Droit.SUPPORT)
    retire = await gestionnaires[Droit.ADMIN].passer(
        "PUT", f"{BASE}/{compte_id}/droit", corps | {"droit": "aucun"}
    )
    assert retire.status_code == 204
    assert await statut(navigateur) == 401


async def test_la_raison_est_chiffre_dans_le_journal(
    plateforme: Any, gestionnaires: Any, navigateur: Any
) -> None:
    compte_id = await entrer(plateforme, navigateur)
    await gestionnaires[Droit.ADMIN].passer("POST", f"{BASE}/{compte_id}/suspension", RAISON)
    async with plateforme.database.raw() as connection:
        lignes = await connection.fetch(
            "select x::text from events x where stream = $1", f"acces-{compte_id}"
        )
    assert len(lignes) == 1
    assert "Zuldravine" not in lignes[0][0]


async def test_les_sessions_de_la_gestion_durent_moins(plateforme: Any, gestionnaires: Any) -> None:
    admin = gestionnaires[Droit.ADMIN]
    plateforme.heure.avancer(minutes=31)
    assert await statut(admin) == 401
    assert await statut(gestionnaires[Droit.SUPPORT]) == 401


async def test_une_session_active_de_la_gestion_expire_apres_huit_heures(
    plateforme: Any, gestionnaires: Any
) -> None:
    for _ in range(16):
        plateforme.heure.avancer(minutes=29)
        assert await statut(gestionnaires[Droit.ADMIN]) == 200
    plateforme.heure.avancer(minutes=17)
    assert await statut(gestionnaires[Droit.ADMIN]) == 401


async def test_qui_a_un_droit_repart_chercher_un_second_facteur(plateforme: Any, navigateur: Any) -> None:
    personne = plateforme.personne()
    compte_id = await entrer(plateforme, navigateur, personne)
    await plateforme.donner(compte_id, Droit.ADMIN)
    # The session that was there before carries nothing: one factor opened it.
    plateforme.heure.avancer(seconds=16)
    assert await roles(navigateur) == []
    del navigateur.siens["__Host-coop_session"]
    depart = await navigateur.se_connecter(personne, "/gestion/utilisateurs")
    assert "__Host-coop_session" not in navigateur.siens
    assert "eidas1-mfa" in depart.headers["location"]
    page = await navigateur.suivre(depart, "/auth/retour")
    page = await navigateur.repondre(page, {"email": personne.email})
    code = re.search(r'id="code-simule">(\d+)<', page.text)
    assert code is not None
    arrivee = await navigateur.finir(await navigateur.repondre(page, {"code": code[1]}))
    assert arrivee.headers["location"] == "/gestion/utilisateurs"
    assert await roles(navigateur) == ["admin"]


async def test_d11_un_niveau_abaisse_est_refuse_a_un_administrateur(plateforme: Any, navigateur: Any) -> None:
    personne = plateforme.personne_forte()
    await plateforme.donner(await entrer(plateforme, navigateur, personne), Droit.ADMIN)
    del navigateur.siens["__Host-coop_session"]
    plateforme.panne("lower_acr")
    depart = await navigateur.se_connecter(personne)
    page = await navigateur.suivre(depart, "/auth/retour")
    if not page.is_redirect:
        page = await navigateur.repondre(page, {"email": personne.email})
    refus = await navigateur.finir(page)
    assert refus.headers["location"].startswith("/aide/connexion/double-authentification?")
    assert await statut(navigateur) == 401


async def test_f4_suspendre_ferme_toutes_les_sessions_et_refuse_la_connexion(
    plateforme: Any, gestionnaires: Any, nouveau_navigateur: Any
) -> None:
    personne, ici, ailleurs = plateforme.personne(), nouveau_navigateur(), nouveau_navigateur()
    compte_id = await entrer(plateforme, ici, personne)
    await ailleurs.se_connecter(personne)
    admin = gestionnaires[Droit.ADMIN]
    for _ in range(2):
        assert (await admin.passer("POST", f"{BASE}/{compte_id}/suspension", RAISON)).status_code == 204
    assert [await statut(ici), await statut(ailleurs)] == [401, 401]
    for navigateur in (ici, ailleurs):
        for audience in AUDIENCES:
            verdict = await navigateur.demander(
                "GET", f"/auth/verifier?audience={audience}", headers={"X-Forwarded-Method": "GET"}
            )
            assert verdict.status_code == 401
    refus = await ici.se_connecter(personne)
    assert refus.headers["location"].startswith("/aide/connexion/suspendu?")
    assert await statut(ici) == 401
    assert [type(r.event) for r in await plateforme.store.load(f"acces-{compte_id}")] == [CompteSuspendu]
    leve = await admin.passer("POST", f"{BASE}/{compte_id}/suspension/fin", RAISON)
    assert leve.status_code == 204
    # What was closed stays closed: only signing in opens something.
    assert await statut(ailleurs) == 401
    await ici.se_connecter(personne)
    assert await statut(ici) == 200


async def test_f4_une_session_qui_survivrait_a_la_suspension_n_ouvre_rien(
    plateforme: Any, navigateur: Any
) -> None:
    """As a sign-in that ends while the account is being suspended: 15 s of a kept token, then nothing."""
    compte_id = await entrer(plateforme, navigateur)
    assert await roles(navigateur) == []
    quand = plateforme.heure.lire()
    fait = CompteSuspendu(CompteId(UUID(compte_id)), None, "essai", quand)
    jetons = [await navigateur.jeton(audience=audience) for audience in AUDIENCES]
    await plateforme.store.append(f"acces-{compte_id}", 0, [fait], CONTEXTE)
    plateforme.heure.avancer(seconds=16)
    for audience in AUDIENCES:
        verdict = await navigateur.demander(
            "GET", f"/auth/verifier?audience={audience}", headers={"X-Forwarded-Method": "GET"}
        )
        assert verdict.status_code == 401
    assert await statut(navigateur) == 401
    # Even where nothing is heard of it (no bus runs here), the last tokens given die by themselves.
    for jeton in jetons:
        corps = jeton.removeprefix("Bearer ").split(".")[1]
        fin = json.loads(base64.urlsafe_b64decode(corps + "=" * (-len(corps) % 4)))["exp"]
        assert fin - quand.timestamp() < 135


async def test_la_reaction_finit_ce_qu_une_panne_a_laisse(plateforme: Any, navigateur: Any) -> None:
    compte_id = await entrer(plateforme, navigateur)
    session_id = (await navigateur.moi())["session_id"]
    fait = CompteSuspendu(CompteId(UUID(compte_id)), None, "essai", plateforme.heure.lire())
    await plateforme.store.append(f"acces-{compte_id}", 0, [fait], CONTEXTE)
    await plateforme.suivre("acces_changes")
    faits = [r.event for r in await plateforme.store.load(f"session-{session_id}")]
    assert faits[-1].motif is MotifRevocation.SUSPENSION


async def test_qui_revient_apres_le_fait_n_est_pas_deconnecte_par_lui(
    plateforme: Any, navigateur: Any
) -> None:
    compte_id = UUID(await entrer(plateforme, navigateur))
    avant = plateforme.heure.lire() - dt.timedelta(minutes=1)
    fait = DroitDonne(CompteId(compte_id), Droit.SUPPORT, None, "essai", avant)
    await plateforme.store.append(f"acces-{compte_id}", 0, [fait], CONTEXTE)
    await plateforme.suivre("acces_changes")
    assert await statut(navigateur) == 200


async def test_deconnecter_ferme_les_sessions_et_se_reconnecter_reste_possible(
    plateforme: Any, gestionnaires: Any, navigateur: Any
) -> None:
    personne = plateforme.personne()
    compte_id = await entrer(plateforme, navigateur, personne)
    fermees = await gestionnaires[Droit.ADMIN].passer("POST", f"{BASE}/{compte_id}/deconnexion")
    assert fermees.status_code == 204
    assert await statut(navigateur) == 401
    await navigateur.se_connecter(personne)
    assert await statut(navigateur) == 200


@pytest.mark.parametrize(
    ("methode", "chemin", "corps"),
    [
        ("PUT", "droit", {"droit": "admin", **RAISON}),
        ("POST", "suspension", RAISON),
        ("POST", "suspension/fin", RAISON),
        ("POST", "deconnexion", None),
    ],
)
async def test_le_support_lit_seulement_et_pour_les_autres_rien_n_est_la(
    plateforme: Any, gestionnaires: Any, navigateur: Any, methode: str, chemin: str, corps: Any
) -> None:
    compte_id = await entrer(plateforme, navigateur)
    adresse = f"{BASE}/{compte_id}/{chemin}"
    assert (await gestionnaires[Droit.SUPPORT].passer(methode, adresse, corps)).status_code == 403
    assert (await navigateur.passer(methode, adresse, corps)).status_code == 404
    assert (await gestionnaires[Droit.ADMIN].passer(methode, f"{BASE}/{uuid4()}/{chemin}", corps)).json()[
        "type"
    ] == "/problemes/CompteInconnu"
    assert await plateforme.store.load(f"acces-{compte_id}") == []


@pytest.mark.parametrize(
    ("corps", "nom", "pointeur"),
    [
        ({"droit": "admin", "raison": " "}, "RaisonAbsente", "/raison"),
        ({"droit": "chef", "raison": "x"}, "SaisieInvalide", "/droit"),
        ({"droit": "admin", "raison": "x" * 501}, "SaisieInvalide", "/raison"),
    ],
)
async def test_une_decision_mal_dite_est_refusee_au_bon_champ(
    plateforme: Any, gestionnaires: Any, navigateur: Any, corps: Any, nom: str, pointeur: str
) -> None:
    compte_id = await entrer(plateforme, navigateur)
    refus = await gestionnaires[Droit.ADMIN].passer("PUT", f"{BASE}/{compte_id}/droit", corps)
    assert (refus.status_code, refus.json()["type"]) == (422, f"/problemes/{nom}")
    assert [e["pointeur"] for e in refus.json()["erreurs"]] == [pointeur]


async def test_un_administrateur_ne_decide_pas_de_son_propre_compte(gestionnaires: Any) -> None:
    admin = gestionnaires[Droit.ADMIN]
    moi = (await admin.moi())["compte_id"]
    refus = await admin.passer("POST", f"{BASE}/{moi}/suspension", RAISON)
    assert (refus.status_code, refus.json()["type"]) == (403, "/problemes/SonPropreCompte")
    assert await statut(admin) == 200
