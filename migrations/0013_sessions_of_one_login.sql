-- One login may have a session under each brand; they share their `sid`, and end together.
CREATE INDEX sessions_of_login ON sessions (sid);
