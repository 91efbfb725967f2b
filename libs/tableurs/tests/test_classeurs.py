"""Classeurs xlsx et ods : ce qu'une personne y met, et ce qu'un fichier malveillant y cache."""

import datetime as dt
import io
import re
import tracemalloc
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from tableurs import FichierRefuse, Format, Ligne, Limites, Tableau, ecrire, ouvrir

type Fabrique = Callable[..., Path]
type Lire = Callable[[str | bytes], Tableau]

TITRES = ("id", "nom", "le")
MANIFESTE = b'<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
ESPACES = " ".join(
    f'xmlns:{court}="urn:oasis:names:tc:opendocument:xmlns:{long}:1.0"'
    for court, long in {"office": "office", "table": "table", "text": "text", "style": "style"}.items()
)


def classeur(
    format_: Format, lignes: Sequence[Sequence[Any]] = ((1, "Mairie", dt.date(2024, 5, 3)),)
) -> bytes:
    sortie = io.BytesIO()
    ecrire(format_, "Lieux", TITRES, lignes, sortie)
    return sortie.getvalue()


def xlsx(remplir: Callable[[Any], None]) -> bytes:
    livre = openpyxl.Workbook()
    remplir(livre)
    sortie = io.BytesIO()
    livre.save(sortie)
    return sortie.getvalue()


def ods(tables: str, styles: str = "", manifeste: bytes = MANIFESTE) -> bytes:
    sortie = io.BytesIO()
    with zipfile.ZipFile(sortie, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet", zipfile.ZIP_STORED)
        archive.writestr("META-INF/manifest.xml", manifeste)
        archive.writestr(
            "content.xml",
            f"<office:document-content {ESPACES}><office:automatic-styles>{styles}</office:automatic-styles>"
            f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body>"
            "</office:document-content>",
        )
    return sortie.getvalue()


def rangee(*cellules: str, fois: int = 1) -> str:
    contenu = "".join(
        c
        if c.startswith("<")
        else f'<table:table-cell office:value-type="string"><text:p>{c}</text:p></table:table-cell>'
        for c in cellules
    )
    return f'<table:table-row table:number-rows-repeated="{fois}">{contenu}</table:table-row>'


def avec(contenu: bytes, nom: str, octets: bytes) -> bytes:
    """L'archive, une partie de plus (ou remplacée)."""
    sortie = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(contenu)) as source,
        zipfile.ZipFile(sortie, "w", zipfile.ZIP_DEFLATED) as but,
    ):
        for partie in source.infolist():
            if partie.filename != nom:
                but.writestr(partie, source.read(partie))
        but.writestr(nom, octets)
    return sortie.getvalue()


def lues(tableau: Tableau) -> list[Ligne]:
    return list(tableau.lire())


@pytest.mark.parametrize("format_", [Format.XLSX, Format.ODS])
def test_nombres_dates_et_vides_deviennent_des_textes(fichier: Fabrique, format_: Format) -> None:
    lignes = [
        (33000, "Mairie", dt.date(2024, 5, 3)),
        (None, None, None),
        (4.5, None, dt.datetime(2024, 5, 3, 7, 30, tzinfo=dt.UTC)),
    ]
    # Le nom du fichier ne compte pas.
    tableau = ouvrir(fichier(classeur(format_, lignes), "lieux.xlsx"))
    assert (tableau.format, tableau.colonnes, tableau.details) == (format_, TITRES, {"feuille": "Lieux"})
    assert [(x.numero, x.valeurs) for x in tableau.lire()] == [
        (2, {"id": "33000", "nom": "Mairie", "le": "2024-05-03"}),
        (4, {"id": "4.5", "nom": "", "le": "2024-05-03 09:30:00"}),
    ]


def test_une_formule_fait_refuser_sa_ligne_et_dit_laquelle(lire: Lire) -> None:
    def remplir(livre: Any) -> None:
        for ligne in (["id", "nom"], [1, "Mairie"], [2, '=CONCATENATE("a";"b")'], [3, "École"]):
            livre.active.append(ligne)

    assert [(x.numero, x.valeurs is None) for x in lues(lire(xlsx(remplir)))] == [
        (2, False),
        (3, True),
        (4, False),
    ]
    formule = '<table:table-cell table:formula="of:=1+1" office:value-type="float" office:value="2"/>'
    table = rangee("id", "nom") + rangee("1", "Mairie") + rangee("2", formule) + rangee("3", "École")
    lignes = lues(lire(ods(f'<table:table table:name="A">{table}</table:table>')))
    assert [(x.numero, x.valeurs is None) for x in lignes] == [(2, False), (3, True), (4, False)]
    assert "formule" in lignes[1].remarques[0].message


def test_la_premiere_feuille_visible_qui_a_des_donnees_est_lue_les_autres_sont_dites(
    fichier: Fabrique,
) -> None:
    def remplir(livre: Any) -> None:
        livre.active.title = "Vide"
        cachee = livre.create_sheet("Cachée")
        cachee.append(["x"])
        cachee.sheet_state = "hidden"
        for nom in ("Lieux", "Notes"):
            livre.create_sheet(nom).append(["id", "nom"])

    chemin = fichier(xlsx(remplir))
    tableau = ouvrir(chemin)
    assert (tableau.details["feuille"], tableau.colonnes) == ("Lieux", ("id", "nom"))
    assert tableau.remarques == ("feuille « Vide » laissée de côté", "feuille « Notes » laissée de côté")
    assert ouvrir(chemin, feuille="Notes").details == {"feuille": "Notes"}
    with pytest.raises(FichierRefuse, match="Ailleurs"):
        ouvrir(chemin, feuille="Ailleurs")


def test_une_feuille_cachee_d_un_ods_n_est_pas_lue(lire: Lire) -> None:
    styles = '<style:style style:name="c"><style:table-properties table:display="false"/></style:style>'
    cachee = f'<table:table table:name="Cachée" table:style-name="c">{rangee("x", "y")}</table:table>'
    table = f'<table:table table:name="Lieux">{rangee("id", "nom")}{rangee("1", "Mairie")}</table:table>'
    assert lire(ods(cachee + table, styles)).colonnes == ("id", "nom")


def test_les_lignes_et_colonnes_vides_qu_un_tableur_ajoute_ne_coutent_rien(lire: Lire) -> None:
    vide = '<table:table-cell table:number-columns-repeated="16380"/>'
    table = rangee("id", "nom", vide) + rangee("1", "Mairie", vide) + rangee(vide, fois=1_048_000)
    (ligne,) = lues(lire(ods(f'<table:table table:name="A">{table}</table:table>')))
    assert ligne.valeurs == {"id": "1", "nom": "Mairie"}


def test_des_lignes_repetees_sont_autant_de_lignes(lire: Lire) -> None:
    table = rangee("id", "nom") + rangee("", "", fois=3) + rangee("1", "Mairie", fois=2)
    lignes = lues(lire(ods(f'<table:table table:name="A">{table}</table:table>')))
    assert [ligne.numero for ligne in lignes] == [5, 6]


def test_des_milliards_de_cellules_repetees_sont_refusees_sans_etre_lues(lire: Lire) -> None:
    pleine = (
        '<table:table-cell table:number-columns-repeated="16384" office:value-type="float" office:value="1"/>'
    )
    table = f'<table:table table:name="A">{rangee(pleine, fois=1_048_576)}</table:table>'
    with pytest.raises(FichierRefuse, match="trop grande"):
        lire(ods(table))
    with pytest.raises(FichierRefuse, match="répétitions"):
        lire(ods(table.replace("16384", "beaucoup")))


def test_chaque_sorte_de_cellule_d_un_ods_se_lit_comme_on_la_voit(lire: Lire) -> None:
    def typee(sorte: str, valeur: str = "", contenu: str = "") -> str:
        return f'<table:table-cell office:value-type="{sorte}" {valeur}>{contenu}</table:table-cell>'

    note = "<office:annotation><text:p>une note</text:p></office:annotation>"
    enrichi = 'a<text:s text:c="3"/>b<text:tab/><text:span>c</text:span><text:line-break/>d'
    vues = {
        "33": typee("float", 'office:value="33.0"', "<text:p>33,00 €</text:p>"),
        "0.25": typee("percentage", 'office:value="0.25"', "<text:p>25 %</text:p>"),
        "12.5": typee("currency", 'office:value="12.5"'),
        "oui": typee("boolean", 'office:boolean-value="true"', "<text:p>VRAI</text:p>"),
        "09:30": typee("time", 'office:time-value="PT09H30M00S"'),
        "PT26H30M00S": typee("time", 'office:time-value="PT26H30M00S"'),
        "2024-05-03": typee("date", 'office:date-value="2024-05-03T00:00:00"'),
        "03/05/2024": typee("date", 'office:date-value="03/05/2024"'),
        "a   b\tc\nd\ne": typee("string", "", f"{note}<text:p>{enrichi}</text:p><text:p>e</text:p>"),
        "écrit": typee("string", 'office:string-value="écrit"', "<text:p>affiché</text:p>"),
        "sans type": "<table:table-cell><text:p>sans type</text:p></table:table-cell>",
        "": f"<table:table-cell>{note}</table:table-cell>",
    }
    table = rangee(*(f"c{n}" for n in range(len(vues)))) + rangee(*vues.values())
    (ligne,) = lues(lire(ods(f'<table:table table:name="A">{table}</table:table>')))
    assert ligne.valeurs is not None
    assert list(ligne.valeurs.values()) == list(vues)
    faux = rangee("a") + rangee(typee("float", 'office:value="douze"'))
    with pytest.raises(FichierRefuse, match="abîmé"):
        lire(ods(f'<table:table table:name="A">{faux}</table:table>'))


def test_un_ods_dont_une_cellule_deborde_est_refuse(lire: Lire) -> None:
    def table(*cellules: str) -> bytes:
        return ods(f'<table:table table:name="A">{rangee("a", "b")}{rangee(*cellules)}</table:table>')

    espaces = "<table:table-cell><text:p>a<text:s text:c='999999999'/></text:p></table:table-cell>"
    for trop_longue in ("x" * 40_000, espaces):
        (ligne,) = lues(lire(table("1", trop_longue)))
        assert ligne.valeurs is None
        assert "caractères" in ligne.remarques[-1].message
    au_dela = '<table:table-cell table:number-columns-repeated="16383"/>'
    with pytest.raises(FichierRefuse, match="trop grande"):
        lire(table("1", au_dela, "2"))


def test_quelques_octets_d_un_ods_n_en_font_pas_des_milliards(lire: Lire) -> None:
    def feuille(rangees: str) -> str:
        return f'<table:table table:name="A">{rangees}</table:table>'

    mille = 'table:number-columns-repeated="1000"'
    longue = f"<table:table-cell {mille}><text:p>{'x' * 30_000}</text:p></table:table-cell>"
    dans_une_cellule = rangee("a", f"<table:table-cell>{feuille(rangee('b'))}</table:table-cell>")
    profonde = rangee(f"<table:table-cell>{'<text:span>' * 100}a{'</text:span>' * 100}</table:table-cell>")
    for faux in (
        feuille(rangee("a") + rangee(longue)),
        feuille(dans_une_cellule),
        feuille(profonde),
        feuille("") * 1_001,
    ):
        with pytest.raises(FichierRefuse):
            lues(lire(ods(faux)))


@pytest.mark.parametrize("encodage", ["inconnu", "utf-7", "cp037"])
def test_un_ods_dans_un_encodage_inattendu_est_refuse(lire: Lire, encodage: str) -> None:
    contenu = io.BytesIO(ods(f'<table:table table:name="A">{rangee("id", "nom")}</table:table>'))
    with zipfile.ZipFile(contenu) as lu:
        xml = lu.read("content.xml")
    entete = f'<?xml version="1.0" encoding="{encodage}"?>'.encode()
    with pytest.raises(FichierRefuse):
        lues(lire(avec(contenu.getvalue(), "content.xml", entete + xml)))


def test_la_memoire_ne_suit_pas_le_nombre_de_lignes_d_un_ods(fichier: Fabrique) -> None:
    def pointe(nombre: int) -> int:
        table = "".join(rangee(str(n), f"Mairie de la commune {n}") for n in range(nombre))
        chemin = fichier(ods(f'<table:table table:name="A">{rangee("id", "nom")}{table}</table:table>'))
        tracemalloc.start()
        try:
            assert sum(ligne.valeurs is not None for ligne in ouvrir(chemin).lire()) == nombre
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    # Both are larger than a block that is read at once. Kept, a line takes more than 200 bytes.
    petit, grand = pointe(6_000), pointe(24_000)
    assert grand - petit < 18_000 * 50


@pytest.mark.parametrize("rang", ["999999999999", "1048577"])
def test_une_ligne_au_dela_de_la_derniere_est_refusee(lire: Lire, rang: str) -> None:
    contenu = classeur(Format.XLSX)
    feuille = zipfile.ZipFile(io.BytesIO(contenu)).read("xl/worksheets/sheet1.xml")
    faux = feuille.replace(b'r="2"', f'r="{rang}"'.encode())
    assert faux != feuille
    with pytest.raises(FichierRefuse, match="trop grande"):
        lues(lire(avec(contenu, "xl/worksheets/sheet1.xml", faux)))


def test_les_dimensions_ecrites_dans_le_fichier_ne_sont_pas_crues(lire: Lire) -> None:
    contenu = classeur(Format.XLSX, [(n, "Mairie", None) for n in range(50)])
    feuille = zipfile.ZipFile(io.BytesIO(contenu)).read("xl/worksheets/sheet1.xml")
    fausse = re.sub(rb'<dimension ref="[^"]*"/>', b'<dimension ref="A1:B2"/>', feuille)
    assert fausse != feuille
    assert len(lues(lire(avec(contenu, "xl/worksheets/sheet1.xml", fausse)))) == 50


@pytest.mark.parametrize("format_", [Format.XLSX, Format.ODS])
def test_une_bombe_est_refusee_avant_d_etre_ouverte(fichier: Fabrique, format_: Format) -> None:
    contenu = classeur(format_)
    with pytest.raises(FichierRefuse, match="anormale"):
        ouvrir(fichier(avec(contenu, "docProps/bombe.xml", b"0" * 20_000_000)))
    with pytest.raises(FichierRefuse, match="trop grand"):
        ouvrir(fichier(contenu), Limites(octets_decompresses=1_000))
    with pytest.raises(FichierRefuse, match="plus de 0 Mo"):
        ouvrir(fichier(contenu), Limites(octets=1_000))


def test_un_million_de_lignes_est_refuse_sans_etre_garde(fichier: Fabrique) -> None:
    lignes = "".join(f'<row r="{n}"><c><v>1</v></c><c><v>2</v></c></row>' for n in range(1, 30_000))
    entete = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    feuille = entete + lignes.encode() + b"</sheetData></worksheet>"
    chemin = fichier(avec(classeur(Format.XLSX), "xl/worksheets/sheet1.xml", feuille))
    with pytest.raises(FichierRefuse, match="plus de 20000 lignes"):
        lues(ouvrir(chemin, Limites(lignes=20_000)))


@pytest.mark.parametrize("format_", [Format.XLSX, Format.ODS])
@pytest.mark.parametrize(
    ("partie", "contenu", "message"),
    [
        ("xl/vbaProject.bin", b"macro", "macros"),
        ("Basic/Standard/script-lb.xml", b"<x/>", "macros"),
        (
            "xl/dessin.xml",
            b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
            "définitions",
        ),
        ("xl/dessin.xml", '<!DOCTYPE x [<!ENTITY a "aaa">]><x/>'.encode("utf-16"), "définitions"),
    ],
)
def test_macros_et_entites_sont_refusees(
    lire: Lire, format_: Format, partie: str, contenu: bytes, message: str
) -> None:
    with pytest.raises(FichierRefuse, match=message):
        lire(avec(classeur(format_), partie, contenu))


def test_un_classeur_abime_ou_chiffre_est_refuse(lire: Lire) -> None:
    contenu = classeur(Format.XLSX)
    sans_feuille = avec(contenu, "xl/worksheets/sheet1.xml", b"<worksheet")
    sans_index = avec(contenu, "xl/workbook.xml", b"<workbook/>")
    chiffre = ods("", manifeste=b"<manifest:encryption-data/>")
    autre = avec(b"PK\x05\x06" + bytes(18), "word/document.xml", b"<w/>")
    coupe = contenu[: len(contenu) // 2]
    menteur = bytearray(contenu)
    menteur[60:70] = b"0123456789"
    for faux in (sans_feuille, sans_index, chiffre, autre, coupe, bytes(menteur), ods("<a>"), ods("")):
        with pytest.raises(FichierRefuse):
            lues(lire(faux))
