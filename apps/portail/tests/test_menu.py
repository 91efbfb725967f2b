"""Le menu ne mène que là où l'on a le droit d'aller."""

import re

import pytest
from portail.rendu import Rendu
from starlette.requests import Request

ICI = Request({"type": "http", "method": "GET", "path": "/ici", "headers": [], "query_string": b""})


@pytest.mark.parametrize(
    ("roles", "droit", "statistiques"),
    [
        (["mediateur"], "aucun", ["/espace/statistiques"]),
        (["coordinateur"], "admin", ["/espace/statistiques"]),
        ([], "admin", ["/gestion/statistiques"]),
        ([], "support", []),
    ],
)
def test_les_statistiques_du_menu_sont_de_celles_que_l_on_lit(
    roles: list[str], droit: str, statistiques: list[str]
) -> None:
    moi = {"roles": roles, "droit": droit, "csrf": "jeton"}
    rendue = Rendu().page(ICI, "composants/entete.html", moi=moi)
    assert re.findall(r'href="([^"]+)"[^>]*>Statistiques<', bytes(rendue.body).decode()) == statistiques


@pytest.mark.parametrize(
    ("roles", "page", "ici"),
    [
        ([], "/gestion/statistiques", "Statistiques"),
        ([], "/gestion/tags", "Gestion"),
        (["mediateur"], "/gestion/statistiques", "Gestion"),
    ],
)
def test_un_administrateur_n_est_qu_a_un_endroit_du_menu(roles: list[str], page: str, ici: str) -> None:
    la = Request({**ICI.scope, "path": page})
    rendue = Rendu().page(
        la, "composants/entete.html", moi={"roles": roles, "droit": "admin", "csrf": "jeton"}
    )
    assert re.findall(r'aria-current="page">([^<]+)<', bytes(rendue.body).decode()) == [ici]
