-- A grant names the login it was made in, so that its ID tokens can; no login ends it.
DROP INDEX grants_of_session;
