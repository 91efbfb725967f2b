"""Les règles que suit une fiche de bénéficiaire, et ce qu'elle enfreint (docs/domaine/activites.md §5.2)."""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape

from events.decider import Refusal
from referentiels import courriels
from referentiels.telephones import lire_telephones

from activites.domain import communes
from activites.domain.beneficiaire_faits import Fiche
from activites.domain.beneficiaire_refus import (
    AdresseDePersonneTropLongue,
    AdresseSansCommune,
    AnneeDeNaissanceInvalide,
    CourrielDuBeneficiaireIllisible,
    NomDePersonneManquant,
    NomDePersonneTropLong,
    NotesDuBeneficiaireTropLongues,
    PrenomManquant,
    TelephoneIllisible,
)
from activites.domain.vocabulaire import TrancheAge

NOM_MAX = 100
ADRESSE_MAX = 250
NOTES_MAX = 10_000
ANNEE_MIN = 1900
_TELEPHONE_MAX = 40
"""Characters of a text read as a number: an endless one would cost its analysis, for nothing."""

_TELEPHONE = re.compile(r"\+(33|262|590|594|596|352)[0-9]{9}", re.ASCII)
"""Métropole, outre-mer, Luxembourg : neuf chiffres après l'indicatif."""
_AVANT = (
    (12, TrancheAge.MOINS_DE_DOUZE),
    (18, TrancheAge.DOUZE_DIX_HUIT),
    (25, TrancheAge.DIX_HUIT_VINGT_QUATRE),
    (40, TrancheAge.VINGT_CINQ_TRENTE_NEUF),
    (60, TrancheAge.QUARANTE_CINQUANTE_NEUF),
    (70, TrancheAge.SOIXANTE_SOIXANTE_NEUF),
)


def normaliser(fiche: Fiche) -> Fiche:
    """La même fiche sous sa forme canonique ; ce qui ne se lit pas reste tel quel, `fautes` le dira."""
    telephone = _telephone(_texte(fiche.telephone))
    return replace(
        fiche,
        prenom=fiche.prenom.strip(),
        nom=fiche.nom.strip(),
        telephone=telephone,
        pas_de_telephone=fiche.pas_de_telephone and telephone is None,
        courriel=_courriel(_texte(fiche.courriel)),
        adresse=_texte(fiche.adresse),
        commune=communes.canonique(fiche.commune) if fiche.commune is not None else None,
        notes=_texte(fiche.notes),
    )


def fautes(fiche: Fiche, aujourd_hui: dt.date) -> Iterator[Refusal]:
    """Toutes les règles enfreintes, chacune une fois. fiche : normalisée. aujourd_hui : jour du médiateur."""
    if not fiche.prenom:
        yield PrenomManquant(field="/prenom")
    if not fiche.nom:
        yield NomDePersonneManquant(field="/nom")
    for champ in ("prenom", "nom"):
        if len(getattr(fiche, champ)) > NOM_MAX:
            yield NomDePersonneTropLong(field=f"/{champ}")
    if fiche.telephone is not None and not _TELEPHONE.fullmatch(fiche.telephone):
        yield TelephoneIllisible(field="/telephone")
    if fiche.courriel is not None and not _est_lisible(fiche.courriel):
        yield CourrielDuBeneficiaireIllisible(field="/courriel")
    if len(fiche.adresse or "") > ADRESSE_MAX:
        yield AdresseDePersonneTropLongue(field="/adresse")
    if fiche.adresse is not None and fiche.commune is None:
        yield AdresseSansCommune(field="/commune")
    if fiche.commune is not None:
        yield from communes.fautes(fiche.commune, "/commune")
    if fiche.annee_naissance is not None and not ANNEE_MIN <= fiche.annee_naissance <= aujourd_hui.year:
        yield AnneeDeNaissanceInvalide(field="/annee_naissance")
    # Ce que la personne a tapé : « & » s'écrit « &amp; » dans le HTML.
    if len(unescape(fiche.notes or "")) > NOTES_MAX:
        yield NotesDuBeneficiaireTropLongues(field="/notes")


def tranche_age(annee_naissance: int | None, annee: int) -> TrancheAge:
    """Celle de qui est né cette année-là. annee : celle où on la dit."""
    if annee_naissance is None:
        return TrancheAge.NON_COMMUNIQUE
    age = annee - annee_naissance
    return next((tranche for borne, tranche in _AVANT if age < borne), TrancheAge.SOIXANTE_DIX_PLUS)


def _texte(texte: str | None) -> str | None:
    return (texte or "").strip() or None


def _telephone(texte: str | None) -> str | None:
    if texte is None or len(texte) > _TELEPHONE_MAX:
        return texte
    lus = lire_telephones(texte, None)
    return lus.numeros[0] if len(lus.numeros) == 1 and not lus.ecartes else texte


def _courriel(texte: str | None) -> str | None:
    try:
        return texte and courriels.normaliser(texte)
    except courriels.CourrielIllisible:
        return texte


def _est_lisible(courriel: str) -> bool:
    try:
        return courriels.normaliser(courriel) == courriel
    except courriels.CourrielIllisible:
        return False
