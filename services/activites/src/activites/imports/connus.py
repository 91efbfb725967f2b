"""Ce qu'un fichier nomme, et que l'on connaît : des lieux, des étiquettes, des personnes, des activités."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from activites.domain.vocabulaire import BeneficiaireId, TagId
from activites.imports.deja import Deja
from activites.imports.lieux import Lieux
from activites.imports.noms import Noms, etiquettes, suivis


@dataclass(frozen=True, slots=True)
class Connus:
    """deja : par leur identifiant, celles qui sont enregistrées."""

    lieux: Lieux = field(default_factory=Lieux)
    etiquettes: Noms[TagId] = field(default_factory=etiquettes)
    suivis: Noms[BeneficiaireId] = field(default_factory=suivis)
    deja: Mapping[str, Deja] = field(default_factory=dict[str, Deja])
