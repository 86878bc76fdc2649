CREATE INDEX access_request_case ON access_request (case_id, state);
