-- What is to be done in a case, and by whom (việc cần làm). changed, changed_by and why
-- tell of the last change of state.
CREATE TABLE criminal_task (
  id         TEXT PRIMARY KEY,
  case_id    TEXT NOT NULL REFERENCES criminal (id),
  text       TEXT NOT NULL,
  due        TEXT NOT NULL,
  staff      TEXT NOT NULL REFERENCES org_staff (id),
  created    TIMESTAMP NOT NULL,
  author     TEXT NOT NULL,
  state      TEXT NOT NULL,
  changed    TIMESTAMP NOT NULL,
  changed_by TEXT NOT NULL,
  why        TEXT NOT NULL
);
CREATE INDEX criminal_task_case ON criminal_task (case_id, state);
CREATE INDEX criminal_task_staff ON criminal_task (staff, state, due, id);
