"""The machinery of learning: rows become versions, versions become probabilities, with gates, drift and reasons."""
