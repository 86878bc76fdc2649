package deadline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"

	"congminh/internal/criminal"
	"congminh/internal/criminal/ledger"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/id"
	"congminh/internal/kit/job"
)

const nightJob = "deadline.night"

// chunk is how many cases are compared at once.
const chunk = 500

// analyzeAfter is how many clocks a night writes before the database looks at them anew.
const analyzeAfter = 5000

// Night computes every case afresh and compares with what is stored. A difference
// that no change of the law explains is a defect of this program: it is repaired,
// counted, logged and shown. Cases never seen are taken in.
func (s *Service) Night(ctx context.Context) (n Night, err error) {
	defer fault.Wrap(&err, "compute everything")
	l, err := s.laws(ctx)
	if err != nil {
		return n, err
	}
	n = Night{ID: string(id.New[Night]()), Started: s.now()}
	if err := s.store.putNight(ctx, n); err != nil {
		return n, err
	}
	workers := runtime.GOMAXPROCS(0)
	cuts, err := s.store.cut(ctx, workers)
	if err != nil {
		return n, err
	}
	written := 0
	var mu sync.Mutex
	var all sync.WaitGroup
	var errs []error
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	from := criminal.ID("")
	for _, to := range append(cuts, "") {
		w, after := &stretch{s: s, l: l, night: n.ID}, from
		all.Go(func() {
			err := w.run(ctx, after, to)
			mu.Lock()
			defer mu.Unlock()
			n.Cases, n.Clocks, n.Different = n.Cases+w.cases, n.Clocks+w.clocks, n.Different+w.different
			written += w.written
			if err != nil {
				errs = append(errs, err)
				cancel()
			}
		})
		from = to
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		return n, err
	}
	if written >= analyzeAfter {
		if err := s.store.analyze(ctx); err != nil {
			return n, err
		}
	}
	if err := s.store.dropZeros(ctx); err != nil {
		return n, err
	}
	err = s.store.db.Tx(ctx, func(ctx context.Context) error {
		wrong, err := s.store.recount(ctx)
		if err != nil {
			return err
		}
		if wrong > 0 {
			n.Different += wrong
			s.Log.ErrorContext(ctx, "counts differ from clocks", "counts", wrong)
			if err := s.store.addDifference(ctx, string(id.New[Different]()), n.ID, Different{Stored: fmt.Sprintf("%d counts", wrong), Right: "recounted", At: s.now()}); err != nil {
				return err
			}
		}
		done := s.now()
		n.Done = &done
		if err := s.store.putNight(ctx, n); err != nil {
			return err
		}
		if n.Different == 0 {
			return s.endAlarm(ctx, "night", "", "no difference")
		}
		return s.alarm(ctx, "night", "", fmt.Sprintf("%d differences", n.Different))
	})
	return n, err
}

// stretch is the cases one worker computes.
type stretch struct {
	s     *Service
	l     *Law
	night string

	heads   []criminal.Head
	ledgers []*ledger.Case

	cases, clocks, different, written int
}

func (w *stretch) run(ctx context.Context, from, to criminal.ID) error {
	err := w.s.cases.Ledgers(ctx, from, to, func(h criminal.Head, c *ledger.Case) error {
		w.heads, w.ledgers = append(w.heads, h), append(w.ledgers, c)
		if len(w.heads) < chunk {
			return nil
		}
		return w.compare(ctx)
	})
	if err != nil {
		return err
	}
	return w.compare(ctx)
}

// compare computes the cases gathered and compares them.
func (w *stretch) compare(ctx context.Context) error {
	if len(w.heads) == 0 {
		return nil
	}
	first, last := w.heads[0].ID, w.heads[len(w.heads)-1].ID
	sayings, err := w.s.store.saidBetween(ctx, first, last)
	if err != nil {
		return err
	}
	rows, err := w.s.store.caseRows(ctx, first, last)
	if err != nil {
		return err
	}
	sums, err := w.s.store.sums(ctx, first, last)
	if err != nil {
		return err
	}
	said := map[criminal.ID][]said{}
	for _, x := range sayings {
		said[x.of] = append(said[x.of], x.said)
	}
	row := make(map[criminal.ID]caseRow, len(rows))
	for _, r := range rows {
		row[r.ID] = r
	}
	stored := make(map[criminal.ID]string, len(sums))
	for _, x := range sums {
		stored[x.id] = x.lines
	}
	var fresh []watched
	var relaid []caseRow // computed by another law before, and the same
	for i, h := range w.heads {
		c := compute(w.l, w.s.Policy, h, w.ledgers[i], said[h.ID])
		w.cases++
		w.clocks += len(c.clocks)
		was, known := row[h.ID]
		same := known && len(disagree(c.clocks, stored[h.ID])) == 0
		other := was
		other.Law = c.row.Law
		switch {
		case !known:
			fresh = append(fresh, c)
		case same && was == c.row:
		case same && other == c.row:
			relaid = append(relaid, c.row)
		default:
			if err := w.repair(ctx, h.ID); err != nil {
				return err
			}
		}
	}
	w.heads, w.ledgers = w.heads[:0], nil
	if err := w.s.relay(ctx, relaid); err != nil {
		return err
	}
	for _, c := range fresh {
		w.written += len(c.clocks)
	}
	return w.s.takeIn(ctx, fresh)
}

// relay notes that cases were computed by the law in force and came out the same.
func (s *Service) relay(ctx context.Context, rows []caseRow) error {
	if len(rows) == 0 {
		return nil
	}
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		for _, r := range rows {
			if err := s.store.setLaw(ctx, r.ID, r.Law); err != nil {
				return err
			}
		}
		return nil
	})
}

// disagree compares clocks with the lines that are stored of them, both in the order
// of ids, and returns pairs of what is stored and what is right.
func disagree(ks []Clock, lines string) (out [][2]string) {
	for len(ks) > 0 || lines != "" {
		line, rest, _ := strings.Cut(lines, "\n")
		have, _, _ := strings.Cut(line, "|")
		switch {
		case lines == "" || len(ks) > 0 && string(ks[0].ID) < have:
			out = append(out, [2]string{"", ks[0].line()})
			ks = ks[1:]
		case len(ks) == 0 || have < string(ks[0].ID):
			out = append(out, [2]string{line, ""})
			lines = rest
		default:
			k := &ks[0]
			i := strings.LastIndexByte(line, '|')
			j := strings.LastIndexByte(line[:i], '|')
			k.inherit(&Clock{due: k.due, late: k.late, warned: line[j+1 : i]}, k.made)
			if line[:j] != k.line() || line[i+1:] != k.warns {
				out = append(out, [2]string{line, k.line() + "|" + k.warned + "|" + k.warns})
			}
			ks, lines = ks[1:], rest
		}
	}
	return out
}

// repair looks at a case again, alone: what differed may have been changed between
// two reads. What still differs is written anew, and is a defect unless the law it
// was computed by was another.
func (w *stretch) repair(ctx context.Context, c criminal.ID) error {
	s := w.s
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.lockCase(ctx, c); err != nil {
			return err
		}
		h, led, err := s.cases.Ledger(ctx, c)
		if err != nil {
			return err
		}
		sayings, err := s.store.saidOf(ctx, c)
		if err != nil {
			return err
		}
		was, err := s.store.caseRow(ctx, c)
		if err != nil {
			return err
		}
		lines := ""
		sums, err := s.store.sums(ctx, c, c)
		if err != nil {
			return err
		}
		if len(sums) > 0 {
			lines = sums[0].lines
		}
		right := compute(w.l, s.Policy, h, &led, sayings)
		wrong := disagree(right.clocks, lines)
		if was != right.row {
			wrong = append(wrong, [2]string{fmt.Sprintf("%+v", was), fmt.Sprintf("%+v", right.row)})
		}
		if len(wrong) == 0 {
			return nil
		}
		if was.Law == right.row.Law {
			for _, x := range wrong {
				w.different++
				k, _, _ := strings.Cut(x[0]+x[1], "|")
				d := Different{Case: c, Clock: ClockID(k), Stored: x[0], Right: x[1], At: s.now()}
				s.Log.ErrorContext(ctx, "clock differs from the ledger", "case", string(c), "stored", x[0], "right", x[1])
				if err := s.store.addDifference(ctx, string(id.New[Different]()), w.night, d); err != nil {
					return err
				}
			}
		}
		stored, err := s.store.clocksOf(ctx, c)
		if err != nil {
			return err
		}
		counts := map[countKey]int{}
		changed, err := s.write(ctx, right, was, stored, counts)
		if err != nil {
			return err
		}
		w.written += changed
		return s.store.addCounts(ctx, counts)
	})
}

// takeIn writes the clocks of cases never seen, many at once.
func (s *Service) takeIn(ctx context.Context, fresh []watched) error {
	if len(fresh) == 0 {
		return nil
	}
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		counts := map[countKey]int{}
		var all []Clock
		for _, w := range fresh {
			known, err := s.store.hasCase(ctx, w.row.ID)
			if err != nil {
				return err
			}
			if known { // it was taken in by an act meanwhile
				continue
			}
			if err := s.store.putCase(ctx, w.row); err != nil {
				return err
			}
			for i := range w.clocks {
				k := &w.clocks[i]
				k.inherit(nil, s.now())
				k.countIn(counts, 1)
			}
			all = append(all, w.clocks...)
		}
		if err := s.store.insertClocks(ctx, all); err != nil {
			return err
		}
		return s.store.addCounts(ctx, counts)
	})
}

func (s *Service) nightWork(ctx context.Context, _ *job.Run, _ json.RawMessage) error {
	_, err := s.Night(ctx)
	return err
}
