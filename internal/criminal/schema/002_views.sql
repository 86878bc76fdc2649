CREATE VIEW criminal_tag_v AS SELECT case_id, tag FROM criminal_tag;
CREATE VIEW criminal_words_v AS SELECT id AS case_id, words FROM criminal;
