"""Une ligne d'un fichier -> la saisie d'un compte rendu, et tout ce qui n'y est pas compris.

Une cellule incomprise laisse la place vide : le domaine dit encore ce que les autres enfreignent.
"""

from dataclasses import replace

from tableurs import Saisie

from activites.api.textes import une_ligne
from activites.domain.faits import Contenu, Participants
from activites.domain.refus import UnSeulBeneficiaire
from activites.domain.regles import DATE_MINIMALE
from activites.domain.vocabulaire import (
    Autonomie,
    BeneficiaireId,
    Commune,
    Genre,
    LieuId,
    Materiel,
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
from activites.imports import valeurs
from activites.imports.colonnes import Champ
from activites.imports.connus import Connus
from activites.imports.deja import Deja
from activites.imports.identifiants import empreinte_de
from activites.imports.lecture import Lecture, Lue, exiger, lire_commune
from activites.imports.lieux import Lieux
from activites.imports.noms import ecrits


def lire(saisie: Saisie, connus: Connus) -> Lue[Contenu]:
    """Le compte rendu de la ligne. connus : ce que le fichier nomme."""
    lecture = Lecture(saisie)
    deja = connus.deja.get(lecture.texte(Champ.IDENTIFIANT))
    sorte = exiger(lecture, Champ.TYPE, lecture.mot(Champ.TYPE, TypeActivite), "Individuel ou collectif ?")
    contenu = _sans_noms(lecture, sorte, connus, deja)
    tags, suivis = (ecrits(lecture.texte(champ)) for champ in (Champ.TAGS, Champ.BENEFICIAIRE))
    # Before asking whom they name: the same file says the same thing, whoever they are by now.
    sienne = not lecture.fautes and not lecture.texte(Champ.IDENTIFIANT)
    empreinte = empreinte_de(contenu, tags=tags, suivis=suivis) if sienne else b""
    contenu = _nommer(lecture, contenu, sorte, connus, deja)
    return Lue(
        saisie.numero,
        # What a line may say depends on its type: without it, nothing more can be said of it.
        contenu if sorte is not None else None,
        tuple(lecture.fautes),
        saisie.valeurs,
        empreinte,
        bool(tags or suivis),
    )


def _sans_noms(lecture: Lecture, sorte: TypeActivite | None, connus: Connus, deja: Deja | None) -> Contenu:
    """Ce que dit la ligne, comme si elle ne nommait ni étiquette ni personne."""
    date = exiger(lecture, Champ.DATE, lecture.un(Champ.DATE, valeurs.date), "Veuillez renseigner une date")
    duree = lecture.un(Champ.DUREE, valeurs.minutes)
    type_lieu = exiger(
        lecture,
        Champ.TYPE_LIEU,
        lecture.mot(Champ.TYPE_LIEU, TypeLieu),
        "Veuillez renseigner un lieu d’accompagnement",
    )
    lieu_id, commune = _ou(lecture, type_lieu, connus.lieux)
    return Contenu(
        type=sorte or TypeActivite.INDIVIDUEL,
        date=date or DATE_MINIMALE,
        duree_minutes=duree or 0,
        type_lieu=type_lieu or TypeLieu.A_DISTANCE,
        lieu_id=lieu_id,
        commune=commune,
        thematiques=lecture.plusieurs(Champ.THEMATIQUES, Thematique),
        precisions_demarche=une_ligne(lecture.texte(Champ.PRECISIONS)),
        materiels=lecture.plusieurs(Champ.MATERIELS, Materiel),
        autonomie=_niveau(lecture, Autonomie) if sorte == TypeActivite.INDIVIDUEL else None,
        niveau=_niveau(lecture, NiveauAtelier) if sorte == TypeActivite.COLLECTIF else None,
        titre_atelier=une_ligne(lecture.texte(Champ.TITRE)),
        oriente_vers_structure=lecture.un(Champ.ORIENTE, valeurs.oui_non),
        structure_de_redirection=lecture.mot(Champ.REDIRECTION, StructureDeRedirection),
        participants=_participants(lecture, sorte),
        residence=lire_commune(
            lecture, Champ.RESIDENCE, Champ.RESIDENCE_CODE_POSTAL, Champ.RESIDENCE_CODE_INSEE
        ),
        notes=_notes(lecture, deja),
    )


def _nommer(
    lecture: Lecture, contenu: Contenu, sorte: TypeActivite | None, connus: Connus, deja: Deja | None
) -> Contenu:
    """Le même, avec qui y était et ses étiquettes : qui est nommé n'est pas aussi compté comme anonyme."""
    suivis = _suivis(lecture, sorte, connus, deja)
    participants = contenu.participants
    if sorte == TypeActivite.COLLECTIF and suivis:
        tous = participants.total
        compris = all(une.champ != Champ.PARTICIPANTS for une in lecture.fautes)
        compris = compris and bool(lecture.texte(Champ.PARTICIPANTS))
        if tous < len(suivis) and compris:
            lecture.faute(Champ.PARTICIPANTS, "Moins de participants que de personnes nommées")
        participants = replace(participants, total=max(0, tous - len(suivis)))
        if tous >= len(suivis) and compris:
            _nommes_comptes(lecture, participants, len(suivis))
    return replace(contenu, suivis=suivis, participants=participants, tags=_tags(lecture, connus, deja))


def _nommes_comptes(lecture: Lecture, anonymes: Participants, nommes: int) -> None:
    """Le domaine refuse ce qui dépasse les anonymes ; ici l'on dit aussi d'où vient leur nombre."""
    sommes = {
        Champ.DEJA_ACCOMPAGNES: anonymes.deja_accompagnes,
        Champ.GENRE: sum(anonymes.genres.values()),
        Champ.TRANCHE_AGE: sum(anonymes.tranches_age.values()),
        Champ.STATUT: sum(anonymes.statuts.values()),
    }
    otes = "la personne nommée est déjà ôtée"
    if nommes > 1:
        otes = f"les {nommes} personnes nommées sont déjà ôtées"
    for champ, somme in sommes.items():
        if somme > anonymes.total:
            lecture.faute(champ, f"Plus que d’anonymes ({somme} pour {anonymes.total}) : {otes}")


def _ou(lecture: Lecture, type_lieu: TypeLieu | None, lieux: Lieux) -> tuple[LieuId | None, Commune | None]:
    match type_lieu:
        case TypeLieu.LIEU_ACTIVITE:
            indices = [lecture.texte(c) for c in (Champ.COMMUNE, Champ.CODE_POSTAL, Champ.CODE_INSEE)]
            return lecture.un(Champ.LIEU, lambda texte: lieux.trouver(texte, indices)), None
        case TypeLieu.DOMICILE | TypeLieu.AUTRE:
            return None, lire_commune(lecture, Champ.COMMUNE, Champ.CODE_POSTAL, Champ.CODE_INSEE)
        case _:
            return None, None


def _niveau[N: (Autonomie, NiveauAtelier)](lecture: Lecture, echelle: type[N]) -> N | None:
    return lecture.un(Champ.NIVEAU, lambda texte: valeurs.niveau(echelle, texte))


def _tags(lecture: Lecture, connus: Connus, deja: Deja | None) -> tuple[TagId, ...]:
    if deja is not None and deja.porte(lecture.texte(Champ.TAGS)):
        return deja.activite.tags
    return lecture.nommes(Champ.TAGS, connus.etiquettes)


def _notes(lecture: Lecture, deja: Deja | None) -> str | None:
    texte = lecture.texte(Champ.NOTES)
    return deja.activite.notes if deja is not None and deja.note(texte) else valeurs.en_html(texte)


def _suivis(
    lecture: Lecture, sorte: TypeActivite | None, connus: Connus, deja: Deja | None
) -> tuple[BeneficiaireId, ...]:
    """Qui y était, de ceux que l'on suit."""
    if deja is not None and deja.etait_avec(lecture.texte(Champ.BENEFICIAIRE)):
        return deja.activite.suivis
    suivis = lecture.nommes(Champ.BENEFICIAIRE, connus.suivis)
    if sorte == TypeActivite.INDIVIDUEL and len(suivis) > 1:
        lecture.faute(Champ.BENEFICIAIRE, str(UnSeulBeneficiaire()))
        return suivis[:1]
    return suivis


def _participants(lecture: Lecture, sorte: TypeActivite | None) -> Participants:
    """Ce que les cellules en disent dépend du type ; sans lui, rien n'en est lu."""
    match sorte:
        case TypeActivite.INDIVIDUEL:
            return _un_seul(lecture)
        case TypeActivite.COLLECTIF:
            return _comptes(lecture)
        case None:
            return Participants(1)


def _un_seul(lecture: Lecture) -> Participants:
    """Le bénéficiaire d'un individuel."""
    total = lecture.un(Champ.PARTICIPANTS, valeurs.nombre)
    genre = lecture.mot(Champ.GENRE, Genre)
    age = lecture.mot(Champ.TRANCHE_AGE, TrancheAge)
    statut = lecture.mot(Champ.STATUT, StatutSocial)
    return Participants(
        total=1 if total is None else total,
        deja_accompagnes=int(bool(lecture.un(Champ.DEJA_ACCOMPAGNES, valeurs.oui_non))),
        genres={genre: 1} if genre else {},
        tranches_age={age: 1} if age else {},
        statuts={statut: 1} if statut else {},
    )


def _comptes(lecture: Lecture) -> Participants:
    """Les participants d'un atelier, nommés ou non."""

    def repartition[N: Nomenclature](champ: Champ, nomenclature: type[N]) -> dict[N, int]:
        trouves, incompris = valeurs.comptes(nomenclature, lecture.texte(champ))
        for element, message in incompris:
            lecture.faute(champ, message, element)
        return trouves

    return Participants(
        total=lecture.un(Champ.PARTICIPANTS, valeurs.nombre) or 0,
        deja_accompagnes=lecture.un(Champ.DEJA_ACCOMPAGNES, valeurs.nombre) or 0,
        genres=repartition(Champ.GENRE, Genre),
        tranches_age=repartition(Champ.TRANCHE_AGE, TrancheAge),
        statuts=repartition(Champ.STATUT, StatutSocial),
    )
