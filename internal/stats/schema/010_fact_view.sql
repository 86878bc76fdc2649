-- What every case adds to every figure, for modules that join it with what they know.
CREATE VIEW stats_fact_v AS SELECT case_id, figure, day, office, person, act, delta, entered FROM stats_fact;
