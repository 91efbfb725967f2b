"""Écrire à une personne d'après son compte : son adresse n'existe que le temps de l'envoi."""

from collections.abc import Callable
from uuid import UUID

from courriels.enveloppe import CourrielRefuse
from courriels.message import Courriel
from events.projection.guilt import Impossible

from identity.connexion.adresses import au_bout
from identity.courriels.textes import Cadre
from identity.domain.compte import (
    COMPTE,
    Efface,
    EnInscription,
    Ferme,
    Inconnu,
    Inscrit,
    Personne,
    Prepare,
    Renvoye,
)
from identity.domain.vocabulaire import CompteId
from identity.outils import Outils

type Redaction = Callable[[str, Cadre], Courriel]
"""(prénom, cadre) -> le message."""


async def ecrire(
    tools: Outils,
    envoi: UUID,
    compte_id: CompteId,
    rediger: Redaction,
    *,
    inconnue: Redaction | None = None,
) -> None:
    """envoi : l'identifiant de l'ordre : le même message n'est pas deux envois. Rien à une personne partie.

    inconnue : ce que l'on écrit à une adresse invitée dont le compte attend encore ; rien par défaut.

    Lève Impossible quand l'adresse ne le recevra jamais.
    """
    state, _ = await tools.store.state(COMPTE(await au_bout(tools.store, compte_id)))
    match state:
        case EnInscription(personne=personne) | Inscrit(personne=personne):
            await ecrire_a(tools, envoi, personne, rediger)
        case Prepare(courriel=adresse):
            if inconnue is not None:
                await _remettre(tools, envoi, adresse, "", inconnue)
        case Efface() | Renvoye() | Ferme():
            return
        case Inconnu():
            raise Impossible("CompteInconnu")


async def ecrire_a(tools: Outils, envoi: UUID, personne: Personne, rediger: Redaction) -> None:
    """À cette personne, à son adresse d'alors. Lève Impossible quand elle ne le recevra jamais."""
    await _remettre(tools, envoi, personne.courriel, personne.prenom, rediger)


async def _remettre(tools: Outils, envoi: UUID, adresse: str, prenom: str, rediger: Redaction) -> None:
    courriel = rediger(prenom, Cadre(tools.public_url, tools.aide, tools.fuseau))
    try:
        await tools.courrier.remettre(envoi, adresse, courriel)
    except CourrielRefuse as refus:
        raise Impossible(refus.motif) from None
