-- What was put into the store of blobs a short time ago, and what was deleted for good.
CREATE TABLE app_blob (
  sha  TEXT      NOT NULL PRIMARY KEY,
  at   TIMESTAMP NOT NULL, -- of the last put, or of the deletion
  gone BOOLEAN   NOT NULL  -- deleted: no copy may bring it back
);
-- What the copies do not have yet, or still have.
CREATE TABLE app_copy_due (
  id    TEXT      NOT NULL PRIMARY KEY,
  store TEXT      NOT NULL, -- address without secrets
  op    TEXT      NOT NULL, -- put, delete
  sha   TEXT      NOT NULL,
  size  BIGINT    NOT NULL,
  at    TIMESTAMP NOT NULL, -- since when
  due   TIMESTAMP NOT NULL, -- of the next try
  tries BIGINT    NOT NULL,
  until TIMESTAMP,          -- to when the store refuses to delete
  error TEXT      NOT NULL  -- of the last try
);
CREATE INDEX app_copy_due_due ON app_copy_due (due);
CREATE INDEX app_copy_due_store ON app_copy_due (store, op, at);
