"""Options that several commands share: their reading and their refusals, in French."""

import argparse
import getpass
import os
from typing import Any
from uuid import UUID

from embedded.settings import SERVICES
from events.types import Position

_MOTIF = 200


def position(text: str) -> Position:
    try:
        return Position.parse(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"« {text} » n’est pas une position, comme « 1234-56 »") from None


def entier(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 10**9):
        raise argparse.ArgumentTypeError(f"« {text} » n’est pas un nombre entier positif")
    return int(text)


def secondes(text: str) -> float:
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        value = -1.0
    if not 0 <= value < 1e9:
        raise argparse.ArgumentTypeError(f"« {text} » n’est pas une durée en secondes")
    return value


def uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise argparse.ArgumentTypeError("un UUID est attendu") from None


def motif(text: str) -> str:
    return _borne(text, "un motif", _MOTIF)


def sub(text: str) -> str:
    """Identifier of a person at the provider (OpenID Connect: 255 characters)."""
    return _borne(text, "un sub", 255)


def _borne(text: str, quoi: str, longueur: int) -> str:
    if not text.strip() or len(text) > longueur:
        raise argparse.ArgumentTypeError(f"{quoi} de 1 à {longueur} caractères est attendu")
    return text.strip()


def service(parser: Any, *, optional: bool = False) -> None:
    """`service` as first argument."""
    parser.add_argument("service", choices=SERVICES, nargs="?" if optional else None, metavar="service")


def filtre(parser: Any) -> None:
    """`--service` narrows a reading; `--json` is for machines."""
    parser.add_argument("--service", choices=SERVICES, help="un seul service (défaut : tous)")
    parser.add_argument("--json", action="store_true", help="une ligne JSON par réponse, pour les programmes")


def operateur() -> str:
    """Who acts: COOP_AUTEUR, else the account behind sudo, else the session's."""
    return os.environ.get("COOP_AUTEUR") or os.environ.get("SUDO_USER") or getpass.getuser()
