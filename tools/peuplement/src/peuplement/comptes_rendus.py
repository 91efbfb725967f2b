"""Des comptes rendus vraisemblables : les mêmes décisions que pour un vrai médiateur.

Zipf par médiateur, rythme de la semaine et de l'année, 20 % d'ateliers de 2 à 12 personnes, lieux de la
cartographie proches de chez soi.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, islice
from random import Random
from zlib import crc32

from activites.domain import activite
from activites.domain.activite import EnregistrerActivite
from activites.domain.faits import ActiviteEnregistree, Contenu, Participants
from activites.domain.vocabulaire import (
    THEMATIQUES_ADMINISTRATIVES,
    ActiviteId,
    Autonomie,
    Commune,
    CompteId,
    Genre,
    LieuConnu,
    Materiel,
    MediateurId,
    NiveauAtelier,
    Nomenclature,
    StatutSocial,
    StructureDeRedirection,
    StructureId,
    Thematique,
    TrancheAge,
    TypeActivite,
    TypeLieu,
)
from identity.domain.siret import structure_de

from peuplement.population import ANNEES, Population, Professionnel, uuid
from peuplement.territoire import Territoire, Ville

JOURS = (1.0, 1.15, 0.9, 1.1, 0.9, 0.12, 0.02)
MOIS = (1.0, 1.0, 1.05, 0.9, 0.85, 0.95, 0.6, 0.35, 1.1, 1.2, 1.1, 0.7)
ATELIERS = 0.2
DUREES = (15, 30, 30, 45, 60, 60, 60, 90, 120, 180)
ADMINISTRATIVES = tuple(t for t in Thematique if t in THEMATIQUES_ADMINISTRATIVES)
MEDIATION = tuple(t for t in Thematique if t not in THEMATIQUES_ADMINISTRATIVES)
TITRES = ("Découvrir sa messagerie", "Café numérique", "Prendre en main son téléphone", "Arnaques en ligne")
AGES = tuple(TrancheAge)
POIDS_AGES = (26, 18, 20, 12, 8, 4, 2, 10)

type Lieux = Mapping[str, Sequence[LieuConnu]]
"""Département -> lieux d'activité connus."""


def ecrire(
    nombre: int,
    population: Population,
    lieux: Lieux,
    territoire: Territoire,
    hasard: Random,
    aujourd_hui: dt.date,
) -> Iterator[ActiviteEnregistree]:
    """`nombre` activités, de la plus ancienne à la plus récente."""
    poids = list(accumulate(1 / (rang + 1) ** 0.7 for rang in range(len(population.mediateurs))))
    # The ranks are not the order of arrival: shuffle who is busy.
    mediateurs = list(population.mediateurs)
    hasard.shuffle(mediateurs)
    for jour, combien in _calendrier(nombre, aujourd_hui):
        for _ in range(combien):
            qui = hasard.choices(mediateurs, cum_weights=poids)[0]
            commande = _commande(qui, jour, lieux, territoire, hasard)
            [fait] = activite.decide(commande, activite.initial)
            assert isinstance(fait, ActiviteEnregistree)
            yield fait


def _calendrier(nombre: int, aujourd_hui: dt.date) -> Iterator[tuple[dt.date, int]]:
    debut = aujourd_hui - dt.timedelta(days=ANNEES * 365)
    jours = [debut + dt.timedelta(days=n) for n in range(ANNEES * 365)]
    cumul = list(
        accumulate(
            JOURS[j.weekday()] * MOIS[j.month - 1] * (0.6 + 0.4 * rang / len(jours))
            for rang, j in enumerate(jours)
        )
    )
    faits = 0
    for jour, jusque in zip(jours, cumul, strict=True):
        a_faire = round(nombre * jusque / cumul[-1])
        yield jour, a_faire - faits
        faits = a_faire


def _commande(
    qui: Professionnel, jour: dt.date, lieux: Lieux, territoire: Territoire, hasard: Random
) -> EnregistrerActivite:
    atelier = hasard.random() < ATELIERS
    type_lieu, lieu, commune = _endroit(qui.ville, lieux, territoire, hasard)
    thematiques = hasard.sample(MEDIATION, k=hasard.choice((1, 1, 2, 3)))
    if Thematique.AIDE_AUX_DEMARCHES_ADMINISTRATIVES in thematiques:
        thematiques.append(hasard.choice(ADMINISTRATIVES))
    oriente = None if atelier or hasard.random() < 0.8 else True
    contenu = Contenu(
        type=TypeActivite.COLLECTIF if atelier else TypeActivite.INDIVIDUEL,
        date=jour,
        duree_minutes=hasard.choice((60, 90, 120, 180)) if atelier else hasard.choice(DUREES),
        type_lieu=type_lieu,
        lieu_id=lieu.lieu_id if lieu else None,
        commune=_commune(commune) if commune else None,
        thematiques=tuple(thematiques),
        materiels=(hasard.choice(tuple(Materiel)),),
        autonomie=None if atelier else hasard.choice(tuple(Autonomie)),
        niveau=hasard.choice(tuple(NiveauAtelier)) if atelier else None,
        titre_atelier=hasard.choice(TITRES) if atelier and hasard.random() < 0.3 else None,
        oriente_vers_structure=oriente,
        structure_de_redirection=hasard.choice(tuple(StructureDeRedirection)) if oriente else None,
        participants=_participants(hasard.randint(2, 12) if atelier else 1, hasard),
        residence=None if atelier or hasard.random() < 0.5 else _commune(qui.ville),
    )
    soir = dt.datetime.combine(jour, dt.time(17, hasard.randrange(60)), dt.UTC)
    return EnregistrerActivite(
        activite_id=ActiviteId(uuid(hasard)),
        par=MediateurId(qui.role_id),
        compte_id=CompteId(qui.compte_id),
        contenu=contenu,
        emploi=StructureId(structure_de(qui.siret)),
        lieu=lieu,
        lieux_siens=frozenset({lieu.lieu_id} if lieu else ()),
        aujourd_hui=jour,
        maintenant=soir,
    )


def _endroit(
    ville: Ville, lieux: Lieux, territoire: Territoire, hasard: Random
) -> tuple[TypeLieu, LieuConnu | None, Ville | None]:
    tirage = hasard.random()
    proches = lieux.get(ville.departement, ())
    if tirage < 0.7 and proches:
        # A médiateur keeps to a few places, the same for all of his town.
        depart = crc32(ville.code_insee.encode()) % len(proches)
        return TypeLieu.LIEU_ACTIVITE, proches[(depart + hasard.randrange(3)) % len(proches)], None
    if tirage < 0.8:
        return TypeLieu.A_DISTANCE, None, None
    type_lieu = TypeLieu.DOMICILE if tirage < 0.9 else TypeLieu.AUTRE
    return type_lieu, None, territoire.voisine(ville, hasard)


def _participants(total: int, hasard: Random) -> Participants:
    connus = total if hasard.random() < 0.8 else 0
    return Participants(
        total=total,
        deja_accompagnes=sum(hasard.random() < 0.4 for _ in range(total)),
        genres=_compter(tuple(Genre), (42, 50, 8), connus, hasard),
        tranches_age=_compter(AGES, POIDS_AGES, connus, hasard),
        statuts=_compter(tuple(StatutSocial), (44, 22, 16, 6, 12), connus, hasard),
    )


def _compter[N: Nomenclature](
    valeurs: Sequence[N], poids: Sequence[int], total: int, hasard: Random
) -> dict[N, int]:
    comptes: dict[N, int] = {}
    for valeur in hasard.choices(valeurs, weights=poids, k=total) if total else ():
        comptes[valeur] = comptes.get(valeur, 0) + 1
    return comptes


def _commune(ville: Ville) -> Commune:
    return Commune(ville.nom, ville.code_postal, ville.code_insee)


def par_paquets[T](elements: Iterator[T], taille: int) -> Iterator[list[T]]:
    """Des listes de `taille` éléments au plus."""
    while paquet := list(islice(elements, taille)):
        yield paquet
