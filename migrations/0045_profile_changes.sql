-- When its owner last changed the profile here; nothing while it is as registered or
-- imported. An import leaves a changed one alone.
ALTER TABLE accounts ADD COLUMN profile_changed_at BIGINT;
