"""Ce que dit une fiche, d'elle-même et de ses doubles : chaque couche dans l'ordre où elle est venue.

Séparer un double, c'est lire les mêmes couches sans la sienne (docs/domaine/activites.md §5.3).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from events.decider import Refusal
from events.named import fields_of

from activites.domain.beneficiaire_faits import TEXTES, Fiche
from activites.domain.beneficiaire_refus import AdresseDUneAutreCommune, PrisEtLaisse
from activites.domain.vocabulaire import BeneficiaireId


@dataclass(frozen=True, slots=True)
class Dit:
    """Ce que son médiateur a écrit. champs : ceux qu'il a changés, et leur valeur."""

    champs: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Choix:
    """Ce qui fut choisi d'un double. pris : les champs où il l'emporte, tant qu'il les remplit.

    vides : ceux qu'il ne remplit pas, et que la fiche oublie.   laisses : ceux qu'elle ne prend pas de lui.
    """

    pris: tuple[str, ...] = ()
    vides: tuple[str, ...] = ()
    laisses: tuple[str, ...] = ()

    def est(self, prendre: Collection[str], laisser: Collection[str]) -> bool:
        """Si c'est bien ce que l'on demande."""
        return ranges({*self.pris, *self.vides}) == ranges(prendre) and self.laisses == ranges(laisser)


SANS_CHOIX = Choix()


@dataclass(frozen=True, slots=True)
class Double:
    """Ce que la fiche n'avait pas, et que de, une autre fiche de la même personne, a."""

    de: BeneficiaireId
    choix: Choix = SANS_CHOIX


type Couche = Dit | Double


@dataclass(frozen=True, slots=True)
class Composee:
    """Ce que dit une fiche. empruntes : les textes qu'une autre a dits, et laquelle (`TextesApportes`)."""

    fiche: Fiche
    empruntes: Mapping[str, BeneficiaireId] = field(default_factory=dict[str, BeneficiaireId])

    def avec(self, dits: Mapping[str, Any], de: Mapping[str, BeneficiaireId]) -> "Composee":
        """La même, ces champs en plus. de : ceux d'entre eux qui sont empruntés ; les autres sont à elle."""
        siens = {nom: une for nom, une in self.empruntes.items() if nom not in dits}
        return Composee(replace(self.fiche, **dits), {**siens, **de})


type Dites = Mapping[BeneficiaireId, Composee]
"""Ce que dit chacune de ces fiches."""

VIDE = Fiche(prenom="", nom="")
"""What a field is when nobody filled it."""
_ENSEMBLE = (("telephone", "pas_de_telephone"), ("adresse", "commune"))
"""Who writes one of these has written the other: a street is in its town only."""


def composer(premiere: Fiche, couches: Iterable[Couche], doubles: Dites) -> Composee:
    """Ce que dit la fiche. doubles : ce que dit chacun ; celui qui n'y est pas n'apporte rien."""
    composee = Composee(premiere)
    for couche in couches:
        match couche:
            case Dit(champs):
                composee = composee.avec(champs, {})
            case Double(de, choix):
                composee = accueillir(composee, de, doubles[de], choix) if de in doubles else composee
    return composee


def accueillir(ici: Composee, de: BeneficiaireId, source: Composee, choix: Choix) -> Composee:
    """La fiche, et ce que de, l'autre, a de plus (`completee`) : de qui le tient-elle, d'elle-même ou non."""
    apres = completee(ici.fiche, source.fiche, choix)
    nouveaux = {nom: getattr(apres, nom) for nom in fields_of(Fiche) if _change(nom, ici.fiche, apres)}
    empruntes = {
        nom: source.empruntes.get(nom, de)
        for nom, dit in nouveaux.items()
        if nom in TEXTES and dit != getattr(VIDE, nom)
    }
    return ici.avec(nouveaux, empruntes)


def ecrite(avant: Composee, fiche: Fiche) -> Composee:
    """Ce que son médiateur vient d'écrire ; le reste est à qui il était."""
    ecrits = _ensemble({nom for nom in fields_of(Fiche) if _change(nom, avant.fiche, fiche)})
    return avant.avec({nom: getattr(fiche, nom) for nom in ecrits}, {})


def choisir(source: Fiche, prendre: Collection[str], laisser: Collection[str]) -> Choix:
    """Ce que veut dire ce que l'on demande, selon ce que l'autre fiche remplit aujourd'hui."""
    vides = {nom for nom in prendre if not _remplit(source, nom)}
    return Choix(ranges({*prendre} - vides), ranges(vides), ranges(laisser))


def completee(fiche: Fiche, source: Fiche, choix: Choix = SANS_CHOIX) -> Fiche:
    """La fiche, et ce que l'autre a de plus : sans choix, ce qui est rempli ne change pas.

    Avec un numéro, on a un téléphone.   Règle : docs/domaine/activites.md §5.3.
    """
    fiche = replace(fiche, **{nom: getattr(VIDE, nom) for nom in _cedes(fiche, source, choix)})
    commune = fiche.commune or (None if "commune" in choix.laisses else source.commune)
    # A street is in its town only.
    refuses = {*choix.laisses} if commune == source.commune else {*choix.laisses, "adresse"}
    apportes = {
        nom: getattr(source, nom)
        for nom in fields_of(Fiche)
        if not _remplit(fiche, nom) and nom not in refuses
    }
    complete = replace(fiche, **apportes)
    return replace(complete, pas_de_telephone=complete.pas_de_telephone and complete.telephone is None)


def _remplit(fiche: Fiche, nom: str) -> bool:
    return getattr(fiche, nom) != getattr(VIDE, nom)


def _cedes(fiche: Fiche, source: Fiche, choix: Choix) -> set[str]:
    """Les champs que la fiche quitte pour ceux de l'autre."""
    cedes = {nom for nom in choix.pris if _remplit(source, nom)} | {*choix.vides}
    if fiche.commune != source.commune:
        # The street of one town goes with it, and none is taken to another.
        if "commune" in cedes:
            cedes.add("adresse")
        elif source.adresse is not None:
            cedes.discard("adresse")
    if "pas_de_telephone" in cedes and source.pas_de_telephone:
        cedes.add("telephone")
    return cedes


def fautes_du_choix(
    fiche: Fiche, source: Fiche, prendre: Sequence[str], laisser: Sequence[str]
) -> Iterator[Refusal]:
    """Ce que l'on ne peut pas demander de l'autre fiche, chacun à son rang."""
    garde = fiche.commune if fiche.commune or "commune" in laisser else source.commune
    ailleurs = garde != source.commune and "commune" not in prendre
    for rang, nom in enumerate(prendre):
        if nom == "adresse" and source.adresse is not None and ailleurs:
            yield AdresseDUneAutreCommune(field=f"/prendre/{rang}")
    for rang, nom in enumerate(laisser):
        if nom in prendre:
            yield PrisEtLaisse(field=f"/laisser/{rang}")


def ranges(champs: Collection[str]) -> tuple[str, ...]:
    """Chacun une fois, dans l'ordre de la fiche."""
    return tuple(nom for nom in fields_of(Fiche) if nom in champs)


def changes(avant: Composee, apres: Composee) -> tuple[str, ...]:
    """Les champs qui ne disent plus la même chose, ou plus d'après la même fiche."""
    return tuple(
        nom
        for nom in fields_of(Fiche)
        if _change(nom, avant.fiche, apres.fiche) or avant.empruntes.get(nom) != apres.empruntes.get(nom)
    )


def _change(nom: str, avant: Fiche, apres: Fiche) -> bool:
    return getattr(avant, nom) != getattr(apres, nom)


def _ensemble(champs: Collection[str]) -> set[str]:
    """Ceux-là, et ceux qui se disent avec eux."""
    return {*champs, *(nom for deux in _ENSEMBLE if not {*champs}.isdisjoint(deux) for nom in deux)}


def dite(couches: Sequence[Couche], apres: Fiche, champs: Collection[str]) -> tuple[Couche, ...]:
    """Les mêmes couches, et ce que le médiateur vient d'écrire. champs : qu'il a changés."""
    ecrits = _ensemble(champs)
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
    return tuple(couche for couche in couches if not (isinstance(couche, Double) and couche.de == de))
