"""How often an account may ask: at once, then little by little, each account for itself."""

import datetime as dt
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from web.pace import Pace, Paces

MIDI = dt.datetime(2026, 11, 28, 12, tzinfo=dt.UTC)
SECONDE = dt.timedelta(seconds=1)
LEA, HUGO = UUID(int=1), UUID(int=2)
TROIS = Pace("recherche", 3, 10 * SECONDE)


def test_apres_la_rafale_il_faut_attendre_et_l_on_sait_combien() -> None:
    paces = Paces()
    assert [paces.take(TROIS, LEA, MIDI) for _ in range(3)] == [None] * 3
    assert paces.take(TROIS, LEA, MIDI) == 10 * SECONDE
    assert paces.take(TROIS, LEA, MIDI + 4 * SECONDE) == 6 * SECONDE
    assert paces.take(TROIS, LEA, MIDI + 10 * SECONDE) is None
    assert paces.take(TROIS, LEA, MIDI + 10 * SECONDE) == 10 * SECONDE


def test_chaque_compte_et_chaque_rythme_a_son_compte() -> None:
    paces = Paces()
    for _ in range(3):
        paces.take(TROIS, LEA, MIDI)
    assert paces.take(TROIS, HUGO, MIDI) is None
    assert paces.take(Pace("export", 1, SECONDE), LEA, MIDI) is None
    assert paces.take(TROIS, LEA, MIDI) is not None


def test_qui_se_tait_retrouve_toute_sa_rafale_et_rien_de_plus() -> None:
    paces = Paces()
    for _ in range(3):
        paces.take(TROIS, LEA, MIDI)
    tard = MIDI + dt.timedelta(days=1)
    assert [paces.take(TROIS, LEA, tard) is None for _ in range(4)] == [True, True, True, False]


@given(st.lists(st.integers(0, 5), max_size=60))
def test_quel_que_soit_le_rythme_on_ne_depasse_jamais_la_rafale_et_le_debit(pauses: list[int]) -> None:
    paces, instant, pris = Paces(), MIDI, 0
    for pause in pauses:
        instant += pause * SECONDE
        pris += paces.take(TROIS, LEA, instant) is None
    assert pris <= TROIS.burst + (instant - MIDI) // TROIS.every


def test_la_memoire_ne_garde_que_ceux_qui_doivent_attendre() -> None:
    paces = Paces()
    for rang in range(10_000):
        paces.take(TROIS, UUID(int=rang), MIDI)
    paces.take(TROIS, LEA, MIDI + 20 * SECONDE)
    assert len(paces) == 1
