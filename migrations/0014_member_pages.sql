-- When the person of a session logged in first, and on what kind of device: by
-- these they know it again in the list of their sessions.
ALTER TABLE sessions ADD COLUMN begun_at BIGINT;
ALTER TABLE sessions ADD COLUMN device TEXT;

-- When the address was last changed here; nothing while it is as registered or
-- imported. An import leaves a changed one alone.
ALTER TABLE accounts ADD COLUMN email_changed_at BIGINT;

-- Changes of address that whoever has the old mailbox may undo.
CREATE TABLE email_undos (
    -- SHA-256 of the code in the mail to the old address.
    secret_hash TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    -- The old address.
    email TEXT NOT NULL,
    -- The account's version that the change made: undoing one undoes all later ones.
    version BIGINT NOT NULL,
    -- When it was undone: the same button pressed twice gets the same answer.
    used_at BIGINT,
    expires_at BIGINT NOT NULL
);

CREATE INDEX email_undos_of_account ON email_undos (account_id);
CREATE INDEX email_undos_by_expiry ON email_undos (expires_at);
