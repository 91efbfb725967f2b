"""Les lieux où j'exerce : ceux de mon profil. Celui d'un compte rendu qui n'en est pas s'y ajoute."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Annotated, Any

from fastapi import Query

from portail.passerelle import Passerelle, Refus

_API = "/comptes/moi/lieux"
AjoutParam = Annotated[str, Query(max_length=5)]
"""Dans l'adresse de la page qui suit un envoi : « lieu », quand il s'est ajouté."""
_AILLEURS, _ESSAIS = 412, 4
_D_UN_AUTRE = "LieuDUnAutre"
_PAS_ENCORE = "Ce lieu vient d’être ajouté aux vôtres : envoyez de nouveau dans un instant."
_TROP = "Vous exercez déjà dans cinquante lieux : retirez-en un de vos lieux avant d’ajouter celui-ci."


async def lire(api: Passerelle) -> list[dict[str, Any]]:
    """`{id, nom, adresse, code_postal, commune}`, dans l'ordre de mon choix."""
    return (await api.lire(_API)).corps["elements"]


async def changer(api: Passerelle, csrf: str, voulus: Callable[[list[str]], list[str]]) -> None:
    """Ce qu'ils deviennent ; d'un autre onglet qui en change au même instant, rien ne se perd.

    voulus : de ceux que l'on lit, ceux qui les remplacent. Raises Refus, SessionAbsente, Muette.
    """
    for reste in reversed(range(_ESSAIS)):
        lue = await api.lire(_API)
        lieux = voulus([str(lieu["id"]) for lieu in lue.corps["elements"]])
        try:
            await api.ecrire("PUT", _API, {"lieux": lieux}, csrf=csrf, si_version=lue.etag)
        except Refus as refus:
            if refus.statut != _AILLEURS or not reste:
                raise
        else:
            return


async def avec_le_lieu[R](
    api: Passerelle, lieu_id: object, csrf: str, envoyer: Callable[[], Awaitable[R]]
) -> tuple[R, bool]:
    """Envoie ; refusé pour son seul lieu, qui n'est pas de ceux où j'exerce, l'y ajoute et renvoie.
    Ce que rend l'envoi, et si le lieu s'est ajouté.

    Un lieu quitté sert encore : seule l'API le sait, aussi est-ce elle qui répond d'abord.
    Raises Refus, dont les fautes ne parlent du lieu que s'il ne peut s'ajouter.
    """
    try:
        return await envoyer(), False
    except Refus as refus:
        erreurs = refus.probleme.get("erreurs") or []
        autres = sans_le_lieu(erreurs)
        if autres or not erreurs:
            raise Refus(refus.statut, {**refus.probleme, "erreurs": autres}) from None
    await _ajouter(api, str(lieu_id), csrf)
    return await envoyer(), True


def avec_l_ajout(message: str | None, ajout: str) -> str | None:
    """Ce que dit la page qui suit un envoi."""
    return f"{message} Son lieu s’est ajouté à vos lieux." if message and ajout == "lieu" else message


def sans_le_lieu(erreurs: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Celles qui restent à corriger : le lieu s'ajoutera."""
    return [erreur for erreur in erreurs if erreur.get("type") != _D_UN_AUTRE]


async def _ajouter(api: Passerelle, lieu_id: str, csrf: str) -> None:
    """Raises Refus, dit au champ du lieu."""

    essais = 0

    def avec(miens: list[str]) -> list[str]:
        nonlocal essais
        essais += 1
        if lieu_id in miens and essais == 1:
            # Added just before, and not known everywhere yet.
            raise Refus(503, {"erreurs": [{"pointeur": "/lieu_id", "message": _PAS_ENCORE}]})
        return [*dict.fromkeys([*miens, lieu_id])]

    try:
        await changer(api, csrf, avec)
    except Refus as refus:
        if "/lieu_id" in refus.fautes():
            raise
        message = _TROP if "/lieux" in refus.fautes() else refus.phrases
        raise Refus(refus.statut, {"erreurs": [{"pointeur": "/lieu_id", "message": message}]}) from None
