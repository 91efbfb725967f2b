"""Ce qui suit une acceptation : un médiateur devient membre. Une seule règle, pour l'API et la réaction."""

from equipes.domain.appartenance import RejoindreEquipe
from equipes.domain.invitation import InvitationAcceptee


def adherer(acceptee: InvitationAcceptee) -> RejoindreEquipe | None:
    """La commande à exécuter ; la répéter ne change rien. Rien d'un coordinateur qui n'est pas médiateur."""
    if acceptee.mediateur_id is None:
        return None
    return RejoindreEquipe(
        acceptee.equipe_id,
        acceptee.mediateur_id,
        acceptee.compte_id,
        acceptee.invitation_id,
        acceptee.acceptee_le,
    )
