"""Une ligne d'une source -> la fiche d'un lieu, et la liste de ce qui a été réparé en route."""

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

from referentiels.cles import cle
from referentiels.communes import RAYON_KM, Point, rayon_km
from referentiels.ecritures import nettoyer_code_postal, nettoyer_commune
from referentiels.reconnaissance import Trouvee, reconnaitre
from referentiels.siret import INCONNU, NumeroRefuse, lire_pivot
from referentiels.telephones import lire_telephones
from referentiels.textes import nettoyer_texte
from tableurs import Saisie

from cartographie.domain import nettoyage as n
from cartographie.domain.fiche import Contact, Fiche
from cartographie.domain.lieu import a_des_lettres
from cartographie.domain.nettoyage_contacts import nettoyer_courriels, nettoyer_sites
from cartographie.domain.nettoyage_horaires import depuis_jours, relire_osm
from cartographie.domain.vocabulaire import ModaliteAcces
from cartographie.imports.configuration import ENUMERATIONS, Champ, Configuration

RESUME_MAX = 280


@dataclass(frozen=True, slots=True)
class Lecture:
    """Une ligne en cours de lecture, et de quoi la comprendre."""

    saisie: Saisie
    configuration: Configuration
    aujourd_hui: dt.date

    def texte(self, champ: Champ) -> str:
        """La valeur brute d'un champ : colonnes réunies, ou la première non vide, ou le défaut."""
        colonnes = self.configuration.colonnes.get(champ, ())
        presentes = [v for c in colonnes if (v := self.saisie.texte(c)).strip()]
        if champ in self.configuration.premiere:
            presentes = presentes[:1]
        return " ".join(presentes) or self.configuration.defauts.get(champ, "")

    def noter(self, champ: str, message: str, avant: str, apres: str | None) -> None:
        self.saisie.corriger(champ, message, avant, apres)

    def propre(self, champ: Champ) -> str:
        """Le texte nettoyé ; une correction qui se voit est notée."""
        avant = self.texte(champ)
        apres = nettoyer_texte(avant)
        if " ".join(avant.split()) != apres:
            self.noter(champ, "texte nettoyé", avant, apres or None)
        return apres


def lire_fiche(lecture: Lecture) -> tuple[Fiche, Contact]:
    """La fiche et les contacts de la ligne. Les règles sans réparation possible sont laissées au domaine."""
    point = _point(lecture)
    trouvee, fiche = _adresse(lecture, point)
    departement = trouvee.commune.departement if trouvee else None
    latitude, longitude = _position(lecture, point, trouvee) or (None, None)
    choix = _choix(lecture)
    site_web = _sites(lecture, "site_web")
    prise_rdv = _sites(lecture, "prise_rdv")
    acces_libre = _sites(lecture, "fiche_acces_libre")
    contact = _contact(lecture, departement)
    fiche = replace(
        fiche,
        nom=_nom(lecture),
        departement=departement,
        latitude=latitude,
        longitude=longitude,
        pivot=_pivot(lecture, departement),
        site_web=site_web,
        horaires=_horaires(lecture),
        structure_parente=lecture.propre("structure_parente") or None,
        date_maj=_date(lecture),
        prise_rdv=prise_rdv[0] if prise_rdv else None,
        fiche_acces_libre=acces_libre[0] if acces_libre else None,
        **choix,
    )
    return _acces(fiche, contact), contact


def _nom(lecture: Lecture) -> str:
    """Le nom ; à la place d'un numéro, la structure dont le lieu dépend, si la ligne la dit."""
    nom = lecture.propre("nom")
    if not nom or a_des_lettres(nom):
        return nom
    structure = nettoyer_texte(lecture.texte("structure_parente"))
    if not a_des_lettres(structure):
        return nom
    lecture.noter("nom", "un numéro n'est pas un nom : repris de la structure", nom, structure)
    return structure


def _adresse(lecture: Lecture, point: Point | None) -> tuple[Trouvee | None, Fiche]:
    nom_brut, cp_brut = lecture.texte("commune"), lecture.texte("code_postal")
    code_postal = nettoyer_code_postal(cp_brut)
    commune_lue = nettoyer_commune(nom_brut)
    voie_brute = lecture.texte("adresse")
    voie, cp_de_la_voie, commune_de_la_voie = n.separer_voie(voie_brute, commune_lue or None)
    if not commune_lue and commune_de_la_voie is not None:
        nom_brut = commune_lue = commune_de_la_voie
        lecture.noter("commune", "reprise de l'adresse", voie_brute, commune_de_la_voie)
    if code_postal is None and cp_de_la_voie is not None:
        code_postal = cp_de_la_voie
        lecture.noter("code_postal", "repris de l'adresse", voie_brute, cp_de_la_voie)
    if voie != " ".join(voie_brute.split()):
        lecture.noter("adresse", "adresse nettoyée", voie_brute, voie or None)
    trouvee = reconnaitre(nom_brut, code_postal, lecture.texte("code_insee") or None, point)
    complement = lecture.propre("complement_adresse") or None
    if trouvee is None:
        fiche = Fiche("", commune_lue, code_postal or cp_brut.strip()[:20], adresse=voie or None)
        return None, replace(fiche, complement_adresse=complement)
    commune = trouvee.commune
    if nom_brut != commune.nom:
        meme = cle(nom_brut) == cle(commune.nom)
        message = "écriture officielle" if meme else f"commune trouvée par {trouvee.moyen}"
        lecture.noter("commune", message, nom_brut, commune.nom)
    if cp_brut != trouvee.code_postal:
        lecture.noter("code_postal", f"code postal corrigé pour {commune.nom}", cp_brut, trouvee.code_postal)
    insee = lecture.texte("code_insee")
    if insee and insee != commune.code:
        lecture.noter("code_insee", "code de la commune actuelle", insee, commune.code)
    fiche = Fiche("", commune.nom, trouvee.code_postal, commune.code, adresse=voie or None)
    return trouvee, replace(fiche, complement_adresse=complement)


def _point(lecture: Lecture) -> Point | None:
    latitude, longitude = lecture.texte("latitude"), lecture.texte("longitude")
    if not latitude.strip() and not longitude.strip():
        return None
    avant = f"{latitude} ; {longitude}"
    point = n.lire_coordonnees(latitude, longitude)
    if point is None:
        lecture.noter("latitude", "point illisible ou hors de France", avant, None)
    elif point != (n.lire_nombre(latitude), n.lire_nombre(longitude)):
        lecture.noter("latitude", "latitude et longitude échangées", avant, f"{point[0]} ; {point[1]}")
    return point


def _position(lecture: Lecture, point: Point | None, trouvee: Trouvee | None) -> Point | None:
    """Le point, s'il n'est pas hors de l'étendue de la commune ; sinon il est retiré, la fiche reste."""
    if point is None or trouvee is None:
        return point
    distance = trouvee.commune.distance_km(*point)
    if distance is None or distance <= RAYON_KM or distance <= rayon_km(trouvee.commune):
        return point
    message = f"point à {distance:.0f} km du centre de {trouvee.commune.nom}"
    lecture.noter("latitude", message, f"{point[0]} ; {point[1]}", None)
    return None


def _contact(lecture: Lecture, departement: str | None) -> Contact:
    brut = lecture.texte("telephone")
    lus = lire_telephones(brut, departement)
    telephone = next(iter(lus.numeros), None)
    for reparation in lus.reparations:
        lecture.noter("telephone", reparation, brut, telephone)
    if lus.ecartes or len(lus.numeros) > 1:
        message = "un seul numéro est gardé" if telephone else "numéro illisible, court ou impossible"
        lecture.noter("telephone", message, brut, telephone)
    brut = lecture.texte("courriels")
    courriels, ecartes = nettoyer_courriels(brut)
    if ecartes:
        lecture.noter("courriels", "adresse illisible", brut, " | ".join(courriels) or None)
    elif brut and "|".join(courriels) != brut.strip().lower():
        lecture.noter("courriels", "adresse nettoyée", brut, " | ".join(courriels) or None)
    resume, detail = lecture.propre("presentation_resume"), lecture.propre("presentation_detail")
    if len(resume) > RESUME_MAX:
        lecture.noter("presentation_resume", "plus de 280 caractères : mis dans le détail", resume, None)
        resume, detail = "", f"{resume}\n{detail}".strip()
    return Contact(telephone, "|".join(courriels) or None, resume or None, detail or None)


def _sites(lecture: Lecture, champ: Champ) -> tuple[str, ...]:
    brut = lecture.texte(champ)
    if not nettoyer_texte(brut):
        return ()
    sites, ecartes = nettoyer_sites(brut)
    if ecartes:
        lecture.noter(champ, "adresse de site illisible", brut, " | ".join(sites) or None)
    elif " ".join(sites) != brut.strip():
        lecture.noter(champ, "adresse de site complétée", brut, " | ".join(sites))
    return sites


def _pivot(lecture: Lecture, departement: str | None) -> str | None:
    brut = lecture.texte("pivot").strip()
    if brut in ("", INCONNU):
        return None
    try:
        pivot = lire_pivot(brut, departement)
    except NumeroRefuse:
        lecture.noter("pivot", "ni SIRET, ni RNA, ni RIDET valide", brut, None)
        return None
    for reparation in pivot.reparations:
        lecture.noter("pivot", reparation, brut, pivot.valeur)
    return pivot.valeur


def _date(lecture: Lecture) -> dt.date | None:
    brut = lecture.texte("date_maj").strip()
    if not brut:
        return None
    lue = n.lire_date(brut)
    if lue is None:
        lecture.noter("date_maj", "date illisible", brut, None)
    elif lue > lecture.aujourd_hui:
        lecture.noter("date_maj", "date dans le futur", brut, None)
        return None
    return lue


def _horaires(lecture: Lecture) -> str | None:
    reglage = lecture.configuration.horaires
    if reglage.osm is not None:
        brut = lecture.saisie.texte(reglage.osm).strip()
        horaires = relire_osm(brut)
        if horaires.repare:
            lecture.noter("horaires", "horaires OSM réparés", brut, horaires.osm)
    else:
        jours = {jour: [lecture.saisie.texte(c) for c in cols] for jour, cols in reglage.jours.items()}
        horaires = depuis_jours(jours)
    for morceau in horaires.incompris:
        lecture.noter("horaires", "heures non comprises, laissées de côté", morceau, horaires.osm)
    return horaires.osm


def _choix(lecture: Lecture) -> dict[str, Any]:
    """Les champs à choix, dans l'ordre de la configuration ; l'inconnu est noté."""
    retenus: dict[str, list[str]] = {}
    reconnus: dict[str, set[str]] = {}
    for choix in lecture.configuration.choix:
        termes = {cle(terme) for terme in choix.termes}
        sauf = {cle(terme) for terme in choix.sauf}
        trouve = choix.termes == ("*",)
        for colonne in choix.colonnes:
            elements = _elements(lecture.saisie.texte(colonne), choix.separateur)
            entiers = choix.separateur is not None
            if any(_reconnait(terme, e, entiers) for e in elements for terme in sauf):
                continue
            vus = {e for e in elements if any(_reconnait(terme, e, entiers) for terme in termes)}
            reconnus.setdefault(colonne, set()).update(vus)
            trouve = trouve or bool(vus)
        if trouve:
            retenus.setdefault(choix.champ, []).extend(choix.valeurs())
    for colonne, vus in reconnus.items():
        separateur = next(c.separateur for c in lecture.configuration.choix if colonne in c.colonnes)
        for element in _elements(lecture.saisie.texte(colonne), separateur):
            if element not in vus:
                lecture.noter(colonne, "valeur non reconnue", element, None)
    return {champ: n.sans_doublon([ENUMERATIONS[champ](v) for v in vs]) for champ, vs in retenus.items()}


def _elements(valeur: str, separateur: str | None) -> list[str]:
    morceaux = valeur.split(separateur) if separateur else [valeur]
    return [propre for m in morceaux if (propre := nettoyer_texte(m))]


def _reconnait(terme: str, element: str, entier: bool) -> bool:
    return cle(element) == terme if entier else terme in cle(element)


def _acces(fiche: Fiche, contact: Contact) -> Fiche:
    """Les modalités d'accès que la fiche permet, quand la source n'en dit rien."""
    if fiche.modalites_acces or not fiche.services:
        return fiche
    permises = [
        ModaliteAcces.SE_PRESENTER if fiche.adresse else None,
        ModaliteAcces.TELEPHONER if contact.telephone else None,
        ModaliteAcces.CONTACTER_PAR_MAIL if contact.courriels else None,
        ModaliteAcces.PRENDRE_UN_RDV_EN_LIGNE if fiche.prise_rdv else None,
    ]
    return replace(fiche, modalites_acces=tuple(m for m in permises if m is not None))
