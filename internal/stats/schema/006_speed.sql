-- Columns of forms are told apart by the dimensions: those stand in the index, so that a
-- form is read from it alone.
DROP INDEX stats_fact_cell;
CREATE INDEX stats_fact_dims ON stats_fact (figure, office, day, chapter, class, sex, age, delta);
