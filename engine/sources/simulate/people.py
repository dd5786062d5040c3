"""Names, and how people are: most are punctual and move about, a few are not."""

from random import Random
from typing import Final

import msgspec

_FIRST: Final = """
    Aarav Amina Anil Arjun Beatriz Bram Carla Chidi Daan Deepa Diego Elena Emeka Esther Farah Femke Grace Hassan Hiro
    Ines Ivan Jamal Joana John Kavita Kenji Lakshmi Lars Leila Liam Lucia Maria Mei Mohan Musa Nadia Neha
    Noor Olga Omar Paulo Priya Rahul Rosa Ruben Samuel Sara Sunil Tariq Thandi Uma Victor Wanjiru Wei Yusuf
    Zanele
"""
_LAST: Final = """
    Abebe Almeida Bakker Banerjee Brown Castillo Chen Costa Das Desai Dias Eze Fernandes Gomes Gupta Haddad Hansen Iyer
    Jansen Joshi Kamau Khan Kowalski Kumar Lim
    Lopes Mehta Mensah Mishra Moreau Mwangi Nair Nakamura Novak Ochieng Okafor
    Oliveira Owusu Patel Pereira Pillai Qureshi Rao Reddy Ribeiro Rossi Sato Schmidt Shah Sharma Silva Singh Smit Tanaka
    Taylor Torres Visser Yadav
"""


class Person(msgspec.Struct):
    """One person of a site. `team` is -1 for those who do not rotate.

    `slack` is the chance to be late or absent in relation to others (1 = usual); `face` is the usual confidence of
    the reader.
    """

    id: str
    site: str
    name: str
    role: str
    phone: str
    email: str
    team: int
    slack: float
    face: float
    handset: str


def staff(site: str, number: int, team_size: int, rng: Random) -> list[Person]:
    """An in-charge, a supervisor and four rotating teams of guards, in this order."""
    people = []
    firsts, lasts = _FIRST.split(), _LAST.split()
    roles = [("in_charge", -1), ("supervisor", -1), *(("guard", team) for team in range(4) for _ in range(team_size))]
    for place, (role, team) in enumerate(roles):
        first, last = rng.choice(firsts), rng.choice(lasts)
        ident = f"P{1 + number * 20 + place:04d}"
        slack = 3.0 if rng.random() < 0.12 else 0.4 + rng.random()
        people.append(
            Person(
                id=ident,
                site=site,
                name=f"{first} {last}",
                role=role,
                phone=f"+00 {555_0000000 + number * 20 + place:010d}",
                email=f"{first}.{last}.{ident}@guards.example".lower(),
                team=team,
                slack=slack,
                face=0.84 + 0.13 * rng.random(),
                handset=f"{site}-phone-{place:02d}",
            )
        )
    return people
