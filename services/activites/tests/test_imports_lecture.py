"""Une ligne d'un fichier : ce qu'elle veut dire, écrite comme on l'écrit, et tout ce qui y est à corriger."""

import csv
import datetime as dt
from dataclasses import replace
from io import BytesIO, StringIO
from uuid import UUID, uuid4

import pytest
from activites.domain import regles
from activites.domain.faits import Contenu, Participants, normaliser
from activites.domain.vocabulaire import (
    Autonomie,
    BeneficiaireId,
    Commune,
    Genre,
    LieuId,
    Materiel,
    MediateurId,
    NiveauAtelier,
    Nomenclature,
    StatutSocial,
    StructureDeRedirection,
    TagId,
    Thematique,
    TrancheAge,
    TypeActivite,
    TypeLieu,
)
from activites.exports.activites import Portee, colonnes
from activites.imports import valeurs
from activites.imports.colonnes import ACTIVITES, Champ
from activites.imports.connus import Connus
from activites.imports.identifiants import identifier
from activites.imports.lecture import Lue
from activites.imports.lieux import Lieux, Nomme
from activites.imports.ligne import lire
from activites.imports.modele import ecrire_modele
from activites.imports.noms import etiquettes, suivis
from tableurs import Format, Saisie
from tableurs.correspondance import proposer
from tableurs.exportation import PARIS

from .exemples import DIJON, LIEU

LIEUX = Lieux({"mediatheque": {LIEU: Nomme(LIEU, frozenset({"chenove", "21300"}), actuel=False)}})
ETE, REPRISE, MARIE, PAUL = TagId(uuid4()), TagId(uuid4()), BeneficiaireId(uuid4()), BeneficiaireId(uuid4())
CONNUS = Connus(
    LIEUX,
    etiquettes(
        {
            "ete 2025": {ETE: ETE},
            "reprise a domicile": {REPRISE: REPRISE},
            "atelier": {ETE: ETE, REPRISE: REPRISE},
        }
    ),
    suivis({"marie dupont": {MARIE: MARIE}, "dupont marie": {MARIE: MARIE}, "paul petit": {PAUL: PAUL}}),
)
INDIVIDUEL = {
    Champ.DATE: "30/06/2026",
    Champ.TYPE: "Accompagnement individuel",
    Champ.DUREE: "45",
    Champ.TYPE_LIEU: "À domicile",
    Champ.COMMUNE: "dijon",
    Champ.CODE_POSTAL: "21000",
    Champ.THEMATIQUES: "E-mail ; Santé",
    Champ.MATERIELS: "ORDINATEUR",
    Champ.GENRE: "femme",
}


def ligne(**cellules: str) -> Lue[Contenu]:
    """L'individuel d'exemple, où ces cellules changent."""
    saisie = Saisie(7, "", {champ.value: texte for champ, texte in INDIVIDUEL.items()} | cellules)
    return lire(saisie, CONNUS)


def fautes(lue: Lue[Contenu]) -> set[tuple[str, str]]:
    return {(str(une.champ), une.valeur) for une in lue.fautes}


def test_un_individuel_se_lit() -> None:
    lue = ligne(notes="Reçue à 9 h\n\nRevenir <lundi>", deja_accompagnes="oui", statut_social="Retraité")
    assert lue.fautes == ()
    contenu = lue.contenu
    assert contenu is not None
    assert (contenu.type, contenu.date, contenu.duree_minutes) == (
        TypeActivite.INDIVIDUEL,
        dt.date(2026, 6, 30),
        45,
    )
    assert (contenu.type_lieu, contenu.commune) == (TypeLieu.DOMICILE, DIJON)
    assert contenu.thematiques == (Thematique.EMAIL, Thematique.SANTE)
    assert contenu.materiels == (Materiel.ORDINATEUR,)
    assert contenu.participants == Participants(
        1, 1, genres={Genre.FEMININ: 1}, statuts={StatutSocial.RETRAITE: 1}
    )
    assert contenu.notes == "<p>Reçue à 9 h</p><p>Revenir &lt;lundi&gt;</p>"


def test_un_atelier_se_lit() -> None:
    lue = ligne(
        type="Atelier",
        type_lieu="Lieu d’activité",
        lieu="MÉDIATHÈQUE",
        participants="12",
        deja_accompagnes="4",
        genre="Féminin : 3\nHommes : 5 ; Femmes : 4",
        tranche_age="18 - 24 ans : 2 ; 70 ans et plus : 3",
        niveau="1/3",
        titre_atelier="Le tableur\npas à pas",
    )
    assert lue.fautes == ()
    contenu = lue.contenu
    assert contenu is not None
    assert (contenu.lieu_id, contenu.niveau, contenu.autonomie) == (LIEU, NiveauAtelier.DEBUTANT, None)
    assert contenu.titre_atelier == "Le tableur pas à pas"
    assert contenu.participants == Participants(
        12,
        4,
        genres={Genre.FEMININ: 7, Genre.MASCULIN: 5},
        tranches_age={TrancheAge.DIX_HUIT_VINGT_QUATRE: 2, TrancheAge.SOIXANTE_DIX_PLUS: 3},
    )


def test_les_exemples_du_modele_suivent_nos_regles() -> None:
    sortie = BytesIO()
    ecrire_modele(Format.CSV, sortie)
    titres, *lignes = csv.reader(StringIO(sortie.getvalue().decode("utf-8-sig")), delimiter=";")
    connus = replace(
        CONNUS,
        lieux=Lieux({"mediatheque d exemple": {LIEU: Nomme(LIEU, frozenset({"dijon"}), actuel=False)}}),
        etiquettes=etiquettes({"permanence": {ETE: ETE}, "quartier nord": {REPRISE: REPRISE}}),
        suivis=suivis({"amina exemple": {MARIE: MARIE}, "paul exemple": {PAUL: PAUL}}),
    )
    champs = [Champ(un.value) for titre in titres for un in Champ if un.libelle == titre]
    for numero, cellules in enumerate(lignes):
        lue = lire(Saisie(numero, "", dict(zip(champs, cellules, strict=True))), connus)
        assert lue.fautes == ()
        assert lue.contenu is not None
        assert list(regles.fautes(normaliser(lue.contenu), dt.date(2026, 1, 1))) == []


def test_les_personnes_nommees_d_un_atelier_sont_deja_otees_des_repartitions() -> None:
    atelier = {"type": "Atelier", "participants": "12", "beneficiaire": "Marie Dupont ; Paul Petit"}
    assert ligne(**atelier, genre="Femmes : 6 ; Hommes : 4", deja_accompagnes="10").fautes == ()
    trop = ligne(**atelier, genre="Femmes : 7 ; Hommes : 5", deja_accompagnes="11")
    assert [(une.champ, une.message) for une in trop.fautes] == [
        (
            Champ.DEJA_ACCOMPAGNES,
            "Plus que d’anonymes (11 pour 10) : les 2 personnes nommées sont déjà ôtées",
        ),
        (Champ.GENRE, "Plus que d’anonymes (12 pour 10) : les 2 personnes nommées sont déjà ôtées"),
    ]


def test_des_etiquettes_et_des_personnes_se_donnent_par_leur_nom() -> None:
    lue = ligne(tags="ÉTÉ 2025 ; Reprise, à domicile", beneficiaire="DUPONT, Marie")
    assert lue.contenu is not None, lue.fautes
    assert (lue.contenu.tags, lue.contenu.suivis) == ((ETE, REPRISE), (MARIE,))
    for separateur in (",", ";", "\n"):
        nommes = separateur.join(("Marie Dupont", "Paul Petit", "Dupont Marie", "Bénéficiaire anonyme"))
        lue = ligne(type="Atelier", beneficiaire=nommes, participants="5")
        assert lue.contenu is not None, lue.fautes
        # Five in all: who is named is not also counted as an anonymous one.
        assert (lue.contenu.suivis, lue.contenu.participants.total) == ((MARIE, PAUL), 3)

    lue = ligne(tags="Été 2024 ; atelier", beneficiaire="Paul Petit ; Marie Dupont ; Zoé")
    assert {(une.champ, une.valeur, une.message.split(" : ")[0]) for une in lue.fautes} == {
        (Champ.TAGS, "Été 2024", "Aucune étiquette que vous voyez ne porte ce nom"),
        (Champ.TAGS, "atelier", "Plusieurs étiquettes que vous voyez portent ce nom"),
        (Champ.BENEFICIAIRE, "Zoé", "Vous ne suivez personne de ce nom"),
        (
            Champ.BENEFICIAIRE,
            "Paul Petit ; Marie Dupont ; Zoé",
            "Un accompagnement individuel concerne un seul bénéficiaire",
        ),
    }
    peu = ligne(type="Atelier", beneficiaire="Marie Dupont ; Paul Petit", participants="1", genre="")
    assert fautes(peu) == {("participants", "1")}


def test_l_identifiant_d_une_ligne_ne_dit_qui_elle_nomme_qu_a_son_compte() -> None:
    """Il est public : qui devine un nom ne peut s'en assurer sans le secret du compte."""
    lues = [ligne(), ligne(genre="", beneficiaire="Marie Dupont")]
    ids = {
        secret: [identifier(MediateurId(PAUL), secret, [lue], {})[0][1] for lue in lues]
        for secret in (b"un", b"autre")
    }
    assert ids[b"un"][0] == ids[b"autre"][0]
    assert ids[b"un"][1] != ids[b"autre"][1]


def test_une_cellule_demesuree_est_une_faute_et_les_noms_inconnus_se_disent_par_les_premiers() -> None:
    for demesuree, message in (
        ("Marie Dupont " * 500, "Plus de 5000 caractères dans une cellule"),
        ("," * 401, "Plus de 200 noms dans une cellule"),
        (";".join(["Marie Dupont"] * 201), "Plus de 200 noms dans une cellule"),
    ):
        lue = ligne(beneficiaire=demesuree)
        assert [(une.champ, une.message) for une in lue.fautes] == [(Champ.BENEFICIAIRE, message)]
    lue = ligne(tags="\n".join(f"tag{rang}" for rang in range(200)))
    assert [une.valeur for une in lue.fautes] == [f"tag{rang}" for rang in range(5)]


def test_toutes_les_fautes_d_une_ligne_sont_dites_avec_le_debut_de_sa_cellule() -> None:
    lue = ligne(
        date="hier",
        duree_minutes="longtemps",
        thematiques="E-mail ; Bureautik ; Santé",
        commune="x" * 200,
        code_postal="",
        genre="?",
        oriente_vers_structure="peut-être",
    )
    assert fautes(lue) == {
        ("date", "hier"),
        ("duree_minutes", "longtemps"),
        ("thematiques", "Bureautik"),
        ("commune", "x" * 80),
        ("genre", "?"),
        ("oriente_vers_structure", "peut-être"),
    }
    [bureautique] = [une for une in lue.fautes if une.champ == Champ.THEMATIQUES]
    assert bureautique.message == "Ce choix n’existe pas : est-ce « Bureautique » ?"
    assert lue.contenu is not None
    assert lue.contenu.thematiques == (Thematique.EMAIL, Thematique.SANTE)


def test_sans_type_rien_de_plus_ne_peut_etre_dit() -> None:
    lue = ligne(type="")
    assert (lue.contenu, fautes(lue)) == (None, {("type", "")})


@pytest.mark.parametrize(
    ("texte", "attendue"),
    [
        ("2025-12-31", dt.date(2025, 12, 31)),
        ("2025-12-31 10:30:00", dt.date(2025, 12, 31)),
        ("31/12/2025", dt.date(2025, 12, 31)),
        ("1.2.2025", dt.date(2025, 2, 1)),
        ("31-12-2025 à 10:30", dt.date(2025, 12, 31)),
        ("30/02/2025", None),
        ("31/12/25", None),
        ("12/31/2025", None),
    ],
)
def test_une_date_s_ecrit_comme_on_l_ecrit(texte: str, attendue: dt.date | None) -> None:
    if attendue is None:
        with pytest.raises(valeurs.Incomprise):
            valeurs.date(texte)
    else:
        assert valeurs.date(texte) == attendue


@pytest.mark.parametrize(
    ("texte", "attendue"),
    [("90", 90), ("90 min", 90), ("1h30", 90), ("1 h 05", 65), ("2h", 120), ("1:30", 90), ("01:30:00", 90),
     ("45mn", 45), ("90.0", 90), ("-5", None), ("1h30h", None)],
)  # fmt: skip
def test_une_duree_s_ecrit_comme_on_l_ecrit(texte: str, attendue: int | None) -> None:
    if attendue is None:
        with pytest.raises(valeurs.Incomprise):
            valeurs.minutes(texte)
    else:
        assert valeurs.minutes(texte) == attendue


@pytest.mark.parametrize(
    "nomenclature",
    [TypeActivite, TypeLieu, Thematique, Materiel, Autonomie, NiveauAtelier, StructureDeRedirection, Genre,
     TrancheAge, StatutSocial],
)  # fmt: skip
def test_un_choix_s_ecrit_par_son_code_ou_son_libelle(nomenclature: type[Nomenclature]) -> None:
    for membre in nomenclature:
        for ecrit in (membre.value, membre.libelle, membre.libelle.upper(), membre.value.replace("_", "")):
            assert valeurs.mot(nomenclature, ecrit) is membre
    tous = "\n".join(membre.libelle for membre in nomenclature)
    assert valeurs.mots(nomenclature, tous) == (tuple(nomenclature), [])


def test_un_niveau_s_ecrit_par_son_rang() -> None:
    assert [valeurs.niveau(Autonomie, f"{n}/3") for n in (1, 2, 3)] == list(Autonomie)
    with pytest.raises(valeurs.Incomprise):
        valeurs.niveau(NiveauAtelier, "4/3")


def test_un_lieu_se_donne_par_son_nom_sa_commune_ou_son_identifiant() -> None:
    ailleurs, sien = LieuId(uuid4()), LieuId(uuid4())
    homonymes = {
        LIEU: Nomme(LIEU, frozenset({"chenove", "21300"}), actuel=False),
        ailleurs: Nomme(ailleurs, frozenset({"beaune", "21200"}), actuel=False),
    }
    lieux = Lieux({"mediatheque": homonymes})
    assert lieux.trouver("Médiathèque", ["Beaune"]) == ailleurs
    assert lieux.trouver("Médiathèque", ["", "21300"]) == LIEU
    assert lieux.trouver(str(sien), []) == sien
    for texte in ("Médiathèque", "Mairie"):
        with pytest.raises(valeurs.Incomprise):
            lieux.trouver(texte, [])
    homonymes[sien] = Nomme(sien, frozenset({"dijon"}), actuel=True)
    assert lieux.trouver("Médiathèque", []) == sien
    assert lieux.connus(["", "MÉDIATHÈQUE", str(uuid4())])
    assert not lieux.connus(["Médiathèque", "Mairie"])


def test_une_commune_se_donne_par_son_code_ou_par_son_nom() -> None:
    assert ligne(commune="Dijon", code_postal="", code_insee="").contenu == ligne().contenu
    par_code = ligne(commune="", code_postal="", code_insee="1004").contenu
    assert par_code is not None
    assert par_code.commune == Commune("", "", "01004")


@pytest.mark.parametrize(
    ("nom", "code_postal", "code_insee"),
    [
        ("Dijon", "59000", None),
        ("Trifouillis", "21000", None),
        ("Marseille", "69001", None),
        ("Marseille", "13001", "13055"),
        ("MARSEILLE 1er", "13001", "13055"),
        ("lyon 3ème arrondissement", "69003", "69123"),
        ("Orleans", "45000", "45234"),
        ("St Etienne", "42000", "42218"),
        ("SAINT-ÉTIENNE CEDEX 1", "42000", "42218"),
        ("", "21000", "21231"),
        ("–", "21000", "21231"),
    ],
)
def test_un_nom_de_commune_que_son_code_postal_contredit_n_est_pas_remplace_par_un_autre(
    nom: str, code_postal: str, code_insee: str | None
) -> None:
    lue = ligne(commune=nom, code_postal=code_postal)
    if code_insee is None:
        [faute] = lue.fautes
        dite = (faute.champ, faute.message, faute.valeur)
        assert dite == (Champ.COMMUNE, "Le nom de la commune ne correspond pas", f"{nom} {code_postal}")
        return
    assert lue.contenu is not None, lue.fautes
    assert lue.contenu.commune is not None
    assert (lue.contenu.commune.code_postal, lue.contenu.commune.code_insee) == (code_postal, code_insee)


def test_les_colonnes_de_notre_export_sont_reconnues() -> None:
    a_soi = Portee([], soi=True, nommer=True, v1=False, lignes="activites", annee=2026, fuseau=PARIS)
    ecrites = [colonne.titre for colonne in colonnes(a_soi)]
    proposition = proposer(ACTIVITES.lecture.columns, ecrites)
    assert set(proposition.ignorees) == {"Enregistré le", "Dernière modification le"}
    assert all(une.sur for une in proposition.appariements)
    assert {une.champ for une in proposition.appariements} == {champ.value for champ in Champ}


def test_les_titres_ecrits_autrement_sont_reconnus() -> None:
    titres = ["DATE DE L'ACTIVITE", "type d’accompagnement", "Durée en minutes", "canal", "Themes", "Sexe"]
    proposition = proposer(ACTIVITES.lecture.columns, titres)
    assert proposition.sure()
    assert [une.champ for une in proposition.appariements] == [
        "date", "type", "duree_minutes", "type_lieu", "thematiques", "genre"
    ]  # fmt: skip
    assert proposer(ACTIVITES.lecture.columns, ["Date", "Ma colonne"]).manquantes == (
        "type", "duree_minutes", "type_lieu", "thematiques"
    )  # fmt: skip


def test_la_meme_ligne_ecrite_autrement_dit_la_meme_chose() -> None:
    autrement = ligne(
        date="2026-06-30",
        type="individuel",
        duree_minutes="0h45",
        type_lieu="domicile",
        code_insee="21231",
        commune="Dijon",
        thematiques="sante|email",
        genre="Féminin",
    )
    lue = ligne().contenu
    assert lue is not None
    assert autrement.contenu is not None
    assert replace(autrement.contenu, thematiques=lue.thematiques) == lue


def test_un_identifiant_est_garde_tel_quel() -> None:
    un = str(UUID(int=7))
    assert ligne(identifiant=f" {un} ").identifiant == un


@pytest.mark.parametrize(
    "texte", ["a;" * 16_000, "a" + " " * 30_000 + "b", "x" * 30_000], ids=["choix", "blancs", "long"]
)
def test_une_cellule_demesuree_ne_coute_ni_temps_ni_memoire(texte: str) -> None:
    assert ligne(tags=texte).fautes
    for comprendre in (valeurs.mots, valeurs.comptes):
        trouves, incompris = comprendre(Genre, texte)
        assert not trouves
        assert 1 <= len(incompris) <= 5
    for lue in (valeurs.date, valeurs.minutes, valeurs.nombre, valeurs.oui_non):
        with pytest.raises(valeurs.Incomprise):
            lue(texte)
