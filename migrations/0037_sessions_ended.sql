-- When a link of a mail last ended all sessions of the account: links made before are used.
ALTER TABLE accounts ADD COLUMN sessions_ended_at BIGINT;
