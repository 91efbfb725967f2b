"""Ce que l'on demande des lieux dans l'adresse : les mêmes filtres pour la liste, la carte et les comptes."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

from fastapi import Depends, Query
from referentiels import communes
from referentiels.ecritures import cle_commune
from referentiels.nomenclature import Nomenclature
from web.problems import SAISIE_INVALIDE, Problem
from web.search import words
from web.wiring import ClockDep

from cartographie.domain.nettoyage import lire_nombre
from cartographie.domain.ouverture import MINUIT
from cartographie.domain.vocabulaire import (
    Dispositif,
    Frais,
    JourDeSemaine,
    PriseEnCharge,
    PublicSpecifique,
    Service,
)
from cartographie.projections.lieux_publies import Boite, Filtres
from cartographie.projections.ouvertures import Quand

_INSEE = re.compile(r"[0-9][0-9AB][0-9]{3}", re.IGNORECASE)
_DEPARTEMENT = r"^([0-9]{2}|2[ABab]|9[78][0-9])$"
_HEURE = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
_MIDI = "12:00"


async def lire_la_boite(
    bbox: Annotated[
        str | None,
        Query(
            max_length=100,
            description="Rectangle « ouest,sud,est,nord », degrés WGS84. Ouest supérieur à est : il "
            "passe par l'antiméridien.",
            examples=["-1.8,46.9,-1.3,47.4"],
        ),
    ] = None,
) -> Boite | None:
    if bbox is None:
        return None
    nombres = [lire_nombre(n) for n in bbox.split(",")]
    if len(nombres) != 4 or any(n is None for n in nombres):
        raise refus_du_parametre("bbox", "Le rectangle s'écrit avec quatre nombres : ouest,sud,est,nord.")
    ouest, sud, est, nord = (n for n in nombres if n is not None)
    if not (-180 <= ouest <= 180 and -180 <= est <= 180):
        raise refus_du_parametre("bbox", "Une longitude est comprise entre -180 et 180 degrés.")
    if not (-90 <= sud <= 90 and -90 <= nord <= 90):
        raise refus_du_parametre("bbox", "Une latitude est comprise entre -90 et 90 degrés.")
    if sud > nord:
        raise refus_du_parametre("bbox", "Le sud du rectangle est au nord de son nord.")
    return Boite(ouest, sud, est, nord)


async def _quand(
    clock: ClockDep,
    ouvert_maintenant: Annotated[
        bool, Query(description="Ceux dont on sait qu'ils sont ouverts, chacun à son heure")
    ] = False,
    ouvert_le: Annotated[
        JourDeSemaine | None, Query(description="Ouverts ce jour d'une semaine ordinaire, à `ouvert_a`")
    ] = None,
    ouvert_a: Annotated[
        str, Query(pattern=_HEURE, description="Heure du lieu, avec `ouvert_le`", examples=["18:30"])
    ] = _MIDI,
    ouvert_le_soir: Annotated[bool, Query(description="Ouverts un soir au moins, après 18 h")] = False,
    ouvert_le_week_end: Annotated[bool, Query(description="Ouverts le samedi ou le dimanche")] = False,
) -> Quand:
    minute = None
    if ouvert_le is not None:
        minute = list(JourDeSemaine).index(ouvert_le) * MINUIT + int(ouvert_a[:2]) * 60 + int(ouvert_a[3:])
    return Quand(clock.now() if ouvert_maintenant else None, minute, ouvert_le_soir, ouvert_le_week_end)


async def lire_les_filtres(
    boite: Annotated[Boite | None, Depends(lire_la_boite)],
    quand: Annotated[Quand, Depends(_quand)],
    commune: Annotated[
        str | None,
        Query(max_length=100, description="Code INSEE ou nom, arrondissements compris"),
    ] = None,
    departement: Annotated[
        str | None, Query(pattern=_DEPARTEMENT, description="Code : 01, 2A, 974", examples=["44"])
    ] = None,
    q: Annotated[
        str | None,
        Query(max_length=100, description="Mots du nom, de l'adresse, de la commune ou du réseau"),
    ] = None,
    services: Annotated[
        list[Service] | None, Query(max_length=9, description="L'un de ces services ; peut être répété")
    ] = None,
    dispositif_programmes_nationaux: Annotated[
        list[Dispositif] | None, Query(max_length=11, description="L'un de ces programmes")
    ] = None,
    publics_specifiquement_adresses: Annotated[
        list[PublicSpecifique] | None, Query(max_length=5, description="L'un de ces publics")
    ] = None,
    prise_en_charge_specifique: Annotated[
        list[PriseEnCharge] | None, Query(max_length=7, description="L'une de ces prises en charge")
    ] = None,
    frais_a_charge: Annotated[
        list[Frais] | None, Query(max_length=3, description="L'un de ces coûts")
    ] = None,
    accessible: Annotated[
        bool, Query(description="Une fiche d'accessibilité, ou l'accueil des handicaps moteurs")
    ] = False,
) -> Filtres:
    choisis = Filtres(
        boite=boite,
        departement=departement.upper() if departement else None,
        mots=words(q),
        services=_codes(services),
        dispositifs=_codes(dispositif_programmes_nationaux),
        publics=_codes(publics_specifiquement_adresses),
        prises_en_charge=_codes(prise_en_charge_specifique),
        frais=_codes(frais_a_charge),
        accessible=accessible,
        quand=quand,
    )
    return _dans_la_commune(choisis, commune) if commune is not None else choisis


def _dans_la_commune(filtres: Filtres, demandee: str) -> Filtres:
    """Une ville compte ses arrondissements ; un arrondissement se dit par son code ou son nom."""
    code = demandee.strip().upper()
    insee = _INSEE.fullmatch(code) is not None
    trouvee = communes.par_code(code) if insee else communes.arrondissement(demandee)
    if trouvee is None:
        if insee:
            return replace(filtres, codes_insee=(code,))
        return replace(filtres, commune=cle_commune(demandee))
    if trouvee.code != trouvee.ville:
        quartier = (trouvee.code, trouvee.ville, trouvee.codes_postaux)
        return replace(filtres, arrondissement=quartier)
    parties = tuple(a.code for a in communes.arrondissements(trouvee.code))
    return replace(filtres, codes_insee=(trouvee.code, *parties))


def _codes(choisis: Sequence[Nomenclature] | None) -> tuple[str, ...]:
    return tuple(code.value for code in choisis or ())


def refus_du_parametre(parametre: str, message: str) -> Problem:
    """Le 422 d'un paramètre de l'adresse."""
    erreur = {"parametre": parametre, "dans": "query", "message": message, "type": "value_error"}
    return Problem(SAISIE_INVALIDE, message, erreurs=[erreur])


FiltresDep = Annotated[Filtres, Depends(lire_les_filtres)]
