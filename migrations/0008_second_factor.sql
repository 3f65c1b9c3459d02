-- When the person of a session gave a code besides the password; nothing if
-- they did not. Every login with a password begins without.
ALTER TABLE sessions ADD COLUMN second_factor_at BIGINT;
