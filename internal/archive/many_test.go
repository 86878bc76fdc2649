package archive

import (
	"context"
	"fmt"
	"testing"
	"time"

	"congminh/internal/dossier"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/db"
	"congminh/internal/kit/db/dbtest"
	"congminh/internal/kit/id"
	"congminh/internal/kit/page"
)

// many is how many lines each list has.
const many = 10_000

// Ten thousand files, volumes, slips and hand-overs: every list opens and is searched
// well below what a person waits for without noticing, and its pages follow each other.
func TestMany(t *testing.T) {
	if testing.Short() {
		t.Skip("fills a database")
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := open(t, d)
		keeper := w.as("luutru")
		w.fill()
		wait := func(what string, read func() (int, error)) {
			t.Helper()
			best := time.Hour
			for range 3 { // the machine may be busy with others
				begun := time.Now()
				n, err := read()
				w.ok(err)
				if n == 0 {
					t.Errorf("%s finds nothing", what)
				}
				best = min(best, time.Since(begun))
			}
			t.Logf("%s: %v", what, best.Round(100*time.Microsecond))
			if best > 500*time.Millisecond {
				t.Errorf("%s takes %v", what, best)
			}
		}
		wait("desk", func() (int, error) { x, err := w.Desk(keeper); return len(x.Overdue), err })
		for _, f := range []VolumeFilter{{}, {Sort: ByCase}, {Sort: ByPlace}, {Words: "gia 77"}, {Words: "trom cap"}, {Where: Lent}} {
			wait(fmt.Sprintf("volumes %+v", f), func() (int, error) { x, err := w.Volumes(keeper, f); return len(x.Items), err })
		}
		for _, f := range []FileFilter{{}, {Sort: "case"}, {Sort: "until"}, {Words: "so 9999"}, {Due: true, Sort: "until"}, {Stage: ToStore}} {
			wait(fmt.Sprintf("files %+v", f), func() (int, error) { x, err := w.Files(keeper, f); return len(x.Items), err })
		}
		for _, f := range []SlipFilter{{}, {Sort: "newest"}, {Words: "pm-9999"}, {State: Overdue}} {
			wait(fmt.Sprintf("slips %+v", f), func() (int, error) { x, err := w.Slips(keeper, f); return len(x.Items), err })
		}
		for _, f := range []HandoverFilter{{}, {Words: "bg-9999"}, {Words: "luong thu ha"}, {State: HandedOver}} {
			wait(fmt.Sprintf("hand-overs %+v", f), func() (int, error) { x, err := w.Handovers(keeper, f); return len(x.Items), err })
		}
		seen, req := 0, page.Req{Limit: 100}
		for {
			x, err := w.Slips(keeper, SlipFilter{Req: req})
			w.ok(err)
			seen += len(x.Items)
			if req.After = x.Next; x.Next == "" {
				break
			}
		}
		if seen != many {
			t.Errorf("the pages of slips hold %d of %d", seen, many)
		}
	})
}

// fill writes many of everything.
func (w *world) fill() {
	w.t.Helper()
	o, err := w.people.Office(w.as("luutru"), "lao-cai-kv3")
	w.ok(err)
	ksv, ksv2 := w.staff("ksv"), w.staff("ksv2")
	stages := []FileStage{Current, ToValue, ToStore, Archived}
	ctx := w.as("luutru")
	w.ok(w.d.Tx(ctx, func(ctx context.Context) error {
		for i := range many {
			c := w.list[i%2]
			f := File{Dossier: id.New[dossier.Dossier](), Case: c.ID, Office: o.ID, path: o.Path, Kind: dossier.ProcuracyFile, Title: fmt.Sprintf("Hồ sơ kiểm sát số %d", i), Folios: 100, Stage: Current, Content: ContentKept, Changed: w.clock}
			if err := w.store.ensure(ctx, f); err != nil {
				return err
			}
			f.Stage = stages[i%len(stages)]
			if f.Stage == Archived {
				f.Rule, f.RuleVersion, f.Until = kind, 1, civil.Date("2026-01-01").Add(i%700)
			}
			if err := w.store.update(ctx, f); err != nil {
				return err
			}
			v := Volume{ID: id.New[Volume](), Dossier: f.Dossier, N: 1, Folios: 100, Place: Place{Room: "Kho 1", Cabinet: fmt.Sprintf("Tủ %d", i%40), Shelf: fmt.Sprintf("Giá %d", i%200)}, Created: w.clock, By: "x", ByName: "x"}
			if err := w.store.insertVolume(ctx, v); err != nil {
				return err
			}
			l := Slip{ID: id.New[Slip](), Case: c.ID, Office: o.ID, path: o.Path, Number: fmt.Sprintf("PM-%d/2026", i), Borrower: ksv, BorrowerName: "Giàng A Páo", Purpose: "x", Due: civil.Date("2026-06-01").Add(i % 365), Approver: ksv2, ApproverName: "x",
				Lent: w.clock, Volumes: []SlipVolume{{Volume: v.ID, Folios: 100}}}
			if err := w.store.insertSlip(ctx, l); err != nil {
				return err
			}
			if i%3 == 0 {
				v.Slip = l.ID
				if err := w.store.updateVolume(ctx, v); err != nil {
					return err
				}
			}
			h := Handover{ID: id.New[Handover](), Office: o.ID, path: o.Path, Number: fmt.Sprintf("BG-%d/2026", i), Giver: ksv, GiverName: "Giàng A Páo", Taker: ksv2, TakerName: "Lương Thu Hà", Reason: "x", Made: w.clock, MadeBy: "x", Given: &w.clock,
				Volumes: []HandoverVolume{{Volume: v.ID, Folios: 100}}}
			if err := w.store.insertHandover(ctx, h); err != nil {
				return err
			}
			if i%2 == 0 {
				h.Taken = &w.clock
				if err := w.store.updateHandover(ctx, h); err != nil {
					return err
				}
			}
		}
		return nil
	}))
}
