"""Les bénéficiaires d'un médiateur dans un tableau (docs/domaine/activites.md §5.5)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from events.store.store import Store
from tableurs import Export, Sortie
from tableurs.ecriture.valeurs import RIEN, Valeur

from activites.domain.beneficiaire import BENEFICIAIRE
from activites.domain.beneficiaire_etat import Fusionne, State, Suivi
from activites.domain.beneficiaire_faits import Fiche
from activites.domain.beneficiaire_regles import tranche_age
from activites.domain.vocabulaire import BeneficiaireId, Genre
from activites.exports.textes import en_texte
from activites.projections import activites_suivies, beneficiaires_suivis
from activites.projections.tables import Rows

_GENRES = {Genre.MASCULIN: "Homme", Genre.FEMININ: "Femme", Genre.NON_COMMUNIQUE: "Non communiqué"}


@dataclass(frozen=True, slots=True)
class Ecrit:
    """Une ligne du fichier. annee : celle d'aujourd'hui, pour la tranche d'âge."""

    fiche: Fiche
    accompagnements: int
    annee: int


def fiche_de(etat: State) -> Fiche | None:
    """Celle d'une personne (`menees`) ; aucune d'un effacé."""
    return etat.derniere if isinstance(etat, Suivi) else None


type Personne = tuple[BeneficiaireId, State]
"""Qui quelqu'un est aujourd'hui, sous sa propre fiche."""


async def menees(store: Store[Any], fiches: Iterable[BeneficiaireId]) -> dict[BeneficiaireId, Personne]:
    """Who each of these files is now, as the journal says: a file in double leads to the person's own.

    In a few steps at most, whatever their number.
    """
    suite = {une: une for une in fiches}
    etats = dict[BeneficiaireId, State]()
    while a_lire := {une for une in suite.values() if une not in etats}:
        ordre = list(a_lire)
        etats |= zip(ordre, await store.states([BENEFICIAIRE(une) for une in ordre]), strict=True)
        for fiche, une in suite.items():
            while isinstance(etat := etats.get(une), Fusionne):
                une = etat.vers
            suite[fiche] = une
    return {fiche: (une, etats[une]) for fiche, une in suite.items()}


def nom_de(etat: State) -> str:
    """Comment s'appelle un bénéficiaire ; un effacé est anonyme."""
    fiche = fiche_de(etat)
    return f"{fiche.prenom} {fiche.nom}" if fiche else "Bénéficiaire anonyme"


def exporter(
    store: Store[Any], choix: Rows, annee: int, preambule: Sequence[Sequence[Valeur]] = ()
) -> Export:
    """choix : celui de la liste (`du_mediateur`), qui dit de qui sont les bénéficiaires.   preambule : ce que
    dit un classeur au-dessus du tableau.

    Leurs notes sont chiffrées : elles viennent du journal, une page à la fois.
    """

    async def completer(rows: Sequence[Any]) -> list[Ecrit]:
        etats = await store.states([BENEFICIAIRE(row.beneficiaire_id) for row in rows])
        return [
            Ecrit(etat.derniere, row.accompagnements, annee)
            for row, etat in zip(rows, etats, strict=True)
            if isinstance(etat, Suivi)
        ]

    ordonne = activites_suivies.comptes(choix).order_by(*beneficiaires_suivis.ORDRES["nom"])
    return Export(COLONNES, ordonne, feuille="Bénéficiaires", completer=completer, preambule=preambule)


COLONNES = (
    Sortie("Nom", lambda e: e.fiche.nom),
    Sortie("Prénom", lambda e: e.fiche.prenom),
    Sortie("Année de naissance", lambda e: e.fiche.annee_naissance or RIEN),
    Sortie("Nom de la commune", lambda e: e.fiche.commune.nom if e.fiche.commune else RIEN),
    Sortie("Code INSEE", lambda e: e.fiche.commune.code_insee if e.fiche.commune else RIEN),
    Sortie("Code postal", lambda e: e.fiche.commune.code_postal if e.fiche.commune else RIEN),
    Sortie("N° de téléphone", lambda e: e.fiche.telephone or RIEN),
    Sortie("E-mail", lambda e: e.fiche.courriel or RIEN),
    Sortie("Genre", lambda e: _GENRES[e.fiche.genre] if e.fiche.genre else RIEN),
    Sortie("Tranche d’âge", lambda e: tranche_age(e.fiche.annee_naissance, e.annee).libelle),
    Sortie("Statut", lambda e: e.fiche.statut_social.libelle if e.fiche.statut_social else RIEN),
    Sortie("Nombre d’accompagnements", lambda e: e.accompagnements),
    Sortie("Notes supplémentaires", lambda e: en_texte(e.fiche.notes)),
)
