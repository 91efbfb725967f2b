"""Des activités dans un tableau : une ligne par accompagnement, ou une par activité, que l'import relit.

Titres, valeurs et conditions : docs/domaine/activites.md §8.1. Les participants anonymes sont des compteurs :
chaque répartition se retrouve exacte sur les lignes d'un atelier, leur croisement n'y dit rien.
"""

import datetime as dt
import random
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from events.store.store import Store
from tableurs import Export, Sortie
from tableurs.ecriture.valeurs import Valeur

from activites.domain.activite import ACTIVITE, Active, Effacee
from activites.domain.beneficiaire_etat import State
from activites.domain.beneficiaire_regles import tranche_age
from activites.domain.faits import ActiviteDecrite
from activites.domain.vocabulaire import (
    Autonomie,
    BeneficiaireId,
    Commune,
    Genre,
    NiveauAtelier,
    Nomenclature,
    StatutSocial,
    TrancheAge,
    TypeActivite,
)
from activites.exports.beneficiaires import Personne, fiche_de, menees, nom_de
from activites.exports.libelles import libelle, libelles
from activites.exports.textes import en_texte
from activites.projections import activites_listees, lieux_connus, tags
from activites.projections.tables import Rows
from activites.projections.tags import Etiquette

Lignes = Literal["accompagnements", "activites"]
type Auteurs = Mapping[UUID, tuple[str, str]]
"""compte_id -> prénom et nom."""
type LireLesTags = Callable[[Collection[UUID]], Awaitable[Mapping[UUID, Etiquette]]]
"""Comme les voit celui qui télécharge."""
type LireLesAuteurs = Callable[[Collection[UUID]], Awaitable[Auteurs]]


@dataclass(frozen=True, slots=True)
class Portee:
    """De qui sont les activités, et ce qui s'en dit.

    soi : à qui télécharge, et à lui seul.   nommer : les bénéficiaires suivis, à leur médiateur en personne.
    v1 : il y en a de la plateforme d'avant.   annee : celle d'aujourd'hui.   fuseau : celui des instants.
    """

    mediateurs: Sequence[UUID]
    soi: bool
    nommer: bool
    v1: bool
    lignes: Lignes
    annee: int
    fuseau: ZoneInfo


@dataclass(frozen=True, slots=True)
class Ecrite:
    """Une activité, et ce que le journal ne garde pas.

    row : sa ligne de la liste.   suivis : qui y était, chacun tel que sa fiche le dit aujourd'hui ; deux
    fiches d'alors peuvent mener à une seule personne.   auteur : prénom et nom.
    """

    activite: ActiviteDecrite
    enregistree_le: dt.datetime
    corrigee_le: dt.datetime | None
    row: Any
    suivis: Sequence[Personne]
    tags: Sequence[str]
    auteur: tuple[str, str]
    portee: Portee

    def nom(self, suivi: State) -> str:
        return nom_de(suivi) if self.portee.nommer else "Bénéficiaire suivi"


@dataclass(frozen=True, slots=True)
class Accompagnement:
    """Une personne qui y était. rang : de 1 à leur nombre.   nom : d'un bénéficiaire suivi."""

    ecrite: Ecrite
    rang: int
    nom: str
    commune: Commune | None = None
    genre: Genre | None = None
    tranche_age: TrancheAge | None = None
    statut: StatutSocial | None = None


def exporter(
    store: Store[Any],
    choix: Rows,
    lire_les_tags: LireLesTags,
    lire_les_auteurs: LireLesAuteurs,
    portee: Portee,
    preambule: Sequence[Sequence[Valeur]] = (),
) -> Export:
    """choix : celui de la liste (`du_mediateur`), qui dit de qui sont les activités.

    Les textes sont chiffrés : ils viennent du journal, une page à la fois. Une activité supprimée depuis que
    la liste l'a montrée n'y est pas.
    """

    async def completer(rows: Sequence[Any]) -> list[Ecrite]:
        etats = await store.states([ACTIVITE(row.activite_id) for row in rows])
        lues = await lire_les_tags({pose for row in rows for pose in row.tags})
        ecrites = [
            (etat, row) for row, etat in zip(rows, etats, strict=True) if isinstance(etat, Active | Effacee)
        ]
        comptes = {etat.derniere.compte_id for etat, _ in ecrites}
        auteurs = await lire_les_auteurs(comptes) if not portee.soi else {}
        lus = await menees(store, {un for etat, _ in ecrites for un in etat.derniere.suivis})
        return [_ecrite(etat, row, lus, lues, auteurs) for etat, row in ecrites]

    def _ecrite(
        etat: Active | Effacee,
        row: Any,
        lus: Mapping[BeneficiaireId, Personne],
        lues: Mapping[UUID, Etiquette],
        auteurs: Auteurs,
    ) -> Ecrite:
        return Ecrite(
            activite=etat.derniere,
            enregistree_le=etat.enregistree_le,
            corrigee_le=etat.corrigee_le,
            row=row,
            suivis=[lus[un] for un in etat.derniere.suivis],
            tags=[e.nom for e in tags.sur(etat.derniere.tags, lues)],
            auteur=auteurs.get(etat.derniere.compte_id, ("", "")),
            portee=portee,
        )

    complet = choix.add_columns(
        lieux_connus.table.c.adresse.label("lieu_adresse"),
        activites_listees.DE_LA_V1.label("v1"),
        activites_listees.dans_le_dispositif(portee.mediateurs).label("conseiller"),
    ).order_by(*activites_listees.ORDRE)
    une_par_activite = portee.lignes == "activites"
    return Export(
        colonnes(portee),
        complet,
        feuille="Activités",
        fuseau=portee.fuseau,
        completer=completer,
        developper=None if une_par_activite else accompagnements,
        preambule=preambule,
    )


def accompagnements(ecrite: Ecrite) -> Iterator[Accompagnement]:
    """Chacun de ceux qui y étaient : les suivis, puis les anonymes."""
    a = ecrite.activite
    for rang, (_, suivi) in enumerate(ecrite.suivis, start=1):
        # Who sees the platform as their médiateur does not see whom they follow.
        fiche = fiche_de(suivi) if ecrite.portee.nommer else None
        yield Accompagnement(
            ecrite,
            rang,
            ecrite.nom(suivi),
            commune=fiche.commune if fiche else None,
            genre=fiche.genre if fiche else None,
            tranche_age=(
                tranche_age(fiche.annee_naissance, ecrite.portee.annee)
                if fiche and fiche.annee_naissance
                else None
            ),
            statut=fiche.statut_social if fiche else None,
        )
    anonymes = a.accompagnements - len(a.suivis)
    p = a.participants
    genres = _repartis(a.activite_id, p.genres, anonymes)
    tranches = _repartis(a.activite_id, p.tranches_age, anonymes)
    statuts = _repartis(a.activite_id, p.statuts, anonymes)
    residence = _residence(a)
    for rang in range(anonymes):
        yield Accompagnement(
            ecrite,
            len(a.suivis) + rang + 1,
            "Bénéficiaire anonyme",
            residence,
            genres[rang],
            tranches[rang],
            statuts[rang],
        )


def _repartis[C: Nomenclature](
    activite_id: UUID, comptes: Mapping[C, int], combien: int
) -> Sequence[C | None]:
    """Ces codes, autant de fois qu'ils sont comptés, au hasard mais toujours le même."""
    if combien == 0:
        return ()
    dits: list[C | None] = [code for code, n in comptes.items() for _ in range(n)]
    dits = (dits + [None] * (combien - len(dits)))[:combien]
    nom = type(next(iter(comptes), None)).__name__
    random.Random(f"{activite_id}{nom}").shuffle(dits)  # noqa: S311 - nothing to guess
    return dits


def _residence(activite: ActiviteDecrite) -> Commune | None:
    nom, postal, insee = (
        activite.residence_commune,
        activite.residence_code_postal,
        activite.residence_code_insee,
    )
    return Commune(nom, postal, insee) if nom and postal and insee else None


def _niveau(activite: ActiviteDecrite) -> str | None:
    """De 1/3 à 3/3."""
    niveau = activite.autonomie or activite.niveau
    echelle: list[Nomenclature] = [*Autonomie] if activite.autonomie else [*NiveauAtelier]
    return f"{echelle.index(niveau) + 1}/3" if niveau is not None else None


def _reoriente(activite: ActiviteDecrite) -> str | None:
    match activite.oriente_vers_structure:
        case None:
            return None
        case oui:
            return "Oui" if oui else "Non"


def _repartition(
    activite: ActiviteDecrite, nomenclature: type[Nomenclature], comptes: Mapping[Any, int]
) -> str | None:
    """Le libellé d'un bénéficiaire ; pour un atelier, combien de chacun, un par ligne de la cellule."""
    codes = [code for code in nomenclature if code in comptes]
    if activite.type == TypeActivite.INDIVIDUEL:
        return libelles(codes)
    return "\n".join(f"{code.libelle} : {comptes[code]}" for code in codes) or None


type _Ligne = Ecrite | Accompagnement


def colonnes(portee: Portee) -> list[Sortie]:
    """Celles que cette portée montre, dans l'ordre."""
    return [
        sortie
        for sortie, quand in (_PAR_ACTIVITE if portee.lignes == "activites" else _PAR_ACCOMPAGNEMENT)
        if quand(portee)
    ]


def _toujours(_: Portee) -> bool:
    return True


def _soi(portee: Portee) -> bool:
    return portee.soi


def _equipe(portee: Portee) -> bool:
    return not portee.soi


def _v1(portee: Portee) -> bool:
    return portee.v1


def _e(ligne: _Ligne) -> Ecrite:
    return ligne.ecrite if isinstance(ligne, Accompagnement) else ligne


def _le(ligne: _Ligne, instant: dt.datetime | None) -> str | None:
    return f"{instant.astimezone(_e(ligne).portee.fuseau):%d/%m/%Y à %H:%M}" if instant else None


def _modifiee_le(ligne: _Ligne) -> str | None:
    """Absente tant qu'elle est celle de l'enregistrement."""
    e = _e(ligne)
    return _le(e, e.corrigee_le) if e.corrigee_le != e.enregistree_le else None


_DATE = (Sortie("Date", lambda e: _e(e).activite.date), _toujours)
_QUI = (
    (Sortie("Prénom du médiateur", lambda e: _e(e).auteur[0] or None), _equipe),
    (Sortie("Nom du médiateur", lambda e: _e(e).auteur[1] or None), _equipe),
    (Sortie("Rôle", lambda e: "Conseiller Numérique" if _e(e).row.conseiller else "Médiateur"), _equipe),
    # This service does not know it: blank, where the platform of before writes a yes or no.
    (Sortie("ID - Conum", lambda _: None), _equipe),
)
_TYPE = (Sortie("Type", lambda e: _e(e).activite.type.libelle), _toujours)
_CANAL = (Sortie("Canaux d’accompagnement", lambda e: _e(e).activite.type_lieu.libelle), _toujours)
_LIEU = (Sortie("Nom du lieu", lambda e: _e(e).row.lieu_nom), _toujours)
_COMMUNE = (
    (Sortie("Commune", lambda e: _e(e).activite.commune), _toujours),
    (Sortie("Code postal", lambda e: _e(e).activite.code_postal), _toujours),
    (Sortie("Code Insee", lambda e: _e(e).activite.code_insee), _toujours),
)
_QUOI = (
    (Sortie("Durée (min)", lambda e: _e(e).activite.duree_minutes), _toujours),
    (Sortie("Nom de l’atelier", lambda e: _e(e).activite.titre_atelier), _toujours),
    (Sortie("Matériel numérique utilisé", lambda e: libelles(_e(e).activite.materiels)), _toujours),
    (Sortie("Thématique(s) d’accompagnement", lambda e: libelles(_e(e).activite.thematiques)), _toujours),
    (Sortie("Tags", lambda e: "\n".join(_e(e).tags) or None), _toujours),
    (Sortie("Nom de la démarche administrative", lambda e: _e(e).activite.precisions_demarche), _toujours),
    (Sortie("Niveau d’autonomie (ou de l’atelier)", lambda e: _niveau(_e(e).activite)), _toujours),
    (Sortie("Bénéficiaire réorienté", lambda e: _reoriente(_e(e).activite)), _toujours),
    (
        Sortie("Structure de redirection", lambda e: libelle(_e(e).activite.structure_de_redirection)),
        _toujours,
    ),
)
_ID = (Sortie("ID CRA", lambda e: _e(e).activite.activite_id), _toujours)
_PAR_ACCOMPAGNEMENT: Sequence[tuple[Sortie, Callable[[Portee], bool]]] = (
    _DATE,
    (Sortie("Enregistré le", lambda p: _le(p, p.ecrite.enregistree_le)), _toujours),
    (Sortie("Dernière modification le", _modifiee_le), _toujours),
    *_QUI,
    _TYPE,
    (
        Sortie(
            "Participants",
            lambda p: (
                "1"
                if p.ecrite.activite.type == TypeActivite.INDIVIDUEL
                else f"{p.rang}/{p.ecrite.activite.accompagnements}"
            ),
        ),
        _toujours,
    ),
    (Sortie("Bénéficiaire", lambda p: p.nom), _soi),
    _CANAL,
    _LIEU,
    (Sortie("Adresse", lambda p: p.ecrite.row.lieu_adresse), _toujours),
    *_COMMUNE,
    *_QUOI,
    (Sortie("Commune du bénéficiaire", lambda p: p.commune and p.commune.nom), _toujours),
    (Sortie("Code postal du bénéficiaire", lambda p: p.commune and p.commune.code_postal), _toujours),
    (Sortie("Code Insee du bénéficiaire", lambda p: p.commune and p.commune.code_insee), _toujours),
    (Sortie("Genre", lambda p: libelle(p.genre)), _toujours),
    (Sortie("Tranche d’âge", lambda p: libelle(p.tranche_age)), _toujours),
    (Sortie("Statut du bénéficiaire", lambda p: libelle(p.statut)), _toujours),
    (
        Sortie("Notes supplémentaires", lambda p: en_texte(p.ecrite.activite.notes) if p.rang == 1 else None),
        _soi,
    ),
    (
        Sortie(
            "Source de la donnée",
            lambda p: "Espace coop (V1)" if p.ecrite.row.v1 else "La Coop de la médiation numérique (V2)",
        ),
        _v1,
    ),
    _ID,
)
_PAR_ACTIVITE: Sequence[tuple[Sortie, Callable[[Portee], bool]]] = (
    _DATE,
    (Sortie("Enregistré le", lambda e: e.enregistree_le), _toujours),
    (Sortie("Dernière modification le", lambda e: e.corrigee_le), _toujours),
    *_QUI,
    _TYPE,
    (Sortie("Participants", lambda e: e.activite.accompagnements), _toujours),
    (Sortie("Participants déjà accompagnés", lambda e: e.activite.participants.deja_accompagnes), _toujours),
    (Sortie("Bénéficiaire", lambda e: "\n".join(map(e.nom, dict(e.suivis).values())) or None), _soi),
    _CANAL,
    _LIEU,
    *_COMMUNE,
    *_QUOI,
    (Sortie("Commune du bénéficiaire", lambda e: e.activite.residence_commune), _toujours),
    (Sortie("Code postal du bénéficiaire", lambda e: e.activite.residence_code_postal), _toujours),
    (Sortie("Code Insee du bénéficiaire", lambda e: e.activite.residence_code_insee), _toujours),
    (
        Sortie("Genre", lambda e: _repartition(e.activite, Genre, e.activite.participants.genres)),
        _toujours,
    ),
    (
        Sortie(
            "Tranche d’âge",
            lambda e: _repartition(e.activite, TrancheAge, e.activite.participants.tranches_age),
        ),
        _toujours,
    ),
    (
        Sortie(
            "Statut du bénéficiaire",
            lambda e: _repartition(e.activite, StatutSocial, e.activite.participants.statuts),
        ),
        _toujours,
    ),
    (Sortie("Notes supplémentaires", lambda e: en_texte(e.activite.notes)), _soi),
    _ID,
)
