"""Daily PM10 at German rural background stations, 1998-2009; provenance and notice in ``NOTICE.md``."""
