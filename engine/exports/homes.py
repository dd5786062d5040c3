"""Where alerts and clusters live now: numbers of the store to ids, merged clusters to their survivor."""

from data.store import Reader


class Homes:
    """Ids of all clusters and incidents, by number; texts are shared, so a home costs some hundred bytes."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.incidents: dict[int, str] = {}
        self.parted: dict[int, int] = {}  # alert -> cluster in which its first event is shown, whatever was said of it
        taken_over: dict[int, int] = {}
        for incident in reader.incidents(None, None):
            self.incidents[incident.number] = incident.id
            if incident.merged_into:
                taken_over[incident.number] = incident.merged_into
        for number in taken_over:
            self.incidents[number] = self.incidents.get(_last(number, taken_over), self.incidents[number])
        self.clusters: dict[int, str] = {}
        self._merged: dict[int, int] = {}
        self._incident_of: dict[int, int] = {}
        self._moved: dict[int, dict[int, int]] = {}
        self._homes: dict[int, tuple[str | None, str | None]] = {}
        for cluster in reader.clusters(None, None):
            self.clusters[cluster.number] = cluster.id
            if cluster.merged_into is not None:
                self._merged[cluster.number] = cluster.merged_into
            if cluster.incident is not None:
                self._incident_of[cluster.number] = cluster.incident

    def survivor(self, number: int) -> int:
        """The cluster that holds today what `number` held."""
        return _last(number, self._merged)

    def of_cluster(self, number: int | None) -> tuple[str | None, str | None]:
        """(cluster id, incident id) for the number of a cluster, resolved through mergers."""
        if number is None:
            return None, None
        number = self.survivor(number)
        incident = self._incident_of.get(number)
        return self.clusters.get(number), None if incident is None else self.incidents.get(incident)

    def of_alerts(self, tenant: str | None = None) -> dict[int, str]:
        """Alert ids by number; notes on the way which alerts a person has moved."""
        known: dict[int, str] = {}
        for alert in self._reader.alerts(None, None):
            if tenant in (None, alert.tenant):
                known[alert.number] = alert.id
                if alert.moved:
                    self._moved[alert.number] = alert.moved
                if alert.parted is not None:
                    self.parted[alert.number] = alert.parted
        return known

    def place(self, alert: int, cluster: int) -> int:
        """The cluster that holds today an event of that alert which was put into `cluster`."""
        moves = self._moved.get(alert)
        if moves:
            for _ in moves:
                cluster = moves.get(cluster, cluster)
        return cluster

    def bare(self, alert: int, cluster: int) -> bool:
        """Whether this event, of those asked for in order of time, is the one that a person's regrouping has bared."""
        parted = self.parted.get(alert)
        if parted is None or self.survivor(self.place(alert, cluster)) != self.survivor(parted):
            return False
        del self.parted[alert]
        return True

    def of_event(self, alert: int, cluster: int) -> tuple[str | None, str | None]:
        """(cluster id, incident id) of one alert event that was put into `cluster`, as things stand now."""
        cluster = self.place(alert, cluster)
        home = self._homes.get(cluster)
        if home is None:
            home = self._homes[cluster] = self.of_cluster(cluster or None)
        return home


def _last(number: int, further: dict[int, int]) -> int:
    """Where a chain of takeovers ends."""
    for _ in range(len(further)):  # a ring, which only damage could make, ends too
        if number not in further:
            break
        number = further[number]
    return number
