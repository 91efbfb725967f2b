"""Les personnes du peuplement : médiateurs, coordinateurs, employeurs. Même graine, mêmes personnes."""

import datetime as dt
from dataclasses import dataclass
from random import Random
from uuid import UUID

from referentiels.siret import avec_cle

from peuplement.territoire import Territoire, Ville

PRENOMS = [
    "Adèle",
    "Amina",
    "Anaïs",
    "Antoine",
    "Arthur",
    "Aurore",
    "Bastien",
    "Camille",
    "Céline",
    "Chloé",
    "Clément",
    "Damien",
    "Diane",
    "Élise",
    "Émile",
    "Fanny",
    "Farid",
    "Gabriel",
    "Hugo",
    "Ibrahim",
    "Inès",
    "Jeanne",
    "Jules",
    "Karim",
    "Laure",
    "Léon",
    "Lina",
    "Louis",
    "Lucie",
    "Malik",
    "Manon",
    "Marie",
    "Mathis",
    "Nadia",
    "Noé",
    "Océane",
    "Paul",
    "Rose",
    "Samir",
    "Sarah",
    "Simon",
    "Théo",
    "Victor",
    "Yasmine",
    "Zoé",
]
NOMS = [
    "Bernard",
    "Blanc",
    "Bonnet",
    "Boyer",
    "Chevalier",
    "Clément",
    "Colin",
    "Da~Silva",
    "David",
    "Denis",
    "Durand",
    "Faure",
    "Fournier",
    "Garnier",
    "Gauthier",
    "Girard",
    "Guérin",
    "Henry",
    "Lambert",
    "Leclerc",
    "Lefèvre",
    "Lemaire",
    "Marchand",
    "Masson",
    "Mercier",
    "Meunier",
    "Morel",
    "Nguyen",
    "Perrin",
    "Picard",
    "Renard",
    "Rey",
    "Robin",
    "Rousseau",
    "Roux",
    "Roy",
    "Schmitt",
    "Traoré",
    "Vidal",
    "Vincent",
]
MEMBRES_PAR_EQUIPE = 20
ANNEES = 4


@dataclass(frozen=True, slots=True)
class Professionnel:
    """Une personne inventée. role_id : mediateur_id ou coordinateur_id.   fin : dernier jour travaillé."""

    compte_id: UUID
    role_id: UUID
    emploi_id: UUID
    prenom: str
    nom: str
    courriel: str
    sub: str
    ville: Ville
    siret: str
    debut: dt.date
    fin: dt.date | None


@dataclass(frozen=True, slots=True)
class Equipe:
    """Un coordinateur et les médiateurs qui ont accepté son invitation."""

    equipe_id: UUID
    coordinateur: Professionnel
    membres: tuple[Professionnel, ...]
    invitations: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Population:
    mediateurs: tuple[Professionnel, ...]
    equipes: tuple[Equipe, ...]


def inventer(nombre: int, territoire: Territoire, hasard: Random, aujourd_hui: dt.date) -> Population:
    """`nombre` médiateurs, et un coordinateur pour vingt d'entre eux."""
    mediateurs = tuple(_inventer(f"m{n}", territoire, hasard, aujourd_hui) for n in range(nombre))
    equipes: list[Equipe] = []
    for rang in range(0, nombre, MEMBRES_PAR_EQUIPE):
        membres = mediateurs[rang : rang + MEMBRES_PAR_EQUIPE]
        equipes.append(
            Equipe(
                uuid(hasard),
                _inventer(f"c{len(equipes)}", territoire, hasard, aujourd_hui),
                membres,
                tuple(uuid(hasard) for _ in membres),
            )
        )
    return Population(mediateurs, tuple(equipes))


def uuid(hasard: Random) -> UUID:
    """Un identifiant de la graine."""
    return UUID(int=hasard.getrandbits(128), version=4)


def _inventer(nom: str, territoire: Territoire, hasard: Random, aujourd_hui: dt.date) -> Professionnel:
    # A contract in twenty is over: the team views then have something true to say.
    fini = hasard.random() < 0.05
    fin = aujourd_hui - dt.timedelta(days=hasard.randint(5, 400)) if fini else None
    marque = f"{hasard.getrandbits(32):08x}"
    return Professionnel(
        compte_id=uuid(hasard),
        role_id=uuid(hasard),
        emploi_id=uuid(hasard),
        prenom=hasard.choice(PRENOMS),
        nom=hasard.choice(NOMS).replace("~", " "),
        courriel=f"{nom}.{marque}@peuplement.exemple.fr",
        sub=str(uuid(hasard)),
        ville=territoire.ville(hasard),
        siret=_siret(hasard),
        debut=aujourd_hui - dt.timedelta(days=ANNEES * 365 + hasard.randint(0, 300)),
        fin=fin,
    )


def _siret(hasard: Random) -> str:
    """Un SIRET inventé dont les clés sont justes (SIREN 99… : jamais attribué)."""
    siren = avec_cle(f"99{hasard.randrange(10**6):06d}")
    return avec_cle(f"{siren}{hasard.randrange(1, 100):04d}")
