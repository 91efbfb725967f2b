"""Les clients de l'API : qui ils sont, ce qu'ils lisent. Un secret ne se montre qu'une fois."""

import asyncio
import json
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID, uuid4

from fastapi import APIRouter, Query
from starlette.responses import Response

from portail.erreurs import Echec, fautes_de, statut_de
from portail.formulaires import Saisie, Sorte, en_champs, en_json, recue
from portail.nomenclatures import libelles
from portail.passerelle import Muette, Refus
from portail.visiteur import Connecte, Visiteur

router = APIRouter(prefix="/gestion/clients-api")

FAIT = {
    "droits": "Les droits sont changés, ceux des jetons déjà donnés aussi.",
    "retire": "Le secret est retiré : il ne vaut plus rien.",
    "cle": "La clé est enregistrée : le programme peut s’en servir.",
    "cle-retiree": "La clé est retirée : elle ne prouve plus rien.",
    "suspendu": "L’accès de ce client est coupé.",
    "repris": "L’accès de ce client est rendu.",
    "montre": "Ce secret a déjà été montré : il ne peut pas l’être de nouveau.",
}
_DROITS = {"portees": Sorte.LISTE, "fin": Sorte.JOUR, "convention": Sorte.TEXTE}
_CLIENT = {"id": Sorte.TEXTE, "nom": Sorte.TEXTE, "debut": Sorte.JOUR, **_DROITS}
_PAR_PAGE = 50
_CLE_ILLISIBLE = {"erreurs": [{"pointeur": "/cle", "message": "Collez une clé publique en JSON (JWK)."}]}


@router.get("")
async def liste(qui: Connecte, apres: Annotated[str | None, Query(max_length=2000)] = None) -> Response:
    """Les clients, le dernier admis d'abord ; en admettre un."""
    return await _liste(qui, _vierge(), apres=apres)


@router.post("")
async def creer(qui: Connecte) -> Response:
    """Admettre un client, et montrer son secret."""
    saisie = await recue(qui.request)
    try:
        await qui.api.ecrire("POST", "/clients", en_json(saisie, _CLIENT), csrf=saisie.un("csrf"))
    except (Refus, Muette) as echec:
        return await _liste(qui, saisie, echec)
    return await _montrer(qui, saisie.un("id"), saisie)


@router.get("/{client_id}")
async def un(client_id: UUID, qui: Connecte, fait: Annotated[str, Query(max_length=20)] = "") -> Response:
    """Un client, ses secrets vivants, et ce que l'on peut en décider."""
    return await _un(qui, client_id, message=FAIT.get(fait))


@router.post("/{client_id}/secrets")
async def emettre(client_id: UUID, qui: Connecte) -> Response:
    """Donner un secret de plus, et le montrer."""
    return await _montrer(qui, str(client_id), await recue(qui.request))


@router.post("/{client_id}/secrets/{secret_id}/retirer")
async def retirer(client_id: UUID, secret_id: UUID, qui: Connecte) -> Response:
    """Finir une rotation, ou couper un secret divulgué."""
    return await _decider(qui, client_id, "DELETE", f"secrets/{secret_id}", "retire")


@router.post("/{client_id}/cles")
async def ajouter_une_cle(client_id: UUID, qui: Connecte) -> Response:
    """Ajouter une clé publique, collée telle que le programme la donne."""
    saisie = await recue(qui.request)
    try:
        corps = json.loads(saisie.un("cle"))
    except ValueError:
        return await _un(qui, client_id, saisie, Refus(422, _CLE_ILLISIBLE))
    try:
        await qui.api.ecrire("POST", f"/clients/{client_id}/cles", corps, csrf=saisie.un("csrf"))
    except (Refus, Muette) as echec:
        return await _un(qui, client_id, saisie, echec, controle="/cle")
    return qui.aller(f"/gestion/clients-api/{client_id}?fait=cle")


@router.post("/{client_id}/cles/retirer")
async def retirer_une_cle(client_id: UUID, qui: Connecte) -> Response:
    """Finir une rotation, ou couper une clé divulguée."""
    saisie = await recue(qui.request)
    chemin = f"/clients/{client_id}/cles/{quote(saisie.un('kid'), safe='')}"
    try:
        await qui.api.ecrire("DELETE", chemin, csrf=saisie.un("csrf"))
    except (Refus, Muette) as echec:
        return await _un(qui, client_id, Saisie([]), echec, controle="/cle")
    return qui.aller(f"/gestion/clients-api/{client_id}?fait=cle-retiree")


@router.get("/{client_id}/droits")
async def demander_les_droits(client_id: UUID, qui: Connecte) -> Response:
    """Ce que le client peut lire, à redire."""
    lu = (await qui.api.lire(f"/clients/{client_id}")).corps
    return await _droits(qui, lu, Saisie(en_champs({nom: lu[nom] for nom in _DROITS})))


@router.post("/{client_id}/droits")
async def changer_les_droits(client_id: UUID, qui: Connecte) -> Response:
    """Changer ce que le client peut lire."""
    saisie = await recue(qui.request)
    corps = en_json(saisie, _DROITS)
    try:
        await qui.api.ecrire("PUT", f"/clients/{client_id}/droits", corps, csrf=saisie.un("csrf"))
    except (Refus, Muette) as echec:
        return await _droits(qui, (await qui.api.lire(f"/clients/{client_id}")).corps, saisie, echec)
    return qui.aller(f"/gestion/clients-api/{client_id}?fait=droits")


@router.post("/{client_id}/suspendre")
async def suspendre(client_id: UUID, qui: Connecte) -> Response:
    """Couper l'accès."""
    saisie = await recue(qui.request)
    corps = en_json(saisie, {"motif": Sorte.TEXTE})
    try:
        await qui.api.ecrire("POST", f"/clients/{client_id}/suspension", corps, csrf=saisie.un("csrf"))
    except (Refus, Muette) as echec:
        return await _un(qui, client_id, saisie, echec)
    return qui.aller(f"/gestion/clients-api/{client_id}?fait=suspendu")


@router.post("/{client_id}/reprendre")
async def reprendre(client_id: UUID, qui: Connecte) -> Response:
    """Rendre l'accès."""
    return await _decider(qui, client_id, "POST", "reprise", "repris")


async def _decider(qui: Visiteur, client_id: UUID, methode: str, quoi: str, fait: str) -> Response:
    saisie = await recue(qui.request)
    await qui.api.ecrire(methode, f"/clients/{client_id}/{quoi}", csrf=saisie.un("csrf"))
    return qui.aller(f"/gestion/clients-api/{client_id}?fait={fait}")


async def _montrer(qui: Visiteur, client_id: str, saisie: Saisie) -> Response:
    """La seule page où un secret se lit : la réponse à ce formulaire, qui renvoyé ne la redonne pas."""
    fiche = f"/gestion/clients-api/{client_id}"
    try:
        donne = await qui.api.ecrire(
            "POST", f"/clients/{client_id}/secrets", {"id": saisie.un("secret")}, csrf=saisie.un("csrf")
        )
    except Refus as refus:
        if refus.nom == "SecretDejaEmis":
            return qui.aller(f"{fiche}?fait=montre")
        return await _un(qui, UUID(client_id), saisie, refus)
    client = (await qui.api.lire(f"/clients/{client_id}")).corps
    return qui.page("gestion/secret.html", client=client, secret=donne.corps["secret"], fiche=fiche)


async def _liste(
    qui: Visiteur, saisie: Saisie, echec: Echec | None = None, *, apres: str | None = None
) -> Response:
    lus, nomenclatures = await asyncio.gather(
        qui.api.lire("/clients", apres=apres, limite=_PAR_PAGE), _nomenclatures(qui)
    )
    return qui.page(
        "gestion/clients.html",
        statut_de(echec),
        clients=lus.corps["elements"],
        suivante=lus.corps["suivant"] and f"/gestion/clients-api?apres={lus.corps['suivant']}",
        debut=apres is None,
        portees=nomenclatures["portee"],
        noms=_noms(nomenclatures),
        en_retard=lus.en_retard,
        saisie=saisie,
        fautes=fautes_de(echec, "/nom"),
    )


async def _un(
    qui: Visiteur,
    client_id: UUID,
    saisie: Saisie | None = None,
    echec: Echec | None = None,
    *,
    controle: str = "",
    message: str | None = None,
) -> Response:
    """controle : the one that bears every fault, when the API's fields have none of their own."""
    fautes = fautes_de(echec)
    if controle and fautes:
        fautes = {controle: " ".join(dict.fromkeys(fautes.values()))}
    lu, nomenclatures = await asyncio.gather(qui.api.lire(f"/clients/{client_id}"), _nomenclatures(qui))
    return qui.page(
        "gestion/client.html",
        statut_de(echec),
        client=lu.corps,
        noms=_noms(nomenclatures),
        motifs=nomenclatures["motif_suspension_client"],
        secret_id=str(uuid4()),
        en_retard=lu.en_retard,
        saisie=saisie or Saisie([]),
        fautes=fautes,
        message=message,
    )


async def _droits(qui: Visiteur, client: Any, saisie: Saisie, echec: Echec | None = None) -> Response:
    return qui.page(
        "gestion/droits_client.html",
        statut_de(echec),
        client=client,
        portees=(await _nomenclatures(qui))["portee"],
        saisie=saisie,
        fautes=fautes_de(echec, "/portees"),
    )


async def _nomenclatures(qui: Visiteur) -> Any:
    return await qui.request.app.state.nomenclatures.de("comptes")


def _noms(nomenclatures: Any) -> dict[str, dict[str, str]]:
    return {champ: libelles(nomenclatures[champ]) for champ in ("portee", "motif_suspension_client")}


def _vierge() -> Saisie:
    return Saisie([("id", str(uuid4())), ("secret", str(uuid4()))])
