"""Envoyer un compte rendu, quelle qu'en soit la sorte : quoi que réponde l'API, rien de saisi ne se perd."""

from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Protocol
from uuid import UUID

from starlette.responses import Response

from portail import brouillons, mes_lieux
from portail.ecarts import Ailleurs, Ecart
from portail.formulaires import Saisie
from portail.passerelle import Muette, Refus, SessionAbsente
from portail.visiteur import Visiteur, connecte

_AILLEURS = 412
_PRIS = ("ActiviteDejaEnregistree", "CoordinationDejaEnregistree")
_UN_AUTRE = (
    "Un compte rendu différent est déjà enregistré depuis ce formulaire. Si celui-ci en est un de plus, "
    "enregistrez-le : il s’ajoutera."
)


class Lu(Protocol):
    """Ce qui est lu d'un formulaire. fautes : celles que la page voit elle-même, par pointeur ; le corps est
    alors de ceux que l'API refuse.   redites : là où elle dira les mêmes, avec toutes les autres."""

    corps: dict[str, Any]
    fautes: dict[str, str]
    redites: frozenset[str]


class Sorte[L: Lu](Protocol):
    """Une sorte de compte rendu. api : où il s'écrit.   liste : la page de ses semblables."""

    @property
    def api(self) -> str: ...
    @property
    def liste(self) -> str: ...
    @property
    def chemin(self) -> str:
        """La page qui en ouvre un nouveau."""
        ...

    async def lire(self, qui: Visiteur, saisie: Saisie) -> L: ...

    async def page(
        self,
        qui: Visiteur,
        saisie: Saisie,
        *,
        statut: int = 200,
        fautes: dict[str, str] | None = None,
        lue: L | None = None,
        corrige: UUID | None = None,
        message: str | None = None,
        ailleurs: Ailleurs | None = None,
    ) -> Response: ...

    async def ecarts(
        self, qui: Visiteur, corps: dict[str, Any], enregistre: dict[str, Any]
    ) -> Sequence[Ecart]:
        """Ce qui diffère entre ce qui allait partir et ce que l'API donne."""
        ...


async def envoyer[L: Lu](
    qui: Visiteur, sorte: Sorte[L], saisie: Saisie, *, corrige: UUID | None = None
) -> Response:
    """Whatever the answer, what was typed stays on the page."""
    if saisie.un("retrouver"):
        return await _retrouver(qui, sorte, saisie.avec("retrouver", ""), corrige)
    lue: L | None = None
    try:
        lue = await sorte.lire(qui, saisie)
        ecrire = partial(_ecrire, qui, sorte.api, lue.corps, saisie, corrige)
        lieu_id = lue.corps.get("lieu_id")
        _, ajoute = await mes_lieux.avec_le_lieu(qui.api, lieu_id, saisie.un("csrf"), ecrire)
    except SessionAbsente:
        if qui.par_script:
            raise
        return _session_finie(qui, saisie)
    except Muette:
        message = "Le service ne répond pas. Votre saisie est toujours là : réessayez dans un moment."
        return await _refuse(qui, sorte, saisie, 503, {"": message} | _les_siennes(lue), lue, corrige)
    except Refus as refus:
        dites = {ou: m for ou, m in refus.fautes().items() if lue is None or ou not in lue.redites}
        fautes = _des_questions(dites) | _les_siennes(lue)
        if corrige is None and refus.nom in _PRIS:
            # Under the same identifier, it would be refused for ever. A script asks for the page next.
            fautes = {"": _UN_AUTRE}
            saisie = saisie if qui.par_script else await brouillons.renommer(qui, saisie)
        comparable = refus.statut == _AILLEURS and not qui.par_script
        if comparable and corrige is not None and lue is not None and not lue.fautes:
            # Without the other version, the refusal alone is said: what was typed stays on the page.
            with suppress(Muette, Refus, SessionAbsente):
                return await _cote_a_cote(qui, sorte, saisie, lue, corrige)
        return await _refuse(qui, sorte, saisie, refus.statut, fautes, lue, corrige)
    await brouillons.oublier(qui, corrige or saisie.un("id"), saisie)
    dit = "&ajout=lieu" if ajoute else ""
    if corrige is not None:
        return qui.aller(f"{sorte.liste}/{corrige}?corrige=1{dit}")
    page = sorte.chemin if saisie.un("suite") == "autre" else sorte.liste
    return qui.aller(f"{page}?enregistre={saisie.un('id')}{dit}")


async def _ecrire(
    qui: Visiteur, api: str, corps: dict[str, Any], saisie: Saisie, corrige: UUID | None
) -> None:
    csrf = saisie.un("csrf")
    if corrige is None:
        await qui.api.ecrire("POST", api, corps | {"id": saisie.un("id")}, csrf=csrf)
    else:
        version = saisie.un("si_version") or None
        await qui.api.ecrire("PUT", f"{api}/{corrige}", corps, csrf=csrf, si_version=version)


def _les_siennes(lue: Lu | None) -> dict[str, str]:
    """The page knows better than the API what was written there."""
    return lue.fautes if lue else {}


def _des_questions(fautes: dict[str, str]) -> dict[str, str]:
    """One message for the question of the tags, whichever of them is refused."""
    return {"/tags" if p.startswith("/tags/") else p: message for p, message in fautes.items()}


def _session_finie(qui: Visiteur, saisie: Saisie) -> Response:
    return qui.page("session_finie.html", 401, saisie=saisie.champs, action=qui.request.url.path)


async def _cote_a_cote[L: Lu](
    qui: Visiteur, sorte: Sorte[L], saisie: Saisie, lue: L, corrige: UUID
) -> Response:
    """Corrected elsewhere since the form opened: both versions shown, and saving again replaces the other."""
    await connecte(qui)
    enregistre = await qui.api.lire(f"{sorte.api}/{corrige}")
    return await sorte.page(
        qui,
        saisie.avec("si_version", enregistre.etag or ""),
        statut=_AILLEURS,
        corrige=corrige,
        ailleurs=Ailleurs(
            await sorte.ecarts(qui, lue.corps, enregistre.corps),
            enregistre.corps["corrigee_le"] or enregistre.corps["enregistree_le"],
        ),
    )


async def _retrouver[L: Lu](qui: Visiteur, sorte: Sorte[L], saisie: Saisie, corrige: UUID | None) -> Response:
    """Signed in again in another tab: the form as it was, with a fresh token. Nothing is sent yet."""
    try:
        await connecte(qui)
    except SessionAbsente:
        return _session_finie(qui, saisie)
    message = "Voici votre saisie. Relisez-la, puis enregistrez."
    return await sorte.page(qui, saisie, corrige=corrige, message=message)


async def _refuse[L: Lu](
    qui: Visiteur,
    sorte: Sorte[L],
    saisie: Saisie,
    statut: int,
    fautes: dict[str, str],
    lue: L | None,
    corrige: UUID | None,
) -> Response:
    if qui.par_script:
        return qui.dire({"fautes": fautes}, statut)
    try:
        await connecte(qui)
    except SessionAbsente:
        return _session_finie(qui, saisie)
    except Muette:
        pass
    return await sorte.page(qui, saisie, statut=statut, fautes=fautes, lue=lue, corrige=corrige)
