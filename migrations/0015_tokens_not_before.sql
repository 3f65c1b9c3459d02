-- Codes and tokens given for an account before this time are refused: it ended
-- everything it had granted then, by a new password or by leaving.
ALTER TABLE accounts ADD COLUMN tokens_not_before BIGINT NOT NULL DEFAULT 0;
