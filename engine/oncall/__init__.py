"""Who is on call: rotations, appointments and overrides of schedules; gaps; calendars in and out."""
