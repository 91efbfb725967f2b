"""Which account a sign-in opens: the matching algorithm of docs/domaine/proconnect.md §9.

The claims of the journal are the only truth here: they are taken in the transaction of the append, so two
first sign-ins of one person at the same time end on one account.
"""

import re
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import structlog
from events.store.store import (
    Claim,
    ClaimTaken,
    Conflict,
    Context,
    Store,
)
from process.clock import Clock

from identity.connexion.chiffre import Empreintes
from identity.connexion.proconnect.errors import Reason, SigninFailed
from identity.connexion.proconnect.verification import Userinfo
from identity.domain import compte, courriel, siret
from identity.domain.compte import COMPTE
from identity.domain.vocabulaire import CompteId

log = structlog.get_logger()

_ATTEMPTS = 6


class Rattachement:
    """Finds or opens the account of a federation identity."""

    def __init__(self, store: Store[Any], empreintes: Empreintes, clock: Clock) -> None:
        self._store = store
        self._empreintes = empreintes
        self._clock = clock

    async def compte_de(self, emetteur: str, info: Userinfo, context: Context) -> CompteId:
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

    async def _once(self, personne: compte.Personne, identite: compte.Identite, context: Context) -> CompteId:
        by_identity = self._empreintes.identite(identite.emetteur, identite.sub)
        by_email = self._empreintes.courriel(personne.courriel)
        found = await self._holder(by_identity)
        if found is not None:
            await self._refresh(found, personne, context)
            return found
        holder = await self._holder(by_email)
        now = self._clock.now()
        if holder is not None:
            link = compte.LierIdentite(personne, identite, now)
            try:
                await self._store.execute(COMPTE(holder), link, context, claims=[by_identity])
            except compte.IdentiteDejaLiee as refusal:
                raise SigninFailed(Reason.EMAIL_OF_ANOTHER_ACCOUNT) from refusal
            except compte.CompteInconnu:
                # Erased since its claim was read: the address is free again.
                raise Conflict from None
            return holder
        compte_id = CompteId(uuid4())
        opening = compte.OuvrirCompte(compte_id, personne, identite, now)
        await self._store.execute(COMPTE(compte_id), opening, context, claims=[by_identity, by_email])
        return compte_id

    async def _refresh(self, compte_id: CompteId, personne: compte.Personne, context: Context) -> None:
        """Adopt what changed at ProConnect; a new e-mail only when no other account holds it."""
        state, version = await self._store.state(COMPTE(compte_id))
        if isinstance(state, compte.Inconnu | compte.Efface):
            raise Conflict
        before, after = state.personne.courriel, personne.courriel
        # One of the account's other addresses only changes places: the account keeps both.
        new = before != after and after not in state.secondaires
        claims = [self._empreintes.courriel(after)] if new else []
        releases = [self._empreintes.courriel(before)] if new else []
        if claims and await self._holder(claims[0]) not in (None, compte_id):
            # Never a merge: the account keeps its address, the two may be brought together later.
            log.info("email_kept", compte_id=str(compte_id))
            personne, claims, releases = replace(personne, courriel=before), [], []
        await self._store.execute(
            COMPTE(compte_id),
            compte.ReprendrePersonne(personne, self._clock.now()),
            context,
            expected=version,
            claims=claims,
            releases=releases,
        )

    async def _holder(self, claim: Claim) -> CompteId | None:
        stream = await self._store.holder(claim)
        return CompteId(UUID(COMPTE.named(stream).key)) if stream is not None else None


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
