"""Compte rendu d'activité : saisir, corriger."""

import asyncio
import datetime as dt
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from portail import affichage, brouillons, modeles
from portail.ecarts import Ecart, ecarts
from portail.formulaires import Saisie, recue
from portail.nomenclatures import libelles
from portail.passerelle import Muette, Refus, SessionAbsente
from portail.saisie_cra import REPARTITIONS, SUJETS, Habitudes, Lue, Type, lire, relue, vierge
from portail.visiteur import Connecte, PourTous, Visiteur, connecte

router = APIRouter()

CHEMINS: dict[Type, str] = {"individuel": "/espace/cra/individuel", "collectif": "/espace/cra/atelier"}
_SUJETS_VISIBLES = 6
_BROUILLONS = 3
"""Read to offer the last one, and to say that there are others."""
_GARDES = ("jour", "date", "ou", "commune", "commune_code")
"""What a series of reports has in common: the day and the place."""
_AILLEURS = 412
_DUPLIQUE = "Voici une copie, à relire : rien n’est enregistré encore."
_REPRIS = "Voici votre brouillon. Relisez-le, puis enregistrez."


@router.get("/hors-ligne")
async def hors_ligne(qui: PourTous) -> Response:
    """Le formulaire vide que l'appareil garde : ni nom, ni jeton, ni habitudes."""
    habitudes = Habitudes(qui.aujourd_hui, sujets=SUJETS)
    saisie = vierge(habitudes, "")
    return await formulaire(
        qui, "individuel", saisie, habitudes=habitudes, hors_ligne=True, chemin=CHEMINS["individuel"]
    )


Repris = Annotated[UUID | None, Query(alias="brouillon")]


@dataclass(frozen=True, slots=True)
class Depart:
    """D'où part un nouveau compte rendu.

    enregistre : le précédent.   repris : un brouillon.   modele, sujet : ce qui le remplit.
    """

    enregistre: UUID | None = None
    repris: UUID | None = None
    modele: UUID | None = None
    sujet: str | None = None


def _depart(
    enregistre: Annotated[UUID | None, Query()] = None,
    repris: Repris = None,
    modele: Annotated[UUID | None, Query()] = None,
    sujet: Annotated[str | None, Query(max_length=80)] = None,
) -> Depart:
    return Depart(enregistre, repris, modele, sujet)


DepartDep = Annotated[Depart, Depends(_depart)]


@router.get(CHEMINS["individuel"])
async def individuel(qui: Connecte, depart: DepartDep) -> Response:
    """Un accompagnement individuel."""
    return await _ouvrir(qui, "individuel", depart)


@router.get(CHEMINS["collectif"])
async def atelier(qui: Connecte, depart: DepartDep) -> Response:
    """Un atelier collectif."""
    return await _ouvrir(qui, "collectif", depart)


@router.get("/espace/activites/{activite_id}/dupliquer")
async def dupliquer(activite_id: UUID, qui: Connecte) -> Response:
    """Un nouveau compte rendu, rempli de celui-ci : tout en est repris, sauf ce qui le nomme."""
    lue = (await qui.api.lire(f"/activites/{activite_id}")).corps
    type_: Type = lue["type"]
    saisie = relue(lue).avec("id", str(uuid4()))
    return await formulaire(qui, type_, saisie, message=_DUPLIQUE, chemin=CHEMINS[type_])


@router.post(CHEMINS["individuel"])
async def enregistrer_individuel(qui: PourTous) -> Response:
    """Enregistrer un accompagnement individuel."""
    return await _enregistrer(qui, "individuel")


@router.post(CHEMINS["collectif"])
async def enregistrer_atelier(qui: PourTous) -> Response:
    """Enregistrer un atelier collectif."""
    return await _enregistrer(qui, "collectif")


@router.get("/espace/activites/{activite_id}/corriger")
async def corriger(activite_id: UUID, qui: Connecte, repris: Repris = None) -> Response:
    """Le formulaire, rempli de ce qui est enregistré, ou du brouillon de sa correction."""
    brouillon = await brouillons.reprendre(qui, activite_id) if repris == activite_id else None
    if brouillon is not None:
        type_: Type = "collectif" if brouillon.saisie.un("type") == "collectif" else "individuel"
        return await formulaire(
            qui, type_, brouillon.saisie, fautes=brouillon.fautes, corrige=activite_id, message=_REPRIS
        )
    lue = await qui.api.lire(f"/activites/{activite_id}")
    saisie = relue(lue.corps).avec("si_version", lue.etag or "")
    return await formulaire(qui, lue.corps["type"], saisie, corrige=activite_id)


@router.post("/espace/activites/{activite_id}/corriger")
async def enregistrer_correction(activite_id: UUID, qui: PourTous) -> Response:
    """Enregistrer une correction, si personne n'a corrigé entre-temps."""
    saisie = await recue(qui.request)
    type_: Type = "collectif" if saisie.un("type") == "collectif" else "individuel"
    return await _envoyer(qui, type_, saisie, corrige=activite_id)


async def _ouvrir(qui: Visiteur, type_: Type, depart: Depart) -> Response:
    message = None
    if depart.repris is not None:
        brouillon = await brouillons.reprendre(qui, depart.repris)
        if brouillon is not None:
            saisie = brouillon.saisie.avec("id", str(depart.repris))
            return await formulaire(qui, type_, saisie, fautes=brouillon.fautes, message=_REPRIS)
        message = "Ce brouillon n’est plus là : il a été enregistré, ou effacé."
    habitudes, rempli = await asyncio.gather(les_habitudes(qui), _remplir(qui, depart))
    saisie = vierge(habitudes, str(uuid4())).rempli_par(rempli.champs)
    return await formulaire(
        qui,
        type_,
        saisie,
        habitudes=habitudes,
        message=rempli.message or message,
        laisses=rempli.laisses,
    )


@dataclass(frozen=True, slots=True)
class Ailleurs:
    """Une autre correction, faite pendant que l'on remplissait celle-ci. le : instant."""

    le: str
    ecarts: Sequence[Ecart]


@dataclass(frozen=True, slots=True)
class _Rempli:
    """Ce que le départ remplit, ce qu'il en dit, et les brouillons à proposer."""

    champs: Sequence[tuple[str, str]] = ()
    message: str | None = None
    laisses: Sequence[dict[str, Any]] = ()


async def _remplir(qui: Visiteur, depart: Depart) -> _Rempli:
    """In one reading or two, along with the habits."""
    if depart.enregistre is not None:
        return await _apres(qui, depart.enregistre)
    if depart.modele is not None:
        modele = await modeles.ouvrir(qui, depart.modele)
        if modele is None:
            return _Rempli(message="Ce modèle n’est plus là.")
        return _Rempli(modele.champs)
    laisses = await brouillons.derniers(qui, _BROUILLONS)
    return _Rempli([("thematiques", depart.sujet)] if depart.sujet else [], laisses=laisses)


async def _apres(qui: Visiteur, enregistre: UUID) -> _Rempli:
    """Le suivant garde le jour et le lieu du précédent, et l'on sait combien sont faits."""
    try:
        precedent = (await qui.api.lire(f"/activites/{enregistre}")).corps
        jour = precedent["date"]
        faits = (await qui.api.lire("/activites", du=jour, au=jour, limite=1)).corps["total"]
    except (Muette, Refus):
        return _Rempli(message="Compte rendu enregistré. Vous pouvez saisir le suivant.")
    gardes = [(nom, v) for nom, v in relue(precedent).champs if nom in _GARDES]
    quand = "aujourd’hui" if jour == qui.aujourd_hui.isoformat() else f"pour le {affichage.jour(jour)}"
    combien = affichage.pluriel(faits, "enregistré")
    return _Rempli(gardes, f"Compte rendu enregistré : {combien} {quand}. Vous pouvez saisir le suivant.")


async def _enregistrer(qui: Visiteur, type_: Type) -> Response:
    saisie = await recue(qui.request)
    return await _envoyer(qui, type_, saisie if saisie.un("id") else saisie.avec("id", str(uuid4())))


async def _envoyer(qui: Visiteur, type_: Type, saisie: Saisie, *, corrige: UUID | None = None) -> Response:
    """Whatever the answer, what was typed stays on the page."""
    if saisie.un("retrouver"):
        return await _retrouver(qui, type_, saisie.avec("retrouver", ""), corrige)
    lue = Lue({})
    try:
        nomenclatures = await qui.request.app.state.nomenclatures.de("activites")
        lue = await lire(qui.api, saisie, type_, nomenclatures)
        if lue.communes or lue.lieux:
            return await _refuse(qui, type_, saisie, 422, lue.fautes, lue, corrige)
        csrf = saisie.un("csrf")
        if corrige is None:
            await qui.api.ecrire("POST", "/activites", lue.corps | {"id": saisie.un("id")}, csrf=csrf)
        else:
            version = saisie.un("si_version") or None
            await qui.api.ecrire("PUT", f"/activites/{corrige}", lue.corps, csrf=csrf, si_version=version)
    except SessionAbsente:
        if qui.par_script:
            raise
        return qui.page("session_finie.html", 401, saisie=saisie.champs, action=qui.request.url.path)
    except Muette:
        message = "Le service ne répond pas. Votre saisie est ci-dessous : réessayez dans un moment."
        return await _refuse(qui, type_, saisie, 503, {"": message}, lue, corrige)
    except Refus as refus:
        fautes = lue.fautes | _des_questions(refus.fautes())
        if refus.statut == _AILLEURS and corrige is not None and not qui.par_script:
            # Without the other version, the refusal alone is said: what was typed stays on the page.
            with suppress(Muette, Refus, SessionAbsente):
                return await _cote_a_cote(qui, type_, saisie, lue, corrige)
        return await _refuse(qui, type_, saisie, refus.statut, fautes, lue, corrige)
    await brouillons.oublier(qui, corrige or saisie.un("id"), saisie)
    if corrige is not None:
        return qui.aller(f"/espace/activites/{corrige}?corrige=1")
    if saisie.un("suite") == "autre":
        return qui.aller(f"{CHEMINS[type_]}?enregistre={saisie.un('id')}")
    return qui.aller(f"/espace/activites?enregistre={saisie.un('id')}")


def _des_questions(fautes: dict[str, str]) -> dict[str, str]:
    """One message for the question of the tags, whichever of them is refused."""
    return {"/tags" if p.startswith("/tags/") else p: message for p, message in fautes.items()}


async def _cote_a_cote(qui: Visiteur, type_: Type, saisie: Saisie, lue: Lue, activite_id: UUID) -> Response:
    """Corrected elsewhere since the form opened: both versions shown, and saving again replaces the other."""
    await connecte(qui)
    enregistre, habitudes, nomenclatures = await asyncio.gather(
        qui.api.lire(f"/activites/{activite_id}"),
        les_habitudes(qui),
        qui.request.app.state.nomenclatures.de("activites"),
    )
    lieux = {str(lieu["id"]): str(lieu["nom"]) for lieu in habitudes.lieux}
    etiquettes = {str(e["id"]): str(e["nom"]) for e in habitudes.etiquettes}
    return await formulaire(
        qui,
        type_,
        saisie.avec("si_version", enregistre.etag or ""),
        statut=_AILLEURS,
        habitudes=habitudes,
        corrige=activite_id,
        ailleurs=Ailleurs(
            enregistre.corps["corrigee_le"] or enregistre.corps["enregistree_le"],
            ecarts(lue.corps, enregistre.corps, nomenclatures, lieux, etiquettes),
        ),
    )


async def _retrouver(qui: Visiteur, type_: Type, saisie: Saisie, corrige: UUID | None) -> Response:
    """Signed in again in another tab: the form as it was, with a fresh token. Nothing is sent yet."""
    try:
        await connecte(qui)
    except SessionAbsente:
        return qui.page("session_finie.html", 401, saisie=saisie.champs, action=qui.request.url.path)
    message = "Voici votre saisie. Relisez-la, puis enregistrez."
    return await formulaire(qui, type_, saisie, corrige=corrige, message=message)


async def _refuse(
    qui: Visiteur,
    type_: Type,
    saisie: Saisie,
    statut: int,
    fautes: dict[str, str],
    lue: Lue,
    corrige: UUID | None,
) -> Response:
    if qui.par_script:
        return qui.dire({"fautes": fautes}, statut)
    try:
        await connecte(qui)
    except SessionAbsente:
        return qui.page("session_finie.html", 401, saisie=saisie.champs, action=qui.request.url.path)
    except Muette:
        pass
    return await formulaire(qui, type_, saisie, statut=statut, fautes=fautes, lue=lue, corrige=corrige)


async def formulaire(
    qui: Visiteur,
    type_: Type,
    saisie: Saisie,
    *,
    statut: int = 200,
    fautes: dict[str, str] | None = None,
    lue: Lue | None = None,
    habitudes: Habitudes | None = None,
    corrige: UUID | None = None,
    message: str | None = None,
    laisses: Sequence[dict[str, Any]] = (),
    hors_ligne: bool = False,
    chemin: str | None = None,
    ailleurs: Ailleurs | None = None,
) -> Response:
    """La page. laisses : brouillons à proposer.   chemin : où elle envoie, si ce n'est pas à son adresse.
    ailleurs : ce qui a été enregistré entre-temps."""
    # The labels are read once an hour: nothing to wait for side by side.
    nomenclatures = await qui.request.app.state.nomenclatures.de("activites")
    connues = habitudes or await les_habitudes(qui)
    codes = nomenclatures["thematiques"]
    noms = libelles(codes)
    administratives = {t["code"] for t in nomenclatures["thematiques_administratives"]}
    sujets = [t for t in codes if t["code"] not in administratives]
    return qui.page(
        "cra/formulaire.html",
        statut,
        type=type_,
        saisie=saisie,
        fautes=dans_l_ordre(fautes or {}),
        lue=lue or Lue({}),
        # A démarche is asked under its subject, where it is shown once.
        h=replace(connues, sujets=[t for t in connues.sujets if t in noms and t not in administratives]),
        n=nomenclatures,
        noms=noms,
        sujets=sujets,
        etiquettes=_etiquettes(connues, saisie),
        repartitions=REPARTITIONS,
        aujourd_hui=connues.aujourd_hui,
        hier=connues.aujourd_hui - dt.timedelta(days=1),
        corrige=corrige,
        message=message,
        chemins=CHEMINS,
        laisses=laisses,
        ailleurs=ailleurs,
        hors_ligne=hors_ligne,
        chemin=chemin or qui.request.url.path,
        modele_id=saisie.un("modele_id") or str(uuid4()),
        maintenant=qui.request.app.state.clock.now(),
    )


def _etiquettes(habitudes: Habitudes, saisie: Saisie) -> list[dict[str, str]]:
    """Those to choose from, as terms. One that was chosen and is not known here stays chosen: the API says
    what it thinks of it."""
    connues = {str(e["id"]): str(e["nom"]) for e in habitudes.etiquettes}
    inconnues = dict.fromkeys(
        (t for t in saisie.tous("tags") if t not in connues), "Une étiquette déjà choisie"
    )
    return [{"code": code, "libelle": nom} for code, nom in (inconnues | connues).items()]


_ORDRE = (
    "/titre_atelier", "/niveau", "/thematiques", "/precisions_demarche", "/duree_minutes", "/type_lieu",
    "/lieu_id", "/commune", "/date", "/beneficiaire", "/participants", "/tags",
)  # fmt: skip
"""Celui de la page ; le reste vient après."""


def dans_l_ordre(fautes: dict[str, str]) -> dict[str, str]:
    """Les fautes dans l'ordre où la page montre leurs questions."""

    def rang(pointeur: str) -> int:
        return next((i for i, debut in enumerate(_ORDRE) if pointeur.startswith(debut)), len(_ORDRE))

    return dict(sorted(fautes.items(), key=lambda faute: rang(faute[0])))


async def les_habitudes(qui: Visiteur) -> Habitudes:
    """Those of the API; without its answer the form opens all the same."""
    h = await qui.api.lire_si_possible("/activites/habitudes")
    return habitudes_de(h) if h else Habitudes(qui.aujourd_hui, sujets=SUJETS)


def habitudes_de(h: dict[str, Any]) -> Habitudes:
    """What the API knows, completed by what everybody sees first."""
    defaut = Habitudes(dt.date.fromisoformat(h["aujourd_hui"]))
    durees = sorted({*defaut.durees, *h["durees"][:3]})
    sujets = list(dict.fromkeys([*h["thematiques"], *SUJETS]))[:_SUJETS_VISIBLES]
    lieux = h["lieux"]
    ou = h["type_lieu"] or defaut.ou
    if ou == "lieu_activite":
        ou = f"lieu:{lieux[0]['id']}" if lieux else defaut.ou
    return replace(
        defaut,
        durees=durees,
        duree=h["duree_minutes"] or defaut.duree,
        sujets=sujets,
        lieux=lieux,
        ou=ou,
        commune=h["commune"],
        etiquettes=h["etiquettes"],
    )
