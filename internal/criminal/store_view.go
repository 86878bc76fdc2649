package criminal

import (
	"context"
	"encoding/json"

	"congminh/internal/criminal/ledger"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/db"
)

// labelled is an id with the name it stands for.
type labelled struct{ id, name string }

func scanNamed(r db.Row) (n labelled, err error) { err = r.Scan(&n.id, &n.name); return }

// staffNames returns the names of people of the procuracy by their ids.
func (s store) staffNames(ctx context.Context, ids []string) (map[string]string, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	list, err := json.Marshal(ids)
	if err != nil {
		return nil, err
	}
	all, err := db.All(ctx, s.db, scanNamed, `SELECT p.id, p.name FROM org_staff_v p WHERE p.id IN (`+s.db.Strings("$1")+`)`, string(list))
	out := map[string]string{}
	for _, n := range all {
		out[n.id] = n.name
	}
	return out, err
}

// paperOf returns in which file each paper of a case lies that proved, or seemed to
// prove, an act.
func (s store) paperOf(ctx context.Context, id ID) ([]Proposal, error) {
	return db.All(ctx, s.db, scanProposal, `SELECT `+proposalColumns+` FROM criminal_proposal WHERE case_id = $1 ORDER BY folio, id`, id)
}

// lastOfKind returns the newest standing act of a kind in an office, of a case scope
// may see.
func (s store) lastOfKind(ctx context.Context, scope []string, o auth.Office, kind string) (ledger.Act, error) {
	in, out := sides(scope)
	return db.One(ctx, s.db, oneAct, `SELECT `+actColumns+` FROM criminal_act a JOIN criminal c ON c.id = a.case_id
		WHERE `+s.walked()+` AND a.office = $3 AND a.kind = $4 AND a.stands = TRUE ORDER BY a.at DESC, a.id DESC LIMIT 1`, in, out, o, kind)
}
