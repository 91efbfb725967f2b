"""`/oauth/*` : ce qu'un client de machine obtient, et chaque défaut d'Authlib que nos règles contredisent."""

import asyncio
import datetime as dt
import json
import time
from typing import Any

import httpx2
import pytest
import pytest_asyncio
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from identity.oauth.cadence import BY_ADDRESS, BY_CLIENT
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey

from .programme import LIRE, Administrateur, Programme, assertion


def cle(kid: str | None = None) -> ECKey:
    """A key of one's own. kid : its name, its thumbprint unless given."""
    if kid is None:
        return ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, auto_kid=True)
    return ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256", "kid": kid})


@pytest_asyncio.fixture(autouse=True)
async def sans_cadence(plateforme: Any) -> None:
    """Every test asks from one address: each has its minute."""
    async with plateforme.database.raw() as connection:
        await connection.execute("delete from cadences_clients")


async def refus(reponse: httpx2.Response) -> tuple[int, Any]:
    assert reponse.headers["cache-control"] == "no-store"
    assert ("www-authenticate" in reponse.headers) == (reponse.status_code == 401)
    return reponse.status_code, reponse.json()


INCONNU = (401, {"error": "invalid_client"})


# --- Le jeton ---


async def test_le_jeton_d_un_client_vaut_quinze_minutes_pour_l_api_et_ne_dit_que_ce_qu_il_faut(
    plateforme: Any, programme: Programme, http: httpx2.AsyncClient
) -> None:
    reponse = await programme.poster("/oauth/token", LIRE, programme.basic())
    assert reponse.status_code == 200
    assert reponse.headers["cache-control"] == "no-store"
    recu = reponse.json()
    assert {nom: recu[nom] for nom in ("token_type", "expires_in", "scope")} == {
        "token_type": "Bearer",
        "expires_in": 900,
        "scope": "lieux:lire",
    }
    publiees = KeySet.import_key_set((await http.get("/.well-known/jwks.json")).json())
    jeton = jwt.decode(recu["access_token"], publiees, algorithms=["ES256"])
    assert set(jeton.header) == {"alg", "typ", "kid"}
    assert (jeton.header["alg"], jeton.header["typ"]) == ("ES256", "at+jwt")
    assert set(jeton.claims) == {"iss", "aud", "sub", "client_id", "scope", "jti", "iat", "exp"}
    assert jeton.claims["aud"] == f"{plateforme.settings.issuer}/api"
    assert jeton.claims["sub"] == jeton.claims["client_id"] == programme.client_id
    assert jeton.claims["exp"] - jeton.claims["iat"] == 900


async def test_le_secret_se_montre_dans_l_en_tete_ou_dans_le_corps(programme: Programme) -> None:
    for preuve in (({}, programme.basic()), (programme.post(), {})):
        assert (await programme.poster("/oauth/token", {**LIRE, **preuve[0]}, preuve[1])).status_code == 200


async def test_deux_secrets_vivent_le_temps_d_une_rotation(
    programme: Programme, admin: Administrateur
) -> None:
    ancien, nouveau = programme.secret, await admin.secret(programme.client_id)
    for secret in (ancien, nouveau):
        assert (await programme.poster("/oauth/token", LIRE, programme.basic(secret))).status_code == 200
    fiche = (await admin.demander("GET", f"/clients/{programme.client_id}")).json()
    plus_ancien = fiche["secrets"][-1]["secret_id"]
    retrait = await admin.demander("DELETE", f"/clients/{programme.client_id}/secrets/{plus_ancien}")
    assert retrait.status_code == 204
    assert await refus(await programme.poster("/oauth/token", LIRE, programme.basic(ancien))) == INCONNU
    assert (await programme.poster("/oauth/token", LIRE, programme.basic(nouveau))).status_code == 200


async def test_un_client_inconnu_et_un_mauvais_secret_recoivent_la_meme_reponse(
    programme: Programme, http: httpx2.AsyncClient
) -> None:
    etranger = Programme(http, "00000000-0000-4000-8000-000000000000", programme.secret)
    essais = [
        (LIRE, programme.basic("coop_secret_faux")),
        (LIRE, etranger.basic()),
        (LIRE, Programme(http, "pas-un-uuid", "x").basic()),
        (LIRE, Programme(http, programme.client_id.upper(), programme.secret).basic()),
        (LIRE, {"Authorization": "Basic %%%"}),
        (LIRE, {"Authorization": "Basic w6nDqcOp/w=="}),
        (LIRE, {"Authorization": "Bearer x"}),
        (LIRE | programme.post("coop_secret_faux"), {}),
        (LIRE | etranger.post(), {}),
        (LIRE | programme.post("x" * 5000), {}),
        (LIRE | {"client_id": programme.client_id}, {}),
        (LIRE, {}),
    ]
    reponses = [await programme.poster("/oauth/token", *essai) for essai in essais]
    assert [await refus(reponse) for reponse in reponses] == [INCONNU] * len(essais)
    assert len({reponse.headers["www-authenticate"] for reponse in reponses}) == 1


async def test_deux_preuves_a_la_fois_sont_refusees(
    programme: Programme, admin: Administrateur, plateforme: Any
) -> None:
    """Authlib prend la première qui convient ; RFC 6749 §2.3 n'en permet qu'une."""
    sienne = cle()
    a_cle = await admin.programme_a_cle(sienne)
    prouve = assertion(a_cle, sienne, plateforme.settings.issuer)
    for formulaire, entetes in (
        (LIRE | programme.post(), programme.basic()),
        (LIRE | prouve, programme.basic()),
        (LIRE | prouve | {"client_secret": "x"}, {}),
    ):
        assert await refus(await programme.poster("/oauth/token", formulaire, entetes)) == INCONNU
    autre_nom = LIRE | {"client_id": a_cle.client_id}
    assert await refus(await programme.poster("/oauth/token", autre_nom, programme.basic())) == INCONNU
    meme_nom = LIRE | {"client_id": programme.client_id}
    assert (await programme.poster("/oauth/token", meme_nom, programme.basic())).status_code == 200


@pytest.mark.parametrize(
    ("champs", "erreur"),
    [
        ({"scope": "utilisateurs:lire"}, "invalid_scope"),
        ({"scope": "lieux:lire utilisateurs:lire"}, "invalid_scope"),
        ({"scope": "inconnue"}, "invalid_scope"),
        ({"scope": ""}, "invalid_scope"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": 'é"\\'}, "unsupported_grant_type"),
        ({"grant_type": ""}, "unsupported_grant_type"),
    ],
)
async def test_rien_n_est_donne_qui_ne_soit_permis_et_rien_de_demande_n_est_tu(
    programme: Programme, champs: dict[str, str], erreur: str
) -> None:
    reponse = await programme.poster("/oauth/token", {**LIRE, **champs}, programme.basic())
    assert await refus(reponse) == (400, {"error": erreur})


async def test_un_parametre_repete_est_refuse(programme: Programme) -> None:
    repete = "grant_type=client_credentials&scope=lieux%3Alire&scope=structures%3Alire"
    for chemin in ("/oauth/token", "/oauth/introspect", "/oauth/revoke"):
        reponse = await programme.poster(chemin, repete, programme.basic())
        assert await refus(reponse) == (400, {"error": "invalid_request"})
    trop = "&".join(f"p{n}=1" for n in range(30))
    reponse = await programme.poster("/oauth/token", trop, programme.basic())
    assert await refus(reponse) == (400, {"error": "invalid_request"})


async def test_le_caractere_nul_un_texte_illisible_et_un_autre_format_sont_refuses(
    programme: Programme, http: httpx2.AsyncClient
) -> None:
    for corps in (LIRE | {"client_id": "a\0", "client_secret": "x"}, b"scope=\0", b"scope=%00"):
        assert (await programme.poster("/oauth/token", corps)).status_code == 422
    nul = Programme(http, f"{programme.client_id}\0", "x")
    assert await refus(await nul.poster("/oauth/token", LIRE, nul.basic())) == INCONNU
    assert (await programme.poster("/oauth/token", b"scope=\xff", programme.basic())).status_code == 400
    en_json = await http.post("/oauth/token", json=LIRE, headers=programme.basic())
    assert en_json.status_code == 415


# --- Par clé ---


async def test_une_cle_prouve_le_client_et_chaque_preuve_ne_sert_qu_une_fois(
    admin: Administrateur, plateforme: Any
) -> None:
    sienne = cle()
    a_cle = await admin.programme_a_cle(sienne)
    preuve = assertion(a_cle, sienne, plateforme.settings.issuer)
    reponses = await asyncio.gather(*(a_cle.poster("/oauth/token", LIRE | preuve) for _ in range(4)))
    assert sorted(reponse.status_code for reponse in reponses) == [200, 401, 401, 401]
    emetteur = assertion(a_cle, sienne, plateforme.settings.issuer, aud=plateforme.settings.issuer)
    assert (await a_cle.poster("/oauth/token", LIRE | emetteur)).status_code == 200


async def test_une_cle_rsa_prouve_aussi(admin: Administrateur, plateforme: Any) -> None:
    rsa = RSAKey.generate_key(2048, auto_kid=True)
    a_cle = await admin.programme_a_cle(rsa)
    preuve = assertion(a_cle, rsa, plateforme.settings.issuer, alg="RS256")
    assert (await a_cle.poster("/oauth/token", LIRE | preuve)).status_code == 200


async def test_une_preuve_par_cle_fausse_en_un_point_est_refusee(
    admin: Administrateur, plateforme: Any, http: httpx2.AsyncClient
) -> None:
    sienne, emetteur = cle(), plateforme.settings.issuer
    a_cle = await admin.programme_a_cle(sienne)
    autre = await admin.programme_a_cle(cle())
    maintenant = int(time.time())
    publique_en_secret = OctKey.import_key(json.dumps(sienne.as_dict(private=False)))

    def faux(**change: Any) -> dict[str, str]:
        return assertion(a_cle, sienne, emetteur, **change)

    essais = {
        "autre clé": faux(avec=cle(sienne.kid)),
        "clé publique en secret HMAC": faux(alg="HS256", avec=publique_en_secret),
        "expirée": faux(exp=maintenant - 300),
        "d'un an": faux(exp=maintenant + 31_536_000),
        "de plus d'une heure": faux(exp=maintenant + 3700),
        "échéance en texte": faux(exp=str(maintenant + 60)),
        "échéance booléenne": faux(exp=True),
        "sans échéance": faux(exp=None),
        "pour un autre": faux(aud="https://ailleurs.exemple.fr"),
        "sans destinataire": faux(aud=None),
        "sans jti": faux(jti=None),
        "jti en liste": faux(jti=["x"]),
        "jti énorme": faux(jti="x" * 300),
        "au nom d'un autre": faux(sub=autre.client_id, iss=autre.client_id),
        "émise par un autre": faux(iss=autre.client_id),
        "sub en liste": faux(sub=[a_cle.client_id]),
        "du futur": faux(nbf=maintenant + 600),
        "illisible": faux() | {"client_assertion": "a.b.c"},
        "vide de sens": faux() | {"client_assertion": "é"},
        "autre sorte": faux() | {"client_assertion_type": "x"},
    }
    statuts = {nom: await refus(await a_cle.poster("/oauth/token", LIRE | e)) for nom, e in essais.items()}
    assert {nom: recu for nom, recu in statuts.items() if recu != INCONNU} == {}
    # The control of all the others.
    assert (await a_cle.poster("/oauth/token", LIRE | faux())).status_code == 200


async def test_un_client_sans_cle_ne_se_prouve_pas_par_cle_ni_un_client_a_cle_par_secret(
    programme: Programme, plateforme: Any, admin: Administrateur
) -> None:
    sienne = cle()
    preuve = assertion(programme, sienne, plateforme.settings.issuer)
    assert await refus(await programme.poster("/oauth/token", LIRE | preuve)) == INCONNU
    corps = {"cles": [{**sienne.as_dict(private=False), "kid": sienne.kid}]}
    await admin.demander("PUT", f"/clients/{programme.client_id}/cles", corps)
    assert await refus(await programme.poster("/oauth/token", LIRE, programme.basic())) == INCONNU
    assert (await programme.poster("/oauth/token", LIRE | preuve)).status_code == 200


async def test_le_client_ordinaire_d_un_partenaire_obtient_un_jeton(
    programme: Programme, admin: Administrateur, plateforme: Any
) -> None:
    sienne, emetteur = cle(), plateforme.settings.issuer
    a_cle = await admin.programme_a_cle(sienne)
    for methode, qui, preuve in (
        ("client_secret_basic", programme, programme.secret),
        ("client_secret_post", programme, programme.secret),
        ("private_key_jwt", a_cle, sienne),
    ):
        client: Any = AsyncOAuth2Client(
            qui.client_id, preuve, token_endpoint_auth_method=methode, scope="lieux:lire", trust_env=False
        )
        async with client as partenaire:
            partenaire.register_client_auth_method(PrivateKeyJWT(alg="ES256", headers={"kid": sienne.kid}))
            recu = await partenaire.fetch_token(f"{emetteur}/oauth/token", grant_type="client_credentials")
        assert recu["token_type"] == "Bearer", methode


# --- Introspection, révocation, métadonnées ---


async def test_un_client_voit_ce_que_vaut_son_jeton_et_pas_celui_d_un_autre(
    programme: Programme, admin: Administrateur
) -> None:
    jeton, voisin = await programme.jeton(), await admin.programme()
    vu = (await programme.poster("/oauth/introspect", {"token": jeton}, programme.basic())).json()
    assert (vu["active"], vu["scope"], vu["client_id"]) == (True, "lieux:lire", programme.client_id)
    for qui, quoi in ((voisin, jeton), (programme, "illisible"), (programme, f"{jeton}x")):
        reponse = await qui.poster("/oauth/introspect", {"token": quoi}, qui.basic())
        assert (reponse.status_code, reponse.json()) == (200, {"active": False})
    assert await refus(await programme.poster("/oauth/introspect", {"token": jeton})) == INCONNU
    sans = await programme.poster("/oauth/introspect", {}, programme.basic())
    assert await refus(sans) == (400, {"error": "invalid_request"})


async def test_un_jeton_interne_n_est_pas_un_jeton_de_client(programme: Programme, http: Any) -> None:
    interne = (await verifier(http, await programme.jeton())).headers["authorization"].removeprefix("Bearer ")
    vu = (await programme.poster("/oauth/introspect", {"token": interne}, programme.basic())).json()
    assert vu == {"active": False}


async def test_revoquer_le_jeton_d_un_autre_reussit_sans_effet(
    programme: Programme, admin: Administrateur
) -> None:
    """Authlib répond 400 ; RFC 7009 §2.2 : 200, et rien n'est dit du jeton."""
    jeton, voisin = await programme.jeton(), await admin.programme()
    for qui, quoi in ((voisin, jeton), (voisin, "illisible")):
        reponse = await qui.poster("/oauth/revoke", {"token": quoi}, qui.basic())
        assert (reponse.status_code, reponse.json()) == (200, {})
    vu = (await programme.poster("/oauth/introspect", {"token": jeton}, programme.basic())).json()
    assert vu["active"]


async def test_un_jeton_revoque_ne_vaut_plus_rien(programme: Programme, http: httpx2.AsyncClient) -> None:
    jeton, autre = await programme.jeton(), await programme.jeton()
    for _ in range(2):
        indice = {"token": jeton, "token_type_hint": "sorte_inconnue"}
        reponse = await programme.poster("/oauth/revoke", indice, programme.basic())
        assert (reponse.status_code, reponse.json()) == (200, {})
    vu = (await programme.poster("/oauth/introspect", {"token": jeton}, programme.basic())).json()
    assert vu == {"active": False}
    assert (await verifier(http, jeton)).status_code == 401
    assert (await verifier(http, autre)).status_code == 200


async def test_les_metadonnees_disent_ce_que_le_serveur_fait(
    http: httpx2.AsyncClient, plateforme: Any
) -> None:
    lues = (await http.get("/.well-known/oauth-authorization-server")).json()
    emetteur = plateforme.settings.issuer
    assert lues["issuer"] == emetteur
    assert lues["grant_types_supported"] == ["client_credentials"]
    assert lues["token_endpoint_auth_methods_supported"] == [
        "client_secret_basic",
        "client_secret_post",
        "private_key_jwt",
    ]
    for adresse in ("token_endpoint", "introspection_endpoint", "revocation_endpoint"):
        assert (await http.post(lues[adresse].removeprefix(emetteur))).status_code in (401, 415)
    assert (await http.get(lues["jwks_uri"].removeprefix(emetteur))).status_code == 200


# --- Suspension, échéance, cadence, dernier usage ---


async def verifier(http: httpx2.AsyncClient, jeton: str, service: str = "activites") -> httpx2.Response:
    """What the gateway asks for a request that carries this token."""
    entetes = {
        "Authorization": f"Bearer {jeton}",
        "X-Forwarded-Method": "GET",
        "X-Forwarded-Uri": "/lieux?x=1",
    }
    return await http.get(f"/auth/verifier?audience={service}", headers=entetes)


async def test_la_passerelle_echange_le_jeton_d_un_client_contre_celui_d_un_service(
    programme: Programme, http: httpx2.AsyncClient
) -> None:
    jeton = await programme.jeton()
    verdict = await verifier(http, jeton)
    assert verdict.status_code == 200
    interne = verdict.headers["authorization"].removeprefix("Bearer ")
    publiees = KeySet.import_key_set((await http.get("/.well-known/jwks.json")).json())
    claims = jwt.decode(interne, publiees, algorithms=["ES256"]).claims
    assert (claims["aud"], claims["scope"], claims["client_id"]) == (
        "activites",
        "lieux:lire",
        programme.client_id,
    )
    assert claims["exp"] - claims["iat"] == 120
    # The service itself takes the second, never the first, nor one for another service.
    for porte, attendu in (
        ((await verifier(http, jeton, "identity")).headers["authorization"], 200),
        (f"Bearer {interne}", 401),
        (f"Bearer {jeton}", 401),
    ):
        reponse = await http.get("/oauth/client", headers={"Authorization": porte})
        assert reponse.status_code == attendu
        if attendu == 200:
            assert reponse.json()["portees"] == ["lieux:lire"]
    au_nom_d_une_personne = await http.get(
        "/comptes/moi",
        headers={"Authorization": (await verifier(http, jeton, "identity")).headers["authorization"]},
    )
    assert au_nom_d_une_personne.status_code == 401


async def test_un_client_suspendu_n_obtient_plus_rien_aussitot_et_de_nouveau_a_sa_reprise(
    programme: Programme, admin: Administrateur, http: httpx2.AsyncClient
) -> None:
    jeton, chemin = await programme.jeton(), f"/clients/{programme.client_id}"
    assert (await verifier(http, jeton)).status_code == 200
    suspendre = await admin.demander("POST", f"{chemin}/suspension", {"motif": "usage_anormal"})
    assert suspendre.status_code == 204
    assert (await verifier(http, jeton)).status_code == 401
    assert await refus(await programme.poster("/oauth/token", LIRE, programme.basic())) == INCONNU
    assert (
        await refus(await programme.poster("/oauth/introspect", {"token": jeton}, programme.basic()))
        == INCONNU
    )
    assert (await admin.demander("POST", f"{chemin}/reprise")).status_code == 204
    assert (await verifier(http, jeton)).status_code == 200
    assert (await programme.poster("/oauth/token", LIRE, programme.basic())).status_code == 200


async def test_une_portee_retiree_l_est_du_jeton_deja_donne(
    programme: Programme, admin: Administrateur, http: httpx2.AsyncClient
) -> None:
    jeton = await programme.jeton(scope="lieux:lire structures:lire")
    droits = await admin.demander(
        "PUT", f"/clients/{programme.client_id}/droits", {"portees": ["structures:lire"]}
    )
    assert droits.status_code == 204
    echange = (await verifier(http, jeton, "identity")).headers["authorization"]
    reponse = await http.get("/oauth/client", headers={"Authorization": echange})
    assert reponse.json()["portees"] == ["structures:lire"]


async def test_un_jeton_d_un_quart_d_heure_et_un_client_arrive_a_son_terme_ne_passent_plus(
    plateforme: Any, programme: Programme, admin: Administrateur, http: httpx2.AsyncClient
) -> None:
    jeton = await programme.jeton()
    plateforme.heure.avancer(minutes=14)
    assert (await verifier(http, jeton)).status_code == 200
    plateforme.heure.avancer(minutes=2)
    assert (await verifier(http, jeton)).status_code == 401
    demain = plateforme.app.state.clock.today() + dt.timedelta(days=1)
    bref = await admin.programme("lieux:lire", fin=str(demain))
    a_venir = await admin.programme("lieux:lire", debut=str(demain + dt.timedelta(days=1)))
    assert await refus(await a_venir.poster("/oauth/token", LIRE, a_venir.basic())) == INCONNU
    assert (await bref.poster("/oauth/token", LIRE, bref.basic())).status_code == 200
    plateforme.heure.avancer(days=2)
    assert await refus(await bref.poster("/oauth/token", LIRE, bref.basic())) == INCONNU
    assert (await a_venir.poster("/oauth/token", LIRE, a_venir.basic())).status_code == 200


async def test_un_client_ne_demande_pas_des_jetons_sans_fin(
    plateforme: Any, programme: Programme, admin: Administrateur
) -> None:
    voisin = await admin.programme()
    statuts = [
        (await programme.poster("/oauth/token", LIRE, programme.basic())).status_code
        for _ in range(BY_CLIENT + 1)
    ]
    assert statuts == [200] * BY_CLIENT + [429]
    trop = await programme.poster("/oauth/token", LIRE, programme.basic())
    assert 1 <= int(trop.headers["retry-after"]) <= 60
    # Neither its neighbour, nor itself from elsewhere: who knows an identifier keeps nobody out.
    assert (await voisin.poster("/oauth/token", LIRE, voisin.basic())).status_code == 200
    ailleurs = programme.basic() | {"X-Real-IP": "192.0.2.7"}
    assert (await programme.poster("/oauth/token", LIRE, ailleurs)).status_code == 200
    plateforme.heure.avancer(seconds=61)
    assert (await programme.poster("/oauth/token", LIRE, programme.basic())).status_code == 200


async def test_une_adresse_n_essaie_pas_des_clients_sans_fin(http: httpx2.AsyncClient) -> None:
    for n in range(BY_ADDRESS + 1):
        essaye = Programme(http, f"00000000-0000-4000-8000-{n:012}", "x")
        reponse = await essaye.poster("/oauth/token", LIRE, essaye.basic() | {"X-Real-IP": "192.0.2.9"})
        assert reponse.status_code == (401 if n < BY_ADDRESS else 429)


async def test_le_dernier_usage_est_garde_a_la_minute_hors_du_journal(
    plateforme: Any, programme: Programme, admin: Administrateur, http: httpx2.AsyncClient
) -> None:
    async def vu() -> Any:
        return (await admin.demander("GET", f"/clients/{programme.client_id}")).json()["vu_le"]

    async def faits() -> int:
        return len(await plateforme.store.load(f"client-{programme.client_id}"))

    avant = await faits()
    assert await vu() is None
    jeton = await programme.jeton()
    premier = await vu()
    assert premier is not None
    await verifier(http, jeton)
    assert await vu() == premier
    plateforme.heure.avancer(minutes=2)
    await verifier(http, jeton)
    assert await vu() > premier
    assert await faits() == avant


async def test_ce_qui_a_expire_est_oublie(
    plateforme: Any, programme: Programme, admin: Administrateur
) -> None:
    sienne = cle()
    a_cle = await admin.programme_a_cle(sienne)
    await a_cle.poster("/oauth/token", LIRE | assertion(a_cle, sienne, plateforme.settings.issuer))
    await programme.poster("/oauth/revoke", {"token": await programme.jeton()}, programme.basic())
    tables = ("assertions_vues", "jetons_revoques", "cadences_clients")
    assert all([await plateforme.compter(table) for table in tables])
    plateforme.heure.avancer(hours=2)
    await plateforme.acces.machines.purge()
    assert [await plateforme.compter(table) for table in tables] == [0, 0, 0]
