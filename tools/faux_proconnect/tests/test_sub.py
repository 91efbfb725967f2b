"""La règle du `sub` (docs/domaine/proconnect.md §9)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from faux_proconnect.comptes import Comptes
from faux_proconnect.monde import Monde
from faux_proconnect.settings import Settings
from navigateur import LEA, METROPOLE, PROCONNECT_IDENTITE, REDIRECT_URI, Navigateur

PERSONNE: dict[str, Any] = {"id": "lea", "email": LEA, "given_name": "Léa", "usual_name": "Martin"}


@pytest.fixture
def sub(navigateur: Navigateur, nouveau: Callable[..., Navigateur]) -> Callable[..., str]:
    """The `sub` of a sign-in from a fresh browser, after a change of the person."""

    def sign_in(**changements: Any) -> str:
        personne = PERSONNE | changements
        if changements:
            navigateur.test("people", personne)
        return nouveau().id_token(personne["email"])["sub"]

    return sign_in


def test_le_nom_l_organisation_ou_l_adresse_change_le_sub_reste(sub: Callable[..., str]) -> None:
    depart = sub()
    assert sub(usual_name="Durand") == depart
    assert sub(siret="35600000000048") == depart
    assert sub(email="lea.durand@ville.exemple.fr") == depart


def test_un_compte_recree_a_un_autre_sub_pour_la_meme_adresse(sub: Callable[..., str]) -> None:
    depart = sub()
    assert sub(identifiants={PROCONNECT_IDENTITE: {"uid": "90001"}}) != depart


def test_une_nouvelle_adresse_chez_proconnect_identite_a_un_autre_sub(sub: Callable[..., str]) -> None:
    depart = sub()
    assert sub(id="lea-2", email="lea.durand@autre.exemple.fr") != depart


def test_un_fournisseur_qui_reprend_le_domaine_garde_le_sub(sub: Callable[..., str]) -> None:
    depart = sub()
    assert sub(identifiants={METROPOLE: {"uid": "lmartin", "email": LEA.upper()}}) == depart


def test_le_retour_chez_proconnect_identite_donne_un_autre_sub(sub: Callable[..., str]) -> None:
    chez_la_metropole = sub(identifiants={METROPOLE: {"uid": "lmartin"}})
    revenue = sub(identifiants={PROCONNECT_IDENTITE: {"uid": "90002"}})
    assert revenue != chez_la_metropole
    # The pair already known keeps its own account: the address is looked up for unknown pairs only.
    assert sub(identifiants={METROPOLE: {"uid": "lmartin"}}) == chez_la_metropole


def test_le_meme_sub_pour_tous_les_services(
    navigateur: Navigateur, nouveau: Callable[..., Navigateur]
) -> None:
    premier = navigateur.id_token()["sub"]
    navigateur.test("clients", {"client_id": "b", "client_secret": "s", "redirect_uris": [REDIRECT_URI]})
    assert nouveau("b", "s").id_token()["sub"] == premier


def test_le_journal_garde_les_rattachements_apres_un_redemarrage(tmp_path: Path) -> None:
    monde, journal = Monde.charger(Settings().monde), tmp_path / "faux" / "comptes.jsonl"
    pci, metropole = (monde.fournisseurs[idp] for idp in (PROCONNECT_IDENTITE, METROPOLE))
    avant = Comptes("http://localhost:1/api/v2", journal)
    depart = avant.sub(pci, "1", LEA)
    assert avant.sub(metropole, "lmartin", LEA) == depart

    apres = Comptes("http://localhost:1/api/v2", journal)
    assert apres.sub(metropole, "lmartin", "autre@ville.exemple.fr") == depart
    assert apres.sub(metropole, "nouvelle", LEA) == depart
    assert Comptes("http://localhost:2/api/v2").sub(pci, "1", LEA) != depart
