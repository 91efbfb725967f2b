"""Les cas de mednum-cli que nous suivons (cas/README.md)."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from cartographie.domain import nettoyage as n
from cartographie.domain.nettoyage_contacts import nettoyer_courriels, nettoyer_sites
from referentiels.ecritures import nettoyer_code_postal, nettoyer_commune
from referentiels.reconnaissance import reconnaitre


def cas(nom: str) -> Any:
    lignes = (Path(__file__).parent / "cas" / f"{nom}.jsonl").read_text(encoding="utf-8").splitlines()
    lus = [json.loads(ligne) for ligne in lignes]
    return pytest.mark.parametrize(
        ("entree", "attendu"), [pytest.param(c["entree"], c["attendu"], id=c["id"]) for c in lus]
    )


@cas("voies")
def test_voie(entree: str, attendu: str) -> None:
    assert n.nettoyer_voie(entree) == attendu


@cas("adresses")
def test_adresse(entree: dict[str, str], attendu: dict[str, str]) -> None:
    commune = nettoyer_commune(entree["commune"])
    voie, code_postal, ecrite = n.separer_voie(entree["adresse"], commune or None)
    code_postal = nettoyer_code_postal(entree["code_postal"]) or code_postal
    nom = entree["commune"] or ecrite or ""
    trouvee = reconnaitre(nom, code_postal, entree["code_insee"] or None)
    assert trouvee is not None
    obtenu = {
        "voie": voie,
        "commune": trouvee.commune.nom,
        "code_postal": trouvee.code_postal,
        "code_insee": trouvee.commune.code,
    }
    assert {champ: obtenu[champ] for champ in attendu} == attendu


@cas("courriels")
def test_courriels(entree: str, attendu: list[str]) -> None:
    assert list(nettoyer_courriels(entree)[0]) == attendu


@cas("sites")
def test_sites(entree: str, attendu: list[str]) -> None:
    assert list(nettoyer_sites(entree)[0]) == attendu


@cas("coordonnees")
def test_coordonnees(entree: list[str], attendu: list[float]) -> None:
    assert n.lire_coordonnees(*entree) == tuple(attendu)


@cas("dates")
def test_date(entree: str, attendu: str | None) -> None:
    assert n.lire_date(entree) == (dt.date.fromisoformat(attendu) if attendu else None)
