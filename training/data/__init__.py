"""Data builders."""
