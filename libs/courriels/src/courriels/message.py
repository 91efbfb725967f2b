"""Un courriel : un objet, un texte et sa page HTML, composés des mêmes paragraphes.

Rien d'étranger n'y devient un lien : les seuls liens sont des `Lien`, vers nos pages.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Template

_OBJET = 150
_NOM = 60
_LETTRES = ("L", "M")
_ADRESSE = re.compile(r"://|www\.", re.IGNORECASE)


@cache
def _gabarit() -> "Template":
    from jinja2 import Environment, PackageLoader  # lent à charger : au premier courriel

    return Environment(loader=PackageLoader("courriels", "gabarits"), autoescape=True).get_template(
        "courriel.html"
    )


@dataclass(frozen=True, slots=True)
class Lien:
    """Un lien sur une ligne à lui. adresse : sous l'adresse publique de la plateforme."""

    libelle: str
    adresse: str


@dataclass(frozen=True, slots=True)
class Courriel:
    """Ce qu'une personne lit, sans destinataire : son adresse ne vient qu'à l'envoi."""

    objet: str
    texte: str
    html: str


def composer(objet: str, paragraphes: Sequence[str | Lien], *, base: str) -> Courriel:
    """Le texte et sa page HTML. base : l'adresse publique de la plateforme.

    Lève ValueError : un objet vide, long ou sur deux lignes, un lien qui sort de la plateforme, ou une
    adresse au milieu d'un paragraphe.
    """
    if not objet.strip() or len(objet) > _OBJET or not objet.isprintable():
        raise ValueError("un objet est une ligne, de 1 à 150 caractères")
    for paragraphe in paragraphes:
        if isinstance(paragraphe, Lien):
            if not paragraphe.adresse.startswith(f"{base}/") or not paragraphe.adresse.isprintable():
                raise ValueError("un lien mène à une page de la plateforme")
        elif _ADRESSE.search(paragraphe):
            raise ValueError("un lien se dit par `Lien`")
    lignes = [f"{p.libelle} :\n{p.adresse}" if isinstance(p, Lien) else p for p in paragraphes]
    html = _gabarit().render(objet=objet, paragraphes=paragraphes)
    return Courriel(objet, "\n\n".join(lignes) + "\n", html)


def nom_sur(texte: str) -> str:
    """Le nom s'il n'est que lettres, blancs, traits d'union et apostrophes, 60 au plus ; sinon rien.

    Un nom vient d'ailleurs : une messagerie ferait un lien de « gagne.example », un saut de ligne un titre.
    """
    nom = " ".join(unicodedata.normalize("NFC", texte).split())
    sain = all(unicodedata.category(c)[0] in _LETTRES or c in " -'’" for c in nom)
    return nom if sain and len(nom) <= _NOM else ""
