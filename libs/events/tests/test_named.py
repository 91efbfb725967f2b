"""Copies by name: what is taken, what is refused."""

from dataclasses import dataclass
from enum import StrEnum

import pytest
import sqlalchemy as sa
from events.named import fields_of, named
from events.projection.readmodel import row_of


class Couleur(StrEnum):
    BLEU = "bleu"


@dataclass(frozen=True)
class Endroit:
    commune: str
    code: str


@dataclass(frozen=True)
class Pose:
    objet_id: int
    couleurs: tuple[Couleur, ...]
    couleur: Couleur
    endroit: Endroit
    note: str


POSE = Pose(1, (Couleur.BLEU,), Couleur.BLEU, Endroit("Orléans", "45234"), "privée")


def table(*columns: str) -> sa.Table:
    return sa.Table("objets", sa.MetaData(), *(sa.Column(name, sa.Text) for name in columns))


def test_une_ligne_ne_prend_du_fait_que_les_colonnes_de_la_table() -> None:
    objets = table("objet_id", "couleurs", "couleur", "commune", "pose_par")
    assert row_of(objets, POSE, POSE.endroit, pose_par=None) == {
        "objet_id": 1,
        "couleurs": ["bleu"],
        "couleur": "bleu",
        "commune": "Orléans",
        "pose_par": None,
    }


def test_une_colonne_que_rien_ne_remplit_est_nommee() -> None:
    with pytest.raises(AttributeError, match="depuis"):
        row_of(table("objet_id", "depuis"), POSE)


def test_une_valeur_donnee_pour_une_colonne_qui_n_existe_pas_est_refusee() -> None:
    with pytest.raises(TypeError, match="depui"):
        row_of(table("objet_id"), POSE, depui=None)


def test_ce_qui_est_donne_l_emporte_puis_la_premiere_source() -> None:
    autre = Endroit("Gien", "45155")
    assert named(fields_of(Endroit), autre, POSE.endroit, code="x") == {"commune": "Gien", "code": "x"}
