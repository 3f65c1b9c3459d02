-- When its owner last changed a birthdate that was told wrongly: seldom is allowed.
ALTER TABLE accounts ADD COLUMN birthdate_changed_at BIGINT;
