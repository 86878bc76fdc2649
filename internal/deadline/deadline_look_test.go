package deadline

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"congminh/e2e/browser"
	"congminh/internal/criminal"
	"congminh/internal/criminal/ledger"
	"congminh/internal/criminal/made"
	"congminh/internal/kit"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/auth/password"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/db"
	"congminh/internal/kit/db/dbtest"
	"congminh/internal/kit/event"
	"congminh/internal/kit/job"
	"congminh/internal/kit/lang"
	"congminh/internal/kit/web"
	"congminh/internal/law"
	"congminh/internal/org"
	"congminh/internal/site"
)

// morning is when the people of these tests come to work: a Thursday.
var morning = time.Date(2026, 11, 26, 7, 15, 0, 0, civil.Zone)

// desks is an office with its people and cases, whose pages can be opened.
type desks struct {
	*Service
	t     *testing.T
	later atomic.Int64 // minutes since morning
	org   *org.Service
	cases map[string]criminal.ID // by number
	url   string
}

// openDesks builds an office on d. Its clock stands still until a test moves it.
func openDesks(t *testing.T, d *db.DB) *desks {
	t.Helper()
	w := &desks{t: t, cases: map[string]criminal.ID{}}
	now := w.clock
	jobs := job.NewRunner(d, slog.New(slog.DiscardHandler), now)
	bus := event.NewBus(jobs)
	w.org = org.NewService(d, now, rand.Reader, org.Options{Cost: password.Cost{Memory: 64, Time: 1, Lanes: 1}})
	laws, err := law.NewService(d, bus, nil, now)
	w.ok(err)
	cases := criminal.NewService(d, bus, w.org, func(context.Context) criminal.Law { return laws.Base() }, now)
	policy, err := LoadPolicy(nil)
	w.ok(err)
	w.Service = NewService(d, bus, cases, w.org, Engines{Jobs: jobs, Pack: laws.Pack, Policy: policy, Base: "https://congminh.example",
		Secret: rand.Text, DBNow: func(context.Context) (time.Time, error) { return w.clock(), nil }}, now)
	mux := http.NewServeMux()
	m := web.NewMux(mux, slog.New(slog.NewTextHandler(t.Output(), nil)), site.Refusal)
	for _, x := range []kit.Module{{Name: "job", Schema: job.Schema()}, laws.Module(), w.org.Module(), cases.Module(), w.Module()} {
		w.ok(d.Migrate(t.Context(), x.Name, x.Schema))
		if x.Listen != nil {
			x.Listen(bus)
		}
		if x.Web != nil {
			x.Web(m)
		}
	}
	_, err = w.org.Demo(t.Context())
	w.ok(err)
	languages, err := lang.Load(site.Texts(), texts)
	w.ok(err)
	m.Languages(languages)
	m.Offices(w.org.OfficeName)
	m.Order("/work", "/deadlines", "/cases")
	site.Web(m)
	srv := httptest.NewServer(web.Secure(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		login := "ksv"
		if c, err := r.Cookie("who"); err == nil {
			login = c.Value
		}
		mux.ServeHTTP(out, r.WithContext(auth.With(r.Context(), w.actor(login))))
	})))
	t.Cleanup(func() { srv.CloseClientConnections(); srv.Close() }) // an open page holds its stream
	w.url = srv.URL
	return w
}

// clock is the time of this office: morning, until a test lets minutes pass.
func (w *desks) clock() time.Time { return morning.Add(time.Duration(w.later.Load()) * time.Minute) }

func (w *desks) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// actor is a demo person with the rights of their roles.
func (w *desks) actor(login string) auth.Actor {
	a, err := w.org.ActorOf(context.Background(), login)
	if err != nil {
		w.t.Error(err)
	}
	return a
}

func (w *desks) as(login string) context.Context { return auth.With(w.t.Context(), w.actor(login)) }

func (w *desks) staff(login string) org.StaffID {
	w.t.Helper()
	p, err := w.org.PersonByLogin(w.as("vientruong"), login)
	w.ok(err)
	return p.ID
}

// enter takes a case over with its acts, and computes its clocks.
func (w *desks) enter(number, name, conducts string, persons []criminal.Person, acts ...ledger.Act) criminal.ID {
	w.t.Helper()
	id := criminal.ID("case-" + strings.NewReplacer("/", "-").Replace(number))
	for i := range acts {
		acts[i].ID = ledger.ActID(fmt.Sprintf("%s-%02d", id, i))
		acts[i].Entered, acts[i].Author = w.clock(), string(w.staff(conducts))
		if acts[i].Issuer == "" {
			acts[i].Issuer = "Cơ quan CSĐT Công an tỉnh Lào Cai"
		}
	}
	w.ok(w.Service.cases.Bulk(w.t.Context(), []criminal.Whole{{
		Case: criminal.Case{ID: id, Number: number, Name: name, Office: "lao-cai-kv3", Stage: criminal.Investigation, Status: criminal.Open, Persons: persons, Created: w.clock()},
		Path: "/tc/lao-cai/lao-cai-kv3/", Ledger: acts,
		Staff: []criminal.Assignment{{Staff: w.staff(conducts), Task: criminal.Conducts, From: "2026-01-05"}, {Staff: w.staff("phovt"), Task: criminal.Leads, From: "2026-01-05"}},
	}}))
	_, err := w.refresh(w.t.Context(), id)
	w.ok(err)
	w.cases[number] = id
	return id
}

func accused(id, name string) criminal.Person {
	return criminal.Person{ID: ledger.PartyID(id), Name: name, Role: criminal.Accused, Born: "1994"}
}

// fill enters what a prosecutor may find in the morning: somebody in custody, somebody
// in detention, what is late, what is due, what others must do, what stands still.
func (w *desks) fill() {
	w.t.Helper()
	pan := ledger.PartyID("p-pan")
	w.enter("21/2026/HS", "Lò Văn Pản – Cướp tài sản", "ksv", []criminal.Person{accused("p-pan", "Lò Văn Pản")},
		ledger.Act{Kind: "report.receive", At: "2026-11-24T09:00", By: "police"},
		ledger.Act{Kind: "case.open", At: "2026-11-25", By: "police", Number: "41/QĐ-ĐTTH", Charges: []ledger.Charge{{Article: "168", Clause: "1"}}},
		ledger.Act{Kind: "custody.start", At: "2026-11-24T16:40", By: "police", Parties: []ledger.PartyID{pan}},
		ledger.Act{Kind: "custody.sent_to_vks", At: "2026-11-24T20:00", By: "police", Parties: []ledger.PartyID{pan}},
	)
	cho := ledger.PartyID("p-cho")
	w.enter("20/2026/HS", "Sùng A Chớ và đồng phạm – Mua bán trái phép chất ma túy", "ksv", []criminal.Person{accused("p-cho", "Sùng A Chớ"), accused("p-lo", "Tẩn Láo Lở")},
		ledger.Act{Kind: "case.open", At: "2026-08-03", By: "police", Number: "30/QĐ-ĐTTH", Charges: []ledger.Charge{{Article: "251", Clause: "2"}}},
		ledger.Act{Kind: "defendant.charge", At: "2026-08-05", By: "police", Parties: []ledger.PartyID{cho, "p-lo"}, Charges: []ledger.Charge{{Article: "251", Clause: "2"}}},
		ledger.Act{Kind: "defendant.charge_received", At: "2026-08-06", By: "procuracy", Parties: []ledger.PartyID{cho, "p-lo"}},
		ledger.Act{Kind: "defendant.approve", At: "2026-08-07", By: "procuracy", Parties: []ledger.PartyID{cho, "p-lo"}},
		ledger.Act{Kind: "detention.start", At: "2026-08-05T08:00", By: "police", Parties: []ledger.PartyID{cho}, Until: "2026-12-02"},
	)
	w.enter("19/2026/HS", "Nguyễn Thị Lụa – Lừa đảo chiếm đoạt tài sản", "ksv", []criminal.Person{accused("p-lua", "Nguyễn Thị Lụa")},
		ledger.Act{Kind: "case.open", At: "2026-09-14", By: "police", Charges: []ledger.Charge{{Article: "174", Clause: "3"}}},
		ledger.Act{Kind: "defendant.charge", At: "2026-11-23", By: "police", Parties: []ledger.PartyID{"p-lua"}, Charges: []ledger.Charge{{Article: "174", Clause: "3"}}},
		ledger.Act{Kind: "defendant.charge_received", At: "2026-11-23", By: "procuracy", Parties: []ledger.PartyID{"p-lua"}},
	)
	w.enter("18/2026/HS", "Trần Văn Hậu – Vi phạm quy định về tham gia giao thông đường bộ", "ksv", []criminal.Person{accused("p-hau", "Trần Văn Hậu")},
		ledger.Act{Kind: "case.open", At: "2026-08-20", By: "police", Charges: []ledger.Charge{{Article: "260", Clause: "1"}}},
		ledger.Act{Kind: "defendant.charge", At: "2026-08-28", By: "police", Parties: []ledger.PartyID{"p-hau"}, Charges: []ledger.Charge{{Article: "260", Clause: "1"}}},
		ledger.Act{Kind: "defendant.charge_received", At: "2026-08-28", By: "procuracy", Parties: []ledger.PartyID{"p-hau"}},
	)
	w.enter("22/2026/TB", "Tin báo về hủy hoại rừng tại xã Mường Hum", "ksv", nil,
		ledger.Act{Kind: "report.receive", At: "2026-11-06T10:00", By: "police"},
	)
	w.enter("07/2026/HS", "Giàng Seo Vảng – Trộm cắp tài sản", "ksv", []criminal.Person{accused("p-vang", "Giàng Seo Vảng")},
		ledger.Act{Kind: "case.open", At: "2026-02-02", By: "police", Charges: []ledger.Charge{{Article: "173", Clause: "1"}}},
		ledger.Act{Kind: "investigation.suspend", At: "2026-03-20", By: "police", Reason: "expert"},
	)
	young := accused("p-khe", "Chảo A Khé")
	young.Born = "2009-12-24"
	w.enter("17/2026/HS", "Chảo A Khé – Cướp tài sản", "ksv", []criminal.Person{young},
		// Of one under 18 the length of a detention is not sure: its end is entered by hand.
		ledger.Act{Kind: "case.open", At: "2026-11-10", By: "police", Charges: []ledger.Charge{{Article: "168", Clause: "2"}}},
		ledger.Act{Kind: "defendant.charge", At: "2026-11-11", By: "police", Parties: []ledger.PartyID{"p-khe"}, Charges: []ledger.Charge{{Article: "168", Clause: "2"}}},
		ledger.Act{Kind: "detention.start", At: "2026-11-12T08:00", By: "police", Parties: []ledger.PartyID{"p-khe"}},
		ledger.Act{Kind: "measure.residence_ban", At: "2026-11-12", By: "police", Parties: []ledger.PartyID{"p-khe"}},
	)
	w.enter("16/2026/HS", "Lý Thị Dợ – Đánh bạc", "ksv", []criminal.Person{accused("p-do", "Lý Thị Dợ")},
		ledger.Act{Kind: "measure.residence_ban", At: "2026-11-12", By: "police", Parties: []ledger.PartyID{"p-do"}},
	)
	w.more(0, 40)
}

// more enters n invented cases, a fifth of them of the prosecutor.
func (w *desks) more(from, n int) {
	w.t.Helper()
	for i := from; i < from+n; i++ {
		c := made.Make(i+100, 14, "2026-11-25")
		login := "ksv2"
		if i%5 == 0 {
			login = "ksv"
		}
		var people []criminal.Person
		for _, p := range c.Ledger.Parties {
			people = append(people, criminal.Person{ID: p.ID, Name: p.Name, Role: criminal.Role(p.Role), Born: p.Born})
		}
		w.enter(fmt.Sprintf("%d/2026/HS", 101+i), c.Name, login, people, c.Ledger.Acts...)
	}
}

// Every page, at the width of a desk and of a phone, in a real browser.
func TestDesksInBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a browser")
	}
	b := browser.New(t)
	w := openDesks(t, dbtest.SQLite(t))
	empty := w.url
	b.Axe(t, empty+"/work")
	b.Shot(t, "work-empty-390", 390, 0)
	w.fill()
	w.ok(w.Tick(t.Context()))
	w.later.Add(40)
	ctx := w.as("ksv")
	d, err := w.Desk(ctx, DeskFilter{})
	w.ok(err)
	if d.Shown < 5 || len(d.Groups) == 0 || d.Groups[0].Part != PartCustody {
		t.Fatalf("the desk shows %d lines in %d groups", d.Shown, len(d.Groups))
	}
	first := d.Groups[0].Clocks[0]
	pages := map[string]string{"work": "/work", "work-none": "/work?q=xyz", "board-mine": "/deadlines", "board-office": "/deadlines?scope=office", "calendar": "/deadlines/calendar?day=2026-11-30",
		"calendar-tet": "/deadlines/calendar?month=2027-02", "clock": clockPath(first.ID), "inbox": "/deadlines/inbox", "suspended": "/deadlines/suspended?scope=office",
		"settings": "/deadlines/settings", "policy": "/deadlines/policy", "case": "/cases/" + string(first.Case)}
	for _, g := range d.Groups {
		if g.Part == PartDetention {
			pages["clock-detention"] = clockPath(g.Clocks[0].ID)
		}
		if g.Part == PartManual {
			pages["clock-manual"] = clockPath(g.Clocks[0].ID)
		}
		if g.Part == PartBreached {
			pages["clock-breached"] = clockPath(g.Clocks[0].ID)
		}
	}
	for name, p := range pages {
		lookAt(t, b, name, w.url+p)
	}
	b.FocusOrder(t, w.url+"/work")
	b.Zoom(t, w.url+"/work")
	b.Zoom(t, w.url+"/deadlines/calendar")
	b.Cookie(t, w.url, "who", "truongphong")
	lookAt(t, b, "board-superior", w.url+"/deadlines?scope=superior")
	b.Cookie(t, w.url, "who", "vientruong")
	lookAt(t, b, "work-chief", w.url+"/work")
	b.Cookie(t, w.url, "who", "quantri")
	lookAt(t, b, "watch", w.url+"/system/watch")
	b.Cookie(t, w.url, "who", "ksv")
	b.Prefer(t, "print")
	for name, p := range map[string]string{"work": "/work", "board": "/deadlines", "calendar": "/deadlines/calendar", "clock": clockPath(first.ID)} {
		b.Open(t, w.url+p)
		b.Shot(t, "print-"+name, 1100, 0)
	}
	b.NoOutside(t)
}

func lookAt(t *testing.T, b *browser.Browser, name, address string) {
	t.Helper()
	t.Logf("%s: %s", name, address)
	b.Axe(t, address)
	b.Reflow(t, address)
	b.Shot(t, name+"-1440", 1440, 0)
	b.Shot(t, name+"-390", 390, 0)
}
