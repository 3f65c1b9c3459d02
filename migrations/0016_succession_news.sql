-- Links that went over to a dealer's successor and of which the two dealers' own
-- systems have not been told yet. A row leaves with the events that tell of it.
CREATE TABLE succession_news (
    -- The account and the predecessor.
    name TEXT PRIMARY KEY,
    account_id TEXT NOT NULL,
    predecessor TEXT NOT NULL,
    successor TEXT NOT NULL,
    -- Whether the account was linked with the successor before.
    was_linked BOOLEAN NOT NULL,
    happened_at BIGINT NOT NULL
);
