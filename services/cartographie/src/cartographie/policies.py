"""Who may do what with lieux: they are open data."""

from web.policies import OPEN, Rule

LIRE_LES_LIEUX = Rule("lire_les_lieux", "Tout le monde : ce sont des données ouvertes.", OPEN)
