"""Trouver un lieu : la France, puis un département, une commune ou des mots ; la fiche d'un lieu."""

import asyncio
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from portail.affichage import sans_accents
from portail.annuaire import DEPARTEMENTS
from portail.contours import (
    ILE_DE_FRANCE,
    METROPOLE,
    Cadre,
    Rectangle,
    cadres,
    centre_de,
    chemins,
    contour,
    dans,
    etendue,
    etendue_de,
)
from portail.nomenclatures import libelles
from portail.saisie_cra import nom_de_commune
from portail.visiteur import PeutEtre, Visiteur

router = APIRouter()

_PAR_PAGE = 30
_ZOOM_FRANCE, _ZOOM_REGION = 6, 7
_ZOOMS = range(5, 16)
_MONDE_PX = 256
_ECRAN_PX = (760, 620)
"""Ce que la carte montre au plus à son ouverture : les points de ce rectangle sont dans la page."""
_CODE_DEPARTEMENT = 3
"""Longueur la plus grande du code d'un département."""
_OUI = "true"

Texte = Annotated[str, Query(max_length=100)]
Codes = Annotated[list[str] | None, Query(max_length=11)]


async def _filtres(
    ouvert_maintenant: Texte = "",
    ouvert_le: Texte = "",
    ouvert_a: Texte = "",
    ouvert_le_soir: Texte = "",
    ouvert_le_week_end: Texte = "",
    accessible: Texte = "",
    frais_a_charge: Codes = None,
    services: Codes = None,
    publics_specifiquement_adresses: Codes = None,
    prise_en_charge_specifique: Codes = None,
) -> dict[str, Any]:
    """Ceux de l'API, sous leurs noms : ce qui est vide n'est pas demandé."""
    oui = {
        "ouvert_maintenant": ouvert_maintenant,
        "ouvert_le_soir": ouvert_le_soir,
        "ouvert_le_week_end": ouvert_le_week_end,
        "accessible": accessible,
    }
    listes = {
        "frais_a_charge": frais_a_charge,
        "services": services,
        "publics_specifiquement_adresses": publics_specifiquement_adresses,
        "prise_en_charge_specifique": prise_en_charge_specifique,
    }
    jour = {"ouvert_le": ouvert_le, "ouvert_a": ouvert_a} if ouvert_le else {}
    choisis: dict[str, Any] = {nom: _OUI for nom, v in oui.items() if v}
    choisis |= {nom: v for nom, v in jour.items() if v}
    return choisis | {nom: v for nom, v in listes.items() if v}


FiltresDep = Annotated[dict[str, Any], Depends(_filtres)]


@dataclass(frozen=True, slots=True)
class Ou:
    """Où l'on cherche. parametres : ceux de l'API.   titre : ce que c'est."""

    parametres: Mapping[str, str]
    titre: str


@router.get("/trouver")
async def trouver(
    qui: PeutEtre,
    filtres: FiltresDep,
    departement: Annotated[str, Query(max_length=_CODE_DEPARTEMENT)] = "",
    commune: Annotated[str, Query(max_length=100)] = "",
    q: Texte = "",
    apres: Annotated[str | None, Query(max_length=2000)] = None,
) -> Response:
    """La carte de France, ou les lieux d'un endroit."""
    if departement or commune:
        ou = {"departement": departement} if departement else {"commune": commune}
        return await _resultats(qui, filtres, ou, apres)
    mots = q.strip()
    if not mots:
        return await _france(qui, filtres)
    trouvees = (await qui.api.lire_si_possible("/carte/communes", q=mots, limite=6)) or {"elements": []}
    exactes = [c for c in trouvees["elements"] if _est(c, mots)]
    if len(exactes) == 1:
        choisie = {"commune": exactes[0]["code_insee"]}
        return qui.aller("/trouver?" + urlencode(choisie | filtres, doseq=True))
    return await _resultats(qui, filtres, {"q": mots}, apres, communes=exactes)


@router.get("/trouver/{lieu_id}")
async def fiche(lieu_id: UUID, qui: PeutEtre) -> Response:
    """Tout ce que l'on sait d'un lieu, et d'où on le tient."""
    lu, comptage, nomenclatures = await asyncio.gather(
        qui.api.lire(f"/lieux/{lieu_id}"),
        qui.api.lire_si_possible("/lieux/comptage"),
        qui.request.app.state.nomenclatures.de("lieux"),
    )
    sources = {s["source"]: s for s in comptage["par_source"]} if comptage else {}
    return qui.page(
        "trouver/fiche.html",
        departement=DEPARTEMENTS.get(lu.corps["departement"] or "", lu.corps["departement"]),
        lieu=lu.corps,
        source=sources.get(lu.corps["source"]),
        noms={champ: libelles(termes) for champ, termes in nomenclatures.items()},
        territoires=qui.lit_un_territoire,
    )


async def _france(qui: Visiteur, filtres: dict[str, Any]) -> Response:
    """Le dessin et la liste par département disent les mêmes comptes."""
    ile_de_france = cadres()[1]
    region = etendue(s for c in ile_de_france.codes if (e := etendue_de(c)) for s in _coins(e))
    assert region is not None
    comptes, france, region_lue, nomenclatures = await asyncio.gather(
        qui.api.lire("/carte/departements", **filtres),
        qui.api.lire_si_possible("/carte/points", bbox=METROPOLE.bbox(), zoom=_ZOOM_FRANCE, **filtres),
        qui.api.lire_si_possible("/carte/points", bbox=region.bbox(), zoom=_ZOOM_REGION, **filtres),
        qui.request.app.state.nomenclatures.de("lieux"),
    )
    par_code = {d["code"]: d["lieux"] for d in comptes.corps["elements"]}
    cercles = [
        *_cercles(cadres()[0], france),
        *_cercles(ile_de_france, region_lue),
        *(c for cadre in cadres()[2:] for c in _cercle_d_outre_mer(cadre, par_code)),
    ]
    return qui.page(
        "trouver/france.html",
        chemins=chemins(),
        cercles=cercles,
        departements=comptes.corps["elements"],
        total=comptes.corps["total"],
        territoires=qui.lit_un_territoire,
        **_choix(filtres, nomenclatures),
    )


def _coins(e: Rectangle) -> tuple[tuple[float, float], tuple[float, float]]:
    return (e.ouest, e.sud), (e.est, e.nord)


def _cercles(cadre: Cadre, points: Any) -> list[dict[str, float]]:
    """Une grappe, un cercle ; rien si cette partie ne répond pas.

    Le rectangle demandé déborde le cadre : ce qui est chez le voisin se voit sur la carte de France.
    """
    lus = [] if points is None else [*points["grappes"], *points["points"]]
    return [
        _cercle(cadre, g["longitude"], g["latitude"], g.get("nombre", 1))
        for g in lus
        if cadre.codes != ILE_DE_FRANCE or dans(cadre.codes, g["longitude"], g["latitude"])
    ]


def _cercle_d_outre_mer(cadre: Cadre, par_code: Mapping[str, int]) -> list[dict[str, float]]:
    centre = centre_de(cadre.codes[0])
    n = par_code.get(cadre.codes[0], 0)
    return [_cercle(cadre, *centre, n)] if centre and n else []


def _cercle(cadre: Cadre, longitude: float, latitude: float, n: int) -> dict[str, float]:
    x, y = cadre.place(longitude, latitude)
    plus_grand = 30.0 if len(cadre.codes) > len(ILE_DE_FRANCE) else 21.0
    return {"x": x, "y": y, "n": n, "r": round(min(plus_grand, 9 + 4.4 * math.log(n + 1)), 1)}


async def _resultats(
    qui: Visiteur,
    filtres: dict[str, Any],
    ou: dict[str, str],
    apres: str | None,
    communes: Sequence[Mapping[str, Any]] = (),
) -> Response:
    """La liste est la référence ; la carte montre les mêmes lieux."""
    lus, nomme, nomenclatures = await asyncio.gather(
        qui.api.lire("/lieux", **ou, **filtres, apres=apres, limite=_PAR_PAGE),
        _nomme(qui, ou),
        qui.request.app.state.nomenclatures.de("lieux"),
    )
    lieux = lus.corps["elements"]
    vue = vue_sur(etendue_de(ou.get("departement", "").upper()) or etendue(_places(lieux)))
    points = None
    if vue is not None:
        points = await qui.api.lire_si_possible(
            "/carte/points", bbox=vue["bbox"], zoom=vue["zoom"], **ou, **filtres
        )
    recherche = urlencode(ou | filtres, doseq=True)
    return qui.page(
        "trouver/resultats.html",
        titre=nomme,
        ou=ou,
        territoires=qui.lit_un_territoire,
        communes=communes,
        lieux=lieux,
        total=lus.corps["total"],
        apres=apres,
        recherche=recherche,
        suivante=lus.corps["suivant"] and f"?{recherche}&{urlencode({'apres': lus.corps['suivant']})}",
        carte=vue
        and {
            **vue,
            "points": points,
            "contours": contour(ou.get("departement", "").upper()),
            "demande": recherche,
            "filtres": urlencode(filtres, doseq=True),
        },
        **_choix(filtres, nomenclatures),
    )


def _places(lieux: Sequence[Mapping[str, Any]]) -> list[tuple[float, float]]:
    return [(li["longitude"], li["latitude"]) for li in lieux if li["latitude"] is not None]


def vue_sur(e: Rectangle | None) -> dict[str, Any] | None:
    """Le centre et le zoom qui montrent tout le rectangle, et ce que l'écran montre alors."""
    if e is None:
        return None
    longitude, latitude = (e.ouest + e.est) / 2, (e.sud + e.nord) / 2
    serre = math.cos(math.radians(latitude))
    cote = max(e.est - e.ouest, (e.nord - e.sud) / serre, 0.02)
    zoom = math.floor(math.log2(0.9 * _ECRAN_PX[1] * 360 / (_MONDE_PX * cote)))
    zoom = max(_ZOOMS[0], min(_ZOOMS[-1], zoom))
    demi_l, demi_h = (px / 2 * 360 / (_MONDE_PX * 2**zoom) for px in _ECRAN_PX)
    ecran = Rectangle(
        max(-180.0, longitude - demi_l),
        max(-85.0, latitude - demi_h * serre),
        min(180.0, longitude + demi_l),
        min(85.0, latitude + demi_h * serre),
    )
    return {"centre": [latitude, longitude], "zoom": zoom, "bbox": ecran.bbox()}


async def _nomme(qui: Visiteur, ou: Mapping[str, str]) -> str:
    """Le nom de l'endroit, ou ce que l'on a écrit."""
    if code := ou.get("commune"):
        lues = await qui.api.lire_si_possible("/carte/communes", q=code, limite=1)
        return nom_de_commune(lues["elements"][0]) if lues and lues["elements"] else code
    if code := ou.get("departement"):
        lus = await qui.api.lire_si_possible("/carte/departements")
        noms = {d["code"]: d["nom"] for d in lus["elements"]} if lus else {}
        return f"{noms.get(code.upper(), 'Département')} ({code.upper()})"
    return f"« {ou['q']} »"


def _est(commune: Mapping[str, Any], mots: str) -> bool:
    """Ce que l'on a écrit est exactement cette commune : son nom, avec ou sans son code postal."""
    ecrits = sans_accents(mots)
    return ecrits in (
        sans_accents(commune["nom"]),
        sans_accents(nom_de_commune(commune)),
        commune["code_postal"],
        commune["code_insee"].lower(),
    )


def _choix(filtres: Mapping[str, Any], nomenclatures: Mapping[str, Any]) -> dict[str, Any]:
    """Ce que le formulaire des filtres montre."""
    return {"filtres": filtres, "n": nomenclatures, "requete": urlencode(filtres, doseq=True)}
