"""Recipes that produce every model file."""
