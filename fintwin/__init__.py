"""FinTwin: books that cannot be out of balance, and a twin of them that answers what-if."""

__version__ = "0.1.0"
