"""Une ligne d'un fichier -> la fiche d'un bénéficiaire, et tout ce qui n'y est pas compris."""

import re

from referentiels.cles import cle
from tableurs import Saisie

from activites.domain.beneficiaire_faits import Fiche
from activites.domain.vocabulaire import Genre, StatutSocial
from activites.imports import valeurs
from activites.imports.fiches.colonnes import ChampDeFiche
from activites.imports.lecture import Lecture, Lue, lire_commune
from activites.imports.valeurs import Incomprise

_VIDES = ("-", "–", "—")
"""Comme notre export écrit qu'il n'y a rien."""
_ANNEE = re.compile(r"([0-9]{4})(?:[.,]0+)?", re.ASCII)
_GENRES = {
    **dict.fromkeys(("f", "femme", "mme", "mlle", "madame", "mademoiselle"), Genre.FEMININ),
    **dict.fromkeys(("m", "h", "homme", "mr", "monsieur"), Genre.MASCULIN),
    "n": Genre.NON_COMMUNIQUE,
    **{cle(genre.libelle): genre for genre in Genre},
    **{cle(genre.value): genre for genre in Genre},
}
"""Clé -> genre : un mot entier, jamais son début. « Mme » commence comme « masculin »."""


def lire(saisie: Saisie) -> Lue[Fiche]:
    """La fiche de la ligne."""
    dites = {champ: texte for champ, texte in saisie.valeurs.items() if texte.strip() not in _VIDES}
    lecture = Lecture(Saisie(saisie.numero, saisie.cle, dites))
    fiche = Fiche(
        prenom=lecture.texte(ChampDeFiche.PRENOM),
        nom=lecture.texte(ChampDeFiche.NOM),
        telephone=lecture.texte(ChampDeFiche.TELEPHONE) or None,
        courriel=lecture.texte(ChampDeFiche.COURRIEL) or None,
        adresse=lecture.texte(ChampDeFiche.ADRESSE) or None,
        commune=lire_commune(
            lecture, ChampDeFiche.COMMUNE, ChampDeFiche.CODE_POSTAL, ChampDeFiche.CODE_INSEE
        ),
        annee_naissance=lecture.un(ChampDeFiche.ANNEE, _annee),
        genre=lecture.un(ChampDeFiche.GENRE, _genre),
        statut_social=lecture.mot(ChampDeFiche.STATUT, StatutSocial),
        notes=valeurs.en_html(lecture.texte(ChampDeFiche.NOTES)),
    )
    return Lue(saisie.numero, fiche, tuple(lecture.fautes), dites)


def _annee(texte: str) -> int:
    annee = _ANNEE.fullmatch(texte)
    if annee is None:
        raise Incomprise("Veuillez renseigner une année de naissance valide")
    return int(annee[1])


def _genre(texte: str) -> Genre:
    genre = _GENRES.get(cle(texte))
    if genre is None:
        raise Incomprise("Genre invalide")
    return genre
