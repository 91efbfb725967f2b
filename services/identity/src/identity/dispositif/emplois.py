"""Des contrats de la source aux emplois d'ici (docs/domaine/identite.md §5)."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from uuid import UUID, uuid5

from referentiels import communes
from referentiels.cles import cle

from identity.dispositif.reponse import Contrat, Reponse, Structure
from identity.domain import siret
from identity.domain.emploi import ReprendreEmploi
from identity.domain.reconnaissance import Contrat as ContratDate
from identity.domain.vocabulaire import CompteId, EmploiId, MotifFin, TypeContrat

_EMPLOIS = UUID("9b1d3b3e-6d0f-5d0b-8c6c-0a8c1b0f5a21")
"""Espace de noms fixe : le même contrat donne toujours le même emploi. Ne change jamais."""

_NOM_SANS_NOM = "Structure employeuse"
_NOM_MAX = 200


@dataclass(frozen=True, slots=True)
class Connu:
    """Un emploi que nous avons déjà. fin : constatée."""

    emploi_id: EmploiId
    siret: str
    debut: dt.date
    fin: dt.date | None
    temporaire: bool


def emplois_a_reprendre(
    compte_id: CompteId,
    reponse: Reponse,
    connus: Sequence[Connu],
    aujourd_hui: dt.date,
    maintenant: dt.datetime,
) -> list[ReprendreEmploi] | None:
    """Un emploi par contrat, reconnu par structure et jour de début ; None si rien n'est lisible."""
    repris: dict[EmploiId, ReprendreEmploi] = {}
    for structure in reponse.structures():
        numero = siret.valide_ou_none(structure.siret)
        if numero is None:
            continue
        ici = _Structure(compte_id, structure, numero, [c for c in connus if c.siret == numero])
        for commande in ici.emplois(reponse, aujourd_hui, maintenant):
            repris[commande.emploi_id] = commande
    return list(repris.values()) or None


@dataclass(frozen=True, slots=True)
class _Structure:
    compte_id: CompteId
    dite: Structure
    siret: str
    connus: Sequence[Connu]

    def emplois(
        self, reponse: Reponse, aujourd_hui: dt.date, maintenant: dt.datetime
    ) -> Iterator[ReprendreEmploi]:
        dates = [(c, d) for c in self.dite.contrats or () if c is not None and (d := c.date) is not None]
        libres = sorted(self.connus, key=lambda c: (c.fin is not None, c.temporaire, -c.debut.toordinal()))
        for contrat, jours in sorted(dates, key=lambda couple: couple[1].debut):
            connu = next((c for c in libres if not c.temporaire and c.debut == jours.debut), None)
            if connu is None and not self._creable:
                # Sans adresse entière, seul un emploi déjà là peut servir : celui qui court d'abord.
                connu = libres[0] if libres else None
                if connu is None:
                    continue
            if connu is not None:
                libres.remove(connu)
            emploi_id = connu.emploi_id if connu else self._nouveau(jours.debut.isoformat())
            yield self._emploi(emploi_id, contrat, jours, reponse, aujourd_hui, maintenant)
        if not dates:
            yield from self._temporaire(aujourd_hui, maintenant)

    def _temporaire(self, aujourd_hui: dt.date, maintenant: dt.datetime) -> Iterator[ReprendreEmploi]:
        """La structure sans contrat daté : un seul emploi, si elle n'en a pas de vrai."""
        if any(not connu.temporaire for connu in self.connus) or not (self.connus or self._creable):
            return
        emploi_id = self.connus[0].emploi_id if self.connus else self._nouveau("temporaire")
        sans_dates = ContratDate(aujourd_hui)
        yield replace(self._commande(emploi_id, Contrat(), sans_dates, maintenant), temporaire=True)

    def _emploi(
        self,
        emploi_id: EmploiId,
        contrat: Contrat,
        jours: ContratDate,
        reponse: Reponse,
        aujourd_hui: dt.date,
        maintenant: dt.datetime,
    ) -> ReprendreEmploi:
        commande = self._commande(emploi_id, contrat, jours, maintenant)
        if jours.rupture is not None and jours.rupture <= aujourd_hui:
            return replace(commande, fin=jours.rupture, motif=MotifFin.RUPTURE)
        if jours.fin is not None and _confirmee(jours.fin, reponse):
            return replace(commande, fin=min(jours.fin, aujourd_hui))
        if not reponse.is_conseiller_numerique:
            return replace(commande, fin=max(aujourd_hui, jours.debut))
        return commande

    def _commande(
        self, emploi_id: EmploiId, contrat: Contrat, jours: ContratDate, maintenant: dt.datetime
    ) -> ReprendreEmploi:
        return ReprendreEmploi(
            emploi_id,
            self.compte_id,
            self.siret,
            " ".join((self.dite.nom or "").split())[:_NOM_MAX] or _NOM_SANS_NOM,
            jours.debut,
            jours.rupture or jours.fin,
            fin=None,
            motif=MotifFin.TERME,
            code_insee=_commune(self.dite),
            type_contrat=type_de(contrat.type),
            temporaire=False,
            maintenant=maintenant,
        )

    @property
    def _creable(self) -> bool:
        return self.dite.adresse is not None and self.dite.adresse.complete

    def _nouveau(self, quoi: str) -> EmploiId:
        return EmploiId(uuid5(_EMPLOIS, f"{self.compte_id}/{self.siret}/{quoi}"))


def _confirmee(fin: dt.date, reponse: Reponse) -> bool:
    """Une date de fin seule ne clôt rien : il faut que la source ne dise plus « conseiller », ou qu'un autre
    contrat ait commencé après elle (un contrat se prolonge souvent en retard)."""
    if not reponse.is_conseiller_numerique:
        return True
    return any(c.debut > fin for c in reponse.fiche.contrats)


def _commune(structure: Structure) -> str | None:
    code = structure.adresse.code_insee if structure.adresse else None
    commune = communes.par_code(code) if code else None
    return commune.code if commune else None


_TYPES = (
    ("cdi", TypeContrat.CDI),
    ("projet", TypeContrat.PROJET),
    ("cdd", TypeContrat.CDD),
    ("apprentissage", TypeContrat.ALTERNANCE),
    ("alternance", TypeContrat.ALTERNANCE),
    ("professionnalisation", TypeContrat.ALTERNANCE),
    ("pec", TypeContrat.AIDE),
    ("cui", TypeContrat.AIDE),
    ("titulaire", TypeContrat.TITULAIRE),
    ("fonctionnaire", TypeContrat.TITULAIRE),
)


def type_de(texte: str | None) -> TypeContrat | None:
    """Le type de contrat que ce texte nomme ; AUTRE s'il nous est inconnu, None s'il n'est pas donné."""
    if not texte or not texte.strip():
        return None
    mots = cle(texte).split()
    return next((code for mot, code in _TYPES if mot in mots), TypeContrat.AUTRE)


def ids(commandes: Iterable[ReprendreEmploi]) -> tuple[EmploiId, ...]:
    """Les emplois repris, dans un ordre qui ne dépend pas de la réponse."""
    return tuple(sorted(commande.emploi_id for commande in commandes))
