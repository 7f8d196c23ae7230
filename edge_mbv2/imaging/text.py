"""Brings words to the letters that OpenCV's stroke fonts can draw: printable ASCII."""

from __future__ import annotations

import functools
import re
import unicodedata

# Characters that do not decompose into an ASCII letter and marks. Latin keeps its usual substitutes;
# Cyrillic and Greek follow the plain-letter romanizations of passports (ICAO 9303, ELOT 743).
_TABLE = """
ß=ss æ=ae œ=oe ø=o ł=l đ=d ð=d þ=th ħ=h ı=i
а=a б=b в=v г=g д=d е=e ё=e ж=zh з=z и=i й=i к=k л=l м=m н=n о=o п=p р=r с=s т=t у=u ф=f х=kh ц=ts
ч=ch ш=sh щ=shch ъ=ie ы=y ь= э=e ю=iu я=ia є=ie і=i ґ=g ђ=d ј=j љ=lj њ=nj ћ=c џ=dz
α=a β=v γ=g δ=d ε=e ζ=z η=i θ=th ι=i κ=k λ=l μ=m ν=n ξ=x ο=o π=p ρ=r σ=s ς=s τ=t υ=y φ=f χ=ch ψ=ps ω=o
’=' ‘=' “=" ”=" –=- —=- …=... °=deg ×=x
"""  # noqa: RUF001
_SPELLING = dict(entry.split("=") for entry in _TABLE.split())
_UNKNOWN = "\0"


@functools.lru_cache(maxsize=1024)
def to_ascii(text: str) -> str:
    """Return ``text`` in printable ASCII: accents dropped, Latin, Cyrillic and Greek spelled out.

    What has no such spelling (Chinese, emoji) becomes one ``?`` a run; without a single readable
    letter or digit the answer is empty, so that the caller can say something better.
    """
    spelled = "".join(_spell(char) for char in unicodedata.normalize("NFC", text))
    words = re.sub(f"{_UNKNOWN}+", "?", spelled)
    return words if any(char.isalnum() for char in words) else ""


def _spell(char: str) -> str:
    """Return a character in ASCII, or `_UNKNOWN` where it has no spelling."""
    if char.isascii():
        return char if char.isprintable() else " "
    lower = char.lower()
    if lower in _SPELLING:
        spelled = _SPELLING[lower]
        return spelled if char == lower else spelled.capitalize()
    plain = "".join(c for c in unicodedata.normalize("NFKD", char) if not unicodedata.combining(c))
    if plain in ("", char):
        return "" if unicodedata.category(char) in ("Mn", "Cf") else _UNKNOWN
    return "".join(_spell(c) for c in plain)
