"""Les médiateurs comptés, personne par personne : deux comptes rapprochés n'en font qu'une."""

import datetime as dt
from collections.abc import Iterable, Mapping
from uuid import UUID

from web.rapproches import Personne

from activites.statistiques.questions import Perimetre


def par_personne(
    perimetres: Iterable[Perimetre], personnes: Mapping[UUID, Personne]
) -> dict[UUID, list[Perimetre]]:
    """Chaque identifiant d'une personne comptée, et tous ceux sous lesquels elle a saisi.

    perimetres : un par identifiant compté.   personnes : à qui est chacun. Partie d'une équipe et membre
    d'une autre, elle est encore là ; partie de toutes, c'est le dernier départ qui compte.
    """
    fins: dict[UUID, dt.date | None] = {}
    tous: dict[UUID, tuple[UUID, ...]] = {}
    for perimetre in perimetres:
        qui = personnes[perimetre.mediateur_id]
        tous[qui.sert] = qui.tous
        fins[qui.sert] = _derniere(fins.get(qui.sert, perimetre.jusqu_au), perimetre.jusqu_au)
    comptes = {sert: [Perimetre(un, fins[sert], sert) for un in ids] for sert, ids in tous.items()}
    return {un: comptes[sert] for sert, ids in tous.items() for un in ids}


def _derniere(une: dt.date | None, autre: dt.date | None) -> dt.date | None:
    return None if une is None or autre is None else max(une, autre)
