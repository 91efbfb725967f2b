"""Reprendre ce que la source dit : à la connexion, chaque nuit, à la demande.

De chaque compte : lire la source, prendre la fiche (une clé, unique), reprendre les emplois, puis la
situation. Recommencer ne change rien, et s'arrêter au milieu ne perd rien : qui n'est pas noté dans le suivi
est repris.
"""

import asyncio
import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import structlog
from events.decider import Refusal, fold
from events.jobs import Tally
from events.projection.guilt import blames
from events.store.store import Claim, ClaimTaken, Conflict, Context, Intent, Store
from events.types import ERASED, Recorded
from process.clock import Clock
from referentiels.territoires import PARIS, instant_de, jour_civil

from identity.dispositif.emplois import Connu, emplois_a_reprendre, ids
from identity.dispositif.inscription import LieuConnu, codes_postaux, reponses_de_la_source
from identity.dispositif.reponse import Reponse
from identity.dispositif.source import ReponseAberrante, Source, SourceMuette
from identity.dispositif.suivi import Issue, Suivi
from identity.domain import compte, emploi, prise_de_poste, reconnaissance
from identity.domain.compte import COMPTE
from identity.domain.emploi import EMPLOI
from identity.domain.inscription import INSCRIPTION
from identity.domain.prise_de_poste import PRISE_DE_POSTE
from identity.domain.rapprochement import RAPPROCHEMENT, Origine, OuvrirRapprochement, identifiant
from identity.domain.reconnaissance import RECONNAISSANCE
from identity.domain.vocabulaire import CompteId, CoordinateurId, Role
from identity.projections import emplois, lieux_connus

log = structlog.get_logger()

CLE = "dataspace"
"""Sorte de clé : une fiche de la source n'est celle que d'un compte (C7)."""
ENSEMBLE = 32
"""Interrogations à la fois."""
PAGE = 256
HEURE_DE_NUIT = dt.time(2)
_COURRIELS_MAX = 5
PATIENCE = 2.0
"""Secondes que la source a pour répondre quand la personne attend."""


@dataclass(frozen=True, slots=True)
class _Lue:
    """Un compte tel qu'il est, et ce que la source en dit."""

    compte_id: CompteId
    reponse: Reponse
    etat: compte.State

    @property
    def s_inscrit(self) -> bool:
        """Vrai tant qu'il n'a pas de rôle."""
        return isinstance(self.etat, compte.EnInscription)

    @property
    def devient_coordinateur(self) -> bool:
        """Vrai d'un inscrit à qui ce rôle manque."""
        fiche = self.reponse.fiche
        sans = isinstance(self.etat, compte.Inscrit) and self.etat.coordinateur_id is None
        return sans and fiche.conseiller and fiche.coordinateur


class Dispositif:
    """Ce qui interroge la source et en garde les faits."""

    def __init__(self, store: Store[Any], source: Source, clock: Clock) -> None:
        self.suivi = Suivi(store.database)
        self._store = store
        self._source = source
        self._clock = clock

    async def reprendre(
        self, compte_id: CompteId, context: Context, patience: float | None = None
    ) -> Issue | None:
        """Un compte ; None s'il n'existe pas ou plus. patience : secondes, ensuite la source est muette."""
        return (await self._reprendre([compte_id], context, patience)).get(compte_id)

    async def accueillir(self, compte_id: CompteId, context: Context) -> None:
        """Qui se connecte sans être inscrit : ce que la source sait ne lui sera pas demandé.

        Rien de tout cela n'empêche d'entrer : les suites de la connexion reprennent ce qui a manqué.
        """
        try:
            etat, _ = await self._store.state(COMPTE(compte_id))
            if isinstance(etat, compte.EnInscription):
                await self.reprendre(compte_id, context, PATIENCE)
        except Exception as erreur:
            log.warning("dispositif_welcome_failed", error=type(erreur).__name__)

    async def reprendre_tous(self, context: Context) -> Tally:
        """Tous les inscrits que la nuit n'a pas encore vus. Lève SourceMuette si plus rien ne répond."""
        maintenant = self._clock.now()
        depuis, total, apres = derniere_nuit(maintenant), Tally(), None
        while page := await self.suivi.a_reprendre(depuis, maintenant, apres, PAGE):
            total, apres = total + await self._page([CompteId(i) for i in page], context), page[-1]
        return total

    async def _page(self, comptes: Sequence[CompteId], context: Context) -> Tally:
        try:
            issues = await self._reprendre(comptes, context)
        except Exception as erreur:
            if not blames(erreur):
                raise
            if len(comptes) == 1:
                log.warning("dispositif_refused", compte_id=str(comptes[0]), error=type(erreur).__name__)
                await self.suivi.noter({comptes[0]: Issue.ABERRANTE}, self._clock.now())
                return Tally(refused=1)
            # Celui qui est en faute ne retient pas les autres.
            seuls = [await self._page([un], context) for un in comptes]
            return sum(seuls, Tally())
        if issues and all(issue is Issue.MUETTE for issue in issues.values()):
            raise SourceMuette("personne")
        return Tally(sum(i is Issue.CONNUE for i in issues.values()))

    async def _reprendre(
        self, comptes: Sequence[CompteId], context: Context, patience: float | None = None
    ) -> dict[CompteId, Issue]:
        places = asyncio.Semaphore(ENSEMBLE)

        async def lire(compte_id: CompteId) -> tuple[CompteId, Issue, Reponse | None] | None:
            courriels = courriels_de(histoires.get(COMPTE(compte_id).name, []))
            async with places:
                return (compte_id, *await self._lire(courriels, patience)) if courriels else None

        histoires: dict[str, list[Recorded[Any]]] = {}
        for recorded in await self._store.load_all([COMPTE(compte_id) for compte_id in comptes]):
            histoires.setdefault(recorded.stream, []).append(recorded)
        lues = [lue for lue in await asyncio.gather(*map(lire, comptes)) if lue is not None]
        issues = {compte_id: issue for compte_id, issue, _ in lues}
        connues = [
            _Lue(compte_id, reponse, fold(COMPTE, (r.event for r in histoires[COMPTE(compte_id).name])))
            for compte_id, _, reponse in lues
            if reponse is not None
        ]
        doublons = await self._prendre_les_fiches(connues, context)
        issues |= dict.fromkeys(doublons, Issue.DOUBLON)
        await self._ecrire([lue for lue in connues if lue.compte_id not in doublons], context)
        await self.suivi.noter(issues, self._clock.now())
        return issues

    async def _lire(self, courriels: Iterable[str], patience: float | None) -> tuple[Issue, Reponse | None]:
        try:
            async with asyncio.timeout(patience):
                return await self._lire_a_toutes(courriels)
        except TimeoutError:
            log.warning("dispositif_silent", reason="patience")
            return Issue.MUETTE, None

    async def _lire_a_toutes(self, courriels: Iterable[str]) -> tuple[Issue, Reponse | None]:
        """À toutes ses adresses : celle où la source la dit conseillère, sinon la première connue d'elle.

        Une adresse sans réponse sensée n'empêche pas de lire l'autre, mais « inconnue » ne se dit que si
        toutes ont répondu.
        """
        trouvees: list[Reponse] = []
        echec = Issue.INCONNUE
        for courriel in courriels:
            try:
                reponse = await self._source.de(courriel)
            except SourceMuette as muette:
                log.warning("dispositif_silent", reason=str(muette))
                echec = Issue.MUETTE
            except ReponseAberrante as aberrante:
                log.warning("dispositif_absurd", reason=str(aberrante))
                echec = Issue.ABERRANTE if echec is Issue.INCONNUE else echec
            else:
                trouvees += [reponse] if reponse is not None else []
        trouvees.sort(key=lambda r: not r.is_conseiller_numerique)
        if not trouvees or (echec is not Issue.INCONNUE and not trouvees[0].is_conseiller_numerique):
            return echec, None
        return Issue.CONNUE, trouvees[0]

    async def _prendre_les_fiches(self, lues: Sequence[_Lue], context: Context) -> set[CompteId]:
        """Ceux dont la fiche est déjà celle d'un autre compte : signalés, et laissés comme ils sont."""
        etats = await self._store.states([RECONNAISSANCE(lue.compte_id) for lue in lues])
        par_fiche: dict[int, list[tuple[_Lue, reconnaissance.State]]] = {}
        for lue, etat in zip(lues, etats, strict=True):
            par_fiche.setdefault(lue.reponse.id, []).append((lue, etat))
        places, doublons = asyncio.Semaphore(ENSEMBLE), set[CompteId]()

        async def prendre(pretendants: Sequence[tuple[_Lue, reconnaissance.State]]) -> None:
            for lue, etat in pretendants:
                reprendre = reconnaissance.ReprendreFiche(lue.compte_id, lue.reponse.fiche, self._clock.now())
                if not reconnaissance.decide(reprendre, etat):
                    continue
                async with places:
                    if not await self._prendre(lue, reprendre, context):
                        doublons.add(lue.compte_id)

        # Fiches side by side, whose writes go together; of one fiche, the first account is always the same.
        faits = await asyncio.gather(*map(prendre, par_fiche.values()), return_exceptions=True)
        for echec in faits:
            if echec is not None:
                raise echec
        return doublons

    async def _prendre(self, lue: _Lue, reprendre: reconnaissance.ReprendreFiche, context: Context) -> bool:
        flux = RECONNAISSANCE(lue.compte_id)
        prise = Claim(CLE, lue.reponse.id.to_bytes(8, "big"))
        avant = [claim for claim in await self._store.held(flux, (CLE,)) if claim != prise]
        try:
            await self._store.execute(flux, reprendre, context, claims=[prise], releases=avant)
        except ClaimTaken:
            autre = await self._store.holder(prise)
            if autre is None:
                # Rendue depuis : la prochaine fois.
                raise Conflict from None
            deja = CompteId(UUID(RECONNAISSANCE.named(autre).key))
            maintenant = reprendre.maintenant
            doublon = reconnaissance.SignalerDoublon(lue.compte_id, deja, maintenant)
            await self._store.execute(flux, doublon, context)
            # Peut-être une même personne : le support en lit le dossier.
            ouvrir = OuvrirRapprochement(lue.compte_id, deja, Origine.DISPOSITIF, maintenant)
            await self._store.execute(RAPPROCHEMENT(identifiant(lue.compte_id, deja)), ouvrir, context)
            return False
        return True

    async def _ecrire(self, lues: Sequence[_Lue], context: Context) -> None:
        etats = await self._store.states([RECONNAISSANCE(lue.compte_id) for lue in lues])
        connus = await self._emplois_connus([lue.compte_id for lue in lues])
        lieux = await self._lieux_connus([lue.reponse for lue in lues if lue.s_inscrit])
        intents: list[Intent[Any, Any, Any]] = []
        for lue, etat in zip(lues, etats, strict=True):
            intents += self._intents(lue, etat, connus.get(lue.compte_id, []), lieux)
        for issue in await self._store.execute_many(intents, context):
            if isinstance(issue, Refusal):
                # Un contrat impossible est laissé ; les autres, et la situation, sont repris.
                log.warning("dispositif_fact_refused", refusal=type(issue).__name__)
            elif isinstance(issue, Conflict):
                raise issue
        for lue in lues:
            if lue.devient_coordinateur:
                role_id = CoordinateurId(uuid4())
                await self._store.execute(
                    COMPTE(lue.compte_id),
                    compte.RecevoirCoordination(role_id, self._clock.now()),
                    context,
                    claims=[Claim(Role.COORDINATEUR.value, role_id.bytes)],
                )

    def _intents(
        self,
        lue: _Lue,
        etat: reconnaissance.State,
        connus: Sequence[Connu],
        lieux: Sequence[LieuConnu],
    ) -> list[Intent[Any, Any, Any]]:
        compte_id, reponse = lue.compte_id, lue.reponse
        maintenant, aujourd_hui = self._clock.now(), self._clock.today(reponse.fuseau)
        # Qui ne l'a jamais été garde ses emplois ; qui ne l'est plus est repris une dernière fois.
        est_ou_etait = isinstance(etat, reconnaissance.Suivie) and etat.en_cours is not None
        suivie = reponse.is_conseiller_numerique or est_ou_etait
        repris = emplois_a_reprendre(compte_id, reponse, connus, aujourd_hui, maintenant) if suivie else None
        situation = reconnaissance.ReprendreSituation(
            compte_id, reponse.fiche, None if repris is None else ids(repris), aujourd_hui, maintenant
        )
        etapes = prise_de_poste.ReprendreEtapes(
            compte_id, tuple((e.etape, e.le) for e in reponse.prise_de_poste), maintenant
        )
        repondu = (
            reponses_de_la_source(compte_id, reponse, repris or (), lieux, aujourd_hui, maintenant)
            if lue.s_inscrit
            else ()
        )
        clos = reconnaissance.emplois_a_clore(etat, ids(repris)) if repris is not None else []
        return [
            *(Intent(EMPLOI(commande.emploi_id), commande) for commande in repris or ()),
            *(Intent(EMPLOI(emploi_id), emploi.CloreEmploi(maintenant)) for emploi_id in clos),
            *([Intent(PRISE_DE_POSTE(compte_id), etapes)] if etapes.etapes else []),
            Intent(RECONNAISSANCE(compte_id), situation),
            *(Intent(INSCRIPTION(compte_id), commande) for commande in repondu),
        ]

    async def _lieux_connus(self, reponses: Sequence[Reponse]) -> Sequence[Any]:
        """Ceux de la cartographie, là où la source en connaît à ces personnes."""
        codes = codes_postaux(lieu for reponse in reponses for lieu in reponse.lieux())
        if not codes:
            return ()
        async with self._store.database.engine.connect() as connection:
            return (await connection.execute(lieux_connus.a_ces_codes_postaux(codes))).all()

    async def _emplois_connus(self, comptes: Collection[CompteId]) -> dict[UUID, list[Connu]]:
        if not comptes:
            return {}
        par_compte: dict[UUID, list[Connu]] = {}
        async with self._store.database.engine.connect() as connection:
            for row in await connection.execute(emplois.de_ces_comptes(comptes)):
                par_compte.setdefault(row.compte_id, []).append(
                    Connu(row.emploi_id, row.siret, row.debut, row.fin, row.temporaire)
                )
        return par_compte


def courriels_de(histoire: Iterable[Recorded[Any]]) -> list[str]:
    """Les adresses de la personne, la dernière d'abord : celles qu'elle a, et a eues chez ProConnect (E1).

    Aucune d'un compte qui n'existe pas, ou plus.
    """
    adresses: list[str] = []
    for recorded in histoire:
        match recorded.event:
            case compte.CompteOuvert(courriel=courriel) | compte.IdentitePersonneModifiee(courriel=courriel):
                adresses.append(courriel)
            case compte.CourrielAjoute(courriel=courriel):
                # Before the one of ProConnect, which so stays first.
                adresses.insert(0, courriel)
            case compte.CourrielRetire(courriel=courriel):
                adresses = [adresse for adresse in adresses if adresse != courriel]
            case compte.CompteEfface():
                return []
            case _:
                pass
    uniques = dict.fromkeys(adresse for adresse in reversed(adresses) if adresse != ERASED)
    return list(uniques)[:_COURRIELS_MAX]


def derniere_nuit(maintenant: dt.datetime) -> dt.datetime:
    """Le dernier passage de 2 h, heure de Paris."""
    jour = jour_civil(maintenant, PARIS)
    nuit = instant_de(jour, PARIS, HEURE_DE_NUIT)
    return nuit if nuit <= maintenant else instant_de(jour - dt.timedelta(days=1), PARIS, HEURE_DE_NUIT)
