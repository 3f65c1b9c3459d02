-- The chain of consents: each record's place in the order of writing, the hash of
-- the record before it and its own. Nothing, where whoever wrote it knew no chain.
ALTER TABLE consents ADD COLUMN sequence BIGINT;
ALTER TABLE consents ADD COLUMN previous TEXT;
ALTER TABLE consents ADD COLUMN hash TEXT;
ALTER TABLE consents ADD COLUMN origin TEXT;

CREATE UNIQUE INDEX consents_in_order ON consents (sequence);
CREATE INDEX consents_of_target ON consents (target, sequence);
CREATE INDEX consents_outside ON consents (recorded_at, id) WHERE sequence IS NULL;

-- The last record of the chain. Who appends holds this row until the end of the
-- transaction; with it nobody can cut off the newest records unnoticed.
CREATE TABLE ledger_head (
    ledger TEXT PRIMARY KEY,
    sequence BIGINT NOT NULL,
    hash TEXT NOT NULL
);

INSERT INTO ledger_head (ledger, sequence, hash) VALUES ('consents', 0, '');

-- That records are never changed nor deleted is said in each database's own
-- words: 0010_ledger.sqlite.sql and 0010_ledger.postgres.sql.
