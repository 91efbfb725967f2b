"""Réglages faux : refusés au démarrage, en français, sans montrer de secret."""

import base64
import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from process.settings import ServiceSettings, load

GOOD = {
    "PORT": "8103",
    "DATABASE_URL": "postgresql://essai:mot-de-passe@127.0.0.1/essai",
    "NATS_URL": "nats://127.0.0.1:4222",
    "ISSUER": "http://localhost:8080",
    "JWKS_URL": "http://127.0.0.1:8101/.well-known/jwks.json",
    "COFFRE_CLES": "1:" + base64.b64encode(b"k" * 32).decode() + ",2:" + base64.b64encode(b"l" * 32).decode(),
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    for name in ServiceSettings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)

    def put(**changes: str | None) -> None:
        for name, value in (GOOD | changes).items():
            if value is not None:
                monkeypatch.setenv(name, value)

    return put


def drawn(seed: str) -> str:
    """32 bytes that nobody typed."""
    return base64.b64encode(hashlib.sha256(seed.encode()).digest()).decode()


PUBLIC = {
    "PUBLIC_URL": "https://coop.exemple.fr",
    "NATS_URL": "tls://nats.exemple.fr:4222,tls://nats-2.exemple.fr:4222",
    "NATS_USER": "essai",
    "NATS_PASSWORD": "canari",
    "COFFRE_CLES": f"1:{drawn('a')},2:{drawn('b')}",
}


def test_hors_de_cette_machine_de_bons_reglages_sont_lus(environment: Callable[..., None]) -> None:
    environment(**PUBLIC)
    settings = load(ServiceSettings, service="essai")
    assert (settings.hosts, settings.documented) == ({"coop.exemple.fr"}, False)
    environment(**PUBLIC, DOCUMENTATION="oui")
    assert load(ServiceSettings, service="essai").documented


def test_ici_la_documentation_repond_sous_les_noms_de_la_machine(environment: Callable[..., None]) -> None:
    environment()
    here = load(ServiceSettings, service="essai")
    assert (here.hosts, here.documented) == ({"localhost", "127.0.0.1", "::1"}, True)


@pytest.mark.parametrize(
    ("variable", "valeur", "dit"),
    [
        ("PUBLIC_URL", "http://coop.exemple.fr", "PUBLIC_URL : https est obligatoire"),
        ("NATS_URL", "nats://nats.exemple.fr:4222", "NATS_URL : tls:// est obligatoire"),
        ("NATS_URL", "tls://a.exemple.fr,nats://b.exemple.fr", "NATS_URL : tls:// est obligatoire"),
        ("NATS_USER", "", "NATS_USER et NATS_PASSWORD sont obligatoires"),
        ("NATS_PASSWORD", "", "NATS_USER et NATS_PASSWORD sont obligatoires"),
        *(
            (
                "COFFRE_CLES",
                f"1:{drawn('a')},2:{base64.b64encode(key).decode()}",
                "COFFRE_CLES : une clé n’a pas",
            )
            for key in (bytes(32), b"k" * 32, bytes(range(32)), b"ab" * 16, bytes(range(64, 0, -2)))
        ),
    ],
)
def test_ce_qui_ne_vaut_que_sur_cette_machine_est_refuse_ailleurs(
    environment: Callable[..., None], capsys: pytest.CaptureFixture[str], variable: str, valeur: str, dit: str
) -> None:
    environment(**PUBLIC | {variable: valeur})
    with pytest.raises(SystemExit) as stopped:
        load(ServiceSettings, service="essai")
    assert stopped.value.code == 2
    said = capsys.readouterr().err
    assert f"  {dit}" in said
    assert "canari" not in said


def test_de_bons_reglages_sont_lus(environment: Callable[..., None]) -> None:
    environment()
    settings = load(ServiceSettings, service="essai")
    assert (settings.service, settings.port, settings.host) == ("essai", 8103, "127.0.0.1")
    assert settings.coffre_cles == {1: b"k" * 32, 2: b"l" * 32}
    assert settings.public_url == "http://localhost:8080"
    for secret in ("mot-de-passe", "kkkk", "llll"):
        assert secret not in repr(settings)


@pytest.mark.parametrize(
    ("variable", "valeur", "dit"),
    [
        ("PORT", None, "PORT : Ce champ est obligatoire."),
        ("PORT", "canari", "PORT : Un nombre entier est attendu."),
        ("PORT", "70000", "PORT : La valeur doit être au plus 65535."),
        ("DATABASE_URL", "mysql://canari@h/b", "DATABASE_URL : Ce texte n’a pas la forme attendue."),
        ("NATS_URL", "http://canari", "NATS_URL : Ce texte n’a pas la forme attendue."),
        ("PUBLIC_URL", "canari", "PUBLIC_URL : Ce texte n’a pas la forme attendue."),
        ("LOG_LEVEL", "canari", "LOG_LEVEL : Cette valeur ne fait pas partie des choix possibles."),
        ("TIMEZONE", "Europe/Canari", "TIMEZONE : Ce fuseau horaire n’existe pas."),
        ("COFFRE_CLES", "", "COFFRE_CLES : Il faut au moins une clé."),
        ("COFFRE_CLES", "canari", "COFFRE_CLES : Chaque clé s’écrit <numéro>:<32 octets en base64>."),
        ("COFFRE_CLES", "1:canari!", "COFFRE_CLES : Une clé n’est pas du base64."),
        ("COFFRE_CLES", "1:Y2FuYXJp", "COFFRE_CLES : Chaque clé fait exactement 32 octets."),
        ("COFFRE_CLES", "1:Y2FuYXJp,1:Y2FuYXJp", "COFFRE_CLES : Deux clés portent le même numéro."),
    ],
)
def test_un_reglage_faux_est_refuse_sans_montrer_sa_valeur(
    environment: Callable[..., None],
    capsys: pytest.CaptureFixture[str],
    variable: str,
    valeur: str | None,
    dit: str,
) -> None:
    changes: dict[str, Any] = {variable: valeur}
    environment(**changes)
    with pytest.raises(SystemExit) as stopped:
        load(ServiceSettings, service="essai")
    assert stopped.value.code == 2
    said = capsys.readouterr()
    assert dit in said.err
    assert said.out == ""
    assert "canari" not in said.err.lower().replace("europe/canari", "")
    assert "Y2FuYXJp" not in said.err


def test_tout_ce_qui_manque_est_dit_dun_coup(
    environment: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        load(ServiceSettings, service="essai")
    said = capsys.readouterr().err
    for variable in GOOD:
        assert variable in said
