-- Secrets that all nodes share and that outlive any sealing key, each sealed.
CREATE TABLE secrets (
    name TEXT PRIMARY KEY,
    sealed TEXT NOT NULL
);
