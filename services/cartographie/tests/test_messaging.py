"""Ce que le service publie : jamais un contact."""

from collections.abc import Callable

from cartographie.domain import lieu
from cartographie.domain.lieu import ReferencerLieu
from cartographie.messaging import to_contract
from contracts.cartographie import LieuMisAJourV1, LieuReferenceV1

type Fabrique = Callable[..., ReferencerLieu]


def test_un_lieu_est_publie_sans_telephone_ni_courriel_ni_texte_libre(commande: Fabrique) -> None:
    demande = commande()
    (fait,) = lieu.decide(demande, lieu.initial)
    contrat = to_contract(fait)
    assert isinstance(contrat, LieuReferenceV1)
    assert (contrat.departement, contrat.dispositifs) == ("09", ["France Services"])
    publie = contrat.model_dump_json()
    assert not any(prive in publie for prive in ("561020304", "foix.fr", "Anne", "e1"))


def test_une_mise_a_jour_a_son_contrat(commande: Fabrique) -> None:
    (fait,) = lieu.decide(commande(empreinte="e2"), lieu.Reference("e1"))
    assert isinstance(to_contract(fait), LieuMisAJourV1)
