"""L'annuaire livré avec le service : les structures des données ouvertes du dépôt (donnees/README.md).

Il sert la plateforme embarquée, sans réseau. Un SIRET absent n'y est pas faux : il est inconnu.
"""

import gzip
from functools import cache
from itertools import islice
from pathlib import Path

from referentiels.cles import cle

from identity.entreprises.annuaire import PROPOSES, Etablissement

_DONNEES = Path(__file__).parent / "donnees" / "etablissements.tsv.gz"


class AnnuaireFichier:
    """Tout en mémoire, lu à la première question."""

    async def etablissement(self, siret: str) -> Etablissement | None:
        return _tous().get(siret)

    async def chercher(self, mots: str) -> list[Etablissement]:
        cherches = cle(mots).split()
        if not cherches:
            return []
        trouves = (e for nom, e in _par_nom() if all(mot in nom for mot in cherches))
        return list(islice(trouves, PROPOSES))


@cache
def _tous() -> dict[str, Etablissement]:
    lignes = gzip.decompress(_DONNEES.read_bytes()).decode().splitlines()
    lus = [Etablissement(*ligne.split("\t"), ouvert=True) for ligne in lignes]
    return {e.siret: e for e in lus}


@cache
def _par_nom() -> list[tuple[str, Etablissement]]:
    """Clé de recherche et établissement, les noms courts d'abord : « Mairie » avant « Mairie annexe »."""
    nommes = [(cle(f"{e.nom} {e.commune}"), e) for e in _tous().values()]
    return sorted(nommes, key=lambda nomme: (len(nomme[0]), nomme[0], nomme[1].siret))
