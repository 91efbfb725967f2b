"""Les clés publiques quand leur source va mal : les clés connues restent, les demandes sont comptées."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
import pytest_asyncio
from joserfc.jwk import ECKey, RSAKey
from web.jwks import Jwks
from web.testing import TokenIssuer


class Time:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest_asyncio.fixture
async def issuer() -> AsyncIterator[TokenIssuer]:
    """One per test: they break it."""
    async with TokenIssuer() as running:
        yield running


@pytest.fixture
def time() -> Time:
    return Time()


@pytest_asyncio.fixture
async def jwks(issuer: TokenIssuer, time: Time) -> AsyncIterator[Jwks]:
    keys = Jwks(issuer.url, monotonic=time)
    yield keys
    await keys.close()


def reading(jwks: Any) -> bool:
    """Whether the source is being asked."""
    return jwks._keys._reading is not None


async def finished(jwks: Any) -> None:
    """Wait for the reading under way."""
    if reading(jwks):
        await jwks._keys.again()


def rotate(issuer: TokenIssuer, kid: str) -> None:
    issuer.kid = kid
    issuer.key = ECKey.generate_key("P-256", {"kid": kid})


async def test_les_cles_sont_gardees_dix_minutes(issuer: TokenIssuer, jwks: Jwks, time: Time) -> None:
    for time.seconds in (0, 1, 599):
        assert await jwks.key("test-1") is not None
    assert issuer.fetches == 1
    time.seconds = 601
    assert await jwks.key("test-1") is not None
    await finished(jwks)
    assert issuer.fetches == 2


async def test_une_cle_retiree_disparait_au_bout_de_dix_minutes(
    issuer: TokenIssuer, jwks: Jwks, time: Time
) -> None:
    assert await jwks.key("test-1") is not None
    rotate(issuer, "test-2")
    time.seconds = 601
    # The first one to ask is not kept waiting: the answer is for the next.
    await jwks.key("test-1")
    await finished(jwks)
    assert await jwks.key("test-1") is None


async def test_une_source_muette_ne_fait_attendre_personne(
    issuer: TokenIssuer, jwks: Jwks, time: Time
) -> None:
    good = await jwks.key("test-1")
    issuer.silent.set()
    time.seconds = 700
    assert [await jwks.key("test-1") for _ in range(100)] == [good] * 100
    assert reading(jwks), "la question posée à la source attend encore"
    await finished(jwks)
    assert await jwks.key("test-1") is good
    assert issuer.fetches == 2, "un échec est retenu trente secondes"
    issuer.silent.clear()
    time.seconds = 731
    await jwks.key("test-1")
    await finished(jwks)
    renewed = await jwks.key("test-1")
    assert renewed is not None
    assert renewed is not good


async def test_une_cle_inconnue_est_redemandee_une_fois_par_trente_secondes(
    issuer: TokenIssuer, jwks: Jwks, time: Time
) -> None:
    assert await jwks.key("test-1") is not None
    rotate(issuer, "test-2")
    time.seconds = 29
    assert await jwks.key("test-2") is None
    assert issuer.fetches == 1
    time.seconds = 31
    assert await jwks.key("test-2") is not None
    assert issuer.fetches == 2


async def test_une_tempete_de_cles_inconnues_ne_fait_quune_demande(
    issuer: TokenIssuer, jwks: Jwks, time: Time
) -> None:
    assert await jwks.key("test-1") is not None
    time.seconds = 31
    assert await asyncio.gather(*(jwks.key(f"inconnue-{i}") for i in range(500))) == [None] * 500
    assert issuer.fetches == 2


async def test_les_premieres_requetes_attendent_la_lecture_en_cours(issuer: TokenIssuer, jwks: Jwks) -> None:
    assert None not in await asyncio.gather(*(jwks.key("test-1") for _ in range(6)))
    assert issuer.fetches == 1


HUGE = orjson.dumps({"keys": [{"kty": "EC", "kid": "x" * 200_000}]})
MANY = orjson.dumps({"keys": [{"kty": "EC"}] * 21})
SYMMETRIC = orjson.dumps({"keys": [{"kty": "oct", "k": "AAAA", "kid": "test-1"}]})
BROKEN_POINT = orjson.dumps({"keys": [{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "kid": "test-1"}]})


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, None),
        (302, None),
        (404, b""),
        (200, b"<!doctype html><title>Maintenance</title>"),
        (200, HUGE),
        (200, MANY),
        (200, b"[]"),
        (200, b"{}"),
        (200, b'{"keys": []}'),
        (200, b'{"keys": [1, null]}'),
        (200, SYMMETRIC),
        (200, BROKEN_POINT),
        (200, b"[" * 100_000),
    ],
)
async def test_une_source_qui_delire_ne_retire_pas_les_cles_connues(
    issuer: TokenIssuer, jwks: Jwks, time: Time, status: int, body: bytes | None
) -> None:
    good = await jwks.key("test-1")
    assert good is not None
    issuer.status, issuer.body = status, body
    time.seconds = 700
    assert await jwks.key("test-1") is good
    await finished(jwks)
    assert await jwks.key("test-1") is good
    assert issuer.fetches == 2, "pas de nouvelle demande avant 30 s"
    issuer.status, issuer.body = 200, None
    time.seconds = 731
    await jwks.key("test-1")
    await finished(jwks)
    renewed = await jwks.key("test-1")
    assert renewed is not None
    assert renewed is not good


async def test_une_source_eteinte_ne_retire_pas_les_cles_connues(time: Time) -> None:
    async with TokenIssuer() as issuer:
        jwks = Jwks(issuer.url, monotonic=time)
        assert await jwks.key("test-1") is not None
    time.seconds = 700
    assert await jwks.key("test-1") is not None
    await finished(jwks)
    assert await jwks.key("test-1") is not None
    await jwks.close()


async def test_au_demarrage_une_source_absente_est_retentee_chaque_seconde(
    issuer: TokenIssuer, jwks: Jwks, time: Time
) -> None:
    issuer.status = 503
    assert await jwks.key("test-1") is None
    assert await jwks.key("test-1") is None
    assert issuer.fetches == 1
    issuer.status = 200
    time.seconds = 1.5
    assert await jwks.key("test-1") is not None


async def test_des_cles_changees_en_urgence_sont_relues_aussitot(issuer: TokenIssuer, jwks: Jwks) -> None:
    assert await jwks.key("test-1") is not None
    rotate(issuer, "test-2")
    jwks.expire()
    assert await jwks.key("test-1") is None
    assert issuer.fetches == 2


async def test_les_cles_dun_autre_usage_sont_ignorees(issuer: TokenIssuer, jwks: Jwks) -> None:
    good = issuer.key.as_dict(private=False)
    others = [
        good | {"kid": "enc", "use": "enc"},
        good | {"kid": "es384", "alg": "ES384"},
        RSAKey.generate_key(2048, {"kid": "rsa"}).as_dict(private=False),
        ECKey.generate_key("P-384", {"kid": "p384"}).as_dict(private=False),
    ]
    issuer.body = orjson.dumps({"keys": [*others, good]})
    assert await jwks.key("test-1") is not None
    for kid in ("enc", "es384", "rsa", "p384"):
        assert await jwks.key(kid) is None
