"""Désigner une personne : par l'identifiant de son compte, ou par son adresse, inscrite ou non."""

from portail.formulaires import Saisie
from portail.passerelle import Refus
from portail.visiteur import Visiteur


async def compte_de(qui: Visiteur, ecrit: str, saisie: Saisie, pointeur: str) -> str:
    """What was written, or the account that this address finds. Raises Refus, its faults at this pointer."""
    if "@" not in ecrit:
        return ecrit
    try:
        trouve = await qui.api.ecrire(
            "POST", "/comptes/prepares", {"courriel": ecrit}, csrf=saisie.un("csrf")
        )
    except Refus as refus:
        fautes = [{"pointeur": pointeur, "message": message} for message in refus.fautes().values()]
        raise Refus(refus.statut, {**refus.probleme, "erreurs": fautes}) from None
    return str(trouve.corps["compte_id"])
