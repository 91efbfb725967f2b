"""L'accueil d'une plateforme qui commence : un nombre trop petit pour être publié n'y est pas."""

from typing import Any

from portail.rendu import Rendu
from starlette.requests import Request

PAGE = Request({"type": "http", "method": "GET", "path": "/", "headers": [], "query_string": b""})


def accueil(ateliers: int | None) -> str:
    activites = {"total": 12, "individuels": {"total": 12}, "collectifs": {"total": ateliers}}
    totaux = {"activites": activites, "accompagnements": {"total": 12}}
    contexte: dict[str, Any] = {"totaux": totaux, "lieux": {"total": 3}, "message": None, "partage": False}
    return bytes(Rendu().page(PAGE, "accueil.html", **contexte).body).decode()


def test_l_accueil_s_ouvre_quand_trop_peu_d_ateliers_sont_publies() -> None:
    assert "12 individuelles, 7 ateliers" in accueil(7).replace("\u202f", " ")
    assert "ateliers" not in accueil(None).partition("En chiffres")[2].partition("Lieux")[0]
