-- Proposals that nobody answered are few among all that were ever made; the first
-- screen asks for those of the cases in somebody's charge.
CREATE INDEX criminal_proposal_state ON criminal_proposal (state, case_id);
CREATE INDEX criminal_assignment_staff ON criminal_assignment (staff, valid_to, case_id);
