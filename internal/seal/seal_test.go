package seal

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/db"
	"congminh/internal/kit/db/dbtest"
	"congminh/internal/kit/page"
)

var noon = time.Date(2026, 11, 28, 5, 0, 0, 0, time.UTC)

// keeper is somebody of information security in a region, who may read the journal.
var keeper = auth.Actor{ID: "p1", Name: "Lò Thị Mai", Office: "lao-cai-kv3", Path: []auth.Office{"tc", "lao-cai", "lao-cai-kv3"},
	Verbs: []auth.Verb{MayAudit}, Below: []auth.Verb{MayAudit}}

func service(t *testing.T, d *db.DB) (*Service, context.Context) {
	t.Helper()
	tables, err := fs.Sub(schema, "schema")
	if err == nil {
		err = d.Migrate(t.Context(), "seal", tables)
	}
	if err != nil {
		t.Fatal(err)
	}
	return NewService(d, func() time.Time { return noon }), auth.With(t.Context(), keeper)
}

func note(t *testing.T, s *Service, ctx context.Context, n int) {
	t.Helper()
	for i := range n {
		err := s.Note(ctx, Entry{Verb: "page.view", Object: fmt.Sprint("page/", i), Case: fmt.Sprint("c", i%3), More: map[string]string{"folio": fmt.Sprint(i)}})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// An entry stands with its fact or not at all, and the whole tree follows from it.
func TestJournal(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, ctx := service(t, d)
		note(t, s, ctx, 37)
		old, err := s.Tree(ctx)
		if err != nil || old.Size != 37 {
			t.Fatal(old.Size, err)
		}
		refusal := errors.New("no")
		err = d.Tx(ctx, func(ctx context.Context) error {
			note(t, s, ctx, 2)
			return refusal
		})
		if !errors.Is(err, refusal) {
			t.Fatal(err)
		}
		err = d.Tx(ctx, func(ctx context.Context) error {
			note(t, s, ctx, 100)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		tree, err := s.Tree(ctx)
		if err != nil || tree.Size != 137 {
			t.Fatal(tree.Size, err)
		}
		for _, n := range []int64{0, 1, 36, 37, 64, 136} {
			e, leaf, err := s.Entry(ctx, n)
			if err != nil || e.N != n {
				t.Fatal(e, err)
			}
			p, err := tree.Includes(n)
			if err == nil {
				err = tlog.CheckRecord(p, tree.Size, tree.Root, n, tlog.RecordHash(leaf))
			}
			if err != nil {
				t.Errorf("entry %d: %v", n, err)
			}
		}
		p, err := tree.Extends(old.Size)
		if err == nil {
			err = tlog.CheckTree(p, tree.Size, tree.Root, old.Size, old.Root)
		}
		if err != nil {
			t.Error(err)
		}
		if found, _, err := s.Check(ctx, old); err != nil || len(found) > 0 {
			t.Error(found, err)
		}
	})
}

// Many at once leave no gap, and nobody waits for ever.
func TestManyWriters(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, ctx := service(t, d)
		var all sync.WaitGroup
		for range 16 {
			all.Go(func() { note(t, s, ctx, 10) })
		}
		all.Wait()
		found, tree, err := s.Check(ctx, Tree{})
		if err != nil || len(found) > 0 || tree.Size != 160 {
			t.Error(tree.Size, found, err)
		}
	})
}

// Whoever can write to the tables cannot change, remove, add or exchange an entry
// without the check saying which.
func TestTampering(t *testing.T) {
	for name, how := range map[string][]string{
		"column":            {`UPDATE seal_entry SET actor = 'p9' WHERE n = 5`},
		"moment":            {`UPDATE seal_entry SET at = '2026-01-01 00:00:00' WHERE n = 5`},
		"owner":             {`UPDATE seal_entry SET owner = '/tc/' WHERE n = 5`},
		"leaf":              {`UPDATE seal_entry SET leaf = replace(leaf, '"folio":"5"', '"folio":"6"') WHERE n = 5`},
		"leaf and column":   {`UPDATE seal_entry SET actor = 'p9', leaf = replace(leaf, '"actor":"p1"', '"actor":"p9"') WHERE n = 5`},
		"removed":           {`DELETE FROM seal_entry WHERE n = 5`},
		"exchanged":         {`UPDATE seal_entry SET n = 1005 WHERE n = 5`, `UPDATE seal_entry SET n = 5 WHERE n = 6`, `UPDATE seal_entry SET n = 6 WHERE n = 1005`},
		"hash":              {`UPDATE seal_hash SET hash = (SELECT h.hash FROM seal_hash h WHERE h.i = 1) WHERE i = 8`},
		"hash removed":      {`DELETE FROM seal_hash WHERE i = 8`},
		"no JSON":           {`UPDATE seal_entry SET leaf = 'x' WHERE n = 5`},
		"end cut off":       {`DELETE FROM seal_entry WHERE n >= 20`, `UPDATE seal_size SET size = 20`},
		"begun again":       {`DELETE FROM seal_entry`, `DELETE FROM seal_hash`, `UPDATE seal_size SET size = 0`},
		"size":              {`UPDATE seal_size SET size = 41`},
		"key by other name": {`UPDATE seal_entry SET leaf = replace(leaf, '"verb":', '"verb":"page.print","Verb":') WHERE n = 5`},
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				s, ctx := service(t, d)
				note(t, s, ctx, 40)
				head, err := s.Tree(ctx)
				if err != nil {
					t.Fatal(err)
				}
				for _, q := range how {
					if _, err := d.Exec(ctx, q); err != nil {
						t.Fatal(err)
					}
				}
				found, _, err := s.Check(ctx, head)
				if err != nil || len(found) == 0 {
					t.Error("not seen", err)
				}
			})
		})
	}
}

// Who looks at the journal, or takes it out, stands in it: once for a list, however many
// pages of it are turned.
func TestLookAtJournal(t *testing.T) {
	s, ctx := service(t, dbtest.SQLite(t))
	note(t, s, ctx, 130)
	f := Filter{Req: page.Req{Limit: 20}, Verb: "page"}
	out, err := s.Read(ctx, f)
	if err == nil {
		f.After = out.Next
		_, err = s.Read(ctx, f)
	}
	n := 0
	if err == nil {
		err = s.Export(ctx, f, func(Entry) error { n++; return nil })
	}
	if err != nil || n != 130 {
		t.Fatal(n, err)
	}
	for _, verb := range []string{"seal.read", "seal.export"} {
		told, err := s.List(ctx, Filter{Verb: verb})
		if err != nil || len(told.Items) != 1 || told.Items[0].More["verb"] != "page" || told.Items[0].Actor != keeper.ID {
			t.Error(verb, told.Items, err)
		}
	}
	if err := s.Export(t.Context(), Filter{}, func(Entry) error { return nil }); !errors.Is(err, auth.ErrWho) {
		t.Error("the journal was handed to nobody", err)
	}
}

// A person sees the journal of the offices their right reaches, in pages.
func TestList(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, ctx := service(t, d)
		note(t, s, ctx, 30)
		elsewhere := keeper
		elsewhere.ID, elsewhere.Office, elsewhere.Path = "p2", "ha-noi", []auth.Office{"tc", "ha-noi"}
		note(t, s, auth.With(ctx, elsewhere), 5)

		out, err := s.List(ctx, Filter{Req: page.Req{Limit: 20}})
		if err != nil || len(out.Items) != 20 || out.Items[0].N != 29 || out.Next == "" {
			t.Fatal(len(out.Items), out.Next, err)
		}
		out, err = s.List(ctx, Filter{Req: page.Req{Limit: 20, After: out.Next}})
		if err != nil || len(out.Items) != 10 || out.Next != "" {
			t.Error(len(out.Items), out.Next, err)
		}
		if out, err = s.List(ctx, Filter{Case: "c1", From: "2026-11-28", To: "2026-11-28", Verb: "page"}); err != nil || len(out.Items) != 10 {
			t.Error(len(out.Items), err)
		}
		if out, err = s.List(ctx, Filter{From: "2026-11-29"}); err != nil || len(out.Items) != 0 {
			t.Error(len(out.Items), err)
		}
		if _, _, err := s.Entry(ctx, 31); !errors.Is(err, ErrNoEntry) {
			t.Error("another office's entry was shown", err)
		}
		if _, err := s.List(t.Context(), Filter{}); !errors.Is(err, auth.ErrWho) {
			t.Error(err)
		}
		if e, leaf, err := s.Entry(ctx, 3); err != nil || !strings.Contains(string(leaf), `"name":"Lò Thị Mai"`) || e.Owner != "/tc/lao-cai/lao-cai-kv3/" {
			t.Error(e, string(leaf), err)
		}
	})
}
