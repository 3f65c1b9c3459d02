-- The `sid` that a client was told of the login: its sector's own, or none in rows of an older
-- version, which told every client the login's `sid` itself.
ALTER TABLE session_clients ADD COLUMN told_sid TEXT;
