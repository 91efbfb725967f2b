"""N'importe quelle suite de commandes se replie, et personne n'est deux fois membre en même temps."""

import datetime as dt
from uuid import UUID

from equipes.domain import appartenance, invitation
from equipes.domain.appartenance import MembreParti, MembreRejoint, QuitterEquipe, RejoindreEquipe
from equipes.domain.evenements import Event
from equipes.domain.invitation import (
    AccepterInvitation,
    AnnulerInvitation,
    ConstaterExpiration,
    InviterMediateur,
    Profil,
    RefuserInvitation,
    RelationRompue,
    RompreRelation,
)
from equipes.domain.vocabulaire import CompteId, CoordinateurId, EquipeId, InvitationId, MediateurId
from events.codec import Codec
from events.decider import Decider, Refusal, fold
from hypothesis import given
from hypothesis import strategies as st

DEBUT = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
EQUIPE = EquipeId(UUID(int=1))
MEDIATEUR = MediateurId(UUID(int=2))

instants = st.integers(0, 400).map(lambda jours: DEBUT + dt.timedelta(days=jours))
comptes = st.sampled_from([CompteId(UUID(int=n)) for n in range(10, 13)])
coordinateurs = st.sampled_from([CoordinateurId(UUID(int=n)) for n in range(20, 22)])
mandats = st.frozensets(coordinateurs, max_size=2)

invitations = st.one_of(
    st.builds(
        InviterMediateur,
        st.just(InvitationId(UUID(int=3))),
        st.just(EQUIPE),
        comptes,
        coordinateurs,
        mandats,
        st.sampled_from(Profil),
        st.booleans(),
        st.sampled_from([0, 499, 500]),
        instants,
    ),
    st.builds(
        AccepterInvitation,
        comptes,
        st.sampled_from([None, MEDIATEUR]),
        instants,
        coordinateur_id=st.none() | coordinateurs,
    ),
    st.builds(RompreRelation, comptes, coordinateurs, mandats, instants),
    st.builds(RefuserInvitation, comptes, instants),
    st.builds(AnnulerInvitation, coordinateurs, mandats, instants),
    st.builds(ConstaterExpiration, instants),
)
appartenances = st.one_of(
    st.builds(
        RejoindreEquipe,
        st.just(EQUIPE),
        st.just(MEDIATEUR),
        st.just(CompteId(UUID(int=10))),
        st.uuids().map(InvitationId),
        instants,
    ),
    st.builds(QuitterEquipe, comptes, st.none() | coordinateurs, mandats, instants),
)


def derouler[C, S, E](decider: Decider[C, S, E], commandes: list[C]) -> list[E]:
    """Every command in turn on the state of the moment; the same command twice in a row adds nothing."""
    faits: list[E] = []
    for commande in commandes:
        try:
            faits += decider.decide(commande, fold(decider, faits))
        except Refusal:
            continue
        assert list(decider.decide(commande, fold(decider, faits))) == []
    return faits


@given(st.lists(invitations, max_size=12))
def test_une_invitation_recoit_au_plus_une_reponse(commandes: list[invitation.Command]) -> None:
    faits = derouler(invitation, commandes)
    # Sent, answered; a relation that it made may also end.
    assert len([fait for fait in faits if not isinstance(fait, RelationRompue)]) <= 2
    assert len(faits) <= 3
    relire(faits)


@given(st.lists(appartenances, max_size=20))
def test_on_nest_jamais_deux_fois_membre_a_la_fois(commandes: list[appartenance.Command]) -> None:
    faits = derouler(appartenance, commandes)
    fin = DEBUT - dt.timedelta(days=1)
    for rang, fait in enumerate(faits):
        match fait:
            case MembreRejoint():
                assert rang % 2 == 0
                assert fait.depuis > fin
            case MembreParti():
                assert rang % 2 == 1
                precedent = faits[rang - 1]
                assert isinstance(precedent, MembreRejoint)
                assert fait.depuis == precedent.depuis <= fait.parti_le
                fin = fait.parti_le
    relire(faits)


def relire(faits: list[invitation.Event] | list[appartenance.Event]) -> None:
    codec = Codec[Event](Event)
    for fait in faits:
        ecrit = codec.encode(fait)
        assert ecrit.secrets == ()
        assert codec.decode(ecrit.type, ecrit.schema_version, ecrit.data) == fait
