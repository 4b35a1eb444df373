"""A Django project without a database: pages alone."""
