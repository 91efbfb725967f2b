"""Nettoyer les courriels et les adresses de sites : fonctions pures (docs/domaine/cartographie.md §9)."""

import re
import unicodedata

from referentiels.textes import nettoyer_texte

from cartographie.domain.nettoyage import sans_doublon

_COURRIEL = re.compile(
    r"[a-z0-9](?:[a-z0-9._%+'-]*[a-z0-9_+-])?@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,24}"
)
_ENTRE_COURRIELS = re.compile(r"[;,|\n]+|\s+(?:ou|et|/|-)\s+|/|\s+")
_TLD_DETACHE = re.compile(r"(@[\w.-]*\w)\s+(fr|com|org|net|eu)\b")


def nettoyer_courriels(texte: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(courriels lus, morceaux écartés parce qu'illisibles)."""
    propre = _sans_accent(nettoyer_texte(texte)).lower()
    propre = re.sub(r"mailto:|^[:\s]+", "", propre)
    propre = re.sub(r"\s+(?:at|\(at\)|\[at\]|arobase)\s+", "@", propre)
    propre = re.sub(r"\s*@+\s*", "@", propre)
    propre = re.sub(r"(\w)\s+\.(\w)", r"\1.\2", propre)
    propre = _TLD_DETACHE.sub(r"\1.\2", propre)
    morceaux = [m.strip(".:<>()") for m in _ENTRE_COURRIELS.split(propre)]
    lus = sans_doublon([m for m in morceaux if _COURRIEL.fullmatch(m)])
    return lus, tuple(m for m in morceaux if m and m not in lus)


def _sans_accent(texte: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", texte) if not unicodedata.combining(c))


_HOTE = re.compile(r"(?:[^\W_](?:[\w-]*[^\W_])?\.)+[^\W\d_]{2,24}")
_SITE = re.compile(r"(https?)://([^/?#\s]+)([/?#]\S*)?")
_ENTRE_SITES = re.compile(r"[;|]|\s+/\s+|,\s+|\s+(?:(?:ou|et)\s+)?(?=https?:|www\.)")


def nettoyer_sites(texte: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(adresses complètes, morceaux écartés). Un site sans « http » reçoit « https:// »."""
    morceaux = [m.strip(",;") for m in _ENTRE_SITES.split(nettoyer_texte(texte.replace("\n", ";")))]
    lus: list[str] = []
    ecartes: list[str] = []
    for morceau in filter(None, morceaux):
        site = _reparer_site(morceau)
        (lus if site else ecartes).append(site or morceau)
    return sans_doublon(lus), tuple(ecartes)


def _reparer_site(morceau: str) -> str | None:
    reste = re.sub(
        r"^(https?)(?::/+|//:?|:)(?=\S)", lambda m: f"{m[1].lower()}://", morceau, flags=re.IGNORECASE
    )
    if not re.match(r"https?://", reste):
        reste = f"https://{reste}"
    trouve = _SITE.fullmatch(reste)
    # Une arobase dans l'hôte : un courriel ou un mot de passe, pas un site.
    if trouve is None or "@" in trouve[2] or len(reste) > 500:
        return None
    hote = trouve[2].split(":")[0]
    return f"{trouve[1]}://{trouve[2].lower()}{trouve[3] or ''}" if _HOTE.fullmatch(hote) else None
