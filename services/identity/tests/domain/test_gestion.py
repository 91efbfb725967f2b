"""Les cas d'état d'un compte, et ceux de chaque filtre, écrits d'après docs/domaine/identite.md §7.3."""

import datetime as dt
from typing import Any

import pytest
from identity.domain import gestion
from identity.domain.gestion import Etat, Palier, Utilisateur, libelles_des_roles, tranche
from identity.domain.vocabulaire import Droit

MAINTENANT = dt.datetime(2026, 9, 1, 8, tzinfo=dt.UTC)


def il_y_a(jours: float) -> dt.datetime:
    return MAINTENANT - dt.timedelta(days=jours)


def inscription(jours: float) -> Utilisateur:
    return Utilisateur(ouvert_le=il_y_a(jours))


def nouveau(jours: float, **champs: Any) -> Utilisateur:
    return Utilisateur(il_y_a(400), il_y_a(jours), mediateur=True, **champs)


def mediateur(saisie: float, **champs: Any) -> Utilisateur:
    return nouveau(300, derniere_saisie_le=il_y_a(saisie), **champs)


def coordinateur(connexion: float, *, anime: bool = True, **champs: Any) -> Utilisateur:
    return Utilisateur(
        il_y_a(400),
        il_y_a(300),
        coordinateur=True,
        anime=anime,
        connecte_le=il_y_a(connexion),
        **champs,
    )


CAS = [
    ("ouvert à l'instant", inscription(0), Etat.INSCRIPTION),
    ("ouvert d'une horloge en avance", inscription(-0.01), Etat.INSCRIPTION),
    ("ouvert depuis un peu moins de 7 jours", inscription(6.99), Etat.INSCRIPTION),
    ("ouvert depuis 7 jours", inscription(7), Etat.INSCRIPTION_J7),
    ("ouvert depuis 29 jours", inscription(29), Etat.INSCRIPTION_J7),
    ("ouvert depuis 30 jours", inscription(30), Etat.INSCRIPTION_J30),
    ("ouvert depuis 60 jours", inscription(60), Etat.INSCRIPTION_J60),
    ("ouvert depuis 89 jours", inscription(89), Etat.INSCRIPTION_J60),
    ("ouvert depuis 90 jours", inscription(90), Etat.INSCRIPTION_J90),
    ("ouvert depuis dix ans", inscription(3650), Etat.INSCRIPTION_J90),
    ("validé à l'instant", nouveau(0), Etat.NOUVEAU),
    ("validé depuis 7 jours", nouveau(7), Etat.NOUVEAU_J7),
    ("validé depuis 30 jours", nouveau(30), Etat.NOUVEAU_J30),
    ("validé depuis 60 jours", nouveau(60), Etat.NOUVEAU_J60),
    ("validé depuis 90 jours", nouveau(90), Etat.NOUVEAU_J90),
    ("un médiateur qui se connecte sans rien saisir", nouveau(10, connecte_le=il_y_a(0)), Etat.NOUVEAU_J7),
    ("saisi à l'instant", mediateur(0), Etat.ACTIF),
    ("saisi depuis un peu moins de 30 jours", mediateur(29.99), Etat.ACTIF),
    ("saisi depuis 30 jours", mediateur(30), Etat.INACTIF_J30),
    ("saisi depuis 90 jours", mediateur(90), Etat.INACTIF_J90),
    ("saisi depuis 180 jours", mediateur(180), Etat.INACTIF_J180),
    ("un coordinateur sans membre, même connecté", coordinateur(0, anime=False), Etat.NOUVEAU_J90),
    ("un coordinateur qui a un membre, connecté", coordinateur(1), Etat.ACTIF),
    ("un coordinateur qui ne vient plus", coordinateur(95), Etat.INACTIF_J90),
    (
        "les deux rôles : la plus récente des deux activités",
        coordinateur(2, mediateur=True, derniere_saisie_le=il_y_a(200)),
        Etat.ACTIF,
    ),
    (
        "une saisie d'avant, par qui n'est plus médiateur",
        coordinateur(40, derniere_saisie_le=il_y_a(1)),
        Etat.INACTIF_J30,
    ),
    ("une administratrice active", mediateur(0, droit=Droit.ADMIN), Etat.ADMIN),
    ("quelqu'un du support, sans rôle", Utilisateur(il_y_a(1), droit=Droit.SUPPORT), Etat.SUPPORT),
    ("une administratrice suspendue", mediateur(0, droit=Droit.ADMIN, suspendu=True), Etat.SUSPENDU),
    ("un compte suspendu, puis fermé pour sa personne", mediateur(0, suspendu=True, ferme=True), Etat.FERME),
    ("un compte qui mène à un autre", mediateur(0, renvoye=True), Etat.RENVOYE),
    ("un compte fermé puis effacé", mediateur(0, ferme=True, supprime=True), Etat.SUPPRIME),
    ("un compte suspendu puis supprimé", mediateur(0, suspendu=True, supprime=True), Etat.SUPPRIME),
]


@pytest.mark.parametrize(("u", "attendu"), [cas[1:] for cas in CAS], ids=[cas[0] for cas in CAS])
def test_l_etat_d_un_compte(u: Utilisateur, attendu: Etat) -> None:
    assert gestion.etat(u, MAINTENANT) is attendu


PALIERS = [*gestion.INSCRIPTION, *gestion.NOUVEAU, *gestion.ACTIF]


def test_chaque_etat_qui_se_compte_a_son_palier() -> None:
    sans = {Etat.ADMIN, Etat.SUPPORT, Etat.SUSPENDU, Etat.FERME, Etat.RENVOYE, Etat.SUPPRIME}
    assert {p.etat for p in PALIERS} == {*Etat} - sans
    assert len(PALIERS) == 14


BORNES = [(p, jours) for p in PALIERS for jours in (p.depuis, p.avant) if jours is not None]


@pytest.mark.parametrize(
    ("palier", "jours"), BORNES, ids=[f"{palier.etat} à {jours} jours" for palier, jours in BORNES]
)
def test_le_filtre_d_un_palier_a_les_bornes_de_l_etat(palier: Palier, jours: int) -> None:
    """Just before, at, and just after each bound: in the filter exactly when that is the state."""
    cherche = tranche(palier, MAINTENANT)
    famille = next(f for f in (gestion.INSCRIPTION, gestion.NOUVEAU, gestion.ACTIF) if palier in f)
    for ecart in (-1, 0, 1):
        instant = il_y_a(jours) + dt.timedelta(seconds=ecart)
        dedans = (cherche.apres is None or cherche.apres < instant) and (
            cherche.jusqu_a is None or instant <= cherche.jusqu_a
        )
        u = (
            Utilisateur(instant)
            if famille is gestion.INSCRIPTION
            else Utilisateur(il_y_a(400), instant)
            if famille is gestion.NOUVEAU
            else Utilisateur(il_y_a(400), il_y_a(300), mediateur=True, derniere_saisie_le=instant)
        )
        assert dedans == (gestion.etat(u, MAINTENANT) is palier.etat), ecart


def test_il_y_a_au_moins_vingt_six_cas_d_etat_et_vingt_quatre_de_filtre() -> None:
    assert len(CAS) >= 26
    assert len(BORNES) >= 24


@pytest.mark.parametrize(
    ("droit", "coordinateur", "mediateur", "conseiller", "attendus"),
    [
        (Droit.ADMIN, True, True, False, ("Administrateur", "Coordinateur", "Médiateur")),
        (Droit.SUPPORT, False, False, False, ("Support",)),
        (Droit.AUCUN, True, True, True, ("Coordinateur", "Conseiller Numérique")),
        (Droit.AUCUN, False, True, False, ("Médiateur",)),
        (Droit.AUCUN, False, False, True, ("Rôle non défini",)),
    ],
)
def test_les_libelles_des_roles_sont_dans_l_ordre_convenu(
    droit: Droit, coordinateur: bool, mediateur: bool, conseiller: bool, attendus: tuple[str, ...]
) -> None:
    lus = libelles_des_roles(
        droit=droit, coordinateur=coordinateur, mediateur=mediateur, conseiller=conseiller
    )
    assert lus == attendus
