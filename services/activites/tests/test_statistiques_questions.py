"""Les chiffres, sur des activités connues (docs/domaine/statistiques.md §1 à §3 et §8)."""

import datetime as dt
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from activites.domain.faits import (
    ActiviteCorrigee,
    ActiviteEnregistree,
    ActiviteRestauree,
    ActiviteSupprimee,
    Event,
)
from activites.domain.vocabulaire import TypeActivite
from activites.projections import conseillers_numeriques
from activites.statistiques.choix import choix
from activites.statistiques.coordination import Coordonnee, comptees, ecarts
from activites.statistiques.fichier import FichierStatistiques
from activites.statistiques.filtres import Dispositif, Filtres, Perimetre, Periode
from activites.statistiques.questions import Page, bloc_general, proportions, totaux
from contracts.identity import ConseillerNumeriqueReconnuV1, ConseillerNumeriqueTermineV1, RoleChoisiV1
from events.codec import Codec
from events.projection.filemodel import Fact
from events.projection.projection import fold_rows
from events.types import Json, Position
from hypothesis import given, settings
from hypothesis import strategies as st

AUJOURD_HUI = dt.date(2026, 3, 15)
LE = dt.datetime(2026, 3, 15, 9, tzinfo=dt.UTC)
LEA, MARC = uuid4(), uuid4()
LIEU = uuid4()
CODEC: Codec[Event] = Codec(Event)


def fait(nom: str, champs: Json) -> Any:
    """Un événement, d'après ses champs tels que le journal les garde."""
    return CODEC.decode(nom, 1, orjson.dumps(champs))


def activite(mediateur: UUID, date: dt.date, total: int = 1, **champs: Any) -> ActiviteEnregistree:
    defauts: Json = {
        "activite_id": uuid4(),
        "mediateur_id": mediateur,
        "compte_id": mediateur,
        "type": "individuel" if total == 1 else "collectif",
        "date": date,
        "duree_minutes": 60,
        "type_lieu": "domicile",
        "code_insee": "13055",
        "departement": "13",
        "structure_employeuse_id": uuid4(),
        "thematiques": ["email"],
        "participants": {"total": total},
        "accompagnements": total,
        "enregistree_le": LE,
    }
    return fait("ActiviteEnregistree", defauts | champs)


class Carnet:
    """Un fichier de statistiques et ses positions."""

    def __init__(self) -> None:
        self.fichier = FichierStatistiques(":memory:")
        self.numero = 0

    def prendre(self, *faits: Event) -> None:
        lus: list[Fact] = []
        for event in faits:
            self.numero += 1
            ecrit = CODEC.encode(event)
            lus.append(Fact(Position(1, self.numero), ecrit.type, ecrit.data.decode()))
        self.fichier.take(lus, Position(1, self.numero))

    def bloc(self, *mediateurs: UUID, **filtres: Any) -> dict[str, Any]:
        perimetres = [Perimetre(m) for m in mediateurs or (LEA, MARC)]
        bloc = bloc_general(self.fichier, Filtres(perimetres, **filtres), Page(AUJOURD_HUI))
        del bloc["position"]
        return bloc


@pytest.fixture
def carnet() -> Iterator[Carnet]:
    carnet = Carnet()
    yield carnet
    carnet.fichier.close()


def nombres(liste: list[dict[str, Any]]) -> dict[str, int]:
    return {ligne["valeur"]: ligne["nombre"] for ligne in liste if ligne["nombre"]}


def corrigee(avant: ActiviteEnregistree, **champs: Any) -> ActiviteCorrigee:
    clair: Json = orjson.loads(CODEC.encode(avant).data)
    del clair["enregistree_le"]
    return fait("ActiviteCorrigee", clair | {"corrigee_le": LE} | champs)


def restauree(avant: ActiviteEnregistree) -> ActiviteRestauree:
    clair: Json = orjson.loads(CODEC.encode(avant).data)
    return fait("ActiviteRestauree", clair | {"corrigee_le": None, "restauree_le": LE})


def supprimee(avant: ActiviteEnregistree) -> ActiviteSupprimee:
    return ActiviteSupprimee(
        activite_id=avant.activite_id,
        mediateur_id=avant.mediateur_id,
        compte_id=avant.compte_id,
        supprimee_le=LE,
    )


def test_un_atelier_de_douze_compte_douze_accompagnements_et_une_activite(carnet: Carnet) -> None:
    carnet.prendre(activite(LEA, AUJOURD_HUI), activite(LEA, AUJOURD_HUI, 12))
    totaux = carnet.bloc()["totaux"]
    assert totaux["activites"]["total"] == 2
    assert totaux["activites"]["collectifs"] == {"total": 1, "proportion": 50.0, "participants": 12}
    assert totaux["accompagnements"]["total"] == 13
    assert totaux["beneficiaires"] == {"total": 13, "nouveaux": 13, "suivis": 0, "anonymes": 13}


def test_les_nouveaux_se_comptent_sur_toute_periode(carnet: Carnet) -> None:
    """Anonymes : ceux qui n'étaient pas déjà venus. Suivis : leur première activité est dans la période."""
    paul, avant = uuid4(), AUJOURD_HUI - dt.timedelta(days=40)
    carnet.prendre(
        activite(LEA, AUJOURD_HUI, 12, participants={"total": 12, "deja_accompagnes": 5}),
        activite(LEA, avant, 1, suivis=[str(paul)], participants={"total": 0}),
        activite(LEA, AUJOURD_HUI, 1, suivis=[str(paul)], participants={"total": 0}),
    )
    for periode, nouveaux in (
        ({}, 8),
        ({"du": AUJOURD_HUI}, 7),
        ({"du": AUJOURD_HUI, "au": AUJOURD_HUI}, 7),
        ({"au": avant}, 1),
    ):
        assert carnet.bloc(**periode)["totaux"]["beneficiaires"]["nouveaux"] == nouveaux, periode


def test_une_activite_corrigee_ne_compte_que_ce_qu_elle_est_devenue(carnet: Carnet) -> None:
    avant = activite(LEA, AUJOURD_HUI, 3, thematiques=["email", "sante"])
    carnet.prendre(avant)
    carnet.prendre(corrigee(avant, thematiques=["bureautique"], duree_minutes=20))
    bloc = carnet.bloc()
    assert nombres(bloc["activites"]["thematiques"]) == {"bureautique": 3}
    assert nombres(bloc["activites"]["durees"]) == {"30": 3}


def test_une_activite_supprimee_ne_compte_plus_nulle_part(carnet: Carnet) -> None:
    avant = activite(LEA, AUJOURD_HUI, 3)
    carnet.prendre(avant, activite(LEA, AUJOURD_HUI))
    carnet.prendre(supprimee(avant))
    assert carnet.bloc()["totaux"]["accompagnements"]["total"] == 1


def test_une_activite_reprise_compte_comme_avant(carnet: Carnet) -> None:
    avant = activite(LEA, AUJOURD_HUI, 3, thematiques=["email", "sante"])
    carnet.prendre(avant)
    chiffres = carnet.bloc()
    carnet.prendre(supprimee(avant))
    carnet.prendre(restauree(avant))
    assert carnet.bloc() == chiffres


def test_dans_un_meme_lot_le_dernier_fait_l_emporte(carnet: Carnet) -> None:
    a, b = activite(LEA, AUJOURD_HUI, 3), activite(LEA, AUJOURD_HUI, 5)
    carnet.prendre(
        a,
        corrigee(a, duree_minutes=10),
        corrigee(a, duree_minutes=200),
        b,
        supprimee(b),
    )
    assert nombres(carnet.bloc()["activites"]["durees"]) == {"more": 3}


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("AB"), st.sampled_from("ecsr"), st.integers(1, 1439)), max_size=8),
    st.lists(st.integers(1, 3), min_size=8, max_size=8),
)
def test_les_memes_faits_donnent_les_memes_lignes_quels_que_soient_les_lots(
    gestes: list[tuple[str, str, int]], tailles: list[int]
) -> None:
    """En direct, un fait à la fois ou presque ; à la reconstruction, tous à la fois."""
    presentes: dict[str, ActiviteEnregistree] = {}
    supprimees: dict[str, ActiviteEnregistree] = {}
    faits: list[Event] = []
    for laquelle, geste, minutes in gestes:
        match geste, presentes.get(laquelle):
            case "e", None:
                presentes[laquelle] = activite(LEA, AUJOURD_HUI, duree_minutes=minutes)
                faits.append(presentes[laquelle])
            case "c", ActiviteEnregistree() as avant:
                faits.append(corrigee(avant, duree_minutes=minutes))
            case "s", ActiviteEnregistree() as avant:
                faits.append(supprimee(avant))
                supprimees[laquelle] = presentes.pop(laquelle)
            case "r", None if laquelle in supprimees:
                presentes[laquelle] = supprimees.pop(laquelle)
                faits.append(restauree(presentes[laquelle]))
            case _:
                pass
    direct, refait = Carnet(), Carnet()
    refait.prendre(*faits)
    for taille in tailles:
        direct.prendre(*faits[:taille])
        del faits[:taille]
    direct.prendre(*faits)
    assert list(direct.fichier.rows()) == list(refait.fichier.rows())
    assert len(list(refait.fichier.rows())) == len(presentes)
    assert direct.fichier.progress() == refait.fichier.progress()
    direct.fichier.close()
    refait.fichier.close()


def test_les_durees_suivent_leurs_bornes(carnet: Carnet) -> None:
    carnet.prendre(
        *(activite(LEA, AUJOURD_HUI, duree_minutes=n) for n in (1, 29, 30, 59, 60, 119, 120, 1439))
    )
    assert nombres(carnet.bloc()["activites"]["durees"]) == {"30": 2, "60": 2, "120": 2, "more": 2}


def test_le_mois_de_fin_est_dans_le_graphique_meme_si_son_jour_precede_celui_du_debut(carnet: Carnet) -> None:
    carnet.prendre(activite(LEA, dt.date(2026, 1, 31)), activite(LEA, dt.date(2026, 3, 1), 4))
    mois = carnet.bloc(du=dt.date(2026, 1, 31), au=dt.date(2026, 3, 1))["accompagnements_par_mois"]
    assert [(m["mois"], m["nombre"]) for m in mois] == [("2026-01", 1), ("2026-02", 0), ("2026-03", 4)]


def test_sans_periode_trente_jours_et_douze_mois_sans_trou(carnet: Carnet) -> None:
    carnet.prendre(activite(LEA, AUJOURD_HUI), activite(LEA, dt.date(2025, 4, 1), 2))
    bloc = carnet.bloc()
    jours, mois = bloc["accompagnements_par_jour"], bloc["accompagnements_par_mois"]
    assert (len(jours), jours[0]["libelle"], jours[-1]["libelle"]) == (30, "14/02", "15/03")
    assert jours[-1]["nombre"] == 1
    assert (len(mois), mois[0]["libelle"], mois[-1]["libelle"]) == (12, "04/25", "03/26")
    assert (mois[0]["nombre"], mois[-1]["nombre"]) == (2, 1)


def test_un_membre_parti_compte_jusqu_a_son_depart(carnet: Carnet) -> None:
    carnet.prendre(activite(MARC, dt.date(2026, 3, 1)), activite(MARC, dt.date(2026, 3, 10), 4))
    partis = [Perimetre(LEA), Perimetre(MARC, dt.date(2026, 3, 1))]
    bloc = bloc_general(carnet.fichier, Filtres(partis), Page(AUJOURD_HUI))
    assert bloc["totaux"]["accompagnements"]["total"] == 1


def test_les_filtres_se_combinent(carnet: Carnet) -> None:
    carnet.prendre(
        activite(LEA, dt.date(2026, 3, 1)),
        activite(LEA, dt.date(2026, 3, 2), 6),
        activite(MARC, dt.date(2026, 3, 2), 7),
    )
    bloc = carnet.bloc(LEA, du=dt.date(2026, 3, 2), types=[TypeActivite.COLLECTIF])
    assert bloc["totaux"]["accompagnements"]["total"] == 6


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from((LEA, MARC)), st.booleans(), st.integers(0, 9)), max_size=10),
    st.lists(
        st.tuples(st.sampled_from((LEA, MARC)), st.integers(0, 9), st.integers(1, 4)), min_size=1, max_size=8
    ),
)
def test_le_dispositif_compte_ce_que_dit_un_calcul_jour_par_jour(
    dits: list[tuple[UUID, bool, int]], faites: list[tuple[UUID, int, int]]
) -> None:
    """Quoi que dise la source, dans tout ordre : les mêmes nombres que des jours cochés un par un."""
    fin = dt.date(2026, 1, 10)
    jours = [fin - dt.timedelta(days=9 - n) for n in range(10)]
    contrats: list[conseillers_numeriques.Event] = [
        RoleChoisiV1(compte_id=m, role="mediateur", mediateur_id=m, choisi_le=LE) for m in (LEA, MARC)
    ]
    coches: dict[UUID, set[dt.date]] = {LEA: set(), MARC: set()}
    ouvertes: dict[UUID, dt.date] = {}
    for qui, est, n in dits:
        jour = jours[n]
        if est:
            contrats.append(ConseillerNumeriqueReconnuV1(compte_id=qui, effet=jour, reconnu_le=LE))
            ouvertes[qui] = jour
        else:
            contrats.append(ConseillerNumeriqueTermineV1(compte_id=qui, fin=jour, constate_le=LE))
            debut = ouvertes.pop(qui, None)
            coches[qui] |= {j for j in jours if debut is not None and debut <= j <= jour}
    for qui, debut in ouvertes.items():
        coches[qui] |= {j for j in jours if debut <= j}
    lues = fold_rows(conseillers_numeriques, {}, contrats)
    periodes = [
        Periode(qui, *bornes)
        for qui, row in lues.items()
        if row is not None
        for bornes in zip(row["debuts"], row["fins"], strict=True)
    ]
    carnet = Carnet()
    carnet.prendre(*(activite(qui, jours[n], total) for qui, n, total in faites))
    for dedans in (True, False):
        filtres = Filtres([Perimetre(LEA), Perimetre(MARC)], dispositif=Dispositif(dedans, periodes))
        attendu = sum(total for qui, n, total in faites if (jours[n] in coches[qui]) is dedans)
        assert totaux(carnet.fichier, filtres)["accompagnements"] == attendu
    carnet.fichier.close()


def test_personne_dans_le_perimetre_donne_zero_partout(carnet: Carnet) -> None:
    carnet.prendre(activite(LEA, AUJOURD_HUI))
    bloc = bloc_general(carnet.fichier, Filtres([]), Page(AUJOURD_HUI))
    assert bloc["totaux"]["activites"]["total"] == 0
    assert all(ligne["proportion"] == 0 for ligne in bloc["activites"]["types"])


def test_les_lieux_et_les_communes_sont_par_nombre_decroissant(carnet: Carnet) -> None:
    carnet.prendre(
        activite(LEA, AUJOURD_HUI, 5, type_lieu="lieu_activite", lieu_id=LIEU, code_insee="13001"),
        activite(LEA, AUJOURD_HUI, 2),
        activite(LEA, AUJOURD_HUI, type_lieu="a_distance", code_insee=None, departement=None),
    )
    bloc = carnet.bloc()
    assert [(ligne["lieu_id"], ligne["nombre"]) for ligne in bloc["lieux"]] == [(LIEU, 5)]
    assert [(c["code_insee"], c["nombre"]) for c in bloc["communes"]] == [
        ("13001", 5),
        ("13055", 2),
        (None, 1),
    ]


def test_ce_qui_n_est_pas_dit_d_un_participant_est_non_communique(carnet: Carnet) -> None:
    participants = {"total": 10, "genres": {"feminin": 4, "masculin": 3}, "statuts": {"retraite": 10}}
    carnet.prendre(activite(LEA, AUJOURD_HUI, 10, participants=participants))
    beneficiaires = carnet.bloc()["beneficiaires"]
    assert nombres(beneficiaires["genres"]) == {"masculin": 3, "feminin": 4, "non_communique": 3}
    assert nombres(beneficiaires["tranches_age"]) == {"non_communique": 10}
    assert nombres(beneficiaires["statuts"]) == {"retraite": 10}


@pytest.mark.parametrize(
    ("comptes", "attendues"),
    [
        ([1, 2, 3, 4], [10, 20, 30, 40]),
        ([0, 0, 0], [0, 0, 0]),
        ([50], [100]),
        ([2, 2, 4], [25, 25, 50]),
        ([1, 3, 4], [12.5, 37.5, 50]),
        ([1, 2], [33.333, 66.667]),
    ],
)
def test_les_proportions_ont_trois_decimales(comptes: list[int], attendues: list[float]) -> None:
    assert proportions(comptes) == attendues


def test_un_filtre_propose_ce_qui_retient_quelque_chose_les_plus_accompagnes_d_abord(carnet: Carnet) -> None:
    mairie, asso, tag, ailleurs = (uuid4() for _ in range(4))
    jour = dt.date(2026, 1, 10)
    lyon = {"code_insee": "69383", "departement": "69", "structure_employeuse_id": mairie, "tags": [tag]}
    carnet.prendre(
        activite(LEA, AUJOURD_HUI, 12, lieu_id=LIEU, **lyon),
        activite(LEA, jour, 2, **lyon | {"code_insee": "69381", "v1_cra_id": "cra-1"}),
        activite(MARC, jour, structure_employeuse_id=asso, lieu_id=ailleurs),
        activite(MARC, jour, structure_employeuse_id=asso, code_insee="99999", departement="99"),
    )

    def lus(*perimetres: Perimetre) -> dict[str, Any]:
        return choix(carnet.fichier, [*perimetres])

    tous = lus(Perimetre(LEA, personne=LEA), Perimetre(MARC, personne=LEA))
    assert [(c["libelle"], c["nombre"]) for c in tous["communes"]] == [
        ("Lyon · 69001", 14),
        ("Marseille · 13001", 1),
    ]
    assert [(d["code"], d["libelle"]) for d in tous["departements"]] == [
        ("69", "Rhône"),
        ("13", "Bouches-du-Rhône"),
    ]
    assert [(s["structure_id"], s["nombre"]) for s in tous["structures_employeuses"]] == [
        (mairie, 14),
        (asso, 2),
    ]
    assert [(un["lieu_id"], un["nombre"]) for un in tous["lieux"]] == [(LIEU, 12), (ailleurs, 1)]
    assert [(m["mediateur_id"], m["nombre"]) for m in tous["mediateurs"]] == [(LEA, 16)]
    assert (tous["premier_jour"], tous["dernier_jour"], tous["v1"]) == (jour, AUJOURD_HUI, True)
    assert tous["etiquettes"] == {(): 2, (tag,): 14}
    depuis_mars = lus(Perimetre(LEA, depuis=dt.date(2026, 3, 1)))
    assert (depuis_mars["premier_jour"], depuis_mars["v1"]) == (AUJOURD_HUI, False)
    assert lus(Perimetre(uuid4()))["premier_jour"] is None
    carnet.prendre(activite(MARC, AUJOURD_HUI, structure_employeuse_id=asso))
    assert lus(Perimetre(LEA)) == lus(Perimetre(LEA)) | {"position": Position(1, 5)}
    assert lus(Perimetre(MARC))["dernier_jour"] == AUJOURD_HUI


def test_la_coordination_se_compte_sans_trou_et_se_compare_type_par_type() -> None:
    avant = comptees([Coordonnee("animation", dt.date(2025, 12, 31), ["reseau", "partage"])])
    deux = [
        Coordonnee("evenement", dt.date(2026, mois, 1), echelon_territorial="Communal") for mois in (1, 7)
    ]
    apres = comptees(deux)
    assert [(t["trimestre"], t["total"]) for t in apres["trimestres"]] == [
        ("2026-q1", 1),
        ("2026-q2", 0),
        ("2026-q3", 1),
    ]
    assert nombres(avant["thematiques_animation"]) == {"reseau": 1, "partage": 1}
    assert nombres(apres["echelons_territoriaux"]) == {"Communal": 2}
    assert [(e["cle"], e["difference"], e["evolution"]) for e in ecarts(avant, apres)] == [
        ("total", 1, 100.0),
        ("animation", -1, -100.0),
        ("evenement", 2, None),
        ("partenariat", 0, None),
    ]
    assert comptees([])["trimestres"] == []
