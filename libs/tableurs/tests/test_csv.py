"""Fichiers CSV tels qu’on les reçoit : encodages, séparateurs, guillemets, lignes de travers."""

import gzip
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tableurs import FichierRefuse, Ligne, Limites, Tableau, ouvrir

type Lire = Callable[[str | bytes], Tableau]

ACCENTS = "nom;ville\nMédiathèque de l’Île;Orléans\n"


def valeurs(tableau: Tableau) -> list[dict[str, str]]:
    return [dict(ligne.valeurs) for ligne in tableau.lire() if ligne.valeurs is not None]


def dites(lignes: Iterator[Ligne]) -> list[tuple[int, str, str | None]]:
    return [(ligne.numero, r.message, r.reparation) for ligne in lignes for r in ligne.remarques]


@pytest.mark.parametrize(
    "encodage", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be", "mac_roman"]
)
def test_les_accents_se_lisent_dans_chaque_encodage(lire: Lire, encodage: str) -> None:
    tableau = lire(ACCENTS.encode(encodage))
    assert valeurs(tableau) == [{"nom": "Médiathèque de l’Île", "ville": "Orléans"}]


def test_le_format_se_reconnait_au_contenu_meme_comprime(lire: Lire) -> None:
    tableau = lire(gzip.compress(ACCENTS.encode()))
    assert (tableau.format, tableau.colonnes) == ("csv", ("nom", "ville"))
    assert tableau.details == {"encodage": "utf-8-sig", "séparateur": ";"}


def test_une_ligne_mal_encodee_est_seule_refusee(lire: Lire) -> None:
    octets = "nom;ville\nÉcole;Évry\n".encode() + "Mairie;Orléans\n".encode("cp1252") + b"Poste;Foix\n"
    lignes = list(lire(octets).lire())
    assert [ligne.valeurs is None for ligne in lignes] == [False, True, False]
    assert "encodages" in lignes[1].remarques[0].message


@pytest.mark.parametrize(
    ("texte", "separateur"),
    [
        ("nom;lat\nMairie;48,5\nÉcole;47,1\n", ";"),
        ("nom,adresse\nMairie,1 rue de la Paix\n", ","),
        ("nom\tadresse\nMairie\t1, rue ; place\n", "\t"),
        ("Nom, prénom|Ville\nMartin, Anne|Foix\n", "|"),
        ('nom,adresse\n"Mairie; annexe","1; rue"\n"École; 2","3; rue"\n', ","),
        ("nom\nMairie\n", ","),
    ],
)
def test_le_separateur_est_celui_qui_coupe_toutes_les_lignes(lire: Lire, texte: str, separateur: str) -> None:
    tableau = lire(texte)
    assert tableau.details["séparateur"] == separateur
    assert all(ligne.valeurs is not None and not ligne.remarques for ligne in tableau.lire())


def test_des_cellules_sur_plusieurs_lignes_et_des_virgules_ne_trompent_pas_sur_le_separateur(
    lire: Lire,
) -> None:
    """Nos exports écrivent une liste un mot par ligne de la cellule ; un titre y a souvent une virgule."""
    cellule = "Rencontre, salon\nForum, journée\nAtelier, repas\nPoint, bilan"
    titres = "Date;Type d’animation, nature;Tags"
    texte = f"{titres}\n" + "".join(f'2026-01-{n:02};"{cellule}";Un\n' for n in range(1, 15))
    tableau = lire(texte.encode())
    assert tableau.details["séparateur"] == ";"
    premiere, *_ = tableau.lire()
    assert (premiere.valeurs or {})["Type d’animation, nature"] == cellule


def test_un_guillemet_seul_n_avale_aucune_ligne(lire: Lire) -> None:
    texte = 'id;nom;ville\n1;Mairie;Foix\n2;"Le Relais;Pau\n3;École;Évry\n4;Poste;Lyon\n5;"Chez Zoé";Sète\n'
    lignes = list(lire(texte).lire())
    assert [(x.numero, (x.valeurs or {})["id"], (x.valeurs or {})["nom"]) for x in lignes] == [
        (2, "1", "Mairie"),
        (3, "2", "Le Relais"),
        (4, "3", "École"),
        (5, "4", "Poste"),
        (6, "5", "Chez Zoé"),
    ]
    assert dites(iter(lignes)) == [(3, "guillemet mal placé", "corrigé")]


def test_deux_guillemets_seuls_qui_se_repondent_n_avalent_rien(lire: Lire) -> None:
    texte = 'id;nom;ville\n2;"Le Relais;Pau\n3;École;Évry\n4;Poste;Lyon\n5;Relais";Sète\n6;Ici;Foix\n'
    assert [v["id"] for v in valeurs(lire(texte))] == ["2", "3", "4", "5", "6"]


def test_un_guillemet_ouvert_parmi_cinq_cents_lignes_n_en_perd_aucune(lire: Lire) -> None:
    lignes = [f"{n};Lieu {n};Foix" for n in range(1, 501)]
    lignes[10] = '11;"Lieu 11;Foix'
    tableau = lire("id;nom;ville\n" + "\n".join(lignes))
    assert [v["id"] for v in valeurs(tableau)] == [str(n) for n in range(1, 501)]
    assert dites(tableau.lire()) == [(12, "guillemet mal placé", "corrigé")]


def test_un_guillemet_que_rien_ne_permet_de_reparer_fait_refuser_sa_ligne_seule(lire: Lire) -> None:
    texte = 'id;nom;ville\n1;"Le "Relais" bleu";"a;b"\n2;École;Foix\n'
    refusee, bonne = lire(texte).lire()
    assert (refusee.numero, refusee.valeurs) == (2, None)
    assert "guillemet" in refusee.remarques[-1].message
    assert bonne.valeurs == {"id": "2", "nom": "École", "ville": "Foix"}


def test_un_vrai_texte_sur_plusieurs_lignes_reste_entier(lire: Lire) -> None:
    texte = 'id;note;ville\n1;"Bonjour,\nà tous ; \n""ici"" aussi";Foix\n2;b;Pau\n'
    un, deux = lire(texte).lire()
    assert un.valeurs == {"id": "1", "note": 'Bonjour,\nà tous ; \n"ici" aussi', "ville": "Foix"}
    assert (un.remarques, deux.numero) == ((), 5)


def test_des_titres_sur_plusieurs_lignes_se_lisent(lire: Lire) -> None:
    tableau = lire('"id\n(obligatoire)";"nom\ndu lieu"\n1;Mairie\n')
    assert tableau.colonnes == ("id (obligatoire)", "nom du lieu")


def test_une_ligne_trop_courte_est_lue_et_dite(lire: Lire) -> None:
    (ligne,) = lire("id;nom;ville\n1;Mairie\n").lire()
    assert ligne.valeurs == {"id": "1", "nom": "Mairie", "ville": ""}
    assert dites(iter([ligne])) == [(2, "2 cellules pour 3 colonnes", "complété par des cellules vides")]


def test_une_ligne_trop_longue_est_refusee_sauf_si_le_reste_est_vide(lire: Lire) -> None:
    refusee, bonne = lire("id;nom\n1;Mairie;Foix\n2;École;;\n").lire()
    assert refusee.valeurs is None
    assert refusee.remarques[0].avant == "Foix"
    assert bonne.valeurs == {"id": "2", "nom": "École"}


def test_les_lignes_vides_et_ce_qui_precede_les_titres_sont_passes(lire: Lire) -> None:
    tableau = lire("Liste des lieux, édition 2024;;\n\nid;nom;ville\n\n1;Mairie;Foix\n;;\n2;École;Pau\n")
    assert tableau.colonnes == ("id", "nom", "ville")
    assert tableau.remarques == ("1 ligne avant les titres, laissée de côté",)
    assert [ligne.numero for ligne in tableau.lire()] == [5, 7]
    deux = lire("Lieux;;\n2024;;\nid;nom;ville\n1;Mairie;Foix\n")
    assert deux.remarques == ("2 lignes avant les titres, laissées de côté",)


def test_deux_colonnes_du_meme_nom_et_une_sans_nom_restent_distinctes(lire: Lire) -> None:
    tableau = lire("nom;;nom;nom (2)\na;b;c;d\n")
    assert tableau.colonnes == ("nom", "colonne 2", "nom (2)", "nom (2) (2)")
    assert list(valeurs(tableau)[0].values()) == ["a", "b", "c", "d"]


def test_l_apostrophe_qui_protege_d_une_formule_n_est_pas_du_texte(lire: Lire) -> None:
    (lues,) = valeurs(lire("tel;nom;ville;rue\n'+33561020304;'ici;-;'-\n"))
    assert lues == {"tel": "+33561020304", "nom": "'ici", "ville": "-", "rue": "-"}


def test_une_ligne_sans_fin_est_refusee_sans_etre_gardee(lire: Lire) -> None:
    refusee, bonne = lire("id;nom\n1;" + "a" * 3_000_000 + "\n2;b\n").lire()
    assert (refusee.numero, refusee.valeurs, bonne.numero) == (2, None, 3)
    assert len(refusee.remarques[0].avant) <= 100


def test_un_caractere_nul_ou_une_cellule_demesuree_font_refuser_leur_ligne(lire: Lire) -> None:
    nulle, longue, bonne = lire("id;nom\n1;a\0b\n2;" + "a" * 40_000 + "\n3;c\n").lire()
    assert (nulle.valeurs, longue.valeurs) == (None, None)
    assert bonne.valeurs == {"id": "3", "nom": "c"}


def test_un_tableau_trop_long_est_refuse_des_qu_il_depasse(tmp_path: Path) -> None:
    chemin = tmp_path / "long.csv"
    chemin.write_text("id;nom\n" + "1;a\n" * 11)
    with pytest.raises(FichierRefuse, match="plus de 10 lignes"):
        list(ouvrir(chemin, Limites(lignes=10)).lire())
    with pytest.raises(FichierRefuse, match="plus de 1 colonnes"):
        ouvrir(chemin, Limites(colonnes=1))


@pytest.mark.parametrize(
    ("contenu", "message"),
    [
        (b"", "vide"),
        (b"\n\n  \n", "vide"),
        (b"%PDF-1.7", "PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", ".xls"),
        (b"<html><table></table></html>", "page web"),
        (bytes(range(256)) * 10, "pas un fichier de texte"),
        (b"\x1f\x8b\x08\x00abc", "abîmé"),
        (gzip.compress(b"a;b\n" * 200_000), "trop grand"),
    ],
)
def test_ce_qui_n_est_pas_un_tableau_est_refuse_en_le_disant(
    tmp_path: Path, contenu: bytes, message: str
) -> None:
    chemin = tmp_path / "lieux.csv"
    chemin.write_bytes(contenu)
    with pytest.raises(FichierRefuse, match=message):
        ouvrir(chemin, Limites(octets_decompresses=500_000))


def test_un_fichier_absent_est_refuse(tmp_path: Path) -> None:
    with pytest.raises(FichierRefuse, match="existe pas"):
        ouvrir(tmp_path / "absent.csv")
