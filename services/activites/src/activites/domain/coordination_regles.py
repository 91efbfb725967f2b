"""Ce qu'enfreint un compte rendu de coordination (docs/domaine/activites.md §4)."""

import datetime as dt
from collections.abc import Iterator

from events.decider import Refusal
from referentiels.siret import NumeroRefuse, lire_siret

from activites.domain import coordination_refus as refus
from activites.domain.coordination_faits import Contenu, StructureConcernee, StructurePartenaire
from activites.domain.coordination_vocabulaire import (
    NaturePartenariat,
    Organisateur,
    ThematiqueAnimation,
    TypeAnimation,
    TypeCoordination,
    TypeEvenement,
    TypePartenaire,
)
from activites.domain.regles import COMPTEUR_MAX, date_refusee, duree_refusee, notes_refusees

NOM_MAX = 200
PRECISION_MAX = 500
PERSONNES_MAX = 100
STRUCTURES_MAX = 50

CHAMPS: dict[TypeCoordination, frozenset[str]] = {
    TypeCoordination.ANIMATION: frozenset(
        {
            "duree_minutes",
            "mediateurs",
            "structures",
            "autres_acteurs",
            "type_animation",
            "initiative",
            "thematiques_animation",
            "structures_concernees",
        }
    ),
    TypeCoordination.EVENEMENT: frozenset(
        {
            "nom",
            "participants",
            "type_evenement",
            "organisateurs",
            "echelon_territorial",
            "structures_concernees",
        }
    ),
    TypeCoordination.PARTENARIAT: frozenset(
        {"nom", "natures_partenariat", "echelon_territorial", "structures_partenaires"}
    ),
}
"""Ce que chaque type demande, outre la date, les personnes et les notes."""


def fautes(contenu: Contenu, aujourd_hui: dt.date) -> Iterator[Refusal]:
    """Toutes les règles enfreintes, chacune une fois. contenu : normalisé. aujourd_hui : jour de la personne.

    Ce qui découle d'une autre faute n'est pas redit.
    """
    yield from date_refusee(contenu.date, aujourd_hui)
    match contenu.type:
        case TypeCoordination.ANIMATION:
            yield from _animation(contenu)
        case TypeCoordination.EVENEMENT:
            yield from _evenement(contenu)
        case TypeCoordination.PARTENARIAT:
            yield from _partenariat(contenu)
    yield from _sans_objet(contenu)
    if len(contenu.nom or "") > NOM_MAX:
        yield refus.NomDEvenementTropLong(field="/nom")
    if len(contenu.personnes) > PERSONNES_MAX:
        yield refus.TropDeLiens(field="/personnes")
    yield from notes_refusees(contenu.notes)


def _animation(c: Contenu) -> Iterator[Refusal]:
    yield from duree_refusee(c.duree_minutes or 0)
    acteurs = {"mediateurs": c.mediateurs, "structures": c.structures, "autres_acteurs": c.autres_acteurs}
    for nom, combien in acteurs.items():
        if not 0 <= combien <= COMPTEUR_MAX:
            yield refus.NombreHorsLimites(field=f"/{nom}")
    if not any(acteurs.values()):
        yield refus.ActeursManquants(field="/mediateurs")
    if c.type_animation is None:
        yield refus.TypeAnimationManquant(field="/type_animation")
    yield from _autre(
        "type_animation_autre",
        c.type_animation == TypeAnimation.AUTRE,
        c.type_animation_autre,
        refus.TypeAnimationAPreciser,
    )
    if not c.thematiques_animation:
        yield refus.ThematiqueAnimationManquante(field="/thematiques_animation")
    yield from _autre(
        "thematique_animation_autre",
        ThematiqueAnimation.AUTRE in c.thematiques_animation,
        c.thematique_animation_autre,
        refus.ThematiqueAnimationAPreciser,
    )
    yield from _structures("/structures_concernees", c.structures_concernees)


def _evenement(c: Contenu) -> Iterator[Refusal]:
    match c.participants:
        case None:
            yield refus.NombreDeParticipantsManquant(field="/participants")
        case combien if combien < 0:
            yield refus.NombreDeParticipantsNegatif(field="/participants")
        case combien if combien > COMPTEUR_MAX:
            yield refus.NombreHorsLimites(field="/participants")
        case _:
            pass
    if c.type_evenement is None:
        yield refus.TypeEvenementManquant(field="/type_evenement")
    yield from _autre(
        "type_evenement_autre",
        c.type_evenement == TypeEvenement.AUTRE,
        c.type_evenement_autre,
        refus.TypeEvenementAPreciser,
    )
    if not c.organisateurs:
        yield refus.OrganisateurManquant(field="/organisateurs")
    yield from _autre(
        "organisateur_autre",
        Organisateur.AUTRE in c.organisateurs,
        c.organisateur_autre,
        refus.OrganisateurAPreciser,
    )
    yield from _structures("/structures_concernees", c.structures_concernees)


def _partenariat(c: Contenu) -> Iterator[Refusal]:
    if not c.natures_partenariat:
        yield refus.NaturePartenariatManquante(field="/natures_partenariat")
    yield from _autre(
        "nature_partenariat_autre",
        NaturePartenariat.AUTRE in c.natures_partenariat,
        c.nature_partenariat_autre,
        refus.NaturePartenariatAPreciser,
    )
    if not c.structures_partenaires:
        yield refus.PartenairesManquants(field="/structures_partenaires")
    yield from _structures("/structures_partenaires", c.structures_partenaires)


def _autre(champ: str, choisi: bool, texte: str | None, a_preciser: type[Refusal]) -> Iterator[Refusal]:
    if choisi and texte is None:
        yield a_preciser(field=f"/{champ}")
    if len(texte or "") > PRECISION_MAX:
        yield refus.PrecisionTropLongue(field=f"/{champ}")


def _structures(
    ou: str, structures: tuple[StructureConcernee, ...] | tuple[StructurePartenaire, ...]
) -> Iterator[Refusal]:
    if len(structures) > STRUCTURES_MAX:
        yield refus.TropDeLiens(field=ou)
        return
    for rang, structure in enumerate(structures):
        if not structure.nom:
            yield refus.NomDeStructureManquant(field=f"{ou}/{rang}/nom")
        if len(structure.nom) > NOM_MAX:
            yield refus.NomDeStructureTropLong(field=f"{ou}/{rang}/nom")
        if isinstance(structure, StructurePartenaire):
            yield from _partenaire(f"{ou}/{rang}", structure)
        if structure.siret is not None and not _siret(structure.siret):
            yield refus.SiretRefuse(field=f"{ou}/{rang}/siret")


def _partenaire(ou: str, partenaire: StructurePartenaire) -> Iterator[Refusal]:
    if partenaire.type is None:
        yield refus.TypePartenaireManquant(field=f"{ou}/type")
    if partenaire.type == TypePartenaire.AUTRE and partenaire.type_autre is None:
        yield refus.TypePartenaireAPreciser(field=f"{ou}/type_autre")
    if len(partenaire.type_autre or "") > PRECISION_MAX:
        yield refus.PrecisionTropLongue(field=f"{ou}/type_autre")


def _siret(texte: str) -> bool:
    try:
        return lire_siret(texte).valeur == texte
    except NumeroRefuse:
        return False


def _sans_objet(contenu: Contenu) -> Iterator[Refusal]:
    """Ce que seul un autre type demande. Un texte « autre » part avec le choix qu'il précise."""
    siens = CHAMPS[contenu.type]
    for champ in sorted(frozenset[str]().union(*CHAMPS.values()) - siens):
        if getattr(contenu, champ) not in (None, 0, ()):
            yield refus.SansObjetPourCeType(field=f"/{champ}")
