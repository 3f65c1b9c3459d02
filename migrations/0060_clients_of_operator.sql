-- The clients that the operator registered, whose names no other client may have: found
-- without reading those that registered themselves.
CREATE INDEX clients_of_operator ON clients (client_id) WHERE registered_at IS NULL;
