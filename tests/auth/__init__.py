"""Authenticators and certificates."""
