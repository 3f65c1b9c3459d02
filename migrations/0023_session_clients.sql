-- The clients that were given tokens in a login and want to be told of its end,
-- each with the `sub` by which it knows the person. They leave with the login.
CREATE TABLE session_clients (
    sid TEXT NOT NULL,
    client_id TEXT NOT NULL,
    -- The brand whose issuer gave the tokens.
    brand TEXT NOT NULL,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    sub TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (sid, client_id, brand)
);

CREATE INDEX session_clients_of_account ON session_clients (account_id);
CREATE INDEX session_clients_by_expiry ON session_clients (expires_at);
CREATE INDEX session_clients_of_client ON session_clients (client_id);
