"""Les lieux où j'exerce : ceux de mon profil. Celui d'un compte rendu qui n'en est pas s'y ajoute."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any

from portail.passerelle import Passerelle, Refus

_API = "/comptes/moi/lieux"
_D_UN_AUTRE = "LieuDUnAutre"
_PAS_ENCORE = "Ce lieu vient d’être ajouté aux vôtres : envoyez de nouveau dans un instant."
_TROP = "Vous exercez déjà dans cinquante lieux : retirez-en un de vos lieux avant d’ajouter celui-ci."


async def lire(api: Passerelle) -> list[dict[str, Any]]:
    """`{id, nom, adresse, code_postal, commune}`, dans l'ordre de mon choix."""
    return (await api.lire(_API)).corps["elements"]


async def changer(api: Passerelle, lieux: Sequence[str], csrf: str) -> None:
    """Ils remplacent ceux d'avant. Raises Refus, SessionAbsente, Muette."""
    await api.ecrire("PUT", _API, {"lieux": [*lieux]}, csrf=csrf)


async def avec_le_lieu[R](
    api: Passerelle, lieu_id: object, csrf: str, envoyer: Callable[[], Awaitable[R]]
) -> R:
    """Envoie ; refusé pour son seul lieu, qui n'est pas de ceux où j'exerce, l'y ajoute et renvoie.

    Un lieu quitté sert encore : seule l'API le sait, aussi est-ce elle qui répond d'abord.
    Raises Refus, dont les fautes ne parlent du lieu que s'il ne peut s'ajouter.
    """
    try:
        return await envoyer()
    except Refus as refus:
        erreurs = refus.probleme.get("erreurs") or []
        autres = sans_le_lieu(erreurs)
        if autres or not erreurs:
            raise Refus(refus.statut, {**refus.probleme, "erreurs": autres}) from None
    await _ajouter(api, str(lieu_id), csrf)
    return await envoyer()


def sans_le_lieu(erreurs: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Celles qui restent à corriger : le lieu s'ajoutera."""
    return [erreur for erreur in erreurs if erreur.get("type") != _D_UN_AUTRE]


async def _ajouter(api: Passerelle, lieu_id: str, csrf: str) -> None:
    """Raises Refus, dit au champ du lieu."""
    miens = [str(lieu["id"]) for lieu in await lire(api)]
    if lieu_id in miens:
        # Added just before, and not known everywhere yet.
        raise Refus(503, {"erreurs": [{"pointeur": "/lieu_id", "message": _PAS_ENCORE}]})
    try:
        await changer(api, [*miens, lieu_id], csrf)
    except Refus as refus:
        message = _TROP if "/lieux" in refus.fautes() else refus.phrases
        raise Refus(refus.statut, {"erreurs": [{"pointeur": "/lieu_id", "message": message}]}) from None
