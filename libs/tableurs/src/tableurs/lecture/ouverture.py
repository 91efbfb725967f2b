"""Reconnaître le format d'un fichier à son contenu, jamais à son nom, et l'ouvrir."""

from pathlib import Path

from tableurs.lecture import archive, classeur_ods, classeur_xlsx, format_csv, format_json
from tableurs.lecture.octets import ouvrir_octets
from tableurs.lecture.texte import reconnaitre_encodage
from tableurs.tableau import FichierRefuse, Limites, Tableau

_ATTENDUS = "Un fichier .xlsx, .ods, .csv ou .json est attendu."
_AUTRES_TYPES = {
    b"\xd0\xcf\x11\xe0": "Classeur .xls, ou protégé par un mot de passe : enregistrez-le en .xlsx.",
    b"%PDF": f"C'est un document PDF. {_ATTENDUS}",
    b"\x89PNG": f"C'est une image. {_ATTENDUS}",
    b"\xff\xd8\xff": f"C'est une image. {_ATTENDUS}",
    b"{\\rtf": f"C'est un document de traitement de texte. {_ATTENDUS}",
}
_DEBUT = 4096


def ouvrir(
    chemin: Path, limites: Limites | None = None, *, separateur: str | None = None, feuille: str | None = None
) -> Tableau:
    """Le tableau que contient ce fichier (csv, xlsx, ods, json, jsonl ; les textes peuvent être en .gz).

    separateur, feuille : pour les imposer ; sinon ils sont reconnus.
    Raises FichierRefuse.
    """
    limites = limites or Limites()
    try:
        return _ouvrir(chemin, limites, separateur, feuille)
    except FileNotFoundError as erreur:
        raise FichierRefuse("Le fichier n'existe pas.") from erreur
    except (OSError, EOFError) as erreur:
        raise FichierRefuse(f"Le fichier ne peut pas être lu : {erreur}.") from erreur


def _ouvrir(chemin: Path, limites: Limites, separateur: str | None, feuille: str | None) -> Tableau:
    if chemin.stat().st_size > limites.octets:
        raise FichierRefuse(f"Le fichier fait plus de {limites.octets // 1_000_000} Mo.")
    with ouvrir_octets(chemin, limites) as fichier:
        debut = fichier.read(_DEBUT)
    for signature, message in _AUTRES_TYPES.items():
        if debut.startswith(signature):
            raise FichierRefuse(message)
    if debut.startswith(b"PK\x03\x04"):
        match archive.verifier(chemin, limites):
            case "xlsx":
                return classeur_xlsx.ouvrir(chemin, limites, feuille)
            case "ods":
                return classeur_ods.ouvrir(chemin, limites, feuille)
    encodage = reconnaitre_encodage(chemin, limites)
    amorce = debut.decode(encodage, "replace").lstrip("\ufeff \t\r\n")
    if not amorce:
        raise FichierRefuse("Le fichier est vide.")
    if amorce.lower().startswith(("<!doctype", "<html", "<?xml", "<table")):
        raise FichierRefuse(f"C'est une page web ou un document XML, pas un tableau. {_ATTENDUS}")
    match amorce[0]:
        case "{":
            return format_json.ouvrir_lignes(chemin, limites, encodage)
        case "[":
            return format_json.ouvrir_liste(chemin, limites, encodage)
        case _:
            return format_csv.ouvrir(chemin, limites, encodage, separateur)
