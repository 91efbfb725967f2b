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
        ([], "admin", ["/chiffres/departements"]),
        ([], "support", []),
    ],
)
def test_les_statistiques_du_menu_sont_de_celles_que_l_on_lit(
    roles: list[str], droit: str, statistiques: list[str]
) -> None:
    moi = {"roles": roles, "droit": droit, "csrf": "jeton"}
    rendue = Rendu().page(ICI, "composants/entete.html", moi=moi)
    assert re.findall(r'href="([^"]+)"[^>]*>Statistiques<', bytes(rendue.body).decode()) == statistiques
