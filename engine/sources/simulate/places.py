"""Where the sites stand and whose they are."""

from typing import Final, NamedTuple

from engine.sources.simulate.dice import dice


class City(NamedTuple):
    name: str
    state: str
    timezone: str
    lat: float
    lon: float


CITIES: Final = tuple(
    City(*row)
    for row in (
        ("Pune", "Maharashtra", "Asia/Kolkata", 18.5204, 73.8567),
        ("Mumbai", "Maharashtra", "Asia/Kolkata", 19.0760, 72.8777),
        ("Rotterdam", "Zuid-Holland", "Europe/Amsterdam", 51.9244, 4.4777),
        ("Utrecht", "Utrecht", "Europe/Amsterdam", 52.0907, 5.1214),
        ("Chicago", "Illinois", "America/Chicago", 41.8781, -87.6298),
        ("Milwaukee", "Wisconsin", "America/Chicago", 43.0389, -87.9065),
        ("Singapore", "Singapore", "Asia/Singapore", 1.3521, 103.8198),
        ("Johor Bahru", "Johor", "Asia/Kuala_Lumpur", 1.4927, 103.7414),
        ("São Paulo", "São Paulo", "America/Sao_Paulo", -23.5505, -46.6333),
        ("Campinas", "São Paulo", "America/Sao_Paulo", -22.9099, -47.0626),
        ("Nairobi", "Nairobi", "Africa/Nairobi", -1.2921, 36.8219),
        ("Mombasa", "Mombasa", "Africa/Nairobi", -4.0435, 39.6682),
        ("Leeds", "England", "Europe/London", 53.8008, -1.5491),
        ("Manchester", "England", "Europe/London", 53.4808, -2.2426),
        ("Denver", "Colorado", "America/Denver", 39.7392, -104.9903),
        ("Toronto", "Ontario", "America/Toronto", 43.6532, -79.3832),
        ("Hyderabad", "Telangana", "Asia/Kolkata", 17.3850, 78.4867),
        ("Chennai", "Tamil Nadu", "Asia/Kolkata", 13.0827, 80.2707),
        ("Dubai", "Dubai", "Asia/Dubai", 25.2048, 55.2708),
        ("Melbourne", "Victoria", "Australia/Melbourne", -37.8136, 144.9631),
        ("Osaka", "Osaka", "Asia/Tokyo", 34.6937, 135.5023),
        ("Lagos", "Lagos", "Africa/Lagos", 6.5244, 3.3792),
        ("Hamburg", "Hamburg", "Europe/Berlin", 53.5511, 9.9937),
        ("Seattle", "Washington", "America/Los_Angeles", 47.6062, -122.3321),
    )
)
TRADES: Final = (
    ("Meridian Bank", ("Data Centre", "Cash Vault", "Head Office", "Branch Cluster")),
    ("Halden Logistics", ("Container Terminal", "Cross-Dock", "Cold Store", "Truck Yard")),
    ("Asha Hospitals", ("General Hospital", "Clinic Campus", "Pharmacy Depot", "Blood Bank")),
    ("Corner & Co Retail", ("Shopping Centre", "Warehouse", "Outlet Park", "Returns Hub")),
    ("Voltara Energy", ("Substation", "Solar Park", "Control Centre", "Gas Terminal")),
    ("Lumen Pharma", ("Laboratory", "Plant", "Clean Room", "Distribution Centre")),
    ("Northgate Estates", ("Business Park", "Residence Tower", "Parking Deck", "Tech Campus")),
    ("Keystone Metals", ("Smelter", "Rolling Mill", "Scrap Yard", "Foundry")),
)
TIERS: Final = ("VIP", "PREMIUM", "STANDARD", "BASIC")
_DISTRICTS: Final = ("", "North ", "Harbour ", "East ", "Airport ", "West ", "Old Town ", "South ")


class Spot(NamedTuple):
    """A place for a site: who it belongs to is the number of the client."""

    name: str
    city: City
    lat: float
    lon: float
    client: int


def clients(sites: int) -> list[tuple[str, str]]:
    """(name, tier) of the clients of an operation of that many sites: one per four sites, four at least."""
    count = max(4, (sites + 3) // 4)
    named = []
    for number in range(count):
        trade, lap = TRADES[number % len(TRADES)][0], number // len(TRADES)
        named.append((trade if not lap else f"{trade} {lap + 1}", TIERS[number % 4]))
    return named


def spots(seed: object, sites: int) -> list[Spot]:
    """Places for the sites, a few kilometres around real city centres, neighbours in the list near each other."""
    rng = dice(seed, "places")
    count = len(clients(sites))
    found = []
    for number in range(sites):
        city, lap = CITIES[number % len(CITIES)], number // len(CITIES)
        client = (number + lap) % count
        kinds = TRADES[client % len(TRADES)][1]
        name = f"{city.name} {_DISTRICTS[lap % len(_DISTRICTS)]}{kinds[(number // count + lap) % len(kinds)]}"
        spread = 0.03 + 0.02 * (lap % 5)
        lat = round(city.lat + (rng.random() - 0.5) * spread, 6)
        lon = round(city.lon + (rng.random() - 0.5) * spread, 6)
        found.append(Spot(name if lap < len(_DISTRICTS) else f"{name} {lap}", city, lat, lon, client))
    return found
