"""Where alerts and clusters live now: numbers of the store to ids, merged clusters to their survivor."""

from data.store import Reader

Home = tuple[str | None, str | None, str | None]


class Homes:
    """Ids of all clusters and incidents, by number; texts are shared, so a home costs some hundred bytes."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.incidents: dict[int, str] = {incident.number: incident.id for incident in reader.incidents(None, None)}
        self.clusters: dict[int, str] = {}
        self._merged: dict[int, int] = {}
        self._incident_of: dict[int, int] = {}
        for cluster in reader.clusters(None, None):
            self.clusters[cluster.number] = cluster.id
            if cluster.merged_into is not None:
                self._merged[cluster.number] = cluster.merged_into
            if cluster.incident is not None:
                self._incident_of[cluster.number] = cluster.incident

    def survivor(self, number: int) -> int:
        """The cluster that holds today what `number` held."""
        for _ in range(len(self._merged)):  # a ring, which only damage could make, ends too
            further = self._merged.get(number)
            if further is None:
                break
            number = further
        return number

    def of_cluster(self, number: int | None) -> tuple[str | None, str | None]:
        """(cluster id, incident id) for the number of a cluster, resolved through mergers."""
        if number is None:
            return None, None
        number = self.survivor(number)
        incident = self._incident_of.get(number)
        return self.clusters.get(number), None if incident is None else self.incidents.get(incident)

    def of_alerts(self, tenant: str | None = None) -> dict[int, Home]:
        """(alert id, cluster id, incident id) by the number of each alert."""
        shared: dict[int | None, tuple[str | None, str | None]] = {}
        homes: dict[int, Home] = {}
        for alert in self._reader.alerts(None, None):
            if tenant not in (None, alert.tenant):
                continue
            home = shared.get(alert.cluster)
            if home is None:
                home = shared[alert.cluster] = self.of_cluster(alert.cluster)
            homes[alert.number] = (alert.id, *home)
        return homes
