"""Command lines in French: argparse asks `gettext` for its few sentences, without a catalogue for ours."""

import argparse
from typing import NoReturn

_PHRASES = {
    "usage: ": "usage : ",
    "%(heading)s:": "%(heading)s :",
    "positional arguments": "arguments",
    "options": "options",
    "show this help message and exit": "montre cette aide et s’arrête",
    "argument %(argument_name)s: %(message)s": "argument %(argument_name)s : %(message)s",
    "the following arguments are required: %s": "il manque : %s",
    "one of the arguments %s is required": "il faut l’un de : %s",
    "unrecognized arguments: %s": "arguments inconnus : %s",
    "not allowed with argument %s": "ne va pas avec %s",
    "ignored explicit argument %r": "n’attend pas de valeur (%r)",
    "expected one argument": "attend une valeur",
    "expected at most one argument": "attend une valeur au plus",
    "expected at least one argument": "attend au moins une valeur",
    "expected %s argument": "attend %s valeur",
    "expected %s arguments": "attend %s valeurs",
    "ambiguous option: %(option)s could match %(matches)s": "%(option)s est ambigu : %(matches)s",
    "unexpected option string: %s": "option inattendue : %s",
    "unknown parser %(parser_name)r (choices: %(choices)s)": (
        "%(parser_name)r est inconnu ; au choix : %(choices)s"
    ),
    "invalid choice: %(value)r (choose from %(choices)s)": "%(value)r est inconnu ; au choix : %(choices)s",
    "invalid %(type)s value: %(value)r": "valeur refusée : %(value)r",
    "%(prog)s: error: %(message)s\n": "%(prog)s : %(message)s\n",
    " (default: %(default)s)": " (défaut : %(default)s)",
}


def _say(text: str) -> str:
    return _PHRASES.get(text, text)


def _count(one: str, several: str, number: int) -> str:
    return _say(one if number == 1 else several)


# These two names are argparse's own door for translations, for the whole process.
for _name, _function in (("_", _say), ("ngettext", _count)):
    setattr(argparse, _name, _function)


class Analyseur(argparse.ArgumentParser):
    """Options are written whole: an abbreviation would change meaning the day another option comes."""

    def __init__(self, **options: object) -> None:
        super().__init__(
            **{"allow_abbrev": False, "formatter_class": argparse.RawDescriptionHelpFormatter, **options}  # pyright: ignore[reportArgumentType]
        )

    def error(self, message: str) -> NoReturn:
        """Usage on the error output, exit 2."""
        super().error(message)


def positif(text: str) -> int:
    """For `type=`: a whole number above zero, in digits."""
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"« {text} » n’est pas un nombre entier positif")
    return int(text)
