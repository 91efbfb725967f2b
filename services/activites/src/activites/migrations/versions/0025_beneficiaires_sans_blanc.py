"""Un prénom ou un nom sans lettre (« — ») ne laisse pas de blanc autour de l'autre : qui le porte se trouve par son
nom, en tête de liste comme dans un fichier.
"""

from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    op.execute(
        """update beneficiaires_suivis set par_nom = btrim(par_nom), par_prenom = btrim(par_prenom)
           where par_nom <> btrim(par_nom) or par_prenom <> btrim(par_prenom)"""
    )
