"""N'importe quelle suite de commandes se rejoue, et ne laisse que des faits cohérents."""

import datetime as dt
from itertools import pairwise
from typing import Any
from uuid import UUID

import orjson
from activites.domain import activite
from activites.domain.activite import (
    Absente,
    Active,
    Command,
    CorrigerActivite,
    Effacee,
    EffacerTextes,
    EnregistrerActivite,
    OublierActivite,
    RestaurerActivite,
    Supprimee,
    SupprimerActivite,
)
from activites.domain.faits import (
    ActiviteCorrigee,
    ActiviteEnregistree,
    ActiviteRestauree,
    ActiviteSupprimee,
    Contenu,
    Event,
    Participants,
    TextesEffaces,
    contenu_de,
    normaliser,
)
from activites.domain.vocabulaire import (
    THEMATIQUES_ADMINISTRATIVES,
    Autonomie,
    Commune,
    CompteId,
    Genre,
    LieuConnu,
    LieuId,
    Materiel,
    MediateurId,
    NiveauAtelier,
    StatutSocial,
    StructureDeRedirection,
    StructureId,
    Thematique,
    TrancheAge,
    TypeActivite,
    TypeLieu,
)
from events.codec import Codec
from events.decider import Refusal, fold
from events.types import ERASED, Json
from hypothesis import given, settings
from hypothesis import strategies as st

from .exemples import ACTIVITE, AUJOURD_HUI, MAINTENANT, MEDIATHEQUE, UN_AUTRE

MEDIATEURS = st.sampled_from([MediateurId(UUID(int=1)), MediateurId(UUID(int=2))])
COMMUNES = st.none() | st.builds(
    Commune,
    st.sampled_from(["Dijon", "Saint-Denis", "L’Haÿ-les-Roses"]),
    st.from_regex(r"\A[0-9]{5}\Z"),
    st.from_regex(r"\A([0-9]{2}|2[AB])[0-9]{3}\Z"),
)
TEXTES = st.none() | st.text(max_size=40)


def repartitions(nomenclature: Any) -> st.SearchStrategy[dict[Any, int]]:
    return st.dictionaries(st.sampled_from(list(nomenclature)), st.integers(-1, 4), max_size=3)


PARTICIPANTS = st.builds(
    Participants,
    st.integers(-1, 12),
    st.integers(-1, 3),
    repartitions(Genre),
    repartitions(TrancheAge),
    repartitions(StatutSocial),
) | st.just(Participants(1))
CONTENUS = st.builds(
    Contenu,
    type=st.sampled_from(TypeActivite),
    date=st.dates(dt.date(2014, 12, 25), dt.date(2026, 7, 3)),
    duree_minutes=st.integers(-1, 1450),
    type_lieu=st.sampled_from(TypeLieu),
    lieu_id=st.sampled_from([None, MEDIATHEQUE.lieu_id, LieuId(UUID(int=9))]),
    commune=COMMUNES,
    thematiques=st.lists(st.sampled_from(Thematique), max_size=4).map(tuple),
    precisions_demarche=st.none() | TEXTES,
    materiels=st.lists(st.sampled_from(Materiel), max_size=3).map(tuple),
    autonomie=st.none() | st.sampled_from(Autonomie),
    niveau=st.none() | st.sampled_from(NiveauAtelier),
    titre_atelier=TEXTES,
    oriente_vers_structure=st.none() | st.booleans(),
    structure_de_redirection=st.none() | st.sampled_from(StructureDeRedirection),
    participants=PARTICIPANTS,
    residence=COMMUNES,
    notes=TEXTES,
)


def probable(contenu: Contenu) -> Contenu:
    """Rapproche une saisie quelconque d'une saisie acceptable, pour atteindre les états profonds."""
    individuel = contenu.type == TypeActivite.INDIVIDUEL
    return normaliser(
        Contenu(
            type=contenu.type,
            date=min(max(contenu.date, dt.date(2015, 1, 1)), AUJOURD_HUI),
            duree_minutes=contenu.duree_minutes % 1439 + 1,
            type_lieu=contenu.type_lieu,
            lieu_id=MEDIATHEQUE.lieu_id,
            commune=contenu.commune or Commune("Dijon", "21000", "21231"),
            thematiques=(Thematique.AIDE_AUX_DEMARCHES_ADMINISTRATIVES, *contenu.thematiques),
            precisions_demarche=contenu.precisions_demarche,
            materiels=contenu.materiels,
            autonomie=contenu.autonomie if individuel else None,
            niveau=None if individuel else contenu.niveau,
            titre_atelier=None if individuel else contenu.titre_atelier,
            oriente_vers_structure=contenu.oriente_vers_structure if individuel else None,
            structure_de_redirection=contenu.structure_de_redirection,
            participants=Participants(1 if individuel else abs(contenu.participants.total) + 1),
            residence=contenu.residence if individuel else None,
            notes=contenu.notes,
        )
    )


SAISIES = CONTENUS | CONTENUS.map(probable)
COMMUNS: dict[str, st.SearchStrategy[Any]] = {
    "activite_id": st.just(ACTIVITE),
    "par": MEDIATEURS,
    "compte_id": st.just(CompteId(UUID(int=3))),
    "maintenant": st.timedeltas(dt.timedelta(0), dt.timedelta(days=300)).map(lambda t: MAINTENANT + t),
}
ECRITURES: dict[str, st.SearchStrategy[Any]] = COMMUNS | {
    "contenu": SAISIES,
    "emploi": st.sampled_from([StructureId(UUID(int=4)), StructureId(UUID(int=5)), None]),
    "lieu": st.sampled_from([MEDIATHEQUE, None, LieuConnu(LieuId(UUID(int=9)), "Pau", "64000", None, None)]),
    "lieux_siens": st.sampled_from([frozenset({MEDIATHEQUE.lieu_id}), frozenset[LieuId]()]),
    "aujourd_hui": st.just(AUJOURD_HUI),
}
COMMANDES: st.SearchStrategy[Command] = st.one_of(
    st.builds(EnregistrerActivite, **ECRITURES),
    st.builds(CorrigerActivite, **ECRITURES),
    st.builds(SupprimerActivite, **COMMUNS),
    st.builds(
        RestaurerActivite,
        **{nom: COMMUNS[nom] for nom in ("activite_id", "par", "maintenant")},
    ),
    st.builds(OublierActivite, activite_id=COMMUNS["activite_id"], maintenant=COMMUNS["maintenant"]),
    st.builds(EffacerTextes, activite_id=COMMUNS["activite_id"], maintenant=COMMUNS["maintenant"]),
)
CODEC: Codec[Event] = Codec(Event)


def jouer(commandes: list[Command]) -> list[Event]:
    faits: list[Event] = []
    for commande in commandes:
        etat = fold(activite, faits)
        try:
            nouveaux = activite.decide(commande, etat)
        except Refusal:
            continue
        assert len(nouveaux) <= 1
        faits += nouveaux
        if nouveaux:
            assert activite.decide(commande, fold(activite, faits)) == []
    return faits


@settings(max_examples=150, deadline=None)
@given(st.lists(COMMANDES, max_size=8))
def test_toute_suite_de_commandes_laisse_des_faits_coherents(commandes: list[Command]):
    faits = jouer(commandes)
    assert [type(f) for f in faits[:1]] in ([], [ActiviteEnregistree])
    assert not any(isinstance(f, ActiviteEnregistree) for f in faits[1:])
    # A deletion is last, or followed by its undoing, or by the end of its texts.
    for fait, suivant in pairwise(faits):
        if isinstance(fait, ActiviteSupprimee):
            assert isinstance(suivant, ActiviteRestauree | TextesEffaces)
        assert not isinstance(suivant, ActiviteRestauree) or not isinstance(fait, ActiviteCorrigee)
    assert len({(f.activite_id, f.mediateur_id) for f in faits}) <= 1
    etat = fold(activite, faits)
    match etat:
        case Absente():
            assert faits == []
        case Active(premiere, derniere):
            assert premiere is faits[0]
            assert derniere is [f for f in faits if isinstance(f, ActiviteEnregistree | ActiviteCorrigee)][-1]
            assert premiere.type == derniere.type
        case Effacee(premiere, derniere):
            assert any(isinstance(f, TextesEffaces) for f in faits)
            textes = (derniere.notes, derniere.titre_atelier, derniere.precisions_demarche)
            assert set(textes) <= {None, ERASED}
            assert premiere.type == derniere.type
        case Supprimee():
            assert isinstance(faits[-1], ActiviteSupprimee | TextesEffaces)
            assert etat.mediateur_id == faits[0].mediateur_id != UN_AUTRE


@settings(max_examples=150, deadline=None)
@given(st.lists(COMMANDES, max_size=5))
def test_ce_qui_est_accepte_respecte_toutes_les_regles(commandes: list[Command]):
    for fait in jouer(commandes):
        if isinstance(fait, ActiviteSupprimee | TextesEffaces):
            continue
        p = fait.participants
        assert dt.date(2015, 1, 1) <= fait.date <= AUJOURD_HUI
        assert 1 <= fait.duree_minutes <= 1439
        assert (fait.lieu_id is not None) == (fait.type_lieu == TypeLieu.LIEU_ACTIVITE)
        assert (fait.commune is None) == (fait.type_lieu == TypeLieu.A_DISTANCE)
        assert fait.thematiques
        if Thematique.AIDE_AUX_DEMARCHES_ADMINISTRATIVES not in fait.thematiques:
            assert not THEMATIQUES_ADMINISTRATIVES.intersection(fait.thematiques)
            assert fait.precisions_demarche is None
        assert fait.structure_de_redirection is None or fait.oriente_vers_structure
        assert fait.accompagnements == p.total >= 1
        assert p.total == 1 or fait.type == TypeActivite.COLLECTIF
        for comptes in (p.genres, p.tranches_age, p.statuts):
            assert all(n > 0 for n in comptes.values())
            assert sum(comptes.values()) <= p.total
        assert contenu_de(fait) == normaliser(contenu_de(fait))


@settings(max_examples=150, deadline=None)
@given(st.lists(COMMANDES, max_size=5))
def test_tout_fait_se_relit_tel_qu_il_a_ete_ecrit(commandes: list[Command]):
    for fait in jouer(commandes):
        ecrit = CODEC.encode(fait)
        prives: Json = {}
        for secret in ecrit.secrets:
            assert (secret.kind, secret.person) == ("activite", ACTIVITE)
            prives |= secret.fields
        assert not {"notes", "titre_atelier", "precisions_demarche"} & orjson.loads(ecrit.data).keys()
        clair = ecrit.data.decode()
        assert CODEC.decode(ecrit.type, ecrit.schema_version, clair, prives) == fait
