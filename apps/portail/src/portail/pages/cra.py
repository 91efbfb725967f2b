"""Compte rendu d'activité : saisir, corriger."""

import asyncio
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from portail import affichage, brouillons, mes_lieux, modeles, suivis
from portail.ecarts import Ailleurs, Ecart, ecarts
from portail.formulaires import Saisie, entier, recue
from portail.nomenclatures import libelles
from portail.pages.envoi import envoyer
from portail.passerelle import Muette, Refus, SessionAbsente
from portail.saisie_cra import (
    REPARTITIONS,
    SUJETS,
    Habitudes,
    Lue,
    Type,
    a_poser,
    communes_proposees,
    lire,
    relue,
    vierge,
)
from portail.visiteur import Connecte, PourTous, Visiteur, connecte

router = APIRouter()

CHEMINS: dict[Type, str] = {"individuel": "/espace/cra/individuel", "collectif": "/espace/cra/atelier"}
_SUJETS_VISIBLES = 6
_BROUILLONS = 3
"""Read to offer the last one, and to say that there are others."""
_GARDES = ("jour", "date", "ou", "commune", "commune_code")
"""What a series of reports has in common: the day and the place."""
_DUPLIQUE = "Voici une copie, à relire : rien n’est enregistré encore."
_DU_RDV = "Le rendez-vous a rempli ce qu’il savait : dites le reste, puis enregistrez."
_COMMUNE_PROPOSEE = "Veuillez renseigner la commune : celle de la personne est proposée."
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

    enregistre : le précédent ; ajout : ce qu'il a ajouté.   repris : un brouillon.   modele, sujet,
    beneficiaire : ce qui le remplit.
    """

    enregistre: UUID | None = None
    repris: UUID | None = None
    modele: UUID | None = None
    sujet: str | None = None
    beneficiaire: UUID | None = None
    ajout: str = ""


def _depart(
    enregistre: Annotated[UUID | None, Query()] = None,
    repris: Repris = None,
    modele: Annotated[UUID | None, Query()] = None,
    sujet: Annotated[str | None, Query(max_length=80)] = None,
    beneficiaire: Annotated[UUID | None, Query()] = None,
    ajout: mes_lieux.AjoutParam = "",
) -> Depart:
    return Depart(enregistre, repris, modele, sujet, beneficiaire, ajout)


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
    return await envoyer(qui, Mediation(type_), saisie, corrige=activite_id)


async def preparer(qui: Visiteur, prepare: Mapping[str, Any]) -> Response:
    """Le formulaire, rempli de ce qu'un rendez-vous dit de son compte rendu, ou du brouillon commencé."""
    type_: Type = "collectif" if prepare["type"] == "collectif" else "individuel"
    brouillon = await brouillons.reprendre(qui, prepare["id"])
    if brouillon is not None:
        saisie = brouillon.saisie.avec("id", str(prepare["id"]))
        return await formulaire(
            qui, type_, saisie, fautes=brouillon.fautes, message=_REPRIS, chemin=CHEMINS[type_]
        )
    ids = [str(b["id"]) for b in prepare["beneficiaires"]]
    champs = [("jour", prepare["date"]), ("date", prepare["date"]), ("duree", str(prepare["duree_minutes"]))]
    if type_ == "collectif":
        champs += [("suivis", un) for un in ids] + [("participants/total", "0")]
        champs += [("titre_atelier", prepare["titre_atelier"])] if prepare["titre_atelier"] else []
    else:
        champs += [("beneficiaire/id", un) for un in ids[:1]]
    habitudes = await les_habitudes(qui)
    saisie = vierge(habitudes, str(prepare["id"])).rempli_par(champs)
    return await formulaire(qui, type_, saisie, habitudes=habitudes, message=_DU_RDV, chemin=CHEMINS[type_])


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
        message=mes_lieux.avec_l_ajout(rempli.message or message, depart.ajout),
        laisses=rempli.laisses,
    )


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
    champs = [("thematiques", depart.sujet)] if depart.sujet else []
    if depart.beneficiaire is not None:
        # One of the two is a control of the page that opens.
        champs += [(nom, str(depart.beneficiaire)) for nom in ("beneficiaire/id", "suivis")]
    return _Rempli(champs, laisses=laisses)


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
    identifiee = saisie if saisie.un("id") else saisie.avec("id", str(uuid4()))
    return await envoyer(qui, Mediation(type_), identifiee)


@dataclass(frozen=True, slots=True)
class Mediation:
    """Un compte rendu de médiation, pour qui l'envoie (`envoi`)."""

    type: Type
    api: str = "/activites"
    liste: str = "/espace/activites"

    @property
    def chemin(self) -> str:
        return CHEMINS[self.type]

    async def lire(self, qui: Visiteur, saisie: Saisie) -> Lue:
        return await lire(
            qui.api, saisie, self.type, await qui.request.app.state.nomenclatures.de("activites")
        )

    async def page(
        self,
        qui: Visiteur,
        saisie: Saisie,
        *,
        statut: int = 200,
        fautes: dict[str, str] | None = None,
        lue: Lue | None = None,
        corrige: UUID | None = None,
        message: str | None = None,
        ailleurs: Ailleurs | None = None,
    ) -> Response:
        return await formulaire(
            qui,
            self.type,
            saisie,
            statut=statut,
            fautes=fautes,
            lue=lue,
            corrige=corrige,
            message=message,
            ailleurs=ailleurs,
        )

    async def ecarts(
        self, qui: Visiteur, corps: dict[str, Any], enregistre: dict[str, Any]
    ) -> Sequence[Ecart]:
        habitudes, nomenclatures = await asyncio.gather(
            les_habitudes(qui), qui.request.app.state.nomenclatures.de("activites")
        )
        lieux = {str(lieu["id"]): str(lieu["nom"]) for lieu in habitudes.lieux}
        etiquettes = {str(e["id"]): str(e["nom"]) for e in habitudes.etiquettes}
        return ecarts(corps, enregistre, nomenclatures, lieux, etiquettes)


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
    connues, proposes = await asyncio.gather(_connues(qui, habitudes), _proposes(qui, saisie, lue))
    if type_ == "individuel" and qui.request.method == "POST":
        choisie = next((p["commune"] for p in proposes if p["id"] in suivis.choisis(saisie)), "")
        proposee = communes_proposees(saisie, lue.corps if lue else {}, choisie)
        if fautes and "/commune" in fautes and proposee.un("commune") != saisie.un("commune"):
            fautes = fautes | {"/commune": _COMMUNE_PROPOSEE}
        saisie = proposee
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
        proposes=proposes,
        cherche=suivis.CHERCHE,
        suivis_choisis=suivis.choisis(saisie),
        # A démarche is asked under its subject, where it is shown once.
        h=replace(connues, sujets=[t for t in connues.sujets if t in noms and t not in administratives]),
        n=nomenclatures,
        noms=noms,
        sujets=sujets,
        etiquettes=a_poser(connues.etiquettes, saisie),
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
        personne_id=saisie.un("personne_id") or str(uuid4()),
        maintenant=qui.request.app.state.clock.now(),
        sorte="correction" if corrige else type_,
        fiche="/espace/activites",
    )


async def _connues(qui: Visiteur, habitudes: Habitudes | None) -> Habitudes:
    return habitudes or await les_habitudes(qui)


async def _proposes(qui: Visiteur, saisie: Saisie, lue: Lue | None) -> list[dict[str, Any]]:
    """Nobody's name is on a page that the device keeps."""
    if qui.moi is None:
        return []
    return await suivis.proposes(qui.api, saisie, qui.moi["csrf"], lue.suivis if lue else ())


_DE_LA_PERSONNE = {"prenom": "personne_prenom", "nom": "personne_nom", "annee_naissance": "personne_annee"}
"""What the API asks of somebody to follow -> where the report asks it."""


@router.post("/espace/cra/personne")
async def suivre(qui: PourTous, corrige: Annotated[UUID | None, Query()] = None) -> Response:
    """Suivre une personne sans quitter le compte rendu : elle y revient choisie, rien n'est perdu."""
    saisie = await recue(qui.request)
    type_: Type = "collectif" if saisie.un("type") == "collectif" else "individuel"
    chemin = f"/espace/activites/{corrige}/corriger" if corrige else CHEMINS[type_]
    un, fautes, statut = saisie.un("personne_id") or str(uuid4()), {}, 200
    dite = {nom: saisie.un(champ) for nom, champ in _DE_LA_PERSONNE.items() if saisie.un(champ)}
    corps: dict[str, Any] = {"id": un, "prenom": "", "nom": ""} | dite
    if "annee_naissance" in dite:
        corps["annee_naissance"] = entier(dite["annee_naissance"])
    try:
        await qui.api.ecrire("POST", "/beneficiaires", corps, csrf=saisie.un("csrf"))
    except SessionAbsente:
        return qui.page("session_finie.html", 401, saisie=saisie.champs, action=chemin)
    except Refus as refus:
        statut = refus.statut
        fautes = {
            f"/{champ}" if (champ := _DE_LA_PERSONNE.get(ou.removeprefix("/"))) else "": m
            for ou, m in refus.fautes().items()
        }
    except Muette:
        fautes, statut = {"": "Le service ne répond pas : cette personne n’est pas encore suivie."}, 503
    await connecte(qui)
    message = None
    if not fautes:
        message = f"{dite['prenom']} {dite['nom']} est dans vos bénéficiaires, et dans ce compte rendu."
        for champ in ("personne_id", *_DE_LA_PERSONNE.values()):
            saisie = saisie.avec(champ, "")
        saisie = (
            saisie.avec("beneficiaire/id", un)
            if type_ == "individuel"
            else Saisie([*saisie.champs, ("suivis", un)])
        )
    return await formulaire(
        qui, type_, saisie, statut=statut, fautes=fautes, message=message, chemin=chemin, corrige=corrige
    )


@router.post("/espace/cra/suivis")
async def chercher_un_suivi(qui: PourTous) -> Response:
    """Ceux qui répondent à ce que l'on tape, comme le formulaire les propose."""
    saisie = await recue(qui.request)
    mots = saisie.un(suivis.CHERCHE).rpartition(",")[2]
    lus = await suivis.trouves(qui.api, mots, saisie.un("csrf")) if mots.strip() else []
    return qui.page(
        "cra/suivis.html",
        type=saisie.un("type"),
        proposes=suivis.a_choisir(lus),
        suivis_choisis=[],
    )


_ORDRE = (
    "/titre_atelier", "/niveau", "/thematiques", "/precisions_demarche", "/duree_minutes", "/type_lieu",
    "/lieu_id", "/commune", "/date", "/suivi", "/beneficiaire", "/residence", "/participants", "/tags",
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
    durees = sorted({*defaut.durees, *h["durees"]})
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
