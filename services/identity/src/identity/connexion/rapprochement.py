"""Two accounts of one person: proven by a mailbox, applied to both, undone (domain/rapprochement.py).

The claims stay with the account that forwards: linking is one fact, undoing it another, and nobody can come
in between. What follows on the account that stays is done again until it is done (reactions/rapprochements).
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from events.decider import refuse
from events.store.store import ClaimTaken, Conflict, Context, Intent, SomeRefused, Store, Written
from process.clock import Clock
from referentiels.nomenclature import Nomenclature

from identity.connexion.adresses import au_bout, titulaire
from identity.connexion.chiffre import Empreintes
from identity.connexion.sessions.registre import Registre
from identity.domain import compte, rapprochement
from identity.domain.acces import ACCES
from identity.domain.compte import COMPTE
from identity.domain.courriel import generique
from identity.domain.rapprochement import RAPPROCHEMENT, Issue, Origine
from identity.domain.vocabulaire import CompteId, Droit, MotifRevocation, PreuveId, RapprochementId, SessionId

_ATTEMPTS = 4

type Reserve = Callable[[CompteId], Awaitable[bool]]
"""Whether an account administers or supports: never linked by an address."""


class Resultat(Nomenclature):
    """Ce qu'une boîte prouvée a permis."""

    AJOUTE = "ajoute", "Adresse ajoutée", "L’adresse trouve désormais ce compte."
    RAPPROCHE = "rapproche", "Comptes rapprochés", "L’adresse menait à un autre compte de la personne."
    CONFIE = "confie", "Confié au support", "Le support regarde si l’autre compte est à la même personne."


@dataclass(frozen=True, slots=True)
class Suite:
    """compte_id : the account that the person has now.   ecrit : what a read may wait for."""

    resultat: Resultat
    compte_id: CompteId
    ecrit: Written | None = None


class Rapprochements:
    """One per process."""

    def __init__(
        self, store: Store[Any], empreintes: Empreintes, registre: Registre, clock: Clock, reserve: Reserve
    ) -> None:
        self._store = store
        self._empreintes = empreintes
        self._registre = registre
        self._clock = clock
        self._reserve = reserve

    async def titulaire(self, adresse: str) -> CompteId | None:
        """The account that this address leads to."""
        return await titulaire(self._store, self._empreintes.courriel(adresse))

    async def reserve(self, compte_id: CompteId) -> bool:
        """Whether this account administers or supports."""
        return await self._reserve(compte_id)

    async def ouvrir(self, demandeur: CompteId, autre: CompteId, origine: Origine, context: Context) -> bool:
        """Keep that these two may be one person. Whether it is new."""
        rid = rapprochement.identifiant(demandeur, autre)
        command = rapprochement.OuvrirRapprochement(demandeur, autre, origine, self._clock.now())
        return (await self._store.execute(RAPPROCHEMENT(rid), command, context)).changed

    async def prouver(
        self, compte_id: CompteId, adresse: str, preuve_id: PreuveId, context: Context, sid: SessionId
    ) -> Suite:
        """The person opened this mailbox: the address becomes theirs, or the accounts become one.

        sid : the session that asks, which the caller replaces when the account is another.
        Raises TropDeCourriels, RapprochementImpossible, Conflict.
        """
        claim = self._empreintes.courriel(adresse)
        for _ in range(_ATTEMPTS):
            holder = await self.titulaire(adresse)
            if holder == compte_id:
                return Suite(Resultat.AJOUTE, compte_id)
            if holder is not None:
                return await self._rapprocher(compte_id, holder, adresse, preuve_id, context, sid)
            command = compte.AjouterCourriel(adresse, self._clock.now())
            try:
                ecrit = await self._store.execute(COMPTE(compte_id), command, context, claims=[claim])
            except ClaimTaken:
                continue
            return Suite(Resultat.AJOUTE, compte_id, ecrit)
        raise Conflict

    async def attester(
        self,
        demandeur: CompteId,
        autre: CompteId,
        par: CompteId,
        raison: str,
        context: Context,
        *,
        administre: bool,
    ) -> Suite:
        """The support says that these two are one person; somebody else confirms when an account may much.

        administre : whether `par` is an administrator. Raises AttestationDeSoi, RapprochementReserve,
        RapprochementImpossible, CompteInconnu.
        """
        rid = rapprochement.identifiant(demandeur, autre)
        dossier, _ = await self._store.state(RAPPROCHEMENT(rid))
        if isinstance(dossier, rapprochement.Rapproche):
            # What follows is the reaction's: done again here, it would give back what was taken since.
            return Suite(Resultat.RAPPROCHE, autre)
        if not isinstance(dossier, rapprochement.Absent):
            # Whoever names the two accounts the other way round does not change which one stays.
            demandeur, autre = dossier.dossier.demandeur, dossier.dossier.titulaire
        issue, deux = await self._issue(demandeur, autre, partagee=False)
        if issue.obstacle is rapprochement.Obstacle.ACCES_RESERVE and not administre:
            raise rapprochement.RapprochementReserve
        now = self._clock.now()
        commands = (
            rapprochement.OuvrirRapprochement(demandeur, autre, Origine.DECLARATION, now),
            rapprochement.AttesterRapprochement(
                par, raison, issue, deux, now, await self._qui_compte(dossier, issue)
            ),
        )
        try:
            # A refused attestation leaves no case behind.
            ecrits = await self._store.execute_whole(
                [Intent(RAPPROCHEMENT(rid), c) for c in commands], context
            )
        except SomeRefused as refused:
            refuse(refused.refusals.values())
            raise
        rapproche = await self.suivre(rid, context)
        return Suite(Resultat.RAPPROCHE if rapproche else Resultat.CONFIE, autre, ecrits[-1])

    async def _qui_compte(self, dossier: rapprochement.State, issue: Issue) -> frozenset[CompteId] | None:
        """Who attested before and still may: an administrator, once one of the two administers."""
        if not isinstance(dossier, rapprochement.Ouvert):
            return None
        if issue.obstacle is not rapprochement.Obstacle.ACCES_RESERVE:
            return None
        acces = await self._store.states([ACCES(qui) for qui in dossier.attestations])
        administrent = zip(dossier.attestations, acces, strict=True)
        return frozenset(qui for qui, tenu in administrent if tenu.droit is Droit.ADMIN)

    async def ecarter(
        self, rid: RapprochementId, par: CompteId, raison: str, context: Context, *, administre: bool
    ) -> Written:
        """The support says: two persons. Raises RapprochementInconnu, RapprochementDejaDecide,
        AttestationDeSoi, RapprochementReserve."""
        await self._permettre(rid, administre=administre)
        command = rapprochement.EcarterRapprochement(par, raison, self._clock.now())
        return await self._store.execute(RAPPROCHEMENT(rid), command, context)

    async def annuler(
        self, rid: RapprochementId, par: CompteId, raison: str, context: Context, *, administre: bool
    ) -> Written:
        """Undo, within thirty days. Raises RapprochementInconnu, RapprochementDefinitif, AttestationDeSoi,
        RapprochementReserve, RapprochementRecouvert, DerniereIdentite."""
        state = await self._permettre(rid, administre=administre)
        recouvert = False
        if isinstance(state, rapprochement.Rapproche):
            await self._garde_une_identite(state.fait)
            recouvert = await self._recouvert(state.fait)
        command = rapprochement.AnnulerRapprochement(par, raison, self._clock.now(), recouvert)
        ecrit = await self._store.execute(RAPPROCHEMENT(rid), command, context)
        await self.suivre(rid, context)
        return ecrit

    async def _permettre(self, rid: RapprochementId, *, administre: bool) -> rapprochement.State:
        """The case, unless one of its accounts administers and who decides does not."""
        state, _ = await self._store.state(RAPPROCHEMENT(rid))
        if not isinstance(state, rapprochement.Absent) and not administre:
            for qui in (state.dossier.demandeur, state.dossier.titulaire):
                if await self._reserve(qui):
                    raise rapprochement.RapprochementReserve
        return state

    async def _garde_une_identite(self, fait: rapprochement.ComptesRapproches) -> None:
        """Without one of its own, the account would open to whoever is given its address next."""
        garde, _ = await self._store.state(COMPTE(fait.compte_id))
        apportees, _ = await self._tenus(fait.renvoye)
        vivant = isinstance(garde, compte.EnInscription | compte.Inscrit)
        if vivant and garde.identites and garde.identites <= set(apportees):
            raise compte.DerniereIdentite
        rendu, _ = await self._store.state(COMPTE(fait.renvoye))
        if isinstance(rendu, compte.Renvoye) and not rendu.avant.identites:
            # Its identities were taken from it since: nothing but its address would be left.
            for recorded in await self._store.load(COMPTE(fait.renvoye)):
                if isinstance(recorded.event, compte.IdentiteLiee):
                    raise compte.DerniereIdentite

    async def _recouvert(self, fait: rapprochement.ComptesRapproches) -> bool:
        """Whether the account that stays was since brought to another, or another to it. The last is undone
        first: what it counted on, roles and identities, may come from this one."""
        garde, _ = await self._store.state(COMPTE(fait.compte_id))
        if isinstance(garde, compte.Renvoye):
            return True
        autres = await self._store.streams_with(
            RAPPROCHEMENT, rapprochement.ComptesRapproches, compte_id=fait.compte_id
        )
        return any(
            isinstance(autre, rapprochement.Rapproche) and autre.fait.rapproches_le > fait.rapproches_le
            for autre in await self._store.states(autres)
        )

    async def suivre(self, rid: RapprochementId, context: Context, *, sauf: SessionId | None = None) -> bool:
        """Apply to the two accounts what the case says now. Safe to repeat. Whether they are one.

        sauf : a session that the caller replaces itself.
        """
        state, _ = await self._store.state(RAPPROCHEMENT(rid))
        match state:
            case rapprochement.Rapproche(fait=fait):
                await self._renvoyer(fait, context, sauf)
                return True
            case rapprochement.Clos(annule=rapprochement.RapprochementAnnule() as annule):
                await self._rendre(annule, context)
            case _:
                pass
        return False

    async def _rapprocher(
        self,
        compte_id: CompteId,
        holder: CompteId,
        adresse: str,
        preuve_id: PreuveId,
        context: Context,
        sid: SessionId,
    ) -> Suite:
        await self.ouvrir(compte_id, holder, Origine.DECLARATION, context)
        rid = rapprochement.identifiant(compte_id, holder)
        issue, _ = await self._issue(compte_id, holder, partagee=generique(adresse))
        command = rapprochement.Rapprocher(preuve_id, issue, self._clock.now())
        ecrit = await self._store.execute(RAPPROCHEMENT(rid), command, context)
        if await self.suivre(rid, context, sauf=sid):
            return Suite(Resultat.RAPPROCHE, await au_bout(self._store, compte_id), ecrit)
        return Suite(Resultat.CONFIE, compte_id, ecrit)

    async def _issue(self, un: CompteId, autre: CompteId, *, partagee: bool) -> tuple[Issue, bool]:
        """What the two accounts say; and whether two persons must attest it."""
        etats = await self._store.states([COMPTE(un), COMPTE(autre)])
        reserves = [qui for qui in (un, autre) if await self._reserve(qui)]
        acces = await self._store.states([ACCES(un), ACCES(autre)])
        suspendu = any(tenu.suspendu for tenu in acces)
        issue = rapprochement.confronter(*etats, partagee=partagee, reserves=reserves, suspendu=suspendu)
        if issue is None:
            raise rapprochement.RapprochementImpossible
        coordonne = any(isinstance(e, compte.Inscrit) and e.coordinateur_id is not None for e in etats)
        return issue, bool(reserves) or coordonne

    async def _renvoyer(
        self, fait: rapprochement.ComptesRapproches, context: Context, sauf: SessionId | None
    ) -> None:
        garde, now = COMPTE(fait.compte_id), self._clock.now()
        renvoyer = compte.RenvoyerCompte(fait.compte_id, fait.rapprochement_id, now)
        await self._store.execute(COMPTE(fait.renvoye), renvoyer, context)
        recevoir = compte.RecevoirRoles(fait.mediateur_renvoye, fait.coordinateur_renvoye, now)
        await self._store.execute(garde, recevoir, context)
        identites, adresses = await self._tenus(fait.renvoye)
        for identite in identites:
            await self._store.execute(garde, compte.AjouterIdentite(identite, now), context)
        for adresse in adresses:
            ajouter = compte.AjouterCourriel(adresse, now, rapprochee=True)
            await self._store.execute(garde, ajouter, context)
        await self._registre.revoke_all(fait.renvoye, MotifRevocation.RAPPROCHEMENT, context, sauf=sauf)

    async def _rendre(self, annule: rapprochement.RapprochementAnnule, context: Context) -> None:
        garde, now = COMPTE(annule.compte_id), self._clock.now()
        tenus = await self._roles(annule.renvoye)
        rendre = compte.RendreRoles(tenus.mediateur_id, tenus.coordinateur_id, now)
        await self._store.execute(garde, rendre, context)
        identites, adresses = await self._tenus(annule.renvoye)
        for identite in identites:
            rendre = compte.RetirerIdentite(identite, now, rendue=True)
            await self._store.execute(garde, rendre, context)
        for adresse in adresses:
            retirer = compte.RetirerCourriel(adresse, now, rendue=True)
            await self._store.execute(garde, retirer, context)
        reprendre = compte.AnnulerRenvoi(annule.rapprochement_id, now)
        await self._store.execute(COMPTE(annule.renvoye), reprendre, context)
        await self._registre.revoke_all(annule.compte_id, MotifRevocation.RAPPROCHEMENT, context)

    async def _roles(self, compte_id: CompteId) -> rapprochement.Roles:
        """Of an account that forwards, or did."""
        state, _ = await self._store.state(COMPTE(compte_id))
        avant = state.avant if isinstance(state, compte.Renvoye) else state
        vivant = isinstance(avant, compte.EnInscription | compte.Inscrit)
        return rapprochement.roles(avant) if vivant else rapprochement.Roles()

    async def _tenus(self, compte_id: CompteId) -> tuple[list[compte.Identite], list[str]]:
        """What the account that forwards brings: its identities, and the addresses that it holds."""
        state, _ = await self._store.state(COMPTE(compte_id))
        avant = state.avant if isinstance(state, compte.Renvoye) else state
        if not isinstance(avant, compte.EnInscription | compte.Inscrit):
            return [], []
        tenues = [
            adresse
            for adresse in compte.adresses(avant)
            if await self._store.holder(self._empreintes.courriel(adresse)) == COMPTE(compte_id).name
        ]
        return sorted(avant.identites, key=lambda i: i.sub), tenues
