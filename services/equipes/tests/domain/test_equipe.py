"""Équipe : création, nom, identifiant."""

import datetime as dt
from dataclasses import replace
from uuid import UUID

import pytest
from equipes.domain import equipe
from equipes.domain.equipe import CreerEquipe, EquipeDejaCreee, NomInvalide, TropDEquipes
from equipes.domain.equipe_etat import coordinateurs
from equipes.domain.equipe_faits import EquipeCreee
from equipes.domain.vocabulaire import CompteId, CoordinateurId, EquipeId
from events.decider import fold
from events.testing import Scenario

EQUIPE = EquipeId(UUID(int=1))
COORDINATRICE = CoordinateurId(UUID(int=2))
COMPTE = CompteId(UUID(int=3))
MIDI = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)

creee = EquipeCreee(EQUIPE, "Drôme des collines", COORDINATRICE, COMPTE, MIDI)


def creer(nom: str = "Drôme des collines", coordinateur: CoordinateurId = COORDINATRICE) -> CreerEquipe:
    return CreerEquipe(EQUIPE, nom, coordinateur, COMPTE, MIDI)


def test_le_createur_en_est_le_premier_coordinateur() -> None:
    Scenario(equipe).given().when(creer()).then(creee)
    assert coordinateurs(fold(equipe, [creee])) == {COORDINATRICE}


def test_une_equipe_absente_na_pas_de_coordinateur() -> None:
    assert coordinateurs(equipe.initial) == frozenset()


def test_les_espaces_superflus_du_nom_disparaissent() -> None:
    Scenario(equipe).given().when(creer("  Drôme  des\u00a0collines ")).then(creee)


@pytest.mark.parametrize("nom", ["", "   ", "a" * 121, "a\x00b", "deux\nlignes", "\ud800"])
def test_un_nom_illisible_est_refuse(nom: str) -> None:
    Scenario(equipe).given().when(creer(nom)).refused(NomInvalide)


@pytest.mark.parametrize(
    "nom", ["Gagnez 1000 € : https://gain.example", "www.gain", "gain.example/x", "ecrire@gain.example"]
)
def test_un_lien_dans_un_nom_est_refuse(nom: str) -> None:
    Scenario(equipe).given().when(creer(nom)).refused(NomInvalide)


@pytest.mark.parametrize("nom", ["Équipe n.2", "St. Denis", "C.C.A.S. de Dijon", "Nord / Est : 3e & 4e"])
def test_un_nom_de_tous_les_jours_n_est_pas_un_lien(nom: str) -> None:
    Scenario(equipe).given().when(creer(nom)).then(replace(creee, nom=nom))


def test_une_personne_ne_coordonne_pas_sans_fin_de_nouvelles_equipes() -> None:
    Scenario(equipe).given().when(replace(creer(), coordonnees=19)).then(creee)
    Scenario(equipe).given().when(replace(creer(), coordonnees=20)).refused(TropDEquipes)
    Scenario(equipe).given(creee).when(replace(creer(), coordonnees=20)).then()


def test_creer_deux_fois_la_meme_ne_change_rien() -> None:
    Scenario(equipe).given(creee).when(creer()).then()


def test_un_identifiant_ne_sert_quune_fois() -> None:
    Scenario(equipe).given(creee).when(creer(nom="Autre")).refused(EquipeDejaCreee)
    autre = CoordinateurId(UUID(int=9))
    Scenario(equipe).given(creee).when(creer(coordinateur=autre)).refused(EquipeDejaCreee)
