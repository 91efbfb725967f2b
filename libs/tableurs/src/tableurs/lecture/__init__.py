"""Un lecteur par format. `ouvrir` reconnaît le format au contenu et rend un `Tableau`."""

from tableurs.lecture.ouverture import ouvrir

__all__ = ["ouvrir"]
