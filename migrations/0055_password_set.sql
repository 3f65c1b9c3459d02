-- When the owner last set another password, which ends what earlier logins left in browsers;
-- nothing if it is the first. A hash that is made anew of the same password does not count.
ALTER TABLE accounts ADD COLUMN password_set_at BIGINT;
