"""Ce que dit une fiche, d'elle-même et de ses doubles : chaque couche dans l'ordre où elle est venue.

Séparer un double, c'est lire les mêmes couches sans la sienne (docs/domaine/activites.md §5.3).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from events.named import fields_of

from activites.domain.beneficiaire_faits import Fiche
from activites.domain.vocabulaire import BeneficiaireId


@dataclass(frozen=True, slots=True)
class Dit:
    """Ce que son médiateur a écrit. champs : ceux qu'il a changés, et leur valeur."""

    champs: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Double:
    """Ce que la fiche n'avait pas, et que de, une autre fiche de la même personne, a."""

    de: BeneficiaireId


type Couche = Dit | Double

VIDE = Fiche(prenom="", nom="")
"""What a field is when nobody filled it."""
_ENSEMBLE = (("telephone", "pas_de_telephone"), ("adresse", "commune"))
"""Who writes one of these has written the other: a street is in its town only."""


def composer(premiere: Fiche, couches: Iterable[Couche], doubles: Mapping[BeneficiaireId, Fiche]) -> Fiche:
    """Ce que dit la fiche. doubles : ce que dit chacun ; celui qui n'y est pas n'apporte rien."""
    fiche = premiere
    for couche in couches:
        match couche:
            case Dit(champs):
                fiche = replace(fiche, **champs)
            case Double(de):
                fiche = completee(fiche, doubles[de]) if de in doubles else fiche
    return fiche


def completee(fiche: Fiche, source: Fiche) -> Fiche:
    """La fiche, et ce que l'autre a de plus : ce qui est rempli ne change pas.

    Avec un numéro, on a un téléphone. Règle : docs/domaine/activites.md §5.3.
    """
    # A street is in its town only.
    ailleurs = fiche.commune is not None and fiche.commune != source.commune
    apportes = {
        nom: getattr(source, nom)
        for nom in fields_of(Fiche)
        if getattr(fiche, nom) == getattr(VIDE, nom) and (nom != "adresse" or not ailleurs)
    }
    complete = replace(fiche, **apportes)
    return replace(complete, pas_de_telephone=complete.pas_de_telephone and complete.telephone is None)


def changes(avant: Fiche, apres: Fiche) -> tuple[str, ...]:
    """Les champs qui ne disent plus la même chose."""
    return tuple(nom for nom in fields_of(Fiche) if getattr(avant, nom) != getattr(apres, nom))


def dite(couches: Sequence[Couche], apres: Fiche, champs: Iterable[str]) -> tuple[Couche, ...]:
    """Les mêmes couches, et ce que le médiateur vient d'écrire. champs : qu'il a changés."""
    ecrits = set(champs)
    for ensemble in _ENSEMBLE:
        if not ecrits.isdisjoint(ensemble):
            ecrits.update(ensemble)
    if not ecrits:
        return tuple(couches)
    dit = {nom: getattr(apres, nom) for nom in sorted(ecrits)}
    match couches:
        case [*avant, Dit(deja)]:
            return (*avant, Dit({**deja, **dit}))
        case _:
            return (*couches, Dit(dit))


def sans(couches: Iterable[Couche], de: BeneficiaireId) -> tuple[Couche, ...]:
    """Les mêmes couches, ce double en moins."""
    return tuple(couche for couche in couches if couche != Double(de))
