"""Which account a sign-in opens: the matching algorithm of docs/domaine/proconnect.md §9.

The claims of the journal are the only truth here: they are taken in the transaction of the append, so two
first sign-ins of one person at the same time end on one account.
"""

import re
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

import structlog
from events.store.store import ClaimTaken, Conflict, Context, Store
from process.clock import Clock

from identity.connexion.adresses import titulaire
from identity.connexion.chiffre import Empreintes
from identity.connexion.proconnect.errors import Reason, SigninFailed
from identity.connexion.proconnect.verification import Userinfo
from identity.connexion.rapprochement import Rapprochements
from identity.domain import compte, courriel, siret
from identity.domain.compte import COMPTE
from identity.domain.rapprochement import Origine
from identity.domain.vocabulaire import CompteId

log = structlog.get_logger()

_ATTEMPTS = 6


@dataclass(frozen=True, slots=True)
class Trouve:
    """The account of a sign-in. a_rapprocher : another account has just been seen to be perhaps theirs."""

    compte_id: CompteId
    a_rapprocher: bool = False


class Rattachement:
    """Finds or opens the account of a federation identity."""

    def __init__(
        self, store: Store[Any], empreintes: Empreintes, rapprochements: Rapprochements, clock: Clock
    ) -> None:
        self._store = store
        self._empreintes = empreintes
        self._rapprochements = rapprochements
        self._clock = clock

    async def compte_de(self, emetteur: str, info: Userinfo, context: Context) -> Trouve:
        """The account, found, linked or opened. Raises AdresseSupprimee, CourrielIllisible, SigninFailed."""
        personne = personne_de(info)
        identite = compte.Identite(emetteur, info.sub)
        for _ in range(_ATTEMPTS):
            try:
                return await self._once(personne, identite, context)
            except (ClaimTaken, Conflict):
                # Somebody signed in at the same time: what they wrote decides, look again.
                continue
        raise SigninFailed(Reason.CONCURRENCY)

    async def _once(self, personne: compte.Personne, identite: compte.Identite, context: Context) -> Trouve:
        by_identity = self._empreintes.identite(identite.emetteur, identite.sub)
        by_email = self._empreintes.courriel(personne.courriel)
        found = await titulaire(self._store, by_identity)
        if found is not None:
            return await self._refresh(found, personne, context)
        holder = await titulaire(self._store, by_email)
        now = self._clock.now()
        if holder is not None and not await self._rapprochements.reserve(holder):
            link = compte.LierIdentite(personne, identite, now)
            try:
                await self._store.execute(COMPTE(holder), link, context, claims=[by_identity])
                return Trouve(holder)
            except compte.IdentiteDejaLiee:
                pass
            except compte.CompteInconnu:
                # Erased since its claim was read: the address is free again.
                raise Conflict from None
        # An address alone never opens an account that somebody has: the person gets one of their own, and may
        # prove that the other is theirs too (docs/domaine/proconnect.md §9).
        compte_id = CompteId(uuid4())
        opening = compte.OuvrirCompte(compte_id, personne, identite, now)
        claims = [by_identity, by_email] if holder is None else [by_identity]
        await self._store.execute(COMPTE(compte_id), opening, context, claims=claims)
        if holder is None:
            return Trouve(compte_id)
        await self._rapprochements.ouvrir(compte_id, holder, Origine.CONNEXION, context)
        return Trouve(compte_id, a_rapprocher=True)

    async def _refresh(self, compte_id: CompteId, personne: compte.Personne, context: Context) -> Trouve:
        """Adopt what changed at ProConnect; a new e-mail only when no other account holds it."""
        state, version = await self._store.state(COMPTE(compte_id))
        if isinstance(state, compte.Ferme):
            # They may come in to open it again, and for nothing else.
            return Trouve(compte_id)
        if not isinstance(state, compte.EnInscription | compte.Inscrit):
            raise Conflict
        before, after, now = state.personne.courriel, personne.courriel, self._clock.now()
        claim = self._empreintes.courriel(after)
        holder = await titulaire(self._store, claim)
        # With several identities each has its address: none takes the other's place.
        alone = len(state.identites) <= 1
        moves = holder is None and alone and before != after
        if not moves and (holder != compte_id or not alone):
            personne = replace(personne, courriel=before)
        await self._store.execute(
            COMPTE(compte_id),
            compte.ReprendrePersonne(personne, now),
            context,
            expected=version,
            claims=[claim] if moves else [],
            releases=[self._empreintes.courriel(before)] if moves else [],
        )
        if holder is None and not moves:
            # An address that nobody holds any more, or that of another identity.
            adopt = compte.AjouterCourriel(after, now, rapprochee=True)
            await self._store.execute(COMPTE(compte_id), adopt, context, claims=[claim])
        if holder in (None, compte_id):
            return Trouve(compte_id)
        if isinstance((await self._store.state(COMPTE(holder)))[0], compte.Prepare):
            # Invited there before it was theirs: nobody has that account, which ends by itself.
            return Trouve(compte_id)
        # Never a merge: the account keeps its address, the two may be brought together.
        log.info("email_kept", compte_id=str(compte_id))
        new = await self._rapprochements.ouvrir(compte_id, holder, Origine.COURRIEL_CHANGE, context)
        return Trouve(compte_id, a_rapprocher=new)


def personne_de(info: Userinfo) -> compte.Personne:
    """What userinfo says, in our form. Raises AdresseSupprimee, CourrielIllisible."""
    return compte.Personne(
        prenom=" ".join(info.given_name.split())[:256],
        nom=" ".join(info.usual_name.split())[:256],
        courriel=courriel.accepter(info.email),
        telephone=_telephone(info.phone_number),
        siret=siret.valide_ou_none(info.siret),
    )


def _telephone(texte: str | None) -> str | None:
    """Digits and a leading plus; None when it does not look like a number (the claim's format is free)."""
    compact = re.sub(r"[\s.\-()/]", "", texte or "")
    return compact if re.fullmatch(r"\+?[0-9]{6,15}", compact) else None
