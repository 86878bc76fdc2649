package access

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"congminh/internal/access/policy"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/db"
	"congminh/internal/kit/db/dbtest"
	"congminh/internal/kit/id"
	"congminh/internal/org"
)

// What a service finds granted in its tables, asked of a list by SQL, is what Decide
// answers for each object alone, on both databases, over a random world.
func TestListsAgree(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := build(t, d)
		r := rand.New(rand.NewPCG(28, 11))
		if _, err := d.Exec(t.Context(), `CREATE TABLE thing (id TEXT PRIMARY KEY, case_id TEXT NOT NULL)`); err != nil {
			t.Fatal(err)
		}
		if _, err := d.Exec(t.Context(), `CREATE TABLE thing_tag (id TEXT NOT NULL, tag TEXT NOT NULL, PRIMARY KEY (tag, id))`); err != nil {
			t.Fatal(err)
		}
		paths := []string{"/tc/", "/tc/lao-cai/", "/tc/lao-cai/lao-cai-kv1/", "/tc/lao-cai/lao-cai-kv11/", "/tc/lao-cai/lao-cai-kv3/"}
		things := map[string]policy.Object{}
		var rows, marks [][]any
		for i := range 240 {
			id := fmt.Sprint("t", i)
			o := policy.Object{Case: fmt.Sprint("case", i/3), Path: paths[r.IntN(len(paths))], Level: policy.Level(max(0, r.IntN(6)-3)), Protected: r.IntN(3) == 0}
			if i%3 > 0 { // a document of the case before
				o = things[fmt.Sprint("t", i-i%3)]
				o.Document = id
			} else if r.IntN(3) == 0 {
				o.Assigned = []string{fmt.Sprint("p", r.IntN(24))}
			}
			things[id] = o
			rows = append(rows, []any{id, o.Case})
			for _, tag := range policy.Tags(o) {
				marks = append(marks, []any{id, tag})
			}
		}
		if err := d.Insert(t.Context(), `INSERT INTO thing (id, case_id) VALUES`, rows); err != nil {
			t.Fatal(err)
		}
		if err := d.Insert(t.Context(), `INSERT INTO thing_tag (id, tag) VALUES`, marks); err != nil {
			t.Fatal(err)
		}
		asked, allowed, byGrant := 0, 0, 0
		for p := range 24 {
			path := paths[r.IntN(len(paths))]
			who := auth.Actor{ID: fmt.Sprint("p", p), Office: owner(path), Path: auth.Offices(path), Roles: []string{string([]org.Role{org.Chief, org.Prosecutor, org.Clerk, org.Officer, org.SysAdmin}[r.IntN(5)])}}
			for g := range r.IntN(5) {
				doc := r.IntN(80) * 3
				x := Request{ID: RequestID(fmt.Sprint("g", p, "-", g)), Number: fmt.Sprint(p, "-", g), Kind: Asked, State: []State{Active, Active, Revoked}[r.IntN(3)], Case: fmt.Sprint("case", doc/3),
					Requester: org.StaffID(who.ID), Beneficiary: org.StaffID(who.ID), Approver: "boss", Second: "second", Mode: []policy.Mode{policy.Reads, policy.Copies}[r.IntN(2)], Whole: r.IntN(2) == 0,
					From: h.clock.Add(time.Duration(r.IntN(3)-2) * time.Hour), To: h.clock.Add(time.Duration(1+r.IntN(2)*-1) * time.Hour).Add(time.Minute * time.Duration(r.IntN(2)))}
				if !x.To.After(x.From) {
					continue
				}
				if err := h.store.insert(t.Context(), x); err != nil {
					t.Fatal(err)
				}
				if !x.Whole {
					if err := h.store.grantDocuments(t.Context(), x.ID, []Document{{ID: fmt.Sprint("t", doc+1)}}); err != nil {
						t.Fatal(err)
					}
				}
			}
			if r.IntN(4) == 0 {
				if _, err := h.store.recuse(t.Context(), Recusal{ID: id.New[Recusal](), Case: fmt.Sprint("case", r.IntN(80)), Kind: Replaced, Staff: org.StaffID(who.ID), At: h.clock}); err != nil {
					t.Fatal(err)
				}
			}
			ctx := Remember(auth.With(t.Context(), who))
			for a := policy.See; a <= policy.Copy; a++ {
				scope, err := h.Scope(ctx, a)
				if err != nil {
					t.Fatal(err)
				}
				var out []string
				for _, c := range scope.Not {
					out = append(out, strings.TrimPrefix(c, "c:"))
				}
				found, err := db.All(ctx, d, db.Value[string], `SELECT x.id FROM thing x
					WHERE EXISTS (SELECT 1 FROM thing_tag t WHERE t.id = x.id AND t.tag IN (`+d.Strings("$1")+`)) AND x.case_id NOT IN (`+d.Strings("$2")+`)`, list(scope.Any), list(out))
				if err != nil {
					t.Fatal(err)
				}
				in := map[string]bool{}
				for _, id := range found {
					in[id] = true
				}
				for id, o := range things {
					got, err := h.Decide(ctx, o, a)
					if err != nil {
						t.Fatal(err)
					}
					asked++
					if got.Allow {
						allowed++
					}
					if got.Rule == policy.Granted {
						byGrant++
					}
					if got.Allow != in[id] {
						t.Fatalf("%s may %d to %+v: %+v, listed %v by %+v", who.ID, a, o, got, in[id], scope)
					}
				}
			}
		}
		if allowed < asked/20 || byGrant < 10 {
			t.Errorf("of %d questions only %d were allowed, %d by a grant", asked, allowed, byGrant)
		}
	})
}

// Asking twice in one request of the web reads the tables once; another asker in the
// same request is never mistaken for the first.
func TestRemember(t *testing.T) {
	h := build(t, dbtest.SQLite(t))
	ctx := Remember(h.stranger())
	if _, err := h.Subject(ctx); err != nil {
		t.Fatal(err)
	}
	other, err := h.Subject(auth.With(ctx, auth.From(h.above())))
	if err != nil || other.ID != "lc-vt" || !other.Leader {
		t.Fatal(other, err)
	}
}
