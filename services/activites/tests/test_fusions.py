"""Fusionner, séparer, en chaîne : chacun retrouve exactement ce qui est à lui."""

from dataclasses import asdict, replace
from typing import Any

import pytest
import sqlalchemy as sa
from activites.domain import activite, beneficiaire
from activites.domain.beneficiaire_commandes import SeparerDouble
from activites.domain.beneficiaire_faits import CoordonneesCorrigees, DoubleSepare, Fiche, NotesCorrigees
from activites.domain.faits import ActiviteEnregistree
from activites.domain.separation import doubles_de, suivi_de
from activites.projections import activites_suivies, beneficiaires_suivis
from activites.statistiques.fichier import FichierStatistiques
from activites.statistiques.filtres import Filtres
from events.codec import union_members
from events.decider import fold
from events.projection.projection import Projection, fold_rows
from events.store.store import Store
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncConnection

from . import histoires
from .exemples import ATELIER, DIJON, MOI, PLUS_TARD, corriger, enregistrer
from .rapprochements import LYON, QUI, Cahier, Registre, cahiers, dites, relus, scelles

A, B, C, D = QUI[:4]


@pytest.fixture
def cahier() -> Cahier:
    """A dans B, puis B dans C : A donne son courriel, B ses notes, C avait son téléphone."""
    cahier = Cahier()
    cahier.suivre(A, Fiche(prenom="A", nom="Un", courriel="a@exemple.fr", telephone="+33411111111"))
    cahier.suivre(B, Fiche(prenom="B", nom="Un", notes="<p>De B</p>"))
    cahier.suivre(C, Fiche(prenom="C", nom="Un", telephone="+33433333333"))
    cahier.suivre(D, Fiche(prenom="D", nom="Un", courriel="d@exemple.fr", notes="<p>De D</p>"))
    cahier.fusionner(A, B)
    cahier.fusionner(B, C)
    return cahier


def dit(cahier: Cahier, *qui: Any) -> list[tuple[Any, ...]]:
    return [(f.courriel, f.telephone, f.notes) for f in map(cahier.dit, qui)]


def test_separer_au_milieu_d_une_chaine_rend_a_chacune_ce_qui_est_a_elle(cahier: Cahier) -> None:
    assert dit(cahier, B, C) == [
        ("a@exemple.fr", "+33411111111", "<p>De B</p>"),
        ("a@exemple.fr", "+33433333333", "<p>De B</p>"),
    ]
    cahier.separer(A)
    assert dit(cahier, A, B, C) == [
        ("a@exemple.fr", "+33411111111", None),
        (None, None, "<p>De B</p>"),
        (None, "+33433333333", "<p>De B</p>"),
    ]
    assert cahier.personnes() == [A, C, D]
    cahier.separer(B)
    assert dit(cahier, B, C) == [(None, None, "<p>De B</p>"), (None, "+33433333333", None)]


def test_ce_qu_un_double_cachait_chez_un_autre_revient_quand_il_part(cahier: Cahier) -> None:
    """D avait un courriel, mais celui de A, venu d'abord, l'emportait : A parti, c'est celui de D."""
    cahier.fusionner(D, C)
    assert dit(cahier, C) == [("a@exemple.fr", "+33433333333", "<p>De B</p>")]
    cahier.separer(A)
    assert dit(cahier, C) == [("d@exemple.fr", "+33433333333", "<p>De B</p>")]
    cahier.separer(B)
    assert dit(cahier, C) == [("d@exemple.fr", "+33433333333", "<p>De D</p>")]
    # Come back later, it finds what it had hidden filled.
    cahier.fusionner(A, C)
    assert dit(cahier, C) == [("d@exemple.fr", "+33433333333", "<p>De D</p>")]


def test_ce_que_le_mediateur_a_ecrit_depuis_reste_meme_egal_a_ce_que_disait_le_double(cahier: Cahier) -> None:
    cahier.ecrire(C, courriel="c@exemple.fr")
    cahier.ecrire(C, courriel="a@exemple.fr", notes=None)
    cahier.fusionner(D, C)
    cahier.separer(A)
    cahier.separer(B)
    assert dit(cahier, C) == [("a@exemple.fr", "+33433333333", "<p>De D</p>")]
    assert dit(cahier, B) == [(None, None, "<p>De B</p>")]


def test_une_rue_reste_dans_sa_commune_et_un_numero_l_emporte_quoi_que_l_on_separe(cahier: Cahier) -> None:
    cahier.separer(A)
    cahier.separer(B)
    cahier.ecrire(C, telephone=None, pas_de_telephone=True)
    cahier.ecrire(B, adresse="1 rue Neuve", commune=DIJON)
    cahier.ecrire(D, adresse="2 rue Haute", commune=LYON)
    for un in (B, D, A):
        cahier.fusionner(un, C)

    def lu() -> tuple[Any, ...]:
        fiche = cahier.dit(C)
        return fiche.adresse, fiche.commune, fiche.telephone, fiche.pas_de_telephone

    assert lu() == ("1 rue Neuve", DIJON, "+33411111111", False)
    cahier.separer(B)
    assert lu() == ("2 rue Haute", LYON, "+33411111111", False)
    cahier.separer(A)
    assert lu() == ("2 rue Haute", LYON, None, True)
    # A street that is corrected is so in the town where it is read.
    cahier.ecrire(C, adresse="3 rue Basse")
    cahier.separer(D)
    assert lu() == ("3 rue Basse", LYON, None, True)


def test_ce_qui_fut_choisi_d_un_double_part_avec_lui_et_tient_quand_un_autre_s_en_va(cahier: Cahier) -> None:
    """Choisi de B qui le tenait de A : A parti, B ne le dit plus, et C retrouve le sien."""
    cahier.separer(B)
    cahier.fusionner(B, C, "prenom", "telephone", "notes")
    cahier.fusionner(D, C, "courriel")

    def lue() -> tuple[Any, ...]:
        return cahier.dit(C).prenom, *dit(cahier, C)[0]

    assert lue() == ("B", "d@exemple.fr", "+33411111111", "<p>De B</p>")
    cahier.separer(A)
    assert lue() == ("B", "d@exemple.fr", "+33433333333", "<p>De B</p>")
    # What is corrected since is said for good, chosen or not.
    cahier.ecrire(C, courriel="c@exemple.fr")
    cahier.separer(D)
    cahier.separer(B)
    assert lue() == ("C", "c@exemple.fr", "+33433333333", None)
    # Merged again without a choice, what was chosen then is forgotten.
    cahier.fusionner(B, C)
    assert lue() == ("C", "c@exemple.fr", "+33433333333", "<p>De B</p>")


def test_chaque_fiche_de_la_chaine_garde_le_fait_de_la_separation(cahier: Cahier) -> None:
    """Deux séparations qui se croisent s'y rencontrent ; rien d'autre ne change que ce qui venait d'elle."""
    avant = len(cahier.faits)
    cahier.separer(A)
    le: dict[str, Any] = {"mediateur_id": MOI, "corrige_le": cahier.heure}
    assert cahier.faits[avant + 1 :] == [
        DoubleSepare(
            beneficiaire_id=B,
            mediateur_id=MOI,
            de=A,
            rendus=("telephone", "courriel"),
            separe_le=cahier.heure,
        ),
        CoordonneesCorrigees(beneficiaire_id=B, **le),
        DoubleSepare(beneficiaire_id=C, mediateur_id=MOI, de=A, rendus=("courriel",), separe_le=cahier.heure),
        CoordonneesCorrigees(beneficiaire_id=C, **le, telephone="+33433333333"),
    ]
    etat = cahier.etats[C]
    sans = SeparerDouble(beneficiaire_id=C, par=MOI, de=B, doubles={}, maintenant=PLUS_TARD)
    separe, notes = beneficiaire.decide(sans, etat)
    assert (type(separe), type(notes)) == (DoubleSepare, NotesCorrigees)


def test_un_double_d_avant_parti_sans_le_dire_n_apporte_plus_rien(cahier: Cahier) -> None:
    """Les faits d'avant `DoubleSepare` ne disaient rien à la destination : la fiche du double le dit."""
    cahier.fusionner(D, C)
    muette = [f for f in cahier.faits if f.beneficiaire_id == C]
    cahier.separer(D)
    # As it would have been written then: C kept the layer of D, which is now in E.
    cahier.etats[C] = fold(beneficiaire, muette)
    cahier.suivre(QUI[4], Fiche(prenom="E", nom="Un"))
    cahier.fusionner(D, QUI[4])
    cahier.separer(A)
    assert dit(cahier, C) == [(None, "+33433333333", "<p>De B</p>")]


def test_corriger_un_compte_rendu_laisse_chacun_sous_la_fiche_ou_il_y_etait() -> None:
    """Fusionnée depuis, A se lit C, et se renvoie C : à la séparation, A retrouve son accompagnement."""
    seule = replace(ATELIER, suivis=(A, D))
    (fait,) = activite.decide(enregistrer(seule, suivis=frozenset({A, D})), activite.initial)
    assert isinstance(fait, ActiviteEnregistree)
    etat = activite.evolve(activite.initial, fait)
    lue = corriger(replace(seule, suivis=(C, D)), suivis=frozenset({C, D}), personnes={A: C, D: D})
    assert activite.decide(lue, etat) == []
    (corrigee,) = activite.decide(replace(lue, contenu=replace(lue.contenu, duree_minutes=5)), etat)
    assert corrigee.suivis == (A, D)  # type: ignore[union-attr]
    # All the files of who is there stay; who is taken away takes all of theirs; a newcomer is as chosen.
    (ensemble,) = activite.decide(
        enregistrer(replace(ATELIER, suivis=(A, B, C)), suivis=frozenset({A, B, C})), activite.initial
    )
    y_etaient = activite.evolve(activite.initial, ensemble)
    sans, avec = (
        activite.decide(
            replace(lue, contenu=replace(ATELIER, suivis=suivis), personnes={A: C, B: C}), y_etaient
        )
        for suivis in ((D,), (C, D))
    )
    assert [f.suivis for f in (*sans, *avec)] == [(D,), (A, B, C, D)]  # type: ignore[union-attr]


@settings(max_examples=40, deadline=None)
@given(cahiers(), st.data())
def test_n_importe_quelle_suite_se_lit_comme_si_les_fusions_defaites_n_avaient_jamais_ete(
    cahier: Cahier, data: st.DataObject
) -> None:
    """Fiches et chiffres ; puis, tout séparé dans n'importe quel ordre, chacun n'a plus que le sien."""

    def verifier() -> None:
        assert {un: asdict(cahier.dit(un)) for un in QUI} == {
            un: asdict(Fiche(**lue)) for un, lue in dites(cahier.faits).items()
        }

    verifier()
    while doubles := cahier.doubles():
        cahier.separer(data.draw(st.sampled_from(doubles)))
        verifier()
    _verifier_les_chiffres(cahier)


@settings(max_examples=20, deadline=None)
@given(cahiers(), st.data())
def test_effacer_une_fiche_rend_illisible_partout_ce_qu_elle_disait_fusionnee_ou_non(
    cahier: Cahier, data: st.DataObject
) -> None:
    """Chaque texte sous la clé de la fiche où il fut écrit ; les autres disent ce qu'elles diraient sans."""
    registre = Registre.de(cahier.faits)
    for un in QUI:
        siennes = [un]
        for vers in siennes:
            siennes += doubles_de(vers, cahier.etats)
        assert sorted(siennes) == sorted(registre.sous(un))
    cahier.effacer(data.draw(st.sampled_from(QUI)))
    while True:
        assert scelles(cahier.faits) <= cahier.ecrits
        rows = fold_rows(beneficiaires_suivis, {}, relus(cahier.faits))
        for un, voulue in dites(cahier.faits).items():
            if (suivi := suivi_de(cahier.etats[un])) is not None:
                assert asdict(suivi.derniere) == asdict(Fiche(**voulue))
                assert {nom: (rows[un] or {})[nom] for nom in _LISTES} == {
                    nom: voulue[nom] for nom in _LISTES
                }
        if not (doubles := cahier.doubles()):
            break
        cahier.separer(data.draw(st.sampled_from(doubles)))


_LISTES = ("prenom", "nom", "telephone", "courriel", "annee_naissance")


def _verifier_les_chiffres(cahier: Cahier) -> None:
    fichier, registre, numero = FichierStatistiques(":memory:"), histoires.Registre(), 0
    lus = [f for f in cahier.faits if type(f) in union_members(histoires.Event)]
    try:
        for debut in range(0, len(lus), 5):
            lot = lus[debut : debut + 5]
            for fait in lot:
                registre.lire(fait)
            numero = histoires.prendre(fichier, lot, numero)
            for voulus in ((), (A,), (C, D)):
                filtres = Filtres(None, beneficiaires=voulus)
                assert histoires.comptes_de(fichier, filtres) == registre.chiffres(filtres)
    finally:
        fichier.close()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cahiers())
async def test_les_tables_disent_de_chacun_ce_que_disent_les_faits(store: Store[Any], cahier: Cahier) -> None:
    """Liste, histoire, premier accompagnement, fiches en double : sous chaque fiche, et sous la personne."""
    registre, un = Registre.de(cahier.faits), beneficiaires_suivis.table.c.beneficiaire_id
    async with store.database.engine.scan() as connection:  # nothing stays
        await _remplir(connection, cahier)
        listees = await connection.execute(
            activites_suivies.comptes(beneficiaires_suivis.du_mediateur([MOI]))
        )
        assert {row.beneficiaire_id: (row.prenom, row.accompagnements) for row in listees} == {
            qui: (cahier.dit(qui).prenom, len(registre.accompagnements(registre.sous(qui))))
            for qui in cahier.personnes()
        }
        comptees = await connection.execute(sa.select(un, activites_suivies.nombre(un)))
        assert {tuple(row) for row in comptees} == {
            (qui, len(registre.accompagnements(registre.sous(qui)))) for qui in QUI
        }
        premieres = await connection.execute(activites_suivies.premieres(QUI))
        assert {tuple(row) for row in premieres} == {
            (qui, next(iter(registre.accompagnements(registre.sous(qui))), None)) for qui in QUI
        }
        fusionnes = await connection.execute(beneficiaires_suivis.fusionnes([MOI]))
        assert {(row.beneficiaire_id, row.vers, row.vers_prenom) for row in fusionnes} == {
            (qui, vers := registre.personne(qui), cahier.dit(vers).prenom) for qui in cahier.doubles()
        }
        for qui in QUI:
            trouvees = await connection.scalars(beneficiaires_suivis.fiches([MOI], [qui]))
            assert sorted(trouvees) == sorted(registre.sous(registre.personne(qui)))


async def _remplir(connection: AsyncConnection, cahier: Cahier) -> None:
    """Les lignes que les projections tirent des faits ; la transaction n'est jamais validée."""
    projections: list[Projection[Any]] = [beneficiaires_suivis, activites_suivies]
    for projection in projections:
        rows = fold_rows(projection, {}, cahier.faits)
        if lignes := [row for row in rows.values() if row]:
            await connection.execute(sa.insert(projection.table), lignes)
