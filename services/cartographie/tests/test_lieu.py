"""Le lieu : référencer, mettre à jour, ne rien faire, refuser."""

from collections.abc import Callable

import pytest
from cartographie.domain import lieu
from cartographie.domain.fiche import Contact
from cartographie.domain.lieu import LieuMisAJour, LieuReference, ReferencerLieu
from cartographie.domain.vocabulaire import ModaliteAcces
from events.decider import Refusal
from events.testing import Scenario
from events.types import ERASED

type Fabrique = Callable[..., ReferencerLieu]


def reference(c: ReferencerLieu, empreinte: str) -> LieuReference:
    t = c.contact
    return LieuReference(
        c.lieu_id,
        c.provenance,
        c.fiche,
        t.telephone,
        t.courriels,
        t.presentation_resume,
        t.presentation_detail,
        empreinte,
        c.maintenant,
    )


def test_un_lieu_absent_est_reference(commande: Fabrique) -> None:
    demande = commande()
    Scenario(lieu).when(demande).then(reference(demande, "e1"))


def test_une_fiche_identique_n_ecrit_rien(commande: Fabrique) -> None:
    demande = commande()
    Scenario(lieu).given(reference(demande, "e1")).when(demande).then()


def test_une_fiche_changee_met_le_lieu_a_jour(commande: Fabrique) -> None:
    nouvelle = commande(nom="France services du Pays de Foix", empreinte="e2")
    (fait,) = Scenario(lieu).given(reference(commande(), "e1")).when(nouvelle).decided()
    assert isinstance(fait, LieuMisAJour)
    assert (fait.fiche.nom, fait.empreinte) == ("France services du Pays de Foix", "e2")
    Scenario(lieu).given(reference(commande(), "e1"), fait).when(nouvelle).then()


def test_un_lieu_dont_les_contacts_sont_effaces_n_est_plus_mis_a_jour(commande: Fabrique) -> None:
    efface = reference(commande(), ERASED)
    Scenario(lieu).given(efface).when(commande(empreinte="e2")).refused(lieu.LieuEfface)


@pytest.mark.parametrize(
    ("champs", "refus"),
    [
        ({"nom": " "}, lieu.NomManquant),
        ({"nom": "265 901 785 00"}, lieu.NomSansLettre),
        ({"code_postal": "9000"}, lieu.CodePostalInvalide),
        ({"code_postal": "٠٩٠٠٠"}, lieu.CodePostalInvalide),
        ({"code_insee": None}, lieu.CommuneInconnue),
        ({"code_insee": "2C004"}, lieu.CommuneInconnue),
        ({"commune": ""}, lieu.CommuneInconnue),
        ({"latitude": None}, lieu.CoordonneesInvalides),
        ({"latitude": 91.0}, lieu.CoordonneesInvalides),
        ({"latitude": 0.0, "longitude": 0.0}, lieu.CoordonneesInvalides),
        ({"longitude": float("nan")}, lieu.CoordonneesInvalides),
        ({"pivot": "00000000000000"}, lieu.PivotInvalide),
        ({"pivot": "77556026100016"}, lieu.PivotInvalide),
        ({"pivot": "775560261"}, lieu.PivotInvalide),
        ({"services": ()}, lieu.AucunService),
        ({"modalites_acces": (ModaliteAcces.CE_LIEU_N_ACCUEILLE_PAS_DE_PUBLIC,)}, lieu.AucunService),
        ({"contact": Contact(presentation_resume="a" * 281)}, lieu.PresentationTropLongue),
    ],
)
def test_une_fiche_hors_du_standard_est_refusee(
    commande: Fabrique, champs: dict[str, object], refus: type[Refusal]
) -> None:
    Scenario(lieu).when(commande(**champs)).refused(refus)


def test_un_lieu_sans_position_est_accepte(commande: Fabrique) -> None:
    demande = commande(latitude=None, longitude=None)
    Scenario(lieu).when(demande).then(reference(demande, "e1"))


def test_le_meme_lieu_a_toujours_le_meme_identifiant() -> None:
    assert lieu.identifier("essai", "1") == lieu.identifier("essai", "1")
    assert (
        len({lieu.identifier("essai", "1"), lieu.identifier("essai", "11"), lieu.identifier("essa", "1")})
        == 3
    )


@pytest.mark.parametrize("champ", ["nom", "adresse", "horaires", "structure_parente"])
def test_un_texte_demesure_est_refuse(commande: Fabrique, champ: str) -> None:
    (refus,) = Scenario(lieu).when(commande(**{champ: "x" * 2_001})).refused(lieu.TexteTropLong)
    assert refus.field == f"/{champ}"


def test_une_liste_demesuree_est_refusee(commande: Fabrique) -> None:
    sites = tuple(f"https://exemple.fr/{n:040}" for n in range(60))
    Scenario(lieu).when(commande(site_web=sites)).refused(lieu.TexteTropLong)
