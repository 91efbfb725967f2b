"""Ce que le service refait sans cesse."""

import datetime as dt
from typing import Any

from events.jobs import Job, Tally
from events.projection.projection import fold_rows
from events.service import Tools
from events.store.store import Context, Store

from activites import casiers, erasure, liens
from activites.domain.beneficiaire import BENEFICIAIRE
from activites.domain.beneficiaire_etat import Fusionne, Suivi
from activites.domain.vocabulaire import BeneficiaireId
from activites.fusions import avec_ses_doubles
from activites.outils import Outils
from activites.projections import activites_suivies, beneficiaires_suivis
from activites.rdv import agenda, messages, revocations

GARDE = dt.timedelta(days=90)
"""How long a draft is kept after it was last touched."""
UN_JOUR = dt.timedelta(days=1)
"""How long a file is kept after its deposit."""
CONSERVATION = dt.timedelta(days=365)
"""How long a bénéficiaire is known after their file was last touched, or they were last met."""
_MOTIF = "ni revu ni corrigé depuis un an"
_CONTEXTE = Context("activites", "conservation")


async def oublier_les_brouillons(tools: Tools) -> Tally:
    """Forget the drafts that nobody has touched for 90 days."""
    return Tally(await casiers.purger(tools.store.database, casiers.BROUILLONS, tools.now() - GARDE))


async def oublier_les_beneficiaires(tools: Tools) -> Tally:
    """Erase who has been neither met nor corrected for a year (docs/domaine/securite.md §6)."""
    store, maintenant = tools.store, tools.now()
    avant = maintenant - CONSERVATION
    async with store.database.engine.connect() as connection:
        vieux = (await connection.execute(activites_suivies.oubliables(avant))).all()
    oublies = 0
    for beneficiaire_id, vers in vieux:
        if await _garder(store, BeneficiaireId(beneficiaire_id), vers, avant):
            continue
        await erasure.oublier(store, BeneficiaireId(beneficiaire_id), _MOTIF, _CONTEXTE, maintenant)
        oublies += 1
    return Tally(oublies)


async def _garder(
    store: Store[Any], qui: BeneficiaireId, vers: BeneficiaireId | None, avant: dt.datetime
) -> bool:
    """The table may be late: whether the journal says that this file, or a double of it, was touched since.

    vers : the erased person that the table said it was in.
    """
    match (await store.state(BENEFICIAIRE(qui)))[0]:
        case Suivi() if vers is None:
            fiches = [BENEFICIAIRE(une) for une in await avec_ses_doubles(store, qui)]
            lus = (recorded.event for recorded in await store.load_all(fiches))
            rows = fold_rows(beneficiaires_suivis, {}, lus).values()
            return any(row is not None and row["modifie_le"] >= avant for row in rows)
        case Fusionne(vers=la_bas):
            return la_bas != vers
        case _:
            return True


async def oublier_les_depots(tools: Tools) -> Tally:
    """Forget the files to import that were deposited a day ago."""
    return Tally(await casiers.purger(tools.store.database, casiers.DEPOTS, tools.now() - UN_JOUR))


async def oublier_les_liens(tools: Tools) -> Tally:
    """Forget the links to figures that have opened nothing for 30 days."""
    return Tally(await liens.purger(tools.store.database, tools.now()))


async def relire_les_rdv(tools: Outils) -> Tally:
    """Read the rendez-vous of each linked account again, and forget those of a year ago."""
    maintenant, relus, manques = tools.now(), 0, 0
    if tools.rdv is not None:
        for compte_id in await agenda.relies(tools.store):
            lu = await tools.rdv.agenda.relire(compte_id, tools.now())
            relus, manques = relus + lu, manques + (not lu)
            await tools.rdv.agenda.ecouter(compte_id, tools.now())
    oublies = await agenda.purger(tools.store, maintenant) + await messages.purger(tools.store, maintenant)
    return Tally(relus + oublies, manques)


async def revoquer_les_rdv(tools: Outils) -> Tally:
    """Have RDV Service Public forget the authorizations of accounts that are linked no more."""
    if tools.rdv is None:
        return Tally(await revocations.oublier_tout(tools.store.database))
    return await tools.rdv.revocations.reprendre(tools.now())


JOBS = (
    Job("brouillons", every=dt.timedelta(hours=6), run=oublier_les_brouillons),
    Job("beneficiaires", every=dt.timedelta(hours=6), run=oublier_les_beneficiaires),
    Job("depots", every=dt.timedelta(hours=1), run=oublier_les_depots),
    Job("liens", every=UN_JOUR, run=oublier_les_liens),
    Job("rendez-vous", every=UN_JOUR, run=relire_les_rdv),
    Job("revocations", every=revocations.PATIENCE, run=revoquer_les_rdv),
)
