"""Ce qu'une question retient : ses filtres, et le SQL qui les dit (docs/domaine/statistiques.md §3).

Toute valeur est liée ; seuls des noms de colonnes entrent dans le SQL.
"""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from activites.domain.vocabulaire import Materiel, Nomenclature, Thematique, TypeActivite, TypeLieu
from activites.statistiques.tables import bits


@dataclass(frozen=True, slots=True)
class Perimetre:
    """Un médiateur compté, ces jours-là compris ; sans borne, depuis toujours, ou encore.

    personne : l'identifiant sous lequel elle sert, quand elle a saisi sous plusieurs.
    """

    mediateur_id: UUID
    jusqu_au: dt.date | None = None
    personne: UUID | None = None
    depuis: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Periode:
    """Des jours où un médiateur est conseiller numérique, bornes comprises. fin : absente en cours."""

    mediateur_id: UUID
    debut: dt.date
    fin: dt.date | None = None

    def comprend(self, jour: dt.date) -> bool:
        return self.debut <= jour and (self.fin is None or jour <= self.fin)


@dataclass(frozen=True, slots=True)
class Dispositif:
    """Les activités faites par un conseiller numérique, ou les autres.

    dedans : celles-là, et non les autres.   periodes : de tous les médiateurs comptés ; sans bornes quand
    c'est ce qu'ils sont aujourd'hui qui décide, et non à la date de l'activité.
    """

    dedans: bool
    periodes: Sequence[Periode]


@dataclass(frozen=True, slots=True)
class Filtres:
    """perimetres : les médiateurs comptés ; None = toute la plateforme. du, au : jours compris.

    Vide ou None, un filtre retient tout. communes : codes INSEE du lieu de l'activité.   canaux : types de
    lieu.   tags : étiquettes telles que posées.   beneficiaires : fiches, avec celles réunies aux leurs.
    demarches : l'aide aux démarches administratives est parmi les thématiques, ou non.   v1 : vient de la V1,
    ou non.   rdv : rend compte d'un rendez-vous, ou non.
    """

    perimetres: Sequence[Perimetre] | None
    du: dt.date | None = None
    au: dt.date | None = None
    types: Sequence[TypeActivite] = ()
    communes: Sequence[str] = ()
    dispositif: Dispositif | None = None
    departements: Sequence[str] = ()
    lieux: Sequence[UUID] = ()
    structures: Sequence[UUID] = ()
    thematiques: Sequence[Thematique] = ()
    canaux: Sequence[TypeLieu] = ()
    materiels: Sequence[Materiel] = ()
    tags: Collection[UUID] | None = None
    beneficiaires: Sequence[UUID] = ()
    demarches: bool | None = None
    v1: bool | None = None
    rdv: bool | None = None

    def sur(self, du: dt.date | None, au: dt.date | None) -> "Filtres":
        """Les mêmes, sur d'autres jours."""
        return replace(self, du=du, au=au)

    @property
    def tout_le_passe(self) -> bool:
        """Si la plus ancienne activité retenue d'une personne est la plus ancienne qu'elle ait.

        Vrai quand rien d'autre ne choisit que le dernier jour, et qui l'a faite.
        """
        seuls = Filtres(self.perimetres, au=self.au)
        return self == seuls and all(p.depuis is None for p in self.perimetres or ())


type Valeurs = dict[str, Any]


def retenues(filtres: Filtres, colonnes: str = "*") -> tuple[str, Valeurs]:
    """Le SQL qui lit ces colonnes des activités retenues, et ses valeurs."""
    conditions: list[str] = []
    jointures: list[str] = []
    valeurs: Valeurs = {}

    def parmi(colonne: str, nom: str, sorte: str, choix: Collection[Any]) -> None:
        """Joined, DuckDB skips the blocks where none of them is."""
        if choix:
            conditions.append(f"{colonne} in (select unnest(${nom}::{sorte}[]))")
            valeurs[nom] = [c.value if isinstance(c, Nomenclature) else c for c in choix]

    if filtres.perimetres is not None:
        _du_perimetre(filtres.perimetres, conditions, jointures, valeurs)
    if filtres.du is not None:
        conditions.append("date >= $du")
        valeurs["du"] = filtres.du
    if filtres.au is not None:
        conditions.append("date <= $au")
        valeurs["au"] = filtres.au
    if len(set(filtres.types)) == 1:
        conditions.append("individuel" if TypeActivite.INDIVIDUEL in filtres.types else "not individuel")
    parmi("code_insee", "communes", "varchar", filtres.communes)
    parmi("departement", "departements", "varchar", filtres.departements)
    parmi("lieu_id", "lieux", "uuid", filtres.lieux)
    parmi("structure_employeuse_id", "structures", "uuid", filtres.structures)
    parmi("type_lieu", "canaux", "varchar", filtres.canaux)
    for champ, codes in (("thematiques", filtres.thematiques), ("materiels", filtres.materiels)):
        if codes:
            conditions.append(f"{champ} & {bits(champ, {c.value for c in codes})} <> 0")
    if filtres.demarches is not None:
        bit = bits("thematiques", {Thematique.AIDE_AUX_DEMARCHES_ADMINISTRATIVES.value})
        conditions.append(f"thematiques & {bit} {'<>' if filtres.demarches else '='} 0")
    if filtres.tags is not None:
        conditions.append("list_has_any(tags, $tags::uuid[])")
        valeurs["tags"] = list(filtres.tags)
    if filtres.beneficiaires:
        conditions.append("list_has_any(suivis, $beneficiaires::uuid[])")
        valeurs["beneficiaires"] = list(filtres.beneficiaires)
    if filtres.v1 is not None:
        conditions.append("v1" if filtres.v1 else "not v1")
    if filtres.rdv is not None:
        conditions.append("sur_rendez_vous" if filtres.rdv else "not sur_rendez_vous")
    if filtres.dispositif is not None:
        # Decided here, not when a fact is taken: a period that is corrected moves no row of the file.
        sens = "semi" if filtres.dispositif.dedans else "anti"
        jointures.append(_jours(sens, "c"))
        valeurs |= _jours_de("c", [(p.mediateur_id, p.debut, p.fin) for p in filtres.dispositif.periodes])
    ou = f" where {' and '.join(conditions)}" if conditions else ""
    return f"(select {colonnes} from activites a {' '.join(jointures)}{ou})", valeurs


def _du_perimetre(
    perimetres: Sequence[Perimetre], conditions: list[str], jointures: list[str], valeurs: Valeurs
) -> None:
    ids = list(dict.fromkeys(p.mediateur_id for p in perimetres))
    if len(ids) == 1:
        conditions.append("mediateur_id = $mediateur")
        valeurs["mediateur"] = ids[0]
    else:
        conditions.append("mediateur_id in (select unnest($mediateurs::uuid[]))")
        valeurs["mediateurs"] = ids
    if any(p.depuis is not None or p.jusqu_au is not None for p in perimetres):
        # Semi-joined: whose periods overlap counts once.
        jointures.append(_jours("semi", "p"))
        valeurs |= _jours_de("p", [(p.mediateur_id, p.depuis, p.jusqu_au) for p in perimetres])


def _jours(sens: str, nom: str) -> str:
    return f"""{sens} join (select unnest(${nom}_qui::uuid[]) as m, unnest(${nom}_de::date[]) as d,
        unnest(${nom}_a::date[]) as f) {nom}
        on {nom}.m = mediateur_id and date >= {nom}.d and date <= {nom}.f"""


def _jours_de(nom: str, lignes: Sequence[tuple[UUID, dt.date | None, dt.date | None]]) -> Valeurs:
    return {
        f"{nom}_qui": [qui for qui, _, _ in lignes],
        f"{nom}_de": [de or dt.date.min for _, de, _ in lignes],
        f"{nom}_a": [a or dt.date.max for _, _, a in lignes],
    }
