"""Conditions in SQL that people wrote: read, bounded, and understood where simple."""
