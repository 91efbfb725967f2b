"""Réglages faux : refusés au démarrage, en français, sans montrer de secret."""

import base64
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
