"""Les statistiques : les siennes, celles d'une équipe, d'un membre ; les mêmes filtres, les mêmes figures."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response
from web.problems import INTROUVABLE, Problem

from portail import chiffres
from portail.chiffres import Choix, Noms, Question, choix_lus
from portail.equipes import membre_nomme
from portail.filtres import Plusieurs, en_phrase, plusieurs_communes, reproches, siens_nommes, sujets_groupes
from portail.graphiques import au_fil, colonnes
from portail.nomenclatures import libelles
from portail.passerelle import Muette, Refus
from portail.visiteur import Connecte, Visiteur

router = APIRouter()

PAGE = "/espace/statistiques"
PARTAGES = f"{PAGE}/partages"
SOI = f"{PAGE}/moi"
TOUTES = "/gestion/statistiques"
MOTS_DU_PAS = {"jour": "jour", "semaine": "semaine", "mois": "mois", "trimestre": "trimestre", "annee": "an"}
LISTES: Mapping[str, tuple[str, str, Sequence[str]]] = {
    "thematiques": ("Thématiques", "accompagnements", ("activites", "thematiques")),
    "demarches": (
        "Démarches administratives",
        "accompagnements",
        ("activites", "thematiques_administratives"),
    ),
    "ages": ("Âge des bénéficiaires", "bénéficiaires", ("beneficiaires", "tranches_age")),
    "genres": ("Genre des bénéficiaires", "bénéficiaires", ("beneficiaires", "genres")),
    "situations": ("Situation des bénéficiaires", "bénéficiaires", ("beneficiaires", "statuts")),
    "residences": ("Commune de résidence", "bénéficiaires", ("beneficiaires", "communes")),
    "lieux": ("Lieux d’activité", "accompagnements", ("lieux",)),
    "communes": ("Communes des activités", "accompagnements", ("communes",)),
    "canaux": ("Où cela s’est passé", "accompagnements", ("activites", "types_lieu")),
    "durees": ("Durées", "accompagnements", ("activites", "durees")),
    "materiel": ("Matériel", "accompagnements", ("activites", "materiels")),
    "etiquettes": ("Étiquettes", "accompagnements", ("etiquettes",)),
}
"""Une liste de la page : son titre, ce qu'elle compte, où elle est dans la réponse."""


_SEULES = "Mes statistiques, sans mes équipes"


@dataclass(frozen=True, slots=True)
class Perimetre:
    """De qui sont les chiffres. page : son adresse.   fil : (adresse, mots) de la page d'où l'on vient.

    de : l'équipe, vide pour toutes.   membre : lui seul, vide pour tous.   equipe : plusieurs personnes.
    suivi : la page bouge d'elle-même.   soi : ses bénéficiaires se choisissent, et de soi seul.
    gestion : de toute la plateforme, sans lien à donner.
    """

    page: str
    titre: str
    fil: tuple[str, str] | None = None
    de: str = ""
    membre: str = ""
    equipe: bool = False
    suivi: bool = False
    soi: bool = False
    gestion: bool = False

    @property
    def api(self) -> str:
        """Où se lisent ces chiffres, ce que leurs filtres proposent, et leur export."""
        return "/statistiques/plateforme" if self.gestion else "/statistiques"


async def question(
    periode: Annotated[str, Query(max_length=10)] = "12m",
    du: Annotated[str, Query(max_length=10)] = "",
    au: Annotated[str, Query(max_length=10)] = "",
    types: Annotated[list[str] | None, Query(max_length=4)] = None,
    conseiller_numerique: Annotated[str, Query(max_length=5)] = "",
    conseiller_numerique_au: Annotated[str, Query(max_length=20)] = "",
    sujet: Plusieurs = None,
    canal: Plusieurs = None,
    materiel: Plusieurs = None,
    demarches: Annotated[str, Query(max_length=5)] = "",
    rdv: Annotated[str, Query(max_length=5)] = "",
    lieu: Plusieurs = None,
    employeur: Plusieurs = None,
    tag: Plusieurs = None,
    membre: Plusieurs = None,
    beneficiaire: Plusieurs = None,
    source: Annotated[str, Query(max_length=2)] = "",
    insee: Plusieurs = None,
    commune: Annotated[str, Query(max_length=500)] = "",
    departement: Plusieurs = None,
    depuis: Annotated[str, Query(max_length=10)] = "",
    pas: Annotated[str, Query(max_length=10)] = "",
    comparer: Annotated[str, Query(max_length=20)] = "",
) -> Question:
    """Les filtres sont dans l'adresse, et rien d'autre."""
    return Question(
        periode=periode,
        du=du,
        au=au,
        types=tuple(types or ()),
        conseiller_numerique=conseiller_numerique,
        conseiller_numerique_au=conseiller_numerique_au,
        sujet=tuple(sujet or ()),
        canal=tuple(canal or ()),
        materiel=tuple(materiel or ()),
        demarches=demarches,
        rdv=rdv,
        lieu=tuple(lieu or ()),
        employeur=tuple(employeur or ()),
        tag=tuple(tag or ()),
        membre=tuple(membre or ()),
        beneficiaire=tuple(beneficiaire or ()),
        source=source,
        insee=tuple(insee or ()),
        commune=commune,
        departement=tuple(departement or ()),
        depuis=depuis,
        pas=pas,
        comparer=comparer,
    ).propre()


Posee = Annotated[Question, Depends(question)]
Tous = Annotated[str, Query(max_length=5)]
"""Avec ceux des filtres qui se chargent après la page."""


@router.get(PAGE)
async def miennes(qui: Connecte, posee: Posee, tous: Tous = "") -> Response:
    """Les siennes ; pour un coordinateur, celles de toutes ses équipes. Un administrateur sans rôle n'a que
    celles de toute la plateforme."""
    if qui.moi is not None and not qui.moi["roles"] and qui.moi["droit"] == "admin":
        return qui.aller(posee.adresse(TOUTES))
    equipe = qui.a_le_role("coordinateur")
    titre = "Mes statistiques" if qui.a_le_role("mediateur") else "Statistiques de mes équipes"
    if equipe and qui.a_le_role("mediateur"):
        titre = "Mes statistiques et celles de mes équipes"
    soi = qui.a_le_role("mediateur")
    return await _montrer(qui, posee, Perimetre(PAGE, titre, equipe=equipe, suivi=True, soi=soi), tous)


@router.get(SOI)
async def sans_mes_equipes(qui: Connecte, posee: Posee, tous: Tous = "") -> Response:
    """Les siennes seulement, pour qui coordonne aussi."""
    if not qui.a_le_role("mediateur"):
        return qui.aller(PAGE)
    avec = (PAGE, "Avec mes équipes") if qui.a_le_role("coordinateur") else None
    mien = str((qui.moi or {})["mediateur_id"])
    return await _montrer(qui, posee, Perimetre(SOI, _SEULES, avec, membre=mien, soi=True), tous)


@router.get(PAGE + "/choix")
async def choix_de_beneficiaires(qui: Connecte) -> Response:
    """Le filtre par personne suivie, que la page n'attend pas pour s'ouvrir."""
    siens = await siens_nommes(qui.api, (), entiers=True)
    return qui.page("statistiques/choix.html", proposes=Choix(beneficiaires=siens), q=Question())


@router.get("/espace/equipes/{equipe_id}/statistiques")
async def de_l_equipe(equipe_id: UUID, qui: Connecte, posee: Posee) -> Response:
    """Celles des membres d'une équipe que l'on coordonne, pendant qu'ils en étaient."""
    nom = (await qui.api.lire(f"/equipes/{equipe_id}")).corps["nom"] or "Équipe sans nom"
    page = f"/espace/equipes/{equipe_id}"
    titre = f"Statistiques de {nom}"
    perimetre = Perimetre(f"{page}/statistiques", titre, (page, nom), str(equipe_id), equipe=True)
    return await _montrer(qui, posee, perimetre)


@router.get("/espace/equipes/{equipe_id}/membres/{mediateur_id}/statistiques")
async def du_membre(equipe_id: UUID, mediateur_id: UUID, qui: Connecte, posee: Posee) -> Response:
    """Celles d'un membre dans cette équipe : ni ses bénéficiaires, ni ses notes."""
    page = f"/espace/equipes/{equipe_id}"
    perimetre = Perimetre(
        f"{page}/membres/{mediateur_id}/statistiques",
        f"Statistiques de {await membre_nomme(qui, equipe_id, mediateur_id)}",
        (page, "Son équipe"),
        str(equipe_id),
        str(mediateur_id),
        equipe=True,
    )
    return await _montrer(qui, posee, perimetre)


@router.get(TOUTES)
async def de_la_plateforme(qui: Connecte, posee: Posee) -> Response:
    """Celles de toute la plateforme ; pour tout autre qu'un administrateur, rien n'est là."""
    if qui.moi is None or qui.moi["droit"] != "admin":
        raise Problem(INTROUVABLE)
    titre = "Statistiques de toute la plateforme"
    return await _montrer(qui, replace(posee, depuis=""), Perimetre(TOUTES, titre, gestion=True))


async def _montrer(qui: Visiteur, posee: Question, perimetre: Perimetre, tous: str = "") -> Response:
    # What the page does not offer is not asked for: the figures would be of others than it says.
    posee = replace(
        posee,
        membre=posee.membre if perimetre.equipe and not perimetre.membre else (),
        beneficiaire=posee.beneficiaire if perimetre.soi else (),
    )
    partie = qui.veut_la_partie("resultats")
    choisis = bool(perimetre.soi and (tous or posee.beneficiaire))
    ou = await plusieurs_communes(qui.api, posee.commune)
    demande = posee.pour_l_api(qui.aujourd_hui, ou.codes, equipe=perimetre.de, membre=perimetre.membre)
    (bloc, erreur, statut), proposes, nomenclatures = await asyncio.gather(
        _lus(qui, perimetre.api, demande, ou.faute),
        _proposes(qui, posee, perimetre, partie=partie, siens=choisis),
        qui.request.app.state.nomenclatures.de("activites"),
    )
    noms = Noms(
        proposes,
        libelles(nomenclatures["thematiques"]),
        libelles(nomenclatures["type_lieu"]),
        libelles(nomenclatures["materiels"]),
        libelles(nomenclatures["depuis"]),
        libelles(nomenclatures["source"]),
        libelles(nomenclatures["conseiller_numerique_au"]),
    )
    du, au = posee.bornes(qui.aujourd_hui)
    reponse = qui.page(
        "statistiques/resultats.html" if partie else "statistiques/page.html",
        statut,
        s=bloc,
        g=bloc and colonnes(au_fil(demande["pas"], bloc["periodes"]["points"])),
        pas=MOTS_DU_PAS[demande["pas"]],
        listes=LISTES,
        erreur=erreur,
        q=posee,
        du=du,
        au=au,
        perimetre=perimetre,
        actifs=(actifs := posee.actifs(noms, perimetre.page)),
        comptees=en_phrase(actifs),
        export=urlencode([(nom, v) for nom, v in demande.items() if v], doseq=True),
        partager=posee.adresse(PARTAGES, **_de_qui(perimetre)),
        d_un_seul_autre=bloc is not None and _d_un_seul_autre(qui, demande, bloc),
        choix=chiffres,
        proposes=proposes,
        choisis=choisis,
        sujets=sujets_groupes(nomenclatures),
        canaux=noms.canaux,
        materiels=noms.materiels,
        n=nomenclatures,
        territoires=qui.lit_un_territoire,
    )
    reponse.headers["HX-Push-Url"] = posee.adresse(perimetre.page)
    return reponse


def _de_qui(perimetre: Perimetre) -> dict[str, str]:
    """De qui un lien montrera les chiffres, quand ce n'est pas de tous ceux que l'on voit."""
    dits = {"equipe": perimetre.de, "membre": perimetre.membre}
    return {nom: un for nom, un in dits.items() if un}


def _d_un_seul_autre(qui: Visiteur, demande: Mapping[str, Any], bloc: Mapping[str, Any]) -> bool:
    """Une seule personne est comptée, et ce n'est pas qui lit : aucun lien ne la montre."""
    mien = (qui.moi or {})["mediateur_id"]
    soi = mien is not None and demande["mediateurs"] in ([], [mien]) and not demande["equipe"]
    return bloc["mediateurs"] == 1 and not soi


async def _lus(qui: Visiteur, api: str, demande: dict[str, Any], faute: str) -> tuple[Any, str | None, int]:
    """Les chiffres, ou ce qu'il faut dire et le statut de la page. faute : dans ce qui est écrit."""
    if faute:
        return None, faute, 422
    try:
        return (await qui.api.lire(api, **demande)).corps, None, 200
    except Refus as refus:
        return None, reproches(refus), refus.statut
    except Muette:
        return None, "Les chiffres ne répondent pas. Réessayez dans un moment.", 503


async def _proposes(
    qui: Visiteur, posee: Question, perimetre: Perimetre, *, partie: bool, siens: bool
) -> Choix:
    """De ceux que la page compte. partie : elle a ses filtres, il n'y a que des choix à nommer."""
    nommer = posee.lieu or posee.employeur or posee.tag or posee.membre or posee.insee
    lus, beneficiaires = await asyncio.gather(
        qui.api.lire_si_possible(
            f"{perimetre.api}/choix",
            equipe=perimetre.de,
            mediateurs=perimetre.membre,
            depuis=posee.depuis,
            lignes=chiffres.PROPOSES,
        )
        if nommer or not partie
        else _rien(),
        siens_nommes(qui.api, posee.beneficiaire, entiers=siens and not partie),
    )
    return choix_lus(lus, beneficiaires)


async def _rien() -> None:
    """À la place d'une lecture, quand il n'en faut pas."""
