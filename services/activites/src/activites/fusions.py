"""Les fiches d'une même personne, telles que le journal les dit."""

from typing import Any

from events.store.store import Store

from activites.domain.beneficiaire import BENEFICIAIRE, Fusionne, State
from activites.domain.separation import suivi_de
from activites.domain.vocabulaire import BeneficiaireId

ESSAIS = 8
"""Times that a gesture is made again because a file changed meanwhile."""


async def jusqu_a_la_personne(
    store: Store[Any], qui: BeneficiaireId
) -> tuple[dict[BeneficiaireId, State], dict[BeneficiaireId, int]]:
    """From file to file, where this one went, and the doubles of each: states; versions, of the way."""
    etats, versions, suivante = dict[BeneficiaireId, State](), dict[BeneficiaireId, int](), qui
    while suivante not in versions:
        etat, versions[suivante] = await store.state(BENEFICIAIRE(suivante))
        suivi = suivi_de(etat)
        doubles = suivi.doubles if suivi is not None else ()
        lues = await store.states([BENEFICIAIRE(un) for un in doubles])
        etats |= {suivante: etat, **dict(zip(doubles, lues, strict=True))}
        suivante = etat.vers if isinstance(etat, Fusionne) else suivante
    return etats, versions
