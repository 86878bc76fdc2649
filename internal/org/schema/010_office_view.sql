-- Which offices there are, since when and until when, and where each stands in the tree.
CREATE VIEW org_office_v AS SELECT id, name, short, level, parent, path, valid_from, valid_to FROM org_office;
