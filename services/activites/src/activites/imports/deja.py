"""Une activité que le fichier désigne par son identifiant : ce que notre export en écrit, relu.

Des noms ne disent pas toujours qui (docs/domaine/activites.md §8.4) : deux personnes du même nom, une
étiquette que l'on ne voit plus, la mise en forme de notes. Là où une cellule dit ce que l'export écrit, elle
dit ce que l'activité garde.
"""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import Any
from uuid import UUID

from events.store.store import Store

from activites.domain.activite import ACTIVITE, Active
from activites.domain.faits import ActiviteDecrite
from activites.exports.beneficiaires import menees, nom_de
from activites.exports.textes import en_texte
from activites.imports import valeurs
from activites.imports.noms import un_par_ligne
from activites.projections import tags
from activites.projections.tags import Etiquette

_ENSEMBLE = 500
type LireLesTags = Callable[[Collection[UUID]], Awaitable[Mapping[UUID, Etiquette]]]


@dataclass(frozen=True, slots=True)
class Deja:
    """tags, personnes : ce que l'export écrit dans leur cellule."""

    activite: ActiviteDecrite
    tags: str
    personnes: str

    def porte(self, texte: str) -> bool:
        """Whether the cell names the tags that it bears, each on its line: one name may be two of others."""
        return un_par_ligne(texte) == un_par_ligne(self.tags)

    def etait_avec(self, texte: str) -> bool:
        """Whether the cell names those who were there, each on their line."""
        return un_par_ligne(texte) == un_par_ligne(self.personnes)

    def note(self, texte: str) -> bool:
        """Whether the cell says its notes."""
        return valeurs.en_html(texte) == valeurs.en_html(en_texte(self.activite.notes) or "")


async def deja_enregistrees(
    store: Store[Any], mediateurs: Sequence[UUID], identifiants: Iterable[str], lire_les_tags: LireLesTags
) -> dict[str, Deja]:
    """Identifiant, tel qu'écrit -> la sienne ; celle d'un autre n'y est pas.   mediateurs : soi-même."""
    designees = {texte.strip(): un for texte in identifiants if (un := _identifiant(texte)) is not None}
    trouvees = dict[str, Deja]()
    for ensemble in batched(designees.items(), _ENSEMBLE):
        etats = await store.states([ACTIVITE(un) for _, un in ensemble])
        siennes = {
            texte: etat.derniere
            for (texte, _), etat in zip(ensemble, etats, strict=True)
            if isinstance(etat, Active) and etat.derniere.mediateur_id in mediateurs
        }
        lues = await lire_les_tags({tag for a in siennes.values() for tag in a.tags})
        presents = await menees(store, {un for a in siennes.values() for un in a.suivis})
        for texte, a in siennes.items():
            noms = dict(presents[un] for un in a.suivis).values()
            trouvees[texte] = Deja(
                a, "\n".join(e.nom for e in tags.sur(a.tags, lues)), "\n".join(map(nom_de, noms))
            )
    return trouvees


def _identifiant(texte: str) -> UUID | None:
    try:
        return UUID(texte.strip())
    except ValueError:
        return None
