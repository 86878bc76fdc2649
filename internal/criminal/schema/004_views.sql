CREATE VIEW criminal_v AS
  SELECT id, number, efile, name, office, office_path, stage, status, secrecy, key_case, opened, class, acts FROM criminal;
CREATE VIEW criminal_person_v AS SELECT id, case_id, place, name, role, capacity, entity, born FROM criminal_person;
CREATE VIEW criminal_act_v AS
  SELECT id, case_id, seq, office, kind, at, number, who, parties, until_at, charges, reason, fields, flags, entered, author
  FROM criminal_act WHERE stands = TRUE;
