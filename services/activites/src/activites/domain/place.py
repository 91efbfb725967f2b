"""À qui est une étiquette, qui la voit, qui la tient (docs/domaine/activites.md §6)."""

from collections.abc import Iterator
from dataclasses import dataclass

from events.decider import Refusal
from events.types import Public

from activites.domain.coordination_vocabulaire import CoordinateurId
from activites.domain.refus import DepartementInconnu, EquipeDAutrui, EquipeRequise, PorteeReservee
from activites.domain.vocabulaire import CompteId, EquipeId, MediateurId, PorteeDeTag


@dataclass(frozen=True, slots=True, kw_only=True)
class Etendue:
    """À qui est une étiquette. Seul est donné ce que sa portée demande."""

    portee: PorteeDeTag
    compte_id: CompteId | None = None
    equipe_id: EquipeId | None = None
    departement: Public | None = None

    def __str__(self) -> str:
        """Ce dans quoi un nom est unique."""
        return f"{self.portee.value}:{self.compte_id or self.equipe_id or self.departement or ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Celle d'une personne, à cet instant.

    comptes, mediateurs, coordinateurs : ses identifiants, ceux d'aujourd'hui d'abord.
    saisit : elle rend compte, comme médiatrice ou coordinatrice.
    equipes : celles dont elle est membre, ou qu'elle coordonne.
    departements : ceux de ses emplois en cours, le premier commencé d'abord.
    """

    comptes: tuple[CompteId, ...]
    mediateurs: tuple[MediateurId, ...] = ()
    coordinateurs: tuple[CoordinateurId, ...] = ()
    saisit: bool = False
    coordonne: bool = False
    administre: bool = False
    equipes: frozenset[EquipeId] = frozenset()
    departements: tuple[str, ...] = ()

    def voit(self, etendue: Etendue) -> bool:
        """Si elle peut la poser, et la lire où elle est posée."""
        match etendue.portee:
            case PorteeDeTag.PERSONNEL:
                return etendue.compte_id in self.comptes
            case PorteeDeTag.EQUIPE:
                return etendue.equipe_id in self.equipes
            case PorteeDeTag.DEPARTEMENTAL:
                return etendue.departement in self.departements
            case PorteeDeTag.NATIONAL:
                return True

    def tient(self, etendue: Etendue) -> bool:
        """Si elle peut la modifier, la fusionner, la supprimer."""
        match etendue.portee:
            case PorteeDeTag.PERSONNEL | PorteeDeTag.EQUIPE:
                return self.voit(etendue)
            case PorteeDeTag.DEPARTEMENTAL:
                return self.coordonne and self.voit(etendue)
            case PorteeDeTag.NATIONAL:
                return self.administre

    def etendue(self, portee: PorteeDeTag, equipe_id: EquipeId | None) -> Etendue:
        """Ce que donne cette portée à qui la demande d'ici ; `fautes` dit si elle le peut."""
        match portee:
            case PorteeDeTag.PERSONNEL:
                return Etendue(portee=portee, compte_id=self.comptes[0])
            case PorteeDeTag.EQUIPE:
                return Etendue(portee=portee, equipe_id=equipe_id)
            case PorteeDeTag.DEPARTEMENTAL:
                return Etendue(portee=portee, departement=next(iter(self.departements), None))
            case PorteeDeTag.NATIONAL:
                return Etendue(portee=portee)

    def fautes(self, etendue: Etendue) -> Iterator[Refusal]:
        """Pourquoi une étiquette ne peut être mise là d'ici."""
        match etendue.portee:
            case PorteeDeTag.PERSONNEL if not self.saisit:
                yield PorteeReservee("Une étiquette personnelle sert à qui rend compte.", field="/portee")
            case PorteeDeTag.EQUIPE if etendue.equipe_id is None:
                yield EquipeRequise(field="/equipe_id")
            case PorteeDeTag.EQUIPE if not self.tient(etendue):
                yield EquipeDAutrui(field="/equipe_id")
            case PorteeDeTag.DEPARTEMENTAL if not self.coordonne:
                yield PorteeReservee(
                    "Seul un coordinateur crée une étiquette départementale.", field="/portee"
                )
            case PorteeDeTag.DEPARTEMENTAL if etendue.departement is None:
                yield DepartementInconnu(field="/portee")
            case PorteeDeTag.NATIONAL if not self.administre:
                yield PorteeReservee("Seul un administrateur crée une étiquette nationale.", field="/portee")
            case _:
                return
