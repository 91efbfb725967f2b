"""Settings, start-up, migrations, and the two other ways of being registered at ProConnect."""

import asyncio
import dataclasses
import hashlib
import json
from typing import Any

import httpx2
import pytest
import sqlalchemy as sa
from faux_proconnect.monde import Client
from identity.app import make_acces
from identity.connexion.proconnect.client import ProConnect
from identity.connexion.proconnect.errors import IssuerMismatch, Reason, SigninFailed
from identity.projections.tables import metadata
from identity.settings import Settings
from joserfc.jwk import ECKey
from pydantic import ValidationError


def _jwk(cle: ECKey, *, private: bool = True) -> str:
    return json.dumps(cle.as_dict(private=private))


CLE = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, auto_kid=True)
CLE_DU_SERVICE = _jwk(CLE)


async def test_les_tables_migrees_sont_celles_du_code(plateforme: Any) -> None:
    def compare(connection: sa.Connection) -> None:
        found = sa.inspect(connection)
        for table in metadata.sorted_tables:
            stored = {c["name"]: (str(c["type"]), c["nullable"]) for c in found.get_columns(table.name)}
            assert set(stored) == {c.name for c in table.columns}, table.name
            for column in table.columns:
                assert stored[column.name][1] == column.nullable, f"{table.name}.{column.name}"
            assert found.get_pk_constraint(table.name)["constrained_columns"] == [
                c.name for c in table.primary_key
            ]

    async with plateforme.database.engine.connect() as connection:
        await connection.run_sync(compare)


async def test_un_emetteur_different_empeche_de_demarrer(plateforme: Any) -> None:
    ailleurs = plateforme.settings.proconnect_issuer.replace("127.0.0.1", "localhost")
    registration = dataclasses.replace(plateforme.settings.registration, issuer=ailleurs)
    async with httpx2.AsyncClient(timeout=60, trust_env=False) as http:
        with pytest.raises(IssuerMismatch):
            await ProConnect(registration, http, lambda: 0.0).load()


async def test_un_proconnect_absent_n_empeche_pas_de_demarrer(plateforme: Any) -> None:
    registration = dataclasses.replace(plateforme.settings.registration, issuer="http://127.0.0.1:9/api/v2")
    async with httpx2.AsyncClient(timeout=60, trust_env=False) as http:
        with pytest.raises(SigninFailed) as refus:
            await ProConnect(registration, http, lambda: 0.0).load()
    assert refus.value.reason is Reason.PROVIDER_UNREACHABLE


@pytest.mark.parametrize(
    "faux",
    [
        {"hash_key": "court"},
        {"hash_key": "YWJj"},
        {"proconnect_alg": "HS256"},
        {"proconnect_issuer": "ftp://x"},
        {"mfa_exigee": "jamais"},
        {"proconnect_issuer": "http://proconnect.exemple.fr/api/v2"},
        {"proconnect_client_secret": ""},
        {"proconnect_private_key": CLE_DU_SERVICE},
        {"proconnect_client_secret": "", "proconnect_private_key": "{"},
        {"proconnect_client_secret": "", "proconnect_private_key": '{"kty":"oct","kid":"a","k":"c2VjcmV0"}'},
        {"proconnect_client_secret": "", "proconnect_private_key": _jwk(CLE, private=False)},
        {"proconnect_client_secret": "", "proconnect_private_key": _jwk(ECKey.generate_key("P-384"))},
        {"proconnect_client_secret": "", "proconnect_private_key": _jwk(ECKey.generate_key("P-256"))},
    ],
)
def test_un_reglage_faux_est_refuse(plateforme: Any, faux: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate({**plateforme.settings.model_dump(), **faux})


AILLEURS = {
    "public_url": "https://coop.exemple.fr",
    "nats_url": "tls://nats.exemple.fr:4222",
    "nats_user": "identity",
    "nats_password": "mot-de-passe",
    "coffre_cles": {1: hashlib.sha256(b"coffre").digest()},
    "hash_key": hashlib.sha256(b"hachage").digest(),
    "proconnect_issuer": "https://proconnect.exemple.fr/api/v2",
    "smtp_host": "smtp.exemple.fr",
    "courriel_expediteur": "La Coop <ne-pas-repondre@coop.exemple.fr>",
}


@pytest.mark.parametrize(
    ("faux", "dit"),
    [
        ({"proconnect_issuer": "http://127.0.0.1:8110/api/v2"}, "PROCONNECT_ISSUER"),
        ({"proconnect_issuer": "https://localhost:8110/api/v2"}, "PROCONNECT_ISSUER"),
        ({"hash_key": bytes(32)}, "HASH_KEY"),
        ({"origines": ("https://a.exemple.fr", "http://b.exemple.fr")}, "ORIGINES"),
        ({"smtp_host": ""}, "SMTP_HOST"),
        ({"coffre_cles": {1: bytes(32)}}, "COFFRE_CLES"),
    ],
)
def test_ce_qui_ne_vaut_que_pour_l_essai_est_refuse_hors_de_cette_machine(
    plateforme: Any, faux: dict[str, Any], dit: str
) -> None:
    bons = {**plateforme.settings.model_dump(), **AILLEURS}
    assert Settings.model_validate(bons).hosts == {"coop.exemple.fr"}
    with pytest.raises(ValidationError, match=dit):
        Settings.model_validate({**bons, **faux})


def test_aucun_secret_ne_s_affiche_avec_les_reglages(plateforme: Any) -> None:
    texte = repr(plateforme.settings)
    assert "secret-du-client-coop" not in texte
    assert "hash_key" not in texte
    assert "coffre_cles" not in texte
    autre = {"proconnect_client_secret": "", "proconnect_private_key": CLE_DU_SERVICE}
    avec_cle = Settings.model_validate({**plateforme.settings.model_dump(), **autre})
    assert str(CLE.as_dict(private=True)["d"]) not in repr(avec_cle)


class Registre:
    """The service, registered otherwise for the length of a test."""

    def __init__(
        self, plateforme: Any, chez_proconnect: dict[str, Any] | None = None, **reglages: Any
    ) -> None:
        """chez_proconnect : what ProConnect's own register says of us."""
        self._plateforme = plateforme
        self._chez_proconnect = chez_proconnect or {}
        self._reglages = reglages

    async def __aenter__(self) -> None:
        p = self._plateforme
        self._http = httpx2.AsyncClient(timeout=60, trust_env=False)
        settings = p.settings.model_copy(update=self._reglages)
        acces = make_acces(settings, p.database, p.store, p.app.state.clock, self._http)
        await acces.keys.ensure()
        client: Client = p.faux.monde.clients["coop"]
        self._avant = client
        p.faux.monde.clients["coop"] = client.model_copy(
            update={"alg": settings.proconnect_alg, **self._chez_proconnect}
        )
        p.app.state.acces = acces

    async def __aexit__(self, *_: object) -> None:
        self._plateforme.app.state.acces = self._plateforme.acces
        self._plateforme.faux.monde.clients["coop"] = self._avant
        await self._http.aclose()


def mene(reponse: httpx2.Response) -> str:
    """Where it leads: the page asked for, or the one on a refusal."""
    assert reponse.status_code == 303
    return reponse.headers["location"].partition("?")[0]


async def test_la_connexion_marche_en_es256_et_refuse_alors_le_rs256(
    plateforme: Any, navigateur: Any
) -> None:
    async with Registre(plateforme, proconnect_alg="ES256"):
        assert mene(await navigateur.se_connecter(plateforme.personne())) == "/espace"
        plateforme.panne("other_alg")
        assert mene(await navigateur.se_connecter(plateforme.personne())).startswith("/aide/connexion/")


async def test_la_connexion_marche_sans_pkce_quand_le_reglage_le_dit(
    plateforme: Any, navigateur: Any
) -> None:
    async with Registre(plateforme, proconnect_pkce=False):
        depart = await navigateur.demander("GET", "/auth/connexion")
        assert "code_challenge" not in depart.headers["location"]
        assert mene(await navigateur.se_connecter(plateforme.personne())) == "/espace"


async def test_une_cle_privee_prouve_le_service_a_la_place_du_secret(
    plateforme: Any, navigateur: Any
) -> None:
    cle = {"proconnect_client_secret": "", "proconnect_private_key": CLE_DU_SERVICE}
    publique = {"keys": [CLE.as_dict(private=False)]}
    chez_proconnect = {"auth_method": "private_key_jwt", "client_secret": None, "jwks": publique}
    async with Registre(plateforme, chez_proconnect, **cle):
        assert mene(await navigateur.se_connecter(plateforme.personne())) == "/espace"
        # The same key proves us again: no assertion serves twice.
        assert mene(await navigateur.se_connecter(plateforme.personne())) == "/espace"
    autre = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, auto_kid=True)
    chez_proconnect["jwks"] = {"keys": [autre.as_dict(private=False)]}
    async with Registre(plateforme, chez_proconnect, **cle):
        assert mene(await navigateur.se_connecter(plateforme.personne())).startswith("/aide/connexion/")
    async with Registre(plateforme, chez_proconnect):
        assert mene(await navigateur.se_connecter(plateforme.personne())).startswith("/aide/connexion/")


async def test_la_double_authentification_exigee_de_tous_est_demandee_et_verifiee(
    plateforme: Any, navigateur: Any
) -> None:
    async with Registre(plateforme, mfa_exigee="tous"):
        page = await navigateur.aller_au_retour(plateforme.personne())
        code = page.text.partition('id="code-simule">')[2][:6]
        retour = await navigateur.repondre(page, {"code": code})
        assert mene(await navigateur.finir(retour)) == "/espace"
        plateforme.panne("lower_acr")
        page = await navigateur.finir(await navigateur.aller_au_retour(plateforme.personne()))
        assert mene(page) == "/aide/connexion/double-authentification"


async def test_un_scope_non_accorde_finit_sur_sa_page_d_aide(plateforme: Any, navigateur: Any) -> None:
    scopes = plateforme.settings.proconnect_scopes + " siren"
    async with Registre(plateforme, proconnect_scopes=scopes):
        retour = await navigateur.suivre(await navigateur.demander("GET", "/auth/connexion"), "/auth/retour")
        assert "invalid_scope" in retour.headers["location"]
        assert mene(await navigateur.finir(retour)) == "/aide/connexion/refus"


async def test_deux_processus_font_les_memes_cles(plateforme: Any) -> None:
    p = plateforme
    async with httpx2.AsyncClient(timeout=60, trust_env=False) as http:
        autres = [make_acces(p.settings, p.database, p.store, p.app.state.clock, http).keys for _ in range(4)]
        await asyncio.gather(*(keys.ensure() for keys in autres))
        assert len({str(await keys.jwks()) for keys in [*autres, p.acces.keys]}) == 1
