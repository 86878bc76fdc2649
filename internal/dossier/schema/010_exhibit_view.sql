-- The exhibits of a case, and what their custody comes to: how many steps say who took
-- it, and how many ended it.
CREATE VIEW dossier_exhibit_v AS
  SELECT x.id, d.case_id, x.code, x.name, x.created, p.folio,
    (SELECT COUNT(*) FROM dossier_custody c WHERE c.exhibit = x.id AND c.taker <> '') AS takers,
    (SELECT COUNT(*) FROM dossier_custody c WHERE c.exhibit = x.id AND c.act IN ('return', 'destroy')) AS ends
  FROM dossier_exhibit x JOIN dossier d ON d.id = x.dossier JOIN dossier_page p ON p.id = x.page;
