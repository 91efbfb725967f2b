"""Séparer une fiche en double, où que soient allées depuis celles où elle se retrouve."""

from collections.abc import Iterator, Mapping

from activites.domain.beneficiaire_etat import Fusionne, State, Suivi
from activites.domain.fiche_composee import Composee, Dites
from activites.domain.vocabulaire import BeneficiaireId


def sans_elle(
    separee: BeneficiaireId, etats: Mapping[BeneficiaireId, State]
) -> Iterator[tuple[BeneficiaireId, Dites]]:
    """Chaque fiche où la séparée se retrouve, de proche en proche, et ce que disent ses doubles sans elle.

    etats : les fiches jusqu'à celle de la personne, et les doubles de chacune (`SeparerDouble`).
    """
    etat, passee_par, dit = etats[separee], separee, None
    while isinstance(etat, Fusionne):
        vers = etat.vers
        etat = etats[vers]
        suivi = suivi_de(etat)
        if suivi is None:
            return
        doubles: dict[BeneficiaireId, Composee] = {
            un: double.avant.dite for un, double in doubles_de(vers, etats).items() if un != passee_par
        }
        if dit is not None:
            doubles[passee_par] = dit
        yield vers, doubles
        passee_par, dit = vers, suivi.sans(separee, doubles)


def doubles_de(vers: BeneficiaireId, etats: Mapping[BeneficiaireId, State]) -> dict[BeneficiaireId, Fusionne]:
    """Les fiches qui ont rejoint celle-ci et ne l'ont pas quittée depuis : chacune le dit elle-même."""
    suivi = suivi_de(etats[vers])
    venues = {un: etats.get(un) for un in (suivi.doubles if suivi is not None else ())}
    return {un: etat for un, etat in venues.items() if isinstance(etat, Fusionne) and etat.vers == vers}


def suivi_de(etat: State) -> Suivi | None:
    """La fiche, en double ou non ; aucune une fois effacée."""
    match etat:
        case Suivi():
            return etat
        case Fusionne(avant):
            return avant
        case _:
            return None
