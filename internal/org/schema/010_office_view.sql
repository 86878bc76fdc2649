-- Which offices there are, and where each stands in the tree.
CREATE VIEW org_office_v AS SELECT id, name, short, level, parent, path FROM org_office;
