"""Public pages, rendered here, without script."""
