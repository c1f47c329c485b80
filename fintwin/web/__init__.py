"""Gate, origin and header checks, routes for signing in, uploads and health."""

import warnings

from authlib.deprecate import AuthlibDeprecationWarning

# Authlib tells of its own future at each start; its version is pinned, and who runs FinTwin can do nothing about it.
warnings.simplefilter("ignore", AuthlibDeprecationWarning)
