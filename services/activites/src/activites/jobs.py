"""Ce que le service refait sans cesse."""

import datetime as dt

from events.jobs import Job, Tally
from events.service import Tools
from events.store.store import Context

from activites import casiers, erasure, liens
from activites.domain.beneficiaire import BENEFICIAIRE
from activites.domain.beneficiaire_etat import Fusionne, Suivi
from activites.domain.vocabulaire import BeneficiaireId
from activites.outils import Outils
from activites.projections import activites_suivies
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
        # The table may be late: the journal says whether the file was touched meanwhile.
        match (await store.state(BENEFICIAIRE(beneficiaire_id)))[0]:
            case Suivi(corrige_le=corrige_le, enregistre_le=enregistre_le):
                garde = vers is not None or (corrige_le or enregistre_le) >= avant
            case Fusionne():
                garde = vers is None
            case _:
                garde = True
        if not garde:
            await erasure.oublier(store, BeneficiaireId(beneficiaire_id), _MOTIF, _CONTEXTE, maintenant)
            oublies += 1
    return Tally(oublies)


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
