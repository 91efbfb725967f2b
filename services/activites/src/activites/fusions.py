"""Les fiches d'une même personne, telles que le journal les dit."""

from typing import Any

from events.decider import fold
from events.store.store import Store

from activites.domain.beneficiaire import BENEFICIAIRE
from activites.domain.beneficiaire_etat import Fusionne, State
from activites.domain.fiche_composee import changes
from activites.domain.separation import doubles_de, suivi_de
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


async def avec_ses_doubles(store: Store[Any], qui: BeneficiaireId) -> dict[BeneficiaireId, int]:
    """This file, and all those that lead to it, near or far; the version at which each one says so.

    None joins, or leaves, without a fact of its own and of the file where it is.
    """
    etats, versions, fiches = dict[BeneficiaireId, State](), dict[BeneficiaireId, int](), [qui]
    etats[qui], versions[qui] = await store.state(BENEFICIAIRE(qui))
    for vers in fiches:  # grows on the way
        suivi = suivi_de(etats[vers])
        for un in suivi.doubles if suivi is not None else ():
            if un not in etats:
                etats[un], versions[un] = await store.state(BENEFICIAIRE(un))
        fiches += [un for un in doubles_de(vers, etats) if un not in fiches]
    return {une: versions[une] for une in fiches}


async def changes_depuis(store: Store[Any], qui: BeneficiaireId, version: int) -> tuple[str, ...] | None:
    """The fields of this file that say something else than at this version; None when it is still the last.

    Names only, and none when what was seen then is unknown.
    """
    faits = await store.load(BENEFICIAIRE(qui))
    if (faits[-1].version if faits else 0) == version:
        return None
    avant, apres = (
        suivi_de(fold(BENEFICIAIRE, (r.event for r in faits if r.version <= jusqu_a)))
        for jusqu_a in (version, len(faits))
    )
    return changes(avant.dite, apres.dite) if avant is not None and apres is not None else ()
