
CREATE TABLE security_events (
    sequence BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- When it happened; of several equal ones, the first time.
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    -- Why it failed; nothing if it succeeded.
    reason TEXT,
    -- Without a foreign key: the record outlives the account for as long as the policy says.
    account_id TEXT,
    client_id TEXT,
    actor TEXT NOT NULL,
    brand TEXT,
    device TEXT,
    -- The network of the caller, truncated.
    network TEXT,
    correlation_id TEXT,
    -- Further facts, a JSON object of words, our own identifiers and numbers.
    detail TEXT,
    -- How often it happened within the moment.
    times BIGINT NOT NULL
);

CREATE INDEX security_events_of_account ON security_events (account_id, sequence) WHERE account_id IS NOT NULL;
CREATE INDEX security_events_by_time ON security_events (at, sequence);
CREATE INDEX security_events_of_failures ON security_events (at, sequence) WHERE reason IS NOT NULL;

CREATE FUNCTION refuse_to_change_a_security_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a security event is never changed';
END $$;

CREATE TRIGGER security_events_stay_as_written
BEFORE UPDATE ON security_events
FOR EACH ROW EXECUTE FUNCTION refuse_to_change_a_security_event();
