"""Internal tokens: content, cache, keys, and what the service itself does with them."""

import datetime as dt
from typing import Any

import pytest
from identity.connexion.sessions.registre import coarse_agent
from joserfc import jwt
from joserfc.jwk import KeySet
from process.clock import Clock
from web.auth import Verifier
from web.jwks import Jwks
from web.problems import Problem


async def cles(navigateur: Any) -> KeySet:
    reponse = await navigateur.demander("GET", "/.well-known/jwks.json")
    assert reponse.headers["cache-control"] == "public, max-age=600"
    assert all(not {"d", "p", "q"} & set(key) for key in reponse.json()["keys"])
    return KeySet.import_key_set(reponse.json())


async def lire(navigateur: Any, entete: str) -> Any:
    return jwt.decode(entete.removeprefix("Bearer "), await cles(navigateur), algorithms=["ES256"])


async def test_le_jeton_ne_dit_que_ce_qu_il_faut(plateforme: Any, navigateur: Any) -> None:
    await navigateur.se_connecter(plateforme.personne())
    moi = await navigateur.moi()
    jeton = await lire(navigateur, await navigateur.jeton(audience="activites"))
    assert set(jeton.header) == {"alg", "typ", "kid"}
    assert (jeton.header["alg"], jeton.header["typ"]) == ("ES256", "at+jwt")
    assert set(jeton.claims) == {"iss", "aud", "sub", "sid", "roles", "iat", "exp"}
    assert jeton.claims["iss"] == plateforme.settings.issuer
    assert (jeton.claims["aud"], jeton.claims["roles"]) == ("activites", [])
    assert (jeton.claims["sub"], jeton.claims["sid"]) == (moi["compte_id"], moi["session_id"])
    assert jeton.claims["exp"] - jeton.claims["iat"] == 120


async def test_le_meme_jeton_sert_quinze_secondes_par_audience(plateforme: Any, navigateur: Any) -> None:
    await navigateur.se_connecter(plateforme.personne())
    premier = await navigateur.jeton()
    assert await navigateur.jeton() == premier
    assert await navigateur.jeton(audience="equipes") != premier
    plateforme.heure.avancer(seconds=16)
    assert await navigateur.jeton() != premier


@pytest.mark.parametrize("audience", ["", "autre", "identity,activites", "IDENTITY"])
async def test_une_audience_inconnue_est_refusee(plateforme: Any, navigateur: Any, audience: str) -> None:
    await navigateur.se_connecter(plateforme.personne())
    verdict = await navigateur.demander("GET", "/auth/verifier", params={"audience": audience})
    assert verdict.status_code == 422


async def test_sans_cookie_ou_avec_un_jeton_forge_la_passerelle_recoit_401(navigateur: Any) -> None:
    for entetes in ({}, {"Authorization": "Bearer a.b.c"}, {"Cookie": "__Host-coop_session=x"}):
        verdict = await navigateur.demander(
            "GET",
            "/auth/verifier?audience=activites",
            headers={"X-Forwarded-Method": "GET", **entetes},
        )
        assert verdict.status_code == 401
        assert verdict.headers["content-type"] == "application/problem+json"
        assert "authorization" not in verdict.headers


async def test_sans_methode_annoncee_la_passerelle_n_obtient_rien_sans_jeton_csrf(
    plateforme: Any, navigateur: Any
) -> None:
    await navigateur.se_connecter(plateforme.personne())
    verdict = await navigateur.demander("GET", "/auth/verifier?audience=activites")
    assert verdict.status_code == 403
    for methode in ("POST", "PUT", "PATCH", "DELETE", "QUELCONQUE", "post"):
        verdict = await navigateur.demander(
            "GET", "/auth/verifier?audience=activites", headers={"X-Forwarded-Method": methode}
        )
        assert verdict.status_code == 403


async def test_les_cles_tournent_en_restant_publiees(plateforme: Any, navigateur: Any) -> None:
    keys = plateforme.acces.keys
    await navigateur.se_connecter(plateforme.personne())
    avant = await keys.current()
    assert len((await keys.jwks())["keys"]) == 2
    ancien = await navigateur.jeton()
    plateforme.heure.avancer(days=30, seconds=1)
    await keys.ensure()
    apres = await keys.current()
    publies = [key["kid"] for key in (await keys.jwks())["keys"]]
    assert apres.kid != avant.kid
    assert {avant.kid, apres.kid} < set(publies)
    assert len(publies) == 3
    # The token signed just before still verifies, until it expires by itself.
    assert (await lire(navigateur, ancien)).header["kid"] == avant.kid
    plateforme.heure.avancer(minutes=31)
    await keys.ensure()
    assert avant.kid not in [key["kid"] for key in (await keys.jwks())["keys"]]


async def test_une_rotation_en_retard_laisse_aux_caches_le_temps_de_voir_la_cle(plateforme: Any) -> None:
    keys = plateforme.acces.keys
    await keys.ensure()
    plateforme.heure.avancer(days=200)
    await keys.ensure()
    maintenant = plateforme.heure.lire()
    suivante = max(key.active_le for key in await keys._fresh())
    assert suivante >= maintenant + dt.timedelta(minutes=14)
    assert (await keys.current()).active_le <= maintenant


@pytest.mark.parametrize("chemin", ["/comptes/moi", "/comptes/moi/emplois"])
async def test_sans_jeton_le_service_repond_401(plateforme: Any, navigateur: Any, chemin: str) -> None:
    await navigateur.se_connecter(plateforme.personne())
    assert (await navigateur.demander("GET", chemin)).status_code == 401
    autre = await navigateur.jeton(audience="activites")
    refus = await navigateur.demander("GET", chemin, headers={"Authorization": autre})
    assert refus.status_code == 401


@pytest.mark.parametrize(
    ("agent", "attendu"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit Chrome/140.0 Safari/537.36", "Chrome, Windows"),
        ("curl/8", "Navigateur inconnu"),
        ("", "Navigateur inconnu"),
    ],
)
def test_le_navigateur_n_est_decrit_que_grossierement(agent: str, attendu: str) -> None:
    assert coarse_agent(agent) == attendu


async def test_d05_une_session_revoquee_ne_vaut_plus_rien_ailleurs_au_terme_de_son_jeton_meme_sans_bus(
    plateforme: Any, navigateur: Any
) -> None:
    """No bus here at all: what another service accepts, it accepts until the token ends, and no longer."""
    reglages = plateforme.settings
    equipes = Verifier(
        issuer=reglages.issuer,
        audience="equipes",
        jwks=Jwks(reglages.jwks_url),
        clock=Clock(plateforme.heure.lire),
    )
    await navigateur.se_connecter(plateforme.personne())
    pris = (await navigateur.jeton(audience="equipes")).removeprefix("Bearer ")
    session_id = (await navigateur.moi())["session_id"]
    assert str((await equipes.verify(pris)).sid) == session_id
    assert (await navigateur.ecrire("DELETE", f"/auth/sessions/{session_id}")).status_code == 204
    verdict = await navigateur.demander("GET", "/auth/verifier", params={"audience": "equipes"})
    assert verdict.status_code == 401
    plateforme.heure.avancer(seconds=121)
    with pytest.raises(Problem):
        await equipes.verify(pris)
    await equipes.close()
