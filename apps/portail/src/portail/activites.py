"""Les activités comme les pages les montrent."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from portail.nomenclatures import Lues, libelles
from portail.saisie_cra import SUJETS
from portail.visiteur import Visiteur


def montrees(activites: Sequence[Mapping[str, Any]], nomenclatures: Lues) -> list[dict[str, Any]]:
    """Avec les mots de leurs codes. sujets : libellés.   ou : lieu, commune ou manière."""
    noms = libelles(nomenclatures["thematiques"])
    types_lieu = libelles(nomenclatures["type_lieu"])
    return [
        {
            **a,
            "sujets": [noms.get(t, t) for t in a["thematiques"]],
            "ou": a["lieu_nom"] or a["commune"] or types_lieu.get(a["type_lieu"], ""),
        }
        for a in activites
    ]


async def dernieres(qui: Visiteur, combien: int) -> list[dict[str, Any]] | None:
    """Les dernières ; None si cette partie ne répond pas."""
    lues = await qui.api.lire_si_possible("/activites", limite=combien)
    return lues and montrees(lues["elements"], await qui.request.app.state.nomenclatures.de("activites"))


def sujets_frequents(
    activites: Sequence[Mapping[str, Any]], nomenclatures: Lues, combien: int
) -> list[tuple[str, str]]:
    """(code, libellé) : les plus fréquents de ces activités d'abord, puis ceux que tout le monde voit."""
    noms = libelles(nomenclatures["thematiques"])
    # A démarche is asked under its subject.
    administratives = libelles(nomenclatures["thematiques_administratives"])
    vus = Counter(t for a in activites for t in a["thematiques"])
    codes = dict.fromkeys([*(t for t, _ in vus.most_common()), *SUJETS])
    return [(t, noms[t]) for t in codes if t in noms and t not in administratives][:combien]


async def du_mois(qui: Visiteur) -> dict[str, Any] | None:
    """Les totaux du mois civil ; None si cette partie ne répond pas."""
    lus = await qui.api.lire_si_possible("/statistiques", du=qui.aujourd_hui.replace(day=1).isoformat())
    return lus and lus["totaux"]
