"""Tools that know nothing about the service: settings, database, clock, errors, log, crypto."""
