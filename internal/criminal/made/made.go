// Package made invents criminal cases with their ledgers (vụ án giả định), as many as
// one wants and the same every time: for measuring, and for tests that need a year of
// an office's work. Nobody in them exists.
package made

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"congminh/internal/criminal/ledger"
	"congminh/internal/kit/civil"
)

// Case is an invented case.
type Case struct {
	Number  string
	Name    string
	Ledger  ledger.Case
	Opened  civil.Date
	Entered time.Time
}

var (
	families = []string{"Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vàng", "Giàng", "Lò", "Sùng", "Tẩn", "Đặng", "Bùi", "Lý", "Vũ"}
	middles  = []string{"Văn", "Thị", "Đức", "A", "Seo", "Quốc", "Minh", "Hữu", "Thanh", "Láo"}
	givens   = []string{"Hậu", "Lụa", "Dũng", "Thành", "Nhài", "Pản", "Chớ", "Vảng", "Tráng", "Thọ", "Hảo", "Khé", "Dợ", "Lở", "Sử"}
	charges  = []ledger.Charge{{Article: "173", Clause: "1"}, {Article: "173", Clause: "2"}, {Article: "134", Clause: "2"}, {Article: "174", Clause: "3"},
		{Article: "249", Clause: "1"}, {Article: "251", Clause: "2"}, {Article: "260", Clause: "1"}, {Article: "168", Clause: "1"}, {Article: "251", Clause: "4"}, {Article: "123", Clause: "1"}}
	offences = map[string]string{"173": "Trộm cắp tài sản", "134": "Cố ý gây thương tích", "174": "Lừa đảo chiếm đoạt tài sản", "249": "Tàng trữ trái phép chất ma túy",
		"251": "Mua bán trái phép chất ma túy", "260": "Vi phạm quy định về tham gia giao thông đường bộ", "168": "Cướp tài sản", "123": "Giết người"}
)

// maker writes one case.
type maker struct {
	r     *rand.Rand
	c     Case
	at    time.Time
	end   time.Time // nothing happens after
	n     int
	alive bool
}

// Make returns case number n, begun somewhere in the 30 months before today. Most
// have come to their end; the younger ones stand where a case of their age stands.
// size is about how many acts a case has that has come to its end (25 is typical).
func Make(n, size int, today civil.Date) Case {
	r := rand.New(rand.NewPCG(uint64(n), 20260722))
	end := moment(today)
	m := maker{r: r, end: end, at: end.AddDate(0, 0, -1-r.IntN(912)).Add(-time.Duration(r.IntN(24*60)) * time.Minute), alive: true}
	m.c.Number = fmt.Sprintf("%d/%d/HS", n+1, m.at.Year())
	m.people()
	m.report()
	m.open()
	m.hold()
	for m.alive && len(m.c.Ledger.Acts) < size-10 {
		m.work()
	}
	m.prosecute()
	m.try()
	return m.c
}

func moment(d civil.Date) time.Time {
	t, _ := time.ParseInLocation(time.DateOnly, string(d), civil.Zone)
	return t.Add(23 * time.Hour)
}

func pick[T any](r *rand.Rand, of []T) T { return of[r.IntN(len(of))] }

func (m *maker) people() {
	for i := range 1 + m.r.IntN(3) {
		name := pick(m.r, families) + " " + pick(m.r, middles) + " " + pick(m.r, givens)
		p := ledger.Party{ID: m.id("p"), Role: "accused", Name: name, Born: strconv.Itoa(m.at.Year() - 19 - m.r.IntN(40))}
		if i > 0 && m.r.IntN(12) == 0 {
			p.Born = strconv.Itoa(m.at.Year() - 16)
		}
		m.c.Ledger.Parties = append(m.c.Ledger.Parties, p)
	}
	m.c.Ledger.Parties = append(m.c.Ledger.Parties, ledger.Party{ID: m.id("p"), Role: "victim",
		Name: pick(m.r, families) + " " + pick(m.r, middles) + " " + pick(m.r, givens)})
}

// id is an identifier as the program makes them, in length and in being unlike others.
func (m *maker) id(kind string) ledger.PartyID {
	m.n++
	return ledger.PartyID(fmt.Sprintf("%s%016x-%016x", kind, m.r.Uint64(), m.r.Uint64()))
}

func (m *maker) all() (out []ledger.PartyID) {
	for _, p := range m.c.Ledger.Parties {
		if p.Role == "accused" {
			out = append(out, p.ID)
		}
	}
	return out
}

// act enters an act after a while, if its time has come, and reports whether it had.
func (m *maker) act(after time.Duration, a ledger.Act) bool {
	m.at = m.at.Add(after + time.Duration(m.r.IntN(600))*time.Minute)
	if m.alive = m.alive && m.at.Before(m.end); !m.alive {
		return false
	}
	a.ID = ledger.ActID(m.id("a"))
	a.At = ledger.Moment(m.at.Format("2006-01-02T15:04"))
	if a.Number == "" && m.r.IntN(3) > 0 {
		a.Number = fmt.Sprintf("%d/QĐ", m.r.IntN(900)+1)
	}
	a.Issuer, a.Entered, a.Author = "Cơ quan CSĐT Công an tỉnh", m.at.Add(2*time.Hour), "made"
	if a.By == "" {
		a.By = "police"
	}
	m.c.Ledger.Acts = append(m.c.Ledger.Acts, a)
	m.c.Entered = a.Entered
	return true
}

const day = 24 * time.Hour

func (m *maker) report() {
	m.act(0, ledger.Act{Kind: "report.receive"})
	m.act(day, ledger.Act{Kind: "report.classify"})
	m.act(day, ledger.Act{Kind: "report.receive_vks", By: "procuracy"})
	m.act(day, ledger.Act{Kind: "report.assign", By: "procuracy"})
}

func (m *maker) open() {
	c := pick(m.r, charges)
	m.c.Name = m.c.Ledger.Parties[0].Name + " – " + offences[c.Article]
	if m.act(time.Duration(5+m.r.IntN(12))*day, ledger.Act{Kind: "case.open", Charges: []ledger.Charge{c}}) {
		m.c.Opened = civil.On(m.at)
	}
	m.act(time.Hour, ledger.Act{Kind: "case.sent_to_vks"})
	if m.r.IntN(2) == 0 {
		m.act(time.Hour, ledger.Act{Kind: "custody.start", Parties: m.all()[:1]})
		m.act(2*day, ledger.Act{Kind: "custody.extend_file_received", By: "procuracy", Parties: m.all()[:1]})
		m.act(time.Hour, ledger.Act{Kind: "custody.extend", By: "procuracy", Parties: m.all()[:1]})
	}
	m.act(day, ledger.Act{Kind: "defendant.charge", Parties: m.all(), Charges: []ledger.Charge{c}})
	m.act(time.Hour, ledger.Act{Kind: "defendant.charge_received", By: "procuracy", Parties: m.all()})
	m.act(day, ledger.Act{Kind: "defendant.approve", By: "procuracy", Parties: m.all()})
}

func (m *maker) hold() {
	who := m.all()[:1]
	if m.r.IntN(3) == 0 {
		m.act(time.Hour, ledger.Act{Kind: "measure.residence_ban", Parties: who})
		return
	}
	m.act(time.Hour, ledger.Act{Kind: "detention.start", Parties: who})
	if m.act(50*day, ledger.Act{Kind: "detention.extend_request", Parties: who}) {
		until := ledger.Moment(civil.On(m.at.Add(40 * day)))
		m.act(2*day, ledger.Act{Kind: "detention.extend", By: "procuracy", Parties: who, Until: until, Fields: map[string]string{"seq": "1"}})
	}
	if m.act(3*day, ledger.Act{Kind: "investigation.extend_request"}) {
		m.act(2*day, ledger.Act{Kind: "investigation.extend", By: "procuracy", Fields: map[string]string{"seq": "1"}})
	}
}

// work is what goes on while a case is investigated.
func (m *maker) work() {
	if m.r.IntN(2) == 0 {
		m.act(3*day, ledger.Act{Kind: "record.received", By: "procuracy"})
		m.act(day, ledger.Act{Kind: "record.returned", By: "procuracy"})
		return
	}
	m.act(2*day, ledger.Act{Kind: "expert.request"})
	m.act(9*day, ledger.Act{Kind: "expert.conclusion"})
}

func (m *maker) prosecute() {
	if m.r.IntN(25) == 0 {
		m.act(day, ledger.Act{Kind: "investigation.suspend", Reason: "expert_pending"})
		m.alive = false
		return
	}
	m.act(4*day, ledger.Act{Kind: "investigation.conclude"})
	m.act(day, ledger.Act{Kind: "file.to_vks", By: "procuracy", Fields: map[string]string{"pages": strconv.Itoa(50 + m.r.IntN(600))}})
	m.act(12*day, ledger.Act{Kind: "case.indict", By: "procuracy"})
	m.act(2*day, ledger.Act{Kind: "file.to_court", By: "procuracy"})
}

func (m *maker) try() {
	m.act(2*day, ledger.Act{Kind: "court.accept", By: "court"})
	m.act(20*day, ledger.Act{Kind: "court.trial_decision", By: "court"})
	m.act(12*day, ledger.Act{Kind: "court.judgment", By: "court"})
	m.act(31*day, ledger.Act{Kind: "judgment.effective", By: "court"})
	m.act(5*day, ledger.Act{Kind: "enforcement.decide", By: "court"})
	m.act(2*day, ledger.Act{Kind: "enforcement.done", By: "court"})
}
