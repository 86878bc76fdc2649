package criminal

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"congminh/internal/criminal/ledger"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/auth/password"
	"congminh/internal/kit/crash"
	"congminh/internal/kit/db"
	"congminh/internal/kit/db/dbtest"
	"congminh/internal/kit/event"
	"congminh/internal/kit/job"
	"congminh/internal/law"
	"congminh/internal/org"
)

func TestMain(m *testing.M) {
	crash.Main(m, map[string]crash.Program{"numbers": {Serve: serveNumbers, Check: checkNumbers}})
}

const (
	numbersURL  = "CONGMINH_NUMBERS_URL" // of the database of the processes that are killed
	numbersBook = "YC-VKS"
)

// issuer is the service as one of the processes has it, and the chief who issues.
func issuer(ctx context.Context) (*Service, context.Context, func(), error) {
	d, err := db.Open(ctx, os.Getenv(numbersURL))
	if err != nil {
		return nil, nil, nil, err
	}
	p, err := law.Load(law.Embedded())
	if err != nil {
		return nil, nil, nil, err
	}
	now := func() time.Time { return noon }
	o := org.NewService(d, now, rand.Reader, org.Options{Cost: password.Cost{Memory: 64, Time: 1, Lanes: 1}})
	s := NewService(d, event.NewBus(job.NewRunner(d, slog.New(slog.DiscardHandler), now)), o, func(context.Context) Law { return p }, now)
	who, err := o.ActorOf(ctx, "chief")
	return s, auth.With(ctx, who), func() { d.Close() }, err
}

// serveNumbers records acts that take numbers, four at once, until it is killed. Every
// tenth it takes back: its number must stay given. It acknowledges what Record did.
func serveNumbers(ctx context.Context, _ string, ack func(string)) error {
	s, ctx, end, err := issuer(ctx)
	if err != nil {
		return err
	}
	defer end()
	cases, err := db.All(ctx, s.store.db, db.Value[ID], `SELECT id FROM criminal ORDER BY id`)
	if err != nil {
		return err
	}
	errs := make(chan error, 4)
	for g := range cap(errs) {
		go func() {
			for i := g*7 + os.Getpid(); ; i++ {
				c := cases[i%len(cases)]
				a, _, err := s.Record(ctx, c, ledger.Act{Kind: "investigation.request", At: "2026-11-22"})
				if err != nil {
					errs <- err
					return
				}
				ack(string(a.ID) + " " + a.Number)
				if i%10 == 0 {
					if _, _, err := s.Void(ctx, c, a.ID, "Ghi nhầm"); err != nil {
						errs <- err
						return
					}
				}
			}
		}()
	}
	return <-errs
}

// checkNumbers finds every acknowledged number with its act.
func checkNumbers(ctx context.Context, _ string, acked []string) error {
	s, ctx, end, err := issuer(ctx)
	if err != nil {
		return err
	}
	defer end()
	given, err := givenNumbers(ctx, s)
	if err != nil {
		return err
	}
	for _, line := range acked {
		act, number, _ := strings.Cut(line, " ")
		n, _, _ := strings.Cut(number, "/")
		i, err := strconv.ParseInt(n, 10, 64)
		if err != nil {
			return err
		}
		if given[i].act != act {
			return fmt.Errorf("number %s was given to %s, the book says %q", number, act, given[i].act)
		}
	}
	return nil
}

// given is a number in the book and the act that has it.
type given struct {
	n         int64
	act, says string // says is the number that stands on the act
}

func givenNumbers(ctx context.Context, s *Service) (map[int64]given, error) {
	list, err := db.All(ctx, s.store.db, func(r db.Row) (g given, err error) {
		err = r.Scan(&g.n, &g.act, &g.says)
		return
	}, `SELECT n.n, n.act, COALESCE(a.number, '') FROM criminal_number n LEFT JOIN criminal_act a ON a.id = n.act WHERE n.book = $1`, numbersBook)
	out := map[int64]given{}
	for _, g := range list {
		if _, twice := out[g.n]; twice {
			return nil, fmt.Errorf("number %d stands twice in the book", g.n)
		}
		out[g.n] = g
	}
	return out, err
}

// Numbers are given without a gap and without a double, by several goroutines of
// several processes that are killed in between. CONGMINH_NUMBERS=10000 gives so many.
func TestCrashNumbers(t *testing.T) {
	target, err := strconv.Atoi(os.Getenv("CONGMINH_NUMBERS"))
	if err != nil {
		target = 150
	}
	t.Run("sqlite", func(t *testing.T) { killNumbers(t, "sqlite:"+filepath.Join(t.TempDir(), "congminh.db"), target) })
	t.Run("postgres", func(t *testing.T) { killNumbers(t, dbtest.PostgresURL(t), target) })
}

func killNumbers(t *testing.T, url string, target int) {
	d, err := db.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	w := house(t, d)
	ctx := w.as("chief")
	for i := range max(target/50, 12) { // a ledger of thousands of acts is no ledger
		c, err := w.Create(ctx, some(fmt.Sprintf("%d/2026/HS", i+1)))
		w.must(err)
		w.acted(ctx, c.ID, ledger.Act{Kind: "case.open", At: "2026-03-12", By: "police", Charges: []ledger.Charge{{Article: "173", Clause: "1"}}})
	}
	life := 4 * time.Second
	if target < 1000 {
		life = 700 * time.Millisecond
	}
	kills, acked, count := 0, 0, 0
	for count < target {
		var all sync.WaitGroup
		results, errs := make([]crash.Result, 3), make([]error, 3)
		for i := range results {
			all.Go(func() {
				results[i], errs[i] = crash.Loop{Program: "numbers", Dir: t.TempDir(), Env: []string{numbersURL + "=" + url}, Rounds: 2, Life: life, Seed: uint64(kills + i), Log: func(string, ...any) {}}.Run(t.Context())
			})
		}
		all.Wait()
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
		for _, r := range results {
			kills, acked = kills+r.Rounds, acked+len(r.Acked)
		}
		numbers, err := givenNumbers(ctx, w.Service)
		w.must(err)
		count = len(numbers)
	}
	w.wholeBook(ctx)
	t.Logf("%d numbers given by 3 processes of 4 goroutines, %d kills, %d acknowledged: no gap, no double", count, kills, acked)
}

// wholeBook checks that the numbers are those from 1 to the last, each on the act that
// the book names, and that no act has a number the book does not know.
func (w *world) wholeBook(ctx context.Context) {
	t := w.t
	t.Helper()
	numbers, err := givenNumbers(ctx, w.Service)
	w.must(err)
	books, err := w.Books(ctx, "")
	w.must(err)
	last := int64(0)
	for _, b := range books {
		if b.Code == numbersBook {
			last = b.Last
		}
	}
	if last != int64(len(numbers)) || last == 0 {
		t.Errorf("the last number is %d, and %d were given", last, len(numbers))
	}
	for n := int64(1); n <= last; n++ {
		g, there := numbers[n]
		if !there || g.says != Numbered(n, numbersBook) {
			t.Fatalf("number %d: %+v", n, g)
		}
	}
	acts, err := db.One(ctx, w.store.db, db.Value[int64], `SELECT COUNT(*) FROM criminal_act WHERE kind = 'investigation.request' AND void = FALSE`)
	w.must(err)
	if acts != last {
		t.Errorf("%d acts have a number, the book gave %d", acts, last)
	}
	voids, err := db.One(ctx, w.store.db, db.Value[int64], `SELECT COUNT(*) FROM criminal_number WHERE void <> ''`)
	w.must(err)
	taken, err := db.One(ctx, w.store.db, db.Value[int64], `SELECT COUNT(*) FROM criminal_act WHERE void = TRUE`)
	w.must(err)
	if voids != taken {
		t.Errorf("%d numbers are void, %d acts were taken back", voids, taken)
	}
}
