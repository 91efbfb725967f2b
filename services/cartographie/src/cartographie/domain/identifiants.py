"""Les numéros qui identifient une structure : SIRET, RNA, RIDET (standard national, champ `pivot`)."""

import re

INCONNU = "00000000000000"
LA_POSTE = "356000000"
RNA = re.compile(r"W[0-9][0-9A-Z][0-9]{7}")
RIDET = re.compile(r"[0-9]{9,10}")


def siret_valide(texte: str) -> bool:
    """14 chiffres, clé de Luhn ; un établissement de La Poste a une somme de chiffres multiple de 5."""
    if not (len(texte) == 14 and texte.isascii() and texte.isdigit()) or texte == INCONNU:
        return False
    doubles = (int(c) * 2 if rang % 2 == 0 else int(c) for rang, c in enumerate(texte))
    if sum(n - 9 if n > 9 else n for n in doubles) % 10 == 0:
        return True
    return texte.startswith(LA_POSTE) and sum(map(int, texte)) % 5 == 0


def pivot_valide(texte: str) -> bool:
    """Un SIRET, un RNA (association sans SIRET) ou un RIDET (Nouvelle-Calédonie)."""
    return siret_valide(texte) or bool(RNA.fullmatch(texte) or RIDET.fullmatch(texte))
