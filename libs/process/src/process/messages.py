"""Pydantic's errors, said in French. Never quotes the value: it may be personal, or a secret."""

from collections.abc import Mapping, Sequence
from typing import Any

_GENERIC = "Cette valeur n’est pas acceptée."

_TEXTS: dict[str, str] = {
    "missing": "Ce champ est obligatoire.",
    "periode_entiere": "Une comparaison demande un premier et un dernier jours.",
    "mois_entiers": "Ces chiffres se demandent par mois entiers : du premier jour d’un mois au dernier.",
    "une_seule_personne": "Un lien ne montre pas les chiffres d’une seule autre personne.",
    "commune_inconnue": "Ce code INSEE n’est pas celui d’une commune.",
    "parametre_inconnu": "Ce paramètre n’existe pas.",
    "parametre_vide": "Ce paramètre est vide : donnez-lui une valeur, ou ne l’envoyez pas.",
    "parametre_repete": "Ce paramètre ne peut être donné qu’une fois.",
    "extra_forbidden": "Ce champ n’existe pas.",
    "frozen_field": "Ce champ ne peut pas être modifié.",
    "none_required": "Ce champ doit rester vide.",
    "json_invalid": "Le corps n’est pas du JSON valide.",
    "json_type": "Un texte JSON est attendu.",
    "model_type": "Un objet est attendu.",
    "model_attributes_type": "Un objet est attendu.",
    "dataclass_type": "Un objet est attendu.",
    "dict_type": "Un objet est attendu.",
    "mapping_type": "Un objet est attendu.",
    "invalid_key": "Le nom de ce champ n’est pas un texte.",
    "string_type": "Un texte est attendu.",
    "string_unicode": "Ce texte contient des caractères illisibles.",
    "string_not_ascii": "Seuls les caractères sans accent sont acceptés ici.",
    "string_pattern_mismatch": "Ce texte n’a pas la forme attendue.",
    "enum": "Cette valeur ne fait pas partie des choix possibles.",
    "literal_error": "Cette valeur ne fait pas partie des choix possibles.",
    "union_tag_invalid": "Ce genre d’objet n’est pas prévu ici.",
    "union_tag_not_found": "Le genre de l’objet n’est pas indiqué.",
    "list_type": "Une liste est attendue.",
    "tuple_type": "Une liste est attendue.",
    "set_type": "Une liste est attendue.",
    "frozen_set_type": "Une liste est attendue.",
    "iterable_type": "Une liste est attendue.",
    "set_item_not_hashable": "Cet élément ne peut pas figurer dans cette liste.",
    "bool_type": "Vrai ou faux est attendu.",
    "bool_parsing": "Vrai ou faux est attendu.",
    "int_type": "Un nombre entier est attendu.",
    "int_parsing": "Un nombre entier est attendu.",
    "int_parsing_size": "Ce nombre est trop grand.",
    "int_from_float": "Un nombre entier est attendu.",
    "float_type": "Un nombre est attendu.",
    "float_parsing": "Un nombre est attendu.",
    "finite_number": "Un nombre fini est attendu.",
    "decimal_type": "Un nombre décimal est attendu.",
    "decimal_parsing": "Un nombre décimal est attendu.",
    "bytes_type": "Un texte est attendu.",
    "date_type": "Une date est attendue, au format AAAA-MM-JJ.",
    "date_parsing": "Une date est attendue, au format AAAA-MM-JJ.",
    "date_from_datetime_parsing": "Une date est attendue, au format AAAA-MM-JJ.",
    "date_from_datetime_inexact": "Une date sans heure est attendue, au format AAAA-MM-JJ.",
    "periode_a_l_envers": "Le dernier jour (au) précède le premier (du).",
    "date_past": "La date doit être passée.",
    "date_future": "La date doit être à venir.",
    "time_type": "Une heure est attendue, au format HH:MM.",
    "time_parsing": "Une heure est attendue, au format HH:MM.",
    "datetime_type": "Un instant est attendu, au format AAAA-MM-JJTHH:MM:SSZ.",
    "datetime_parsing": "Un instant est attendu, au format AAAA-MM-JJTHH:MM:SSZ.",
    "datetime_object_invalid": "Un instant est attendu, au format AAAA-MM-JJTHH:MM:SSZ.",
    "datetime_from_date_parsing": "Un instant est attendu, au format AAAA-MM-JJTHH:MM:SSZ.",
    "datetime_past": "L’instant doit être passé.",
    "datetime_future": "L’instant doit être à venir.",
    "timezone_naive": "L’instant ne doit pas porter de fuseau horaire.",
    "timezone_aware": "L’instant doit porter un fuseau horaire.",
    "timezone_offset": "Ce fuseau horaire n’est pas celui attendu.",
    "time_delta_type": "Une durée est attendue.",
    "time_delta_parsing": "Une durée est attendue.",
    "url_type": "Une adresse web est attendue.",
    "url_parsing": "Une adresse web est attendue.",
    "url_syntax_violation": "Cette adresse web est mal écrite.",
    "url_scheme": "L’adresse web doit commencer par http:// ou https://.",
    "uuid_type": "Un identifiant (UUID) est attendu.",
    "uuid_parsing": "Un identifiant (UUID) est attendu.",
    "uuid_version": "Cet identifiant n’est pas de la version attendue.",
    "uuid_nul": "L’identifiant nul ne désigne rien : tirez-en un au hasard.",
    "nul_byte": "Ce texte contient un caractère nul, qui n’est pas accepté.",
    "too_deep": "Le corps est trop imbriqué.",
}

# With figures: (text, name of the figure in the error's context).
_BOUNDS: dict[str, tuple[str, str]] = {
    "string_too_short": ("Ce texte est trop court : au moins {}.", "min_length"),
    "string_too_long": ("Ce texte est trop long : au plus {}.", "max_length"),
    "bytes_too_short": ("Ce texte est trop court : au moins {}.", "min_length"),
    "bytes_too_long": ("Ce texte est trop long : au plus {}.", "max_length"),
    "url_too_long": ("Cette adresse web est trop longue : au plus {}.", "max_length"),
    "too_short": ("Il manque des éléments : au moins {}.", "min_length"),
    "too_long": ("Il y a trop d’éléments : au plus {}.", "max_length"),
    "greater_than": ("La valeur doit être supérieure à {}.", "gt"),
    "greater_than_equal": ("La valeur doit être au moins {}.", "ge"),
    "less_than": ("La valeur doit être inférieure à {}.", "lt"),
    "less_than_equal": ("La valeur doit être au plus {}.", "le"),
    "multiple_of": ("La valeur doit être un multiple de {}.", "multiple_of"),
    "decimal_max_digits": ("Ce nombre a trop de chiffres : au plus {}.", "max_digits"),
    "decimal_max_places": ("Ce nombre a trop de décimales : au plus {}.", "decimal_places"),
    "decimal_whole_digits": ("Ce nombre est trop grand : au plus {} avant la virgule.", "whole_digits"),
}

_UNITS = {
    "string_too_short": "caractère",
    "string_too_long": "caractère",
    "bytes_too_short": "octet",
    "bytes_too_long": "octet",
    "url_too_long": "caractère",
    "too_short": "élément",
    "too_long": "élément",
    "decimal_max_digits": "chiffre",
    "decimal_max_places": "décimale",
    "decimal_whole_digits": "chiffre",
}


def french(kind: str, context: Mapping[str, Any] | None = None, value: object = None) -> str:
    """The sentence for one of pydantic's error types.

    context : the error's `ctx`.   value : the refused value, only to make sure that it is not quoted.
    """
    context = context or {}
    if kind in ("value_error", "assertion_error"):
        return _own_words(str(context.get("error", "")), value)
    if kind in _BOUNDS:
        text, figure = _BOUNDS[kind]
        return text.format(_with_unit(context.get(figure), _UNITS.get(kind)))
    return _TEXTS.get(kind, _GENERIC)


def _with_unit(figure: object, unit: str | None) -> str:
    if unit is None:
        return str(figure)
    return f"{figure} {unit}{'s' if isinstance(figure, int) and figure > 1 else ''}"


def _own_words(said: str, value: object) -> str:
    """What one of our validators raised, unless it quotes what it refused."""
    quoted = isinstance(value, str | int | float) and str(value) and str(value) in said
    nested = isinstance(value, Mapping | Sequence) and not isinstance(value, str)
    # Our validators write French sentences; what Python itself raises does not end with a full stop.
    return said if said.endswith(".") and not quoted and not nested else _GENERIC


def pointer(path: Sequence[str | int]) -> str:
    """JSON Pointer (RFC 6901) of a path of names and indexes; `""` is the whole document."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)
