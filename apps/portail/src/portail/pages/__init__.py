"""Les pages, une par entrée du menu."""

from fastapi import APIRouter

from portail.pages import (
    accueil,
    activites,
    brouillons,
    connexion,
    courriels,
    cra,
    equipes,
    espace,
    gestion,
    histoire,
    inscription,
    invitations,
    modeles,
    outils,
    profil,
    publiques,
    serie,
    statiques,
    statistiques,
    trouver,
)

ROUTES: tuple[APIRouter, ...] = (
    statiques.router,
    accueil.router,
    connexion.router,
    espace.router,
    inscription.router,
    cra.router,
    brouillons.router,
    modeles.router,
    serie.router,
    activites.router,
    statistiques.router,
    equipes.router,
    invitations.router,
    profil.router,
    courriels.router,
    histoire.router,
    gestion.router,
    trouver.router,
    publiques.router,
    outils.router,
)
