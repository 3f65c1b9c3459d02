-- Changes of what protects an account, asked for in a login that was weaker than the account's
-- strongest: each takes effect when it is due, unless its owner cancels it before.
CREATE TABLE pending_changes (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    -- Of each kind only one waits.
    kind TEXT NOT NULL,
    -- The brand under which it was asked for.
    brand TEXT NOT NULL,
    -- What is to change, as JSON.
    document TEXT NOT NULL,
    -- SHA-256 of the code in the messages to the owner.
    cancel_hash TEXT NOT NULL UNIQUE,
    requested_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    UNIQUE (account_id, kind)
);

CREATE INDEX pending_changes_by_due ON pending_changes (due_at);
