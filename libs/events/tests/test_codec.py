"""Stored forms: classification of texts, upcasts of old facts, round trips."""

import dataclasses
import datetime as dt
import json
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, NewType
from uuid import UUID

import pytest
from events.codec import Codec, UnknownEventType
from events.types import ERASED, Json, NotPersonal, Personal, Public
from hypothesis import given
from hypothesis import strategies as st

STORED = Path(__file__).parent / "stored"
Texte = NewType("Texte", str)
CompteId = NewType("CompteId", UUID)
type Libelle = str
type Reference[T] = T | None
type TexteDuCompte = Annotated[str, Personal("compte", "compte_id")]


class Couleur(StrEnum):
    ROUGE = "rouge"
    BLEU = "bleu"


@dataclass(frozen=True, slots=True)
class Adresse:
    ligne: str


@dataclass(frozen=True, slots=True)
class Contact:
    telephone: Annotated[str, Personal("compte", "compte_id")]


class Couple(NamedTuple):
    gauche: str


def event_with(hint: Any) -> type[Any]:
    """An event whose field `champ` is of this type."""
    return dataclasses.make_dataclass(
        "EssaiFait", [("compte_id", CompteId), ("champ", hint)], frozen=True, slots=True
    )


# --- Classification ---


@pytest.mark.parametrize(
    "hint",
    [
        str,
        str | None,
        Texte,
        Texte | None,
        Libelle,
        tuple[str, ...],
        tuple[int, str],
        list[Texte],
        dict[str, int],
        dict[UUID, str],
        dict[UUID, tuple[str | None, ...]],
        Adresse,
        Adresse | None,
        tuple[Adresse, ...],
        Annotated[str, "une note"],
        bytes,
        Any,
    ],
    ids=str,
)
def test_un_texte_non_classe_est_refuse(hint: Any) -> None:
    with pytest.raises(TypeError, match=r"EssaiFait\.champ"):
        Codec[Any](event_with(hint))


@pytest.mark.parametrize("hint", [dict, list, tuple, object, Couple, Reference[str]], ids=str)
def test_un_type_qui_peut_cacher_un_texte_est_refuse(hint: Any) -> None:
    with pytest.raises(TypeError, match=r"EssaiFait\.champ"):
        Codec[Any](event_with(hint))


@pytest.mark.parametrize(
    "hint",
    [
        Public,
        Public | None,
        tuple[Public, ...],
        dict[Public, int],
        Annotated[str, NotPersonal()],
        Annotated[Texte, NotPersonal()],
        Couleur,
        Couleur | None,
        tuple[Couleur, ...],
        dict[Couleur, int],
        Literal["oui", "non"],
        CompteId | None,
        int,
        float | None,
        bool,
        Decimal,
        dt.date,
        dt.datetime,
        tuple[dt.date, dt.date],
        TexteDuCompte,
        TexteDuCompte | None,
        Annotated[str | None, Personal("compte", "compte_id")],
        Annotated[Texte, Personal("compte", "compte_id")],
    ],
    ids=str,
)
def test_un_champ_classe_ou_sans_texte_est_admis(hint: Any) -> None:
    assert Codec[Any](event_with(hint)).names == {"EssaiFait"}


@pytest.mark.parametrize(
    "hint",
    [
        Contact,
        tuple[Contact, ...],
        tuple[Annotated[str, Personal("compte", "compte_id")], ...],
        dict[UUID, Annotated[str, Personal("compte", "compte_id")]],
        Annotated[str, Personal("compte", "compte_id")] | Annotated[Texte, NotPersonal()],
    ],
    ids=str,
)
def test_une_donnee_personnelle_imbriquee_serait_ecrite_en_clair_donc_refusee(hint: Any) -> None:
    with pytest.raises(TypeError, match=r"EssaiFait\.champ"):
        Codec[Any](event_with(hint))


@pytest.mark.parametrize("hint", [dt.date, int, tuple[str, ...], UUID | None, Couleur], ids=str)
def test_une_donnee_personnelle_qui_ne_peut_valoir_efface_est_refusee(hint: Any) -> None:
    with pytest.raises(TypeError, match=r"EssaiFait\.champ"):
        Codec[Any](event_with(Annotated[hint, Personal("compte", "compte_id")]))


@pytest.mark.parametrize("person", ["inconnu_id", "champ"])
def test_une_donnee_personnelle_nomme_un_champ_identifiant_de_l_evenement(person: str) -> None:
    with pytest.raises(TypeError, match=person):
        Codec[Any](event_with(Annotated[str, Personal("compte", person)]))


def test_un_evenement_est_une_dataclass_gelee() -> None:
    with pytest.raises(TypeError, match="gelée"):
        Codec[Any](dataclasses.make_dataclass("EssaiFait", [("rang", int)]))
    with pytest.raises(TypeError, match="gelée"):
        Codec[Any](int)


def test_deux_evenements_ne_portent_pas_le_meme_nom() -> None:
    with pytest.raises(TypeError, match="EssaiFait"):
        Codec[Any](event_with(int) | event_with(bool))


# --- Upcasts ---


@dataclass(frozen=True, slots=True)
class MesureRelevee:
    """Version 3. Version 1 counted hours, version 2 had no `couleur`."""

    releve_id: UUID
    compte_id: UUID
    duree_minutes: int
    jour: dt.date
    couleur: Couleur
    commentaire: Annotated[str | None, Personal("compte", "compte_id")] = None


def en_minutes(ancien: Json) -> Json:
    reste = {name: value for name, value in ancien.items() if name != "duree_heures"}
    return reste | {"duree_minutes": ancien["duree_heures"] * 60}


def en_rouge(ancien: Json) -> Json:
    return ancien | {"couleur": "rouge"}


UPCASTS = {("MesureRelevee", 1): en_minutes, ("MesureRelevee", 2): en_rouge}


def read_stored(name: str) -> MesureRelevee:
    stored = json.loads((STORED / name).read_text())
    codec = Codec[MesureRelevee](MesureRelevee, UPCASTS)
    return codec.decode(
        stored["type"], stored["schema_version"], json.dumps(stored["data"]), stored["secrets"]
    )


def test_un_fait_de_version_1_se_lit_en_version_3() -> None:
    assert read_stored("MesureRelevee.v1.json") == MesureRelevee(
        UUID("0190a1b2-0000-7000-8000-000000000001"),
        UUID("0190a1b2-0000-7000-8000-0000000000aa"),
        120,
        dt.date(2023, 9, 14),
        Couleur.ROUGE,
        "lu chez Jeanne Canari",
    )


def test_un_fait_de_version_2_ne_passe_que_par_la_derniere_marche() -> None:
    lu = read_stored("MesureRelevee.v2.json")
    assert (lu.duree_minutes, lu.couleur, lu.commentaire) == (45, Couleur.ROUGE, ERASED)


def test_un_fait_nouveau_s_ecrit_en_version_3() -> None:
    codec = Codec[MesureRelevee](MesureRelevee, UPCASTS)
    assert codec.encode(read_stored("MesureRelevee.v1.json")).schema_version == 3


def test_un_trou_dans_les_upcasts_est_refuse() -> None:
    with pytest.raises(TypeError, match="trou"):
        Codec[MesureRelevee](MesureRelevee, {("MesureRelevee", 2): en_rouge})
    with pytest.raises(TypeError, match="trou"):
        Codec[MesureRelevee](
            MesureRelevee, {("MesureRelevee", 1): en_minutes, ("MesureRelevee", 3): en_rouge}
        )


def test_un_upcast_d_un_evenement_inconnu_est_refuse() -> None:
    with pytest.raises(TypeError, match="MesureRelevée"):
        Codec[MesureRelevee](MesureRelevee, {("MesureRelevée", 1): en_minutes})


def test_un_type_inconnu_est_nomme() -> None:
    with pytest.raises(UnknownEventType, match="FaitDeDemain"):
        Codec[MesureRelevee](MesureRelevee).decode("FaitDeDemain", 1, "{}")


def test_une_version_plus_recente_que_le_code_est_refusee() -> None:
    """A service being replaced reads facts of its successor: never half of them."""
    codec = Codec[MesureRelevee](MesureRelevee, UPCASTS)
    encoded = codec.encode(read_stored("MesureRelevee.v1.json"))
    with pytest.raises(UnknownEventType, match="MesureRelevee version 4"):
        codec.decode(encoded.type, 4, encoded.data)


# --- Round trips ---


@dataclass(frozen=True, slots=True)
class Etape:
    nom: Public
    jours: tuple[dt.date, ...]


@dataclass(frozen=True, slots=True)
class ToutEnUn:
    compte_id: CompteId
    autre_id: UUID
    nombre: int
    mesure: float
    montant: Decimal
    vrai: bool
    jour: dt.date
    fait_le: dt.datetime
    couleur: Couleur
    choix: Literal["a", "b"]
    etapes: tuple[Etape, ...]
    comptes: dict[Couleur, int]
    titre: Public
    jour_connu: dt.date | None
    etape: Etape | None
    telephone: Annotated[str, Personal("compte", "compte_id")]
    note: Annotated[str | None, Personal("compte", "compte_id")] = None
    visible_par: Annotated[str | None, Personal("lieu", "autre_id")] = None


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=30)
INSTANTS = st.datetimes(timezones=st.just(dt.UTC))
ETAPES = st.builds(Etape, TEXTS, st.lists(st.dates(), max_size=3).map(tuple))
EVENTS = st.builds(
    ToutEnUn,
    compte_id=st.uuids().map(CompteId),
    autre_id=st.uuids(),
    nombre=st.integers(-(2**62), 2**62),
    mesure=st.floats(allow_nan=False, allow_infinity=False),
    montant=st.decimals(allow_nan=False, allow_infinity=False, places=2),
    vrai=st.booleans(),
    jour=st.dates(),
    fait_le=INSTANTS,
    couleur=st.sampled_from(Couleur),
    choix=st.sampled_from(["a", "b"]),
    etapes=st.lists(ETAPES, max_size=3).map(tuple),
    comptes=st.dictionaries(st.sampled_from(Couleur), st.integers(0, 99)),
    titre=TEXTS,
    jour_connu=st.none() | st.dates(),
    etape=st.none() | ETAPES,
    telephone=TEXTS,
    note=st.none() | TEXTS,
    visible_par=st.none() | TEXTS,
)
CODEC = Codec[ToutEnUn](ToutEnUn)


@given(EVENTS)
def test_tout_fait_ecrit_se_relit_identique(event: ToutEnUn) -> None:
    encoded = CODEC.encode(event)
    secrets: Json = {}
    for secret in encoded.secrets:
        secrets |= json.loads(json.dumps(secret.fields))
    assert CODEC.decode(encoded.type, encoded.schema_version, encoded.data, secrets) == event


@given(EVENTS)
def test_un_champ_personnel_n_est_jamais_dans_la_partie_claire(event: ToutEnUn) -> None:
    encoded = CODEC.encode(event)
    assert not {"telephone", "note", "visible_par"} & set(json.loads(encoded.data))
    keys = {(s.kind, s.person): s.fields for s in encoded.secrets}
    compte = {"telephone": event.telephone} | ({} if event.note is None else {"note": event.note})
    assert keys.pop(("compte", event.compte_id)) == compte
    assert keys == (
        {} if event.visible_par is None else {("lieu", event.autre_id): {"visible_par": event.visible_par}}
    )


@given(EVENTS)
def test_un_fait_dont_les_cles_sont_detruites_se_relit_toujours(event: ToutEnUn) -> None:
    encoded = CODEC.encode(event)
    secrets: Json = {name: ERASED for secret in encoded.secrets for name in secret.fields}
    lu = CODEC.decode(encoded.type, encoded.schema_version, encoded.data, secrets)
    assert lu.telephone == ERASED
    assert lu.note == (None if event.note is None else ERASED)
    assert lu.nombre == event.nombre
