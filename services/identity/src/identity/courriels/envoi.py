"""Écrire à une personne d'après son compte : son adresse n'existe que le temps de l'envoi."""

from collections.abc import Callable
from uuid import UUID

from courriels.enveloppe import CourrielRefuse
from courriels.message import Courriel
from events.projection.guilt import Impossible

from identity.connexion.adresses import au_bout
from identity.courriels.textes import Cadre
from identity.domain.compte import COMPTE, Efface, EnInscription, Ferme, Inconnu, Inscrit, Renvoye
from identity.domain.vocabulaire import CompteId
from identity.outils import Outils

type Redaction = Callable[[str, Cadre], Courriel]
"""(prénom, cadre) -> le message."""


async def ecrire(tools: Outils, envoi: UUID, compte_id: CompteId, rediger: Redaction) -> None:
    """envoi : l'identifiant de l'ordre : le même message n'est pas deux envois. Rien à une personne partie.

    Lève Impossible quand l'adresse ne le recevra jamais.
    """
    state, _ = await tools.store.state(COMPTE(await au_bout(tools.store, compte_id)))
    match state:
        case EnInscription(personne=personne) | Inscrit(personne=personne):
            courriel = rediger(personne.prenom, Cadre(tools.public_url, tools.aide, tools.fuseau))
            try:
                await tools.courrier.remettre(envoi, personne.courriel, courriel)
            except CourrielRefuse as refus:
                raise Impossible(refus.motif) from None
        case Efface() | Renvoye() | Ferme():
            return
        case Inconnu():
            raise Impossible("CompteInconnu")
