"""Numéros de téléphone : lus avec phonenumbers, dans la région du département du lieu."""

import re

import phonenumbers

from cartographie.domain.nettoyage import nettoyer_texte

REGIONS = {
    "971": "GP", "977": "BL", "978": "MF", "972": "MQ", "973": "GF", "974": "RE", "975": "PM", "976": "YT",
    "986": "WF", "987": "PF", "988": "NC",
}  # fmt: skip
_AUTRES_REGIONS = ("FR", "GP", "MQ", "GF", "RE", "YT", "PM", "NC", "PF", "WF")
_ENTRE_NUMEROS = re.compile(r"[/;,|\n]|\s+(?:ou|et)\s+|\s-\s")
_NUMERO = re.compile(r"(?:\(?\+|00)?[\d(][\d\s.()·-]*\d")


def nettoyer_telephone(texte: str, departement: str | None) -> tuple[str | None, str | None]:
    """(numéro E.164, ce qui a été écarté). Deux numéros : le premier valide."""
    propre = nettoyer_texte(texte)
    morceaux = [m.strip() for m in _ENTRE_NUMEROS.split(propre) if m.strip()]
    for rang, morceau in enumerate(morceaux):
        numero = _un_numero(morceau, departement)
        if numero is not None:
            reste = " ; ".join(morceaux[:rang] + morceaux[rang + 1 :])
            return numero, reste or None
    # Les chiffres eux-mêmes sont séparés par « - » ou « / ».
    numero = _un_numero(re.sub(r"[/,;-]", " ", propre), departement)
    return (numero, None) if numero else (None, propre or None)


def _un_numero(texte: str, departement: str | None) -> str | None:
    trouve = _NUMERO.search(texte)
    if trouve is None:
        return None
    brut = re.sub(r"[^\d+]", "", trouve[0].replace("(0)", ""))
    brut = re.sub(r"^\+(?=0\d{9}$)", "", brut)  # « +0618… »
    brut = re.sub(
        r"^\+?(?:269)(?=269\d{6}$|639\d{6}$)", "+262", brut
    )  # Mayotte n'a plus l'indicatif des Comores
    if re.fullmatch(r"[1-9]\d{8}", brut):
        brut = f"0{brut}"  # le zéro perdu d'un tableur
    if len(brut.lstrip("+")) < 6:
        return None  # numéros courts (3XXX, 15) : ils ne désignent pas un lieu
    chez_lui = REGIONS.get(departement or "", "FR")
    for region in dict.fromkeys((chez_lui, *_AUTRES_REGIONS)):
        if region != chez_lui and len(brut) < 10:
            break  # 6 ou 8 chiffres ne se lisent que chez eux
        try:
            numero = phonenumbers.parse(brut, region)
        except phonenumbers.NumberParseException:
            return None
        if phonenumbers.is_valid_number(numero):
            return phonenumbers.format_number(numero, phonenumbers.PhoneNumberFormat.E164)
    return None
