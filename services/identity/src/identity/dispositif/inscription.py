"""Ce que la source répond à la place de qui s'inscrit (docs/domaine/identite.md §3, scénarios C1 et C2).

Rien n'est sauté que par un fait : une étape dont la source ne dit rien de lisible reste à la personne.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol
from uuid import UUID

from referentiels.cles import cle

from identity.dispositif.reponse import Lieu, Reponse
from identity.domain import inscription, siret
from identity.domain.emploi import DeclarerEmploi, ReprendreEmploi
from identity.domain.emploi_applicable import emploi_applicable
from identity.domain.vocabulaire import CompteId, LieuId, Profil, SourceDuFait, Verification


class LieuConnu(Protocol):
    """Un lieu de la cartographie."""

    @property
    def lieu_id(self) -> UUID: ...
    @property
    def nom(self) -> str: ...
    @property
    def adresse(self) -> str | None: ...
    @property
    def code_postal(self) -> str: ...


def reponses_de_la_source(
    compte_id: CompteId,
    reponse: Reponse,
    repris: Sequence[ReprendreEmploi],
    connus: Iterable[LieuConnu],
    aujourd_hui: dt.date,
    maintenant: dt.datetime,
) -> Iterator[inscription.Command]:
    """D'un conseiller seulement. connus : les lieux de la cartographie aux codes postaux des siens."""
    if not reponse.is_conseiller_numerique:
        return
    fiche = reponse.fiche
    yield inscription.ChoisirProfil(
        compte_id,
        Profil.COORDINATEUR_DISPOSITIF if fiche.coordinateur else Profil.CONSEILLER_NUMERIQUE,
        None,
        maintenant,
        SourceDuFait.DISPOSITIF,
        mediateur_aussi=fiche.coordinateur and fiche.a_des_lieux,
    )
    emploi = emploi_applicable(repris, aujourd_hui, strict=True) or emploi_applicable(
        repris, aujourd_hui, strict=False
    )
    if emploi is not None:
        yield _employeur(emploi, reponse)
    lieux = reconnaitre(reponse.lieux(), connus)
    if lieux:
        yield inscription.ChoisirLieux(
            compte_id, lieux, frozenset(lieux), maintenant, SourceDuFait.DISPOSITIF
        )


def _employeur(emploi: ReprendreEmploi, reponse: Reponse) -> inscription.ConfirmerEmployeur:
    adresses = (
        str(s.adresse)
        for s in reponse.structures()
        if s.adresse is not None and siret.valide_ou_none(s.siret) == emploi.siret
    )
    return inscription.ConfirmerEmployeur(
        DeclarerEmploi(
            emploi.emploi_id,
            emploi.compte_id,
            emploi.siret,
            emploi.nom_structure,
            emploi.debut,
            emploi.fin_prevue,
            emploi.maintenant,
            emploi.code_insee,
            emploi.type_contrat,
        ),
        next(adresses, ""),
        # The source did not ask the directory of companies: the next pass does.
        Verification.A_VERIFIER,
        SourceDuFait.DISPOSITIF,
    )


def codes_postaux(lieux: Iterable[Lieu]) -> list[str]:
    """Ceux des lieux dont l'adresse est entière : un autre ne se reconnaît pas."""
    return sorted({lieu.adresse.code_postal or "" for lieu in _entiers(lieux) if lieu.adresse is not None})


def reconnaitre(lieux: Iterable[Lieu], connus: Iterable[LieuConnu]) -> tuple[LieuId, ...]:
    """Ceux de la cartographie qui ont le même nom et le même code postal ; de plusieurs, la même adresse.

    Ce qui ne se reconnaît pas, ou pas d'un seul, est laissé.
    """
    par_nom: dict[tuple[str, str], list[LieuConnu]] = {}
    for connu in connus:
        par_nom.setdefault((cle(connu.nom), connu.code_postal), []).append(connu)
    trouves: dict[LieuId, None] = {}
    for lieu in _entiers(lieux):
        assert lieu.adresse is not None
        candidats = par_nom.get((cle(lieu.nom or ""), lieu.adresse.code_postal or ""), [])
        if len(candidats) > 1:
            candidats = [c for c in candidats if cle(c.adresse or "") == cle(lieu.adresse.voie)]
        if len(candidats) == 1:
            trouves[LieuId(candidats[0].lieu_id)] = None
    return tuple(trouves)[: inscription.LIEUX_MAX]


def _entiers(lieux: Iterable[Lieu]) -> Iterator[Lieu]:
    yield from (lieu for lieu in lieux if lieu.nom and lieu.adresse is not None and lieu.adresse.complete)
