"""Alembic migrations of the platform's tables, the same in every service's schema."""
