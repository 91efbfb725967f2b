"""Les médiateurs comptés, personne par personne : deux comptes rapprochés n'en font qu'une."""

import datetime as dt
from collections.abc import Mapping, Sequence
from uuid import UUID

from web.rapproches import Personne

from activites.statistiques.filtres import Perimetre

type Jours = tuple[dt.date | None, dt.date | None]
"""Premier et dernier, compris ; sans borne d'un côté, tous ceux de ce côté."""


def par_personne(
    perimetres: Sequence[Perimetre], personnes: Mapping[UUID, Personne]
) -> dict[UUID, list[Perimetre]]:
    """Chaque identifiant d'une personne comptée, et tous ceux sous lesquels elle a saisi, avec ses jours.

    perimetres : un par identifiant et par période d'appartenance.   personnes : à qui est chacun. Partie
    d'une équipe et membre d'une autre, elle est encore là : ses jours sont ceux de toutes, chacun une fois.
    """
    jours: dict[UUID, list[Jours]] = {}
    for perimetre in perimetres:
        qui = personnes[perimetre.mediateur_id]
        jours.setdefault(qui.sert, []).append((perimetre.depuis, perimetre.jusqu_au))
    tous = {personnes[p.mediateur_id].sert: personnes[p.mediateur_id].tous for p in perimetres}
    comptes = {
        sert: [Perimetre(un, fin, sert, debut) for debut, fin in _reunis(jours[sert]) for un in ids]
        for sert, ids in tous.items()
    }
    return {un: comptes[sert] for sert, ids in tous.items() for un in ids}


def _reunis(periodes: list[Jours]) -> list[Jours]:
    """Les mêmes jours, en périodes qui ne se touchent pas."""
    reunis: list[Jours] = []
    for debut, fin in sorted(periodes, key=lambda p: (p[0] or dt.date.min, p[1] or dt.date.max)):
        if reunis and _touche(reunis[-1][1], debut):
            avant, jusque = reunis[-1]
            reunis[-1] = (avant, None if jusque is None or fin is None else max(jusque, fin))
        else:
            reunis.append((debut, fin))
    return reunis


def _touche(fin: dt.date | None, debut: dt.date | None) -> bool:
    return fin is None or debut is None or debut <= fin + dt.timedelta(days=1)
