"""Les horaires d'un lieu en français : « Ouvert jusqu’à 17 h », « lundi : 9 h – 12 h »."""

import datetime as dt
from dataclasses import dataclass

from referentiels.dates import MOIS

from cartographie.domain.nettoyage_horaires import Plage
from cartographie.domain.ouverture import MINUIT, EtatOuverture, Horaires, Periode, Regle, Situation
from cartographie.domain.vocabulaire import JourDeSemaine

_JOURS = tuple(jour.value for jour in JourDeSemaine)
_ORDINAUX = {1: "1er", 2: "2e", 3: "3e", 4: "4e", 5: "5e", -1: "dernier"}
_INSECABLE = "\u00a0"
_BIENTOT_MINUTES = 30
A_VERIFIER = "Horaires à vérifier"


@dataclass(frozen=True, slots=True)
class Jour:
    """Un jour d'une semaine ordinaire. horaires : « 9 h – 12 h, 14 h – 17 h », « Fermé »."""

    jour: JourDeSemaine
    horaires: str


def phrase(situation: Situation) -> str:
    """Ce qu'il en est, en une ligne."""
    match situation.etat:
        case EtatOuverture.INCONNU:
            return EtatOuverture.INCONNU.libelle
        case EtatOuverture.OUVERT:
            fin = situation.jusqu_a
            if fin is None:
                return "Ouvert jour et nuit"
            reste = fin - situation.maintenant
            if reste <= dt.timedelta(minutes=_BIENTOT_MINUTES):
                return f"Ouvert, ferme bientôt : à {_moment(fin, situation.maintenant)}"
            return f"Ouvert jusqu’à {_moment(fin, situation.maintenant)}"
        case EtatOuverture.FERME:
            if situation.prochaine is None:
                return "Fermé en ce moment"
            return f"Fermé, ouvre {_quand(situation.prochaine, situation.maintenant)}"


def heure(minutes: int) -> str:
    """Minutes depuis minuit : « 9 h », « 9 h 30 », « minuit »."""
    if minutes in (0, MINUIT):
        return "minuit"
    h, m = divmod(minutes, 60)
    return f"{h}{_INSECABLE}h" + (f"{_INSECABLE}{m:02}" if m else "")


def _moment(instant: dt.datetime, maintenant: dt.datetime) -> str:
    texte = heure(instant.hour * 60 + instant.minute)
    minuit_ce_soir = texte == "minuit" and instant.date() - maintenant.date() == dt.timedelta(days=1)
    return texte if instant.date() == maintenant.date() or minuit_ce_soir else f"{_jour(instant)} {texte}"


def _quand(instant: dt.datetime, maintenant: dt.datetime) -> str:
    a = f"à {heure(instant.hour * 60 + instant.minute)}"
    match (instant.date() - maintenant.date()).days:
        case 0:
            return a
        case 1:
            return f"demain {a}"
        case n if n < 7:
            return f"{_jour(instant)} {a}"
        case _:
            return f"le {_jour(instant)} {_date(instant.month, instant.day)} {a}"


def _jour(instant: dt.datetime) -> str:
    return _JOURS[instant.weekday()]


def _date(mois: int, jour: int) -> str:
    return f"{'1er' if jour == 1 else jour} {MOIS[mois - 1]}"


def semaine(horaires: Horaires | None) -> list[Jour]:
    """Les sept jours d'une semaine ordinaire ; rien quand aucun n'est connu."""
    if horaires is None or not any(r.reguliere and r.jours for r in horaires.regles):
        return []
    jours: list[Jour] = []
    for rang, nom in enumerate(JourDeSemaine):
        texte = _plages(horaires.d_une_semaine_ordinaire(rang))
        note = horaires.note_du_jour(rang)
        jours.append(Jour(nom, f"{texte} ({note})" if note and texte != A_VERIFIER else texte))
    return jours


def precisions(horaires: Horaires | None) -> list[str]:
    """Ce qu'une semaine ordinaire ne dit pas : dates, jours fériés, vacances, rangs dans le mois."""
    if horaires is None:
        return []
    dites = [texte for regle in horaires.regles if (texte := _precision(regle)) is not None]
    return [*dites, *([f"Sinon : {horaires.sinon}."] if horaires.sinon else [])]


def _precision(regle: Regle) -> str | None:
    plages = _plages(regle.plages)
    if regle.reguliere:
        sujets = [nom for nom, dit in (("jours fériés", regle.feries), ("vacances", regle.vacances)) if dit]
        if not sujets:
            return None
        nom = "Vacances scolaires" if sujets == ["vacances"] else "Jours fériés"
        return f"{nom} : {plages[0].lower()}{plages[1:]}."
    quand = [_periode(regle.periode)] if regle.periode is not None else []
    jours = [f"{_ORDINAUX.get(n, str(n))} {_JOURS[jour]} du mois" for jour, n in sorted(regle.rangs)]
    if len(regle.jours) < 7:
        jours += [_JOURS[jour] for jour in sorted(regle.jours)]
    sujet = ", ".join([*quand, *jours])
    note = f" ({regle.note})" if regle.note else ""
    return f"{sujet[0].upper()}{sujet[1:]} : {plages[0].lower()}{plages[1:]}{note}."


def _periode(periode: Periode) -> str:
    if periode.semaines:
        restes = {n % 2 for n in periode.semaines}
        if len(periode.semaines) > 20 and len(restes) == 1:
            return "semaines paires" if restes == {0} else "semaines impaires"
        return "semaines " + ", ".join(map(str, sorted(periode.semaines)))
    assert periode.du is not None
    assert periode.au is not None
    (mois, debut), (mois_fin, fin) = periode.du, periode.au
    if debut == 1 and fin == 31:
        return MOIS[mois - 1] if mois == mois_fin else f"de {MOIS[mois - 1]} à {MOIS[mois_fin - 1]}"
    if periode.du == periode.au:
        return f"le {_date(mois, debut)}"
    return f"du {_date(mois, debut)} au {_date(mois_fin, fin)}"


def _plages(plages: tuple[Plage, ...] | None) -> str:
    if plages is None:
        return A_VERIFIER
    if not plages:
        return "Fermé"
    if plages == ((0, MINUIT),):
        return "Jour et nuit"
    return ", ".join(f"{heure(debut)} – {heure(fin)}" for debut, fin in plages)
