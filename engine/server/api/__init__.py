"""`GET /api/v1/...`: what can be read, with the parameters and answers that the OpenAPI document shows."""
