-- What was done to keep copies: snapshots, restore drills, searches for damaged blobs.
CREATE TABLE app_backup_run (
  id     TEXT      NOT NULL PRIMARY KEY,
  at     TIMESTAMP NOT NULL,
  kind   TEXT      NOT NULL, -- snapshot, drill, scrub
  target TEXT      NOT NULL, -- address without secrets
  name   TEXT      NOT NULL, -- of the snapshot; scrub: the file to go on from
  hash   TEXT      NOT NULL, -- SHA-256 of its manifest
  figure BIGINT    NOT NULL, -- snapshot: bytes stored; drill: bytes compared; scrub: blobs damaged
  millis BIGINT    NOT NULL, -- how long it took
  error  TEXT      NOT NULL  -- '' if it went well
);
CREATE INDEX app_backup_run_kind ON app_backup_run (kind, target, at);
