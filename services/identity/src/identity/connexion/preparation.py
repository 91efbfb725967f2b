"""An address that somebody invites: the account that it finds, prepared when nobody has one (D5)."""

from typing import Any
from uuid import uuid4

from events.store.store import ClaimTaken, Conflict, Context, Store, Written
from process.clock import Clock

from identity.connexion.adresses import titulaire
from identity.connexion.chiffre import Empreintes
from identity.domain import compte
from identity.domain.compte import COMPTE
from identity.domain.vocabulaire import CompteId

_ATTEMPTS = 6


async def preparer(
    store: Store[Any], empreintes: Empreintes, adresse: str, clock: Clock, context: Context
) -> tuple[CompteId, Written]:
    """The account that this address finds, in use or prepared: which of the two is not said.

    adresse : normal form. Raises Conflict.
    """
    claim = empreintes.courriel(adresse)
    for _ in range(_ATTEMPTS):
        holder = await titulaire(store, claim)
        compte_id = holder or CompteId(uuid4())
        command = compte.PreparerCompte(compte_id, adresse, clock.now())
        claims = [] if holder else [claim]
        try:
            return compte_id, await store.execute(COMPTE(compte_id), command, context, claims=claims)
        except (ClaimTaken, Conflict, compte.CompteInconnu):
            # Prepared by somebody else meanwhile, or erased since it was found.
            continue
    raise Conflict
