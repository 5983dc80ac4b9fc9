"""Believable people, drawn from a seeded source of randomness."""

import random
import unicodedata
from datetime import datetime
from uuid import UUID

_FIRST = """
John Sarah Michael Emma David Anna James Maria Robert Laura Thomas Julia Daniel Sophie Peter Katherine Mark Lena
Paul Alice Andrew Nina Stefan Eva Martin Clara Lukas Marta Simon Ines Jonas Élodie Hugo Chloé Louis Camille Noah
Zoë Oliver Amelia Jack Isla Harry Freya Liam Aoife Seán Niamh Mateo Lucía Diego Valentina Javier Carmen Luca Giulia
Marco Chiara Andrea Francesca Jan Ewa Piotr Zofia Tomasz Agnieszka Ivan Olga Dmitri Irina Yuki Haruto Sakura Kenji
Wei Li Mei Jun Arjun Priya Ravi Ananya Omar Layla Yusuf Fatima Ali Noor Kwame Ama Chidi Ngozi Thabo Zanele Björn
Astrid Lars Ingrid Søren Freja Mikkel Aino Eero Helmi Jürgen Heike Günther Ursula Tiago Beatriz João Inês Adam Eve
Ben Grace Sam Ruby Max Lily Leo Ella Theo Mia Finn Ida Oscar Nora Felix Maja Emil Alma Viktor Tilda
"""
_LAST = """
Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Hernandez Lopez Gonzalez Wilson Anderson
Thomas Taylor Moore Jackson Martin Lee Perez Thompson White Harris Sanchez Clark Ramirez Lewis Robinson Walker Young
Allen King Wright Scott Torres Nguyen Hill Flores Green Adams Nelson Baker Hall Rivera Campbell Mitchell Carter
Roberts Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Dubois Moreau Laurent Lefèvre
Rossi Russo Ferrari Bianchi Kowalski Nowak Wójcik Lindqvist Johansson Nilsson Hansen Olsen Larsen Virtanen Korhonen
Novák Svoboda Horváth Nagy Popescu Ionescu Petrov Ivanova Kim Park Choi Tanaka Suzuki Sato Watanabe Chen Wang Zhang
Patel Sharma Singh Gupta Khan Ahmed Hassan Okafor Mensah Dlamini Silva Santos Oliveira Costa Fernandes Murphy
O'Brien Byrne Walsh MacDonald Fraser Stewart van-Dijk de-Vries Jansen Bakker
"""
_DOMAINS = (
    ("gmail.com", 38),
    ("outlook.com", 11),
    ("yahoo.com", 7),
    ("icloud.com", 5),
    ("proton.me", 3),
    ("company.com", 3),
    ("studio.design", 2),
    ("northwind.example", 2),
    ("fabrikam.example", 2),
)
_WORDS = "pixel cloud bright iron maple river lumen cobalt amber delta summit harbor falcon orbit cedar vector"
_KINDS = "labs media soft works studio systems digital agency tech group"


class People:
    """An endless, repeatable line of people: the n-th is always the same one."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - demo data must be the same in every run
        self._first, self._last = _FIRST.split(), _LAST.split()
        firms = [f"{word}{kind}.com" for word in _WORDS.split() for kind in _KINDS.split()]
        self._domains = [name for name, _ in _DOMAINS] + firms
        rest = 100 - sum(weight for _, weight in _DOMAINS)
        self._weights = [float(weight) for _, weight in _DOMAINS] + [rest / len(firms)] * len(firms)

    def next(self, number: int) -> tuple[str, str]:
        """Name (empty for one in twelve) and an e-mail address that no other number gets."""
        pick = self.random
        first, last = pick.choice(self._first), pick.choice(self._last).replace("-", " ")
        domain = pick.choices(self._domains, self._weights)[0]
        given, family = _ascii(first), _ascii(last)
        local = pick.choice((f"{given}.{family}", f"{given[0]}{family}", f"{given}_{family}", f"{given}{family[0]}"))
        return ("" if pick.random() < 1 / 12 else f"{first} {last}"), f"{local}{number}@{domain}"


def uuid_at(pick: random.Random, at: datetime) -> UUID:
    """A UUID version 7 of the moment `at`, repeatable."""
    value = int(at.timestamp() * 1000) << 80 | pick.getrandbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    return UUID(int=value & ~(0x3 << 62) | 0x2 << 62)


def _ascii(name: str) -> str:
    flat = unicodedata.normalize("NFKD", name.replace("ø", "o")).encode("ascii", "ignore").decode()
    return "".join(char for char in flat.lower() if char.isalnum())
