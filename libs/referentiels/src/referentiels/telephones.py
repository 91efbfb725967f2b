"""Les numéros de téléphone d'un texte, en E.164, lus avec phonenumbers.

Le département du lieu donne la région : six chiffres ne se lisent qu'à Nouméa, « 0590 » qu'aux Antilles.
"""

import re
from dataclasses import dataclass

import phonenumbers

from referentiels.textes import nettoyer_texte

REGIONS = {
    "971": "GP", "977": "BL", "978": "MF", "972": "MQ", "973": "GF", "974": "RE", "975": "PM", "976": "YT",
    "986": "WF", "987": "PF", "988": "NC",
}  # fmt: skip
"""Code du département -> région de phonenumbers ; la métropole est « FR »."""

INDICATIFS = {
    "590": "590", "690": "590", "691": "590",
    "594": "594", "694": "594",
    "596": "596", "696": "596", "697": "596",
    "262": "262", "269": "262", "639": "262", "692": "262", "693": "262",
}  # fmt: skip
"""Début d'un numéro national d'outre-mer -> indicatif international (plan de numérotation de l'Arcep)."""

LONGUEUR_MIN = 6
"""Chiffres d'un numéro ; un numéro court (3230, 15) ne désigne pas un lieu."""

_ENTRE_NUMEROS = re.compile(r"[/;,|\n]|\s+(?:ou|et)\s+|\s-\s")
_SUITE = re.compile(r"(?:\(?\+)?[\d(][\d\s.()·-]*")
_COLLES = re.compile(r"(?:0\d{9}){2,}")
_DE_FRANCE = re.compile(r"(?:\+33|0033|0)(\d{3})\d{6}")
_DES_COMORES = re.compile(r"\+?269(?=(?:269|639)\d{6}$)")
"""Mayotte a quitté l'indicatif des Comores en 2007."""

_NATIONAL = re.compile(r"0[1-9]")
_OUTRE_MER = "indicatif d’outre-mer rétabli"


@dataclass(frozen=True, slots=True)
class Telephones:
    """numeros : E.164, sans doublon, dans l'ordre du texte.

    ecartes : morceaux où aucun numéro n'est lisible.
    reparations : ce qui a été corrigé au-delà de la mise en forme, en français.
    """

    numeros: tuple[str, ...] = ()
    ecartes: tuple[str, ...] = ()
    reparations: tuple[str, ...] = ()


def lire_telephones(texte: str, departement: str | None) -> Telephones:
    """Tous les numéros d'un texte libre. departement : code de celui du lieu, None s'il est inconnu."""
    propre = nettoyer_texte(texte)
    numeros: dict[str, None] = {}
    ecartes: list[str] = []
    reparations: dict[str, None] = {}
    for morceau in filter(None, (m.strip() for m in _ENTRE_NUMEROS.split(propre))):
        lus = [lu for brut in _bruts(morceau) if (lu := _lire(brut, departement, reparations))]
        numeros.update(dict.fromkeys(lus))
        if not lus:
            ecartes.append(morceau)
    if not numeros and propre:
        # Les chiffres d'un même numéro sont séparés par « / », « ; » ou « , ».
        for brut in _bruts(re.sub(r"[/,;]", " ", propre)):
            if lu := _lire(brut, departement, reparations):
                numeros[lu] = None
                ecartes = []
    return Telephones(tuple(numeros), tuple(ecartes), tuple(reparations))


def _bruts(texte: str) -> list[str]:
    """Les suites de chiffres qui peuvent être un numéro ; deux numéros à la suite sont séparés."""
    bruts: list[str] = []
    for trouve in _SUITE.findall(texte):
        brut = re.sub(r"[^\d+]", "", trouve.replace("(0)", ""))
        bruts += re.findall(r"0\d{9}", brut) if _COLLES.fullmatch(brut) else [brut]
    return bruts


def _lire(brut: str, departement: str | None, reparations: dict[str, None]) -> str | None:
    brut = re.sub(r"^\+(?=0\d{9}$)", "", brut)  # « +0618… »
    brut = re.sub(r"^(\+|00)330(?=\d{9}$)", r"\g<1>33", brut)
    if re.fullmatch(r"[1-9]\d{8}", brut):
        brut = f"0{brut}"  # le zéro perdu d'un tableur
    corrige = _outre_mer(brut)
    if len(corrige.lstrip("+")) < LONGUEUR_MIN:
        return None
    chez_lui = REGIONS.get(departement or "", "FR")
    # Six ou huit chiffres ne se lisent que chez eux.
    for region in (chez_lui,) if len(corrige) < 10 else dict.fromkeys((chez_lui, "FR")):
        try:
            numero = phonenumbers.parse(corrige, region)
        except phonenumbers.NumberParseException:
            return None
        if phonenumbers.is_valid_number(numero):
            if corrige != brut and not _NATIONAL.match(brut):
                reparations[_OUTRE_MER] = None
            return phonenumbers.format_number(numero, phonenumbers.PhoneNumberFormat.E164)
    return None


def _outre_mer(brut: str) -> str:
    """Le numéro avec l'indicatif de son territoire, quand il porte celui de la métropole ou des Comores."""
    brut = _DES_COMORES.sub("+262", brut)
    trouve = _DE_FRANCE.fullmatch(brut)
    if trouve is not None and (indicatif := INDICATIFS.get(trouve[1])):
        return f"+{indicatif}{brut[-9:]}"
    return brut
