-- What a hand-over is found by. Of those already written the number is known; their
-- people are found through their cases.
ALTER TABLE archive_handover ADD COLUMN words TEXT NOT NULL DEFAULT '';
UPDATE archive_handover SET words = LOWER(number);
CREATE INDEX archive_handover_path ON archive_handover (path, id);
