"""L'inscription, une page par étape. Ce qui est répondu est chez l'API : revenir le montre, sauter ramène."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Query
from starlette.responses import Response

from portail.affichage import sans_accents
from portail.communes import commune_ecrite, nom_du_code
from portail.erreurs import Echec, fautes_de, statut_de
from portail.formulaires import Saisie, Sorte, en_champs, en_json, recue
from portail.nomenclatures import libelles
from portail.passerelle import Muette, Refus
from portail.visiteur import Connecte, Visiteur

router = APIRouter()

type Lue = Mapping[str, Any]
"""Ce que l'API dit de l'inscription."""

_API = "/comptes/moi/inscription"
_AILLEURS = frozenset(
    {
        "ProfilManquant",
        "InformationsManquantes",
        "EmployeurManquant",
        "EtapeHorsParcours",
        "InscriptionDejaValidee",
    }
)
"""Refus qui disent que cette page n'est pas, ou plus, celle où l'on en est."""
_PROFIL = {"profil": Sorte.TEXTE, "cgu_acceptees": Sorte.OUI_NON, "version_cgu": Sorte.TEXTE}
_INFORMATIONS = {"profession": Sorte.TEXTE}
_EMPLOYEUR = {
    "emploi_id": Sorte.TEXTE,
    "siret": Sorte.TEXTE,
    "nom": Sorte.TEXTE,
    "adresse": Sorte.TEXTE,
    "type_contrat": Sorte.TEXTE,
    "debut": Sorte.JOUR,
    "fin_prevue": Sorte.JOUR,
}
_LIEUX = {"lieux": Sorte.LISTE}
_VALIDATION = {"id": Sorte.TEXTE, "cgu_acceptees": Sorte.OUI_NON, "version_cgu": Sorte.TEXTE}
_LIEU = re.compile(r"^/lieux/\d+$")
"""Les fautes d'un lieu se disent ensemble : leurs cases changent d'une page à l'autre."""
_TROP_DE_DEMANDES = 429
_MOT_MIN = 3
"""Ce que la recherche de structures demande de lettres."""
_MOTS_MAX = 8
_PROPOSES = 12


@router.get("/inscription")
async def reprendre(qui: Connecte) -> Response:
    """L'étape où la personne en est."""
    assert qui.moi is not None
    ou = qui.moi["inscription"]
    return qui.aller("/espace" if ou == "terminee" else f"/inscription/{ou}")


@router.post("/inscription/verification")
async def verifier(qui: Connecte) -> Response:
    """Interroger la source du dispositif : ce qu'elle sait n'est plus à répondre."""
    saisie = await recue(qui.request)
    try:
        lue = await qui.api.ecrire("POST", "/comptes/moi/reconnaissance/verification", csrf=saisie.un("csrf"))
    except Refus as refus:
        if refus.statut != _TROP_DE_DEMANDES:
            raise
        return await _montrer_encore(qui, "recapitulatif", saisie.avec("id", str(uuid4())), refus)
    if lue.corps["etat"] == "reconnue":
        return qui.aller("/inscription")
    return qui.aller(f"/inscription/recapitulatif?issue={lue.corps['issue']}")


@router.get("/inscription/profil")
async def profil(qui: Connecte) -> Response:
    """Qui je suis, et les conditions générales."""
    lue = (await qui.api.lire(_API)).corps
    return _ailleurs(qui, lue, "profil") or await _profil(qui, lue, Saisie(_profil_repondu(lue)))


@router.post("/inscription/profil")
async def choisir(qui: Connecte) -> Response:
    """Dire son profil et accepter les conditions."""
    saisie = await recue(qui.request)
    corps = {"cgu_acceptees": False} | en_json(saisie, _PROFIL)
    if echec := await _envoyer(qui, "PUT", "profil", corps, saisie):
        return await _montrer_encore(qui, "profil", saisie, echec)
    return qui.aller("/inscription")


@router.get("/inscription/informations")
async def informations(qui: Connecte) -> Response:
    """Ce que ProConnect dit de moi, et ma profession."""
    lue = (await qui.api.lire(_API)).corps
    champs = en_champs({"profession": lue["profession"]})
    return _ailleurs(qui, lue, "informations") or await _page(qui, "informations", lue, Saisie(champs))


@router.post("/inscription/informations")
async def confirmer(qui: Connecte) -> Response:
    """Confirmer ses informations."""
    saisie = await recue(qui.request)
    if echec := await _envoyer(qui, "PUT", "informations", en_json(saisie, _INFORMATIONS), saisie):
        return await _montrer_encore(qui, "informations", saisie, echec)
    return qui.aller("/inscription")


@router.get("/inscription/employeur")
async def employeur(qui: Connecte) -> Response:
    """Ma structure employeuse : celle que j'ai dite, ou celle que ProConnect propose."""
    lue = (await qui.api.lire(_API)).corps
    if ailleurs := _ailleurs(qui, lue, "employeur"):
        return ailleurs
    saisie = Saisie([("emploi_id", str(uuid4()))])
    if lue["employeur"]:
        saisie = saisie.rempli_par(en_champs(lue["employeur"]))
        commune = await nom_du_code(qui.api, lue["employeur"]["code_insee"])
        return await _page(qui, "employeur", lue, saisie.avec("commune", commune))
    if lue["siret_propose"]:
        saisie = await _d_apres_l_annuaire(qui, saisie, lue["siret_propose"])
    return await _page(qui, "employeur", lue, saisie)


@router.post("/inscription/employeur")
async def employer(qui: Connecte) -> Response:
    """Chercher une structure, en choisir une, ou confirmer la sienne."""
    saisie = await recue(qui.request)
    if choisi := saisie.un("choisir"):
        lue = (await qui.api.lire(_API)).corps
        return await _page(qui, "employeur", lue, await _d_apres_l_annuaire(qui, saisie, choisi))
    if saisie.un("chercher"):
        return await _chercher_un_employeur(qui, saisie)
    commune = await commune_ecrite(qui.api, saisie)
    corps = en_json(saisie, _EMPLOYEUR) | commune.corps
    if echec := await _envoyer(qui, "PUT", "employeur", corps, saisie):
        return await _montrer_encore(qui, "employeur", saisie, commune.dite(echec))
    return qui.aller("/inscription")


@router.get("/inscription/lieux")
async def lieux(qui: Connecte, q: Annotated[str, Query(max_length=100)] = "") -> Response:
    """Où j'exerce : des lieux proposés près de mon employeur, ou cherchés."""
    lue = (await qui.api.lire(_API)).corps
    return _ailleurs(qui, lue, "lieux") or await _lieux(qui, lue, lue["lieux"], q)


@router.post("/inscription/lieux")
async def exercer(qui: Connecte) -> Response:
    """Chercher d'autres lieux, ou garder ceux qui sont cochés."""
    saisie = await recue(qui.request)
    if saisie.un("chercher"):
        coches, lue = saisie.tous("lieux"), (await qui.api.lire(_API)).corps
        return await _lieux(qui, lue, await _ces_lieux(qui, lue, coches), saisie.un("q"), ecrite=True)
    if echec := await _envoyer(qui, "PUT", "lieux", en_json(saisie, _LIEUX), saisie):
        return await _montrer_encore(qui, "lieux", saisie, echec)
    return qui.aller("/inscription")


@router.get("/inscription/recapitulatif")
async def recapitulatif(qui: Connecte, issue: Annotated[str, Query(max_length=20)] = "") -> Response:
    """Tout ce qui est répondu, à relire. issue : de l'interrogation du dispositif, qui vient d'être faite."""
    lue = (await qui.api.lire(_API)).corps
    return _ailleurs(qui, lue, "recapitulatif") or await _recapitulatif(
        qui, lue, Saisie([("id", str(uuid4()))]), issue=issue
    )


@router.post("/inscription/recapitulatif")
async def valider(qui: Connecte) -> Response:
    """Valider son inscription."""
    saisie = await recue(qui.request)
    if echec := await _envoyer(qui, "POST", "validation", en_json(saisie, _VALIDATION), saisie):
        return await _montrer_encore(qui, "recapitulatif", saisie, echec)
    return qui.aller("/espace")


async def _envoyer(
    qui: Visiteur, methode: str, etape: str, corps: dict[str, Any], saisie: Saisie
) -> Echec | None:
    try:
        await qui.api.ecrire(methode, f"{_API}/{etape}", corps, csrf=saisie.un("csrf"))
    except (Refus, Muette) as echec:
        return echec
    return None


async def _montrer_encore(qui: Visiteur, etape: str, saisie: Saisie, echec: Echec) -> Response:
    """La même page et ce qui est à corriger ; l'étape où l'on en est, quand c'en est une autre."""
    if isinstance(echec, Refus) and echec.nom in _AILLEURS:
        return qui.aller("/inscription")
    lue = (await qui.api.lire(_API)).corps
    match etape:
        case "profil":
            return await _profil(qui, lue, saisie, echec)
        case "lieux":
            coches = await _ces_lieux(qui, lue, saisie.tous("lieux"))
            return await _lieux(qui, lue, coches, saisie.un("q"), echec)
        case "recapitulatif":
            return await _recapitulatif(qui, lue, saisie, echec)
        case _:
            return await _page(qui, etape, lue, saisie, echec)


def _ailleurs(qui: Visiteur, lue: Lue, etape: str) -> Response | None:
    """Où aller plutôt : une étape ne se saute pas, et chacun n'a que les siennes."""
    if lue["terminee"]:
        return qui.aller("/espace")
    siennes: list[str] = lue["etapes"]
    if etape in siennes and siennes.index(etape) <= siennes.index(lue["etape"]):
        return None
    return qui.aller(f"/inscription/{lue['etape']}")


async def _page(
    qui: Visiteur,
    etape: str,
    lue: Lue,
    saisie: Saisie,
    echec: Echec | None = None,
    **contexte: Any,
) -> Response:
    siennes: list[str] = lue["etapes"]
    rang = siennes.index(etape) if etape in siennes else 0
    nomenclatures = await qui.request.app.state.nomenclatures.de("comptes")
    defauts: dict[str, Any] = {"trouves": None, "repond": True}
    fautes = {_LIEU.sub("/lieux", pointeur): m for pointeur, m in fautes_de(echec).items()}
    return qui.page(
        f"inscription/{etape}.html",
        statut_de(echec),
        inscription=lue,
        etape=etape,
        rang=rang + 1,
        total=len(siennes),
        avant=siennes[rang - 1] if rang else None,
        n=nomenclatures,
        noms={champ: libelles(termes) for champ, termes in nomenclatures.items()},
        saisie=saisie,
        fautes=fautes,
        **(defauts | contexte),
    )


def _profil_repondu(lue: Lue) -> list[tuple[str, str]]:
    accepte = [("cgu_acceptees", "oui")] if lue["version_cgu"] else []
    return [*en_champs({"profil": lue["profil"]}), *accepte]


async def _profil(qui: Visiteur, lue: Lue, saisie: Saisie, echec: Echec | None = None) -> Response:
    cgu = (await qui.api.lire("/auth/cgu")).corps
    return await _page(qui, "profil", lue, saisie, echec, cgu=cgu)


async def _d_apres_l_annuaire(qui: Visiteur, saisie: Saisie, siret: str) -> Saisie:
    """La saisie, avec ce que l'annuaire dit de ce SIRET ; le SIRET seul s'il n'en dit rien."""
    lu = await qui.api.lire_si_possible("/comptes/entreprises", q=siret)
    trouves = lu["elements"] if lu else []
    if not trouves:
        return saisie.avec("siret", siret)
    trouve = trouves[0]
    adresse = " ".join(filter(None, [trouve["adresse"], trouve["code_postal"], trouve["commune"]]))
    deja_complete = trouve["code_postal"] and trouve["code_postal"] in trouve["adresse"]
    choisi = {
        "siret": trouve["siret"],
        "nom": trouve["nom"],
        "adresse": trouve["adresse"] if deja_complete else adresse,
        "commune": await nom_du_code(qui.api, trouve["code_insee"]),
    }
    return saisie.rempli_par(en_champs(choisi))


async def _chercher_un_employeur(qui: Visiteur, saisie: Saisie) -> Response:
    lue = (await qui.api.lire(_API)).corps
    mots, trouves = saisie.un("q")[:100], []
    if len(mots) >= _MOT_MIN:
        lus = await qui.api.lire_si_possible("/comptes/entreprises", q=mots)
        if lus is None or not lus["repond"]:
            return await _page(qui, "employeur", lue, saisie, repond=False)
        trouves = lus["elements"]
    return await _page(qui, "employeur", lue, saisie, trouves=trouves)


async def _lieux(
    qui: Visiteur,
    lue: Lue,
    coches: Sequence[Mapping[str, Any]],
    q: str,
    echec: Echec | None = None,
    *,
    ecrite: bool = False,
) -> Response:
    """coches : les lieux retenus jusqu'ici, toujours montrés."""
    employeur = lue["employeur"] or {}
    mots = " ".join(sans_accents(q).split()[:_MOTS_MAX])[:100]
    if mots:
        trouves = await qui.api.lire_si_possible("/lieux", q=mots, limite=_PROPOSES)
    elif employeur.get("code_insee"):
        trouves = await qui.api.lire_si_possible("/lieux", commune=employeur["code_insee"], limite=_PROPOSES)
    else:
        trouves = {"elements": []}
    retenus = {lieu["id"] for lieu in coches}
    proposes = [lieu for lieu in trouves["elements"] if lieu["id"] not in retenus] if trouves else None
    saisie = Saisie([("q", q), *(("lieux", identifiant) for identifiant in retenus)])
    return await _page(
        qui, "lieux", lue, saisie, echec, coches=coches, trouves=proposes, cherche=bool(mots) or ecrite
    )


async def _ces_lieux(qui: Visiteur, lue: Lue, coches: Sequence[str]) -> list[Mapping[str, Any]]:
    """Ce qu'on montre des lieux cochés : ceux déjà retenus sont connus, les autres se lisent un à un."""
    connus = {lieu["id"]: lieu for lieu in lue["lieux"]}
    neufs = [lieu for lieu in coches if lieu not in connus][:_PROPOSES]
    lus = await asyncio.gather(*(qui.api.lire_si_possible(f"/lieux/{lieu}") for lieu in neufs))
    connus |= {lieu["id"]: lieu for lieu in lus if lieu}
    return [connus[lieu] for lieu in coches if lieu in connus]


async def _recapitulatif(
    qui: Visiteur, lue: Lue, saisie: Saisie, echec: Echec | None = None, *, issue: str = ""
) -> Response:
    cgu = None if lue["version_cgu"] else (await qui.api.lire("/auth/cgu")).corps
    return await _page(qui, "recapitulatif", lue, saisie, echec, cgu=cgu, issue=issue)
