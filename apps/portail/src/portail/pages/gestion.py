"""La gestion des comptes, et ce qu'un administrateur en décide. Pour tout autre, rien n'est là."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from urllib.parse import urlencode
from uuid import UUID, uuid4

from fastapi import APIRouter, Query
from starlette.responses import Response

from portail.erreurs import Echec, fautes_de, statut_de
from portail.filtres import communes_lues
from portail.formulaires import Saisie, Sorte, en_json, recue
from portail.nomenclatures import libelles
from portail.passerelle import Muette, Refus
from portail.visiteur import Connecte, PourTous, Visiteur

router = APIRouter(prefix="/gestion/utilisateurs")
retour = APIRouter()

_API = "/comptes/gestion/utilisateurs"
_PAR_PAGE = 50
_FAITS_PAR_PAGE = 30
ROLES = {"mediateur": "Médiateurs", "coordinateur": "Coordinateurs", "aucune": "Sans rôle"}
DROITS = {"admin": "Administrateurs", "support": "Support"}
FILTRES = {
    "q": "Nom, prénom ou courriel",
    "etats": "État",
    "dispositifs": "Dispositif",
    "communes": "Commune",
    "departement": "Département",
    "roles": "Rôle",
    "droits": "Droit",
}
"""By parameter of the API, as the page labels them."""
FORMATS = ("xlsx", "csv", "ods")
FAIT = {
    "droit": "Le droit est changé. Les sessions de la personne sont fermées : elle se reconnecte.",
    "suspendre": "Le compte est suspendu. Ses sessions sont fermées.",
    "retablir": "La suspension est levée. La personne peut se reconnecter.",
    "verification": "La source du dispositif a répondu : son histoire dit ce qui a changé.",
    "sans-reponse": "La source du dispositif ne la connaît pas, ou ne répond pas : rien ne change.",
    "deconnexion": "Les sessions de ce compte sont fermées.",
    "roles": "Les rôles sont changés. Les sessions de la personne sont fermées : elle se reconnecte.",
    "fermer": "Le compte est fermé. Il peut être rouvert pendant trente jours.",
    "rouvrir": "Le compte est rouvert. La personne peut se reconnecter.",
    "emploi-ajoute": "L’emploi est ajouté.",
    "emploi-corriger": "L’emploi est corrigé.",
    "emploi-terminer": "L’emploi est terminé.",
    "emploi-retirer": "L’emploi est retiré : il ne vaut plus pour aucun jour.",
    "identite-liee": "L’identité ouvre désormais ce compte.",
    "identite-retiree": "L’identité n’ouvre plus ce compte. Ses sessions sont fermées.",
}


@dataclass(frozen=True, slots=True)
class Decision:
    """Ce qui se décide d'un compte, avec une raison. explication : ce qui va se passer.

    methode, chemin : ce que l'API reçoit.   champs : du formulaire.
    """

    titre: str
    explication: str
    bouton: str
    methode: str
    chemin: str
    champs: Mapping[str, Sorte]


_RAISON = {"raison": Sorte.TEXTE}
DECISIONS: Mapping[str, Decision] = {
    "droit": Decision(
        "Changer le droit",
        "Le support lit la gestion ; un administrateur y décide. Les sessions de la personne se ferment : "
        "elle se reconnecte, avec un second facteur si elle a un droit.",
        "Enregistrer le droit",
        "PUT",
        "droit",
        {"droit": Sorte.TEXTE, **_RAISON},
    ),
    "suspendre": Decision(
        "Suspendre ce compte",
        "Toutes ses sessions se ferment aussitôt, et se connecter lui est refusé. Rien de ce qui est dans le "
        "compte n’est perdu.",
        "Suspendre ce compte",
        "POST",
        "suspension",
        _RAISON,
    ),
    "retablir": Decision(
        "Lever la suspension",
        "La personne pourra de nouveau se connecter, et retrouvera son compte comme elle l’a laissé.",
        "Lever la suspension",
        "POST",
        "suspension/fin",
        _RAISON,
    ),
    "roles": Decision(
        "Changer les rôles",
        "Il en reste au moins un. Celui de médiateur ne se retire que de qui n’a rien saisi, celui de "
        "coordinateur de qui n’a plus de membre. Les sessions de la personne se ferment.",
        "Enregistrer les rôles",
        "PUT",
        "roles",
        {"id": Sorte.TEXTE, "roles": Sorte.LISTE, **_RAISON},
    ),
    "fermer": Decision(
        "Fermer ce compte",
        "Ses sessions se ferment, la personne quitte ses équipes et l’annuaire. Elle, ou un administrateur, "
        "peut le rouvrir pendant trente jours ; ensuite ses données personnelles sont effacées.",
        "Fermer ce compte",
        "POST",
        "fermeture",
        _RAISON,
    ),
    "rouvrir": Decision(
        "Rouvrir ce compte",
        "La personne le retrouvera comme elle l’a laissé, sauf les équipes quittées.",
        "Rouvrir ce compte",
        "POST",
        "reouverture",
        _RAISON,
    ),
    "voir-comme": Decision(
        "Voir La Coop comme cette personne",
        "Pendant 30 minutes, vous lisez ce qu’elle lit, sans rien changer ni télécharger. La personne est "
        "prévenue par courriel, et lit votre raison dans l’histoire de son compte.",
        "Voir comme cette personne",
        "POST",
        "usurpation",
        _RAISON,
    ),
}
type Quoi = Literal["droit", "suspendre", "retablir", "roles", "fermer", "rouvrir", "voir-comme"]


@router.get("")
async def liste(
    qui: Connecte,
    q: Annotated[str, Query(max_length=100)] = "",
    roles: Annotated[list[str] | None, Query(max_length=3)] = None,
    droits: Annotated[list[str] | None, Query(max_length=3)] = None,
    etat: Annotated[str, Query(max_length=40)] = "",
    dispositifs: Annotated[list[str] | None, Query(max_length=10)] = None,
    departement: Annotated[str, Query(max_length=10)] = "",
    commune: Annotated[str, Query(max_length=100)] = "",
    apres: Annotated[str | None, Query(max_length=2000)] = None,
) -> Response:
    """Les comptes, du plus récent au plus ancien, et leurs filtres, dans l'adresse."""
    ou = await communes_lues(qui.api, commune)
    choisis: dict[str, Any] = {
        "q": q.strip(),
        "roles": roles or [],
        "droits": droits or [],
        "etats": etat,
        "dispositifs": dispositifs or [],
        "departement": departement.strip().upper(),
        "communes": list(ou.codes),
    }
    nomenclatures, lue = await asyncio.gather(
        qui.request.app.state.nomenclatures.de("comptes"), _comptes(qui, choisis, apres, ou.faute)
    )
    page, fautes = lue
    ecrits = {"etat" if nom == "etats" else nom: v for nom, v in choisis.items() if v and nom != "communes"}
    ecrits |= {"commune": commune.strip()} if commune.strip() else {}
    partie = qui.veut_la_partie("resultats")
    return qui.page(
        "gestion/resultats.html" if partie else "gestion/utilisateurs.html",
        200 if not fautes else 422,
        choisis=choisis | {"commune": commune.strip()},
        etats=nomenclatures["etat"],
        dispositifs=nomenclatures["dispositif"],
        noms={champ: libelles(nomenclatures[champ]) for champ in ("etat", "dispositif")},
        roles=ROLES,
        droits=DROITS,
        filtres=FILTRES,
        comptes=page and page.corps["elements"],
        total=page and page.corps["total"],
        en_retard=page is not None and page.en_retard,
        suivante=_adresse(ecrits, page and page.corps["suivant"]),
        precedente=_adresse(ecrits, page and page.corps.get("precedent")),
        export=urlencode([(nom, v) for nom, v in choisis.items() if v], doseq=True),
        formats=FORMATS,
        fautes=fautes,
    )


@router.get("/{compte_id}")
async def un(
    compte_id: UUID,
    qui: Connecte,
    fait: Annotated[str, Query(max_length=20)] = "",
    apres: Annotated[str | None, Query(max_length=40)] = None,
) -> Response:
    """Un compte, et son histoire."""
    compte, identites, faits, nomenclatures = await asyncio.gather(
        qui.api.lire(f"{_API}/{compte_id}"),
        qui.api.lire_si_possible(f"{_API}/{compte_id}/identites"),
        qui.api.lire(f"{_API}/{compte_id}/histoire", limite=_FAITS_PAR_PAGE, apres=apres),
        qui.request.app.state.nomenclatures.de("comptes"),
    )
    return qui.page(
        "gestion/utilisateur.html",
        u=compte.corps,
        identites=identites,
        faits=faits.corps["elements"],
        anciens=faits.corps["suivant"],
        debut=apres is None,
        noms={champ: libelles(termes) for champ, termes in nomenclatures.items()},
        en_retard=compte.en_retard,
        message=FAIT.get(fait),
    )


@retour.post("/retour-a-soi")
async def revenir(qui: PourTous) -> Response:
    """Ne plus voir La Coop comme une autre personne."""
    saisie = await recue(qui.request)
    vue = await qui.api.ecrire("POST", "/auth/usurpation/fin", csrf=saisie.un("csrf"))
    return qui.aller(f"/gestion/utilisateurs/{vue.corps['compte_id']}")


@router.post("/{compte_id}/deconnexion")
async def deconnecter(compte_id: UUID, qui: Connecte) -> Response:
    """Fermer toutes ses sessions."""
    saisie = await recue(qui.request)
    await qui.api.ecrire("POST", f"{_API}/{compte_id}/deconnexion", csrf=saisie.un("csrf"))
    return qui.aller(f"/gestion/utilisateurs/{compte_id}?fait=deconnexion")


@router.post("/{compte_id}/verification")
async def verifier(compte_id: UUID, qui: Connecte) -> Response:
    """Interroger la source du dispositif sur cette personne."""
    saisie = await recue(qui.request)
    lue = await qui.api.ecrire("POST", f"{_API}/{compte_id}/verification", csrf=saisie.un("csrf"))
    fait = "verification" if lue.corps["issue"] == "connue" else "sans-reponse"
    return qui.aller(f"/gestion/utilisateurs/{compte_id}?fait={fait}")


@router.get("/{compte_id}/{quoi}")
async def demander(compte_id: UUID, quoi: Quoi, qui: Connecte) -> Response:
    """Ce qui va se passer, et pourquoi : avant de décider."""
    return await _decision(qui, compte_id, quoi, Saisie([]))


@router.post("/{compte_id}/{quoi}")
async def decider(compte_id: UUID, quoi: Quoi, qui: Connecte) -> Response:
    """Décider."""
    saisie, decision = await recue(qui.request), DECISIONS[quoi]
    corps = {"raison": ""} | en_json(saisie, decision.champs)
    try:
        await qui.api.ecrire(
            decision.methode, f"{_API}/{compte_id}/{decision.chemin}", corps, csrf=saisie.un("csrf")
        )
    except (Refus, Muette) as echec:
        return await _decision(qui, compte_id, quoi, saisie, echec)
    return qui.aller("/espace" if quoi == "voir-comme" else f"/gestion/utilisateurs/{compte_id}?fait={quoi}")


async def _decision(
    qui: Visiteur, compte_id: UUID, quoi: Quoi, saisie: Saisie, echec: Echec | None = None
) -> Response:
    compte, nomenclatures = await asyncio.gather(
        qui.api.lire(f"{_API}/{compte_id}"), qui.request.app.state.nomenclatures.de("comptes")
    )
    u = compte.corps
    if not saisie.champs:
        tenus = [("roles", role) for role in ROLES if u.get(f"{role}_id")]
        saisie = Saisie([("droit", u["droit"]), ("id", str(uuid4())), *tenus])
    return qui.page(
        "gestion/decision.html",
        statut_de(echec),
        u=u,
        d=DECISIONS[quoi],
        droits=nomenclatures["droit"] if quoi == "droit" else [],
        roles=nomenclatures["role"] if quoi == "roles" else [],
        saisie=saisie,
        fautes=fautes_de(echec, "/raison"),
    )


async def _comptes(
    qui: Visiteur, choisis: Mapping[str, Any], apres: str | None, faute: str
) -> tuple[Any, dict[str, str]]:
    """La page de la liste ; ou None, et ce qui ne va pas dans les filtres. faute : de la commune."""
    if faute:
        return None, {"communes": faute}
    try:
        return await qui.api.lire(_API, **choisis, apres=apres, limite=_PAR_PAGE), {}
    except Refus as refus:
        if refus.statut != 422:
            raise
        return None, refus.fautes()


def _adresse(ecrits: Mapping[str, Any], apres: str | None) -> str | None:
    return apres and f"/gestion/utilisateurs?{urlencode({**ecrits, 'apres': apres}, doseq=True)}"
