"""Settings, start-up, migrations, and the two other ways of being registered at ProConnect."""

import asyncio
import dataclasses
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
from pydantic import ValidationError


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
    async with httpx2.AsyncClient(trust_env=False) as http:
        with pytest.raises(IssuerMismatch):
            await ProConnect(registration, http, lambda: 0.0).load()


async def test_un_proconnect_absent_n_empeche_pas_de_demarrer(plateforme: Any) -> None:
    registration = dataclasses.replace(plateforme.settings.registration, issuer="http://127.0.0.1:9/api/v2")
    async with httpx2.AsyncClient(trust_env=False) as http:
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
        {"proconnect_client_secret": ""},
    ],
)
def test_un_reglage_faux_est_refuse(plateforme: Any, faux: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate({**plateforme.settings.model_dump(), **faux})


def test_aucun_secret_ne_s_affiche_avec_les_reglages(plateforme: Any) -> None:
    texte = repr(plateforme.settings)
    assert "secret-du-client-coop" not in texte
    assert "hash_key" not in texte
    assert "coffre_cles" not in texte


class Registre:
    """The service, registered otherwise for the length of a test."""

    def __init__(self, plateforme: Any, **reglages: Any) -> None:
        self._plateforme = plateforme
        self._reglages = reglages

    async def __aenter__(self) -> None:
        p = self._plateforme
        self._http = httpx2.AsyncClient(timeout=2, trust_env=False)
        settings = p.settings.model_copy(update=self._reglages)
        acces = make_acces(settings, p.database, p.store, p.app.state.clock, self._http)
        await acces.keys.ensure()
        client: Client = p.faux.monde.clients["coop"]
        self._avant = client
        p.faux.monde.clients["coop"] = client.model_copy(update={"alg": settings.proconnect_alg})
        p.app.state.acces = acces

    async def __aexit__(self, *_: object) -> None:
        self._plateforme.app.state.acces = self._plateforme.acces
        self._plateforme.faux.monde.clients["coop"] = self._avant
        await self._http.aclose()


async def test_la_connexion_marche_en_es256_et_refuse_alors_le_rs256(
    plateforme: Any, navigateur: Any
) -> None:
    async with Registre(plateforme, proconnect_alg="ES256"):
        assert (await navigateur.se_connecter(plateforme.personne())).status_code == 303
        plateforme.panne("other_alg")
        assert (await navigateur.se_connecter(plateforme.personne())).status_code == 400


async def test_la_connexion_marche_sans_pkce_quand_le_reglage_le_dit(
    plateforme: Any, navigateur: Any
) -> None:
    async with Registre(plateforme, proconnect_pkce=False):
        depart = await navigateur.demander("GET", "/auth/connexion")
        assert "code_challenge" not in depart.headers["location"]
        assert (await navigateur.se_connecter(plateforme.personne())).status_code == 303


async def test_la_double_authentification_exigee_de_tous_est_demandee_et_verifiee(
    plateforme: Any, navigateur: Any
) -> None:
    async with Registre(plateforme, mfa_exigee="tous"):
        page = await navigateur.aller_au_retour(plateforme.personne())
        code = page.text.partition('id="code-simule">')[2][:6]
        retour = await navigateur.repondre(page, {"code": code})
        assert (await navigateur.finir(retour)).status_code == 303
        plateforme.panne("lower_acr")
        page = await navigateur.finir(await navigateur.aller_au_retour(plateforme.personne()))
        assert page.status_code == 400
        assert "double authentification" in page.text


async def test_un_scope_non_accorde_finit_sur_la_page_d_aide(plateforme: Any, navigateur: Any) -> None:
    scopes = plateforme.settings.proconnect_scopes + " siren"
    async with Registre(plateforme, proconnect_scopes=scopes):
        retour = await navigateur.suivre(await navigateur.demander("GET", "/auth/connexion"), "/auth/retour")
        assert "invalid_scope" in retour.headers["location"]
        assert (await navigateur.finir(retour)).status_code == 400


async def test_deux_processus_font_les_memes_cles(plateforme: Any) -> None:
    p = plateforme
    async with httpx2.AsyncClient(trust_env=False) as http:
        autres = [make_acces(p.settings, p.database, p.store, p.app.state.clock, http).keys for _ in range(4)]
        await asyncio.gather(*(keys.ensure() for keys in autres))
        assert len({str(await keys.jwks()) for keys in [*autres, p.acces.keys]}) == 1
