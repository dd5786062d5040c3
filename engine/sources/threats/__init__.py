"""News of dangers around the sites: feeds in RSS, Atom (GeoRSS, CAP) and GeoJSON, matched by area."""
