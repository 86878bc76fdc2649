package criminal

import (
	"context"
	"errors"
	"slices"

	"congminh/internal/criminal/ledger"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/id"
)

// examine says of each row what it would make, as if the rows before it were made. It
// is done outside of any transaction: a long list takes seconds.
func (s *Service) examine(ctx context.Context, im Import, f ImportForm, rows []ImportRow) error {
	l := s.law(ctx)
	reads := make([]rowRead, len(rows))
	for i, r := range rows {
		reads[i] = f.read(l, im.values(r.Cells))
	}
	cases, err := s.draftCases(ctx, im.Office, reads)
	if err != nil {
		return err
	}
	known, err := s.knownPeople(ctx, reads)
	if err != nil {
		return err
	}
	for i := range rows {
		rows[i].State, rows[i].Plan = s.plan(l, f, cases, known, reads[i])
	}
	return nil
}

// rowsOfCase is how many rows of a list may be about one case: each is checked against
// all that came before.
const rowsOfCase = 500

// plan says what a row would make, and makes it in cases, which is memory.
func (s *Service) plan(l Law, f ImportForm, cases map[string]*draftCase, known map[string][]Same, r rowRead) (RowState, RowPlan) {
	p := RowPlan{Wrong: r.wrong}
	d := cases[r.number]
	p.Wrong.Need(d != nil || f.New || r.number == "", "number", "Không có vụ án số này trong đơn vị. Hãy nhập vụ án trước.")
	p.Wrong.Need(d == nil || d.rows < rowsOfCase, "number", "Danh sách có quá 500 dòng của một vụ án. Hãy chia ra nhiều danh sách.")
	if len(p.Wrong) > 0 {
		return RowWrong, p
	}
	isNew := d == nil
	if isNew {
		d = &draftCase{}
		p.Makes = append(p.Makes, RowThing{Case: r.number})
	}
	who, added := Person{}, false
	if r.person.Name != "" {
		if who, added = s.draftPerson(d, f, r, &p); added {
			p.Makes = append(p.Makes, RowThing{Role: r.person.Role, Name: r.person.Name})
			for _, k := range known[keyOf(r.person)] {
				if k.Person.like(r.person) && k.Number != r.number {
					p.Notes = append(p.Notes, RowNote{Case: k.Case, Number: k.Number, Name: k.CaseName})
				}
			}
		}
	}
	p.Wrong.Need(r.name != "" || !isNew, "name", "Vụ án mới cần tên vụ án hoặc tên bị can.")
	led := ledger.Case{Acts: slices.Clone(d.led.Acts), Parties: slices.Clone(d.led.Parties)}
	if added {
		led.Parties = append(led.Parties, who.party())
	}
	for _, a := range r.acts {
		if a.once && !isNew {
			continue
		}
		act := s.draftAct(l, a, who)
		if (&draftCase{led: led}).has(act) {
			continue
		}
		for _, x := range ledger.Check(l, &led, act, s.Now()) {
			if x.Severity == ledger.Refuse {
				p.Wrong.Need(false, f.cellOf(a.Kind, x.Field), say(x))
			} else if x.Code != lateEntry { // what a list brings is always of days gone by
				p.Notes = append(p.Notes, RowNote{Text: say(x)})
			}
		}
		led.Acts = append(led.Acts, act)
		p.Makes = append(p.Makes, RowThing{Act: act.Kind, At: act.At})
	}
	switch {
	case len(p.Wrong) > 0:
		return RowWrong, p
	case len(p.Makes) == 0:
		return RowTwice, p
	}
	d.led, d.rows = led, d.rows+1
	if added {
		d.people = append(d.people, who)
	}
	cases[r.number] = d
	return RowReady, p
}

// lateEntry is the finding for an act that is entered long after it was done.
const lateEntry = "entry.late"

// cellOf is the column that a finding about a field of an act is about.
func (f ImportForm) cellOf(kind, field string) string {
	for _, a := range f.Acts {
		if a.Kind != kind && a.KindFrom == "" {
			continue
		}
		switch field {
		case "at":
			return a.At
		case "number":
			return a.Number
		case "until":
			return a.Until
		case "parties":
			return "person"
		case "charges":
			return "charges"
		}
	}
	return ""
}

func (s *Service) draftPerson(d *draftCase, f ImportForm, r rowRead, p *RowPlan) (who Person, added bool) {
	if who, ok := d.find(r.person); ok {
		return who, false
	}
	who = r.person
	tidied, err := who.tidy(civil.On(s.now()))
	if err != nil {
		for _, x := range fault.From(err).Fields {
			code := map[string]string{"name": "person", "id_number": "identity"}[x.Name]
			if code == "" {
				code = x.Name
			}
			p.Wrong.Need(false, code, x.Text)
		}
		return who, true
	}
	tidied.ID = ledger.PartyID(id.New[Person]())
	return tidied, true
}

func (s *Service) draftAct(l Law, a rowAct, who Person) ledger.Act {
	act := a.Act
	act.ID = ledger.ActID(id.New[ledger.Act]())
	if k, ok := l.Act(act.Kind); ok {
		if act.By == "" && len(k.By) > 0 {
			act.By = k.By[0]
		}
		if who.ID != "" && a.person && k.Scope != "case" {
			act.Parties = []ledger.PartyID{who.ID}
		}
	}
	return act
}

// draftCases reads those cases of the office that the rows are about.
func (s *Service) draftCases(ctx context.Context, o auth.Office, reads []rowRead) (map[string]*draftCase, error) {
	out := map[string]*draftCase{}
	var numbers []string
	for _, r := range reads {
		numbers = append(numbers, r.number)
	}
	slices.Sort(numbers)
	for part := range slices.Chunk(slices.Compact(numbers), 500) {
		found, err := s.store.byNumbers(ctx, o, part)
		if err != nil {
			return nil, err
		}
		var ids []ID
		of := map[ID]*draftCase{}
		for _, c := range found {
			if _, err := s.get(ctx, MayManage, c.id); errors.Is(err, ErrNone) {
				continue // of a secret case one may not know even that
			} else if err != nil {
				return nil, err
			}
			d := &draftCase{id: c.id, led: ledger.Case{ID: string(c.id)}}
			out[c.number], of[c.id] = d, d
			ids = append(ids, c.id)
		}
		acts, err := s.store.actsIn(ctx, ids)
		if err != nil {
			return nil, err
		}
		for _, a := range acts {
			of[a.of].led.Acts = append(of[a.of].led.Acts, a.Act)
		}
		people, err := s.store.peopleIn(ctx, ids)
		if err != nil {
			return nil, err
		}
		for _, p := range people {
			d := of[p.of]
			d.people = append(d.people, p.Person)
			d.led.Parties = append(d.led.Parties, p.party())
		}
	}
	return out, nil
}

// keyOf is what people who may be the same are gathered by.
func keyOf(p Person) string {
	if p.IDNumber != "" {
		return p.IDNumber
	}
	return p.sort()
}

// knownPeople returns the people of other cases whom the rows may be about.
func (s *Service) knownPeople(ctx context.Context, reads []rowRead) (map[string][]Same, error) {
	var numbers, names []string
	for _, r := range reads {
		if r.person.Name != "" {
			numbers, names = append(numbers, r.person.IDNumber), append(names, r.person.sort())
		}
	}
	slices.Sort(numbers)
	slices.Sort(names)
	numbers, names = slices.Compact(numbers), slices.Compact(names)
	out := map[string][]Same{}
	for len(numbers) > 0 || len(names) > 0 {
		n, m := min(len(numbers), 500), min(len(names), 500)
		found, err := s.store.known(ctx, s.Scope(ctx), numbers[:n], names[:m])
		if err != nil {
			return nil, err
		}
		for _, x := range found {
			out[x.Person.sort()] = append(out[x.Person.sort()], x)
			if x.Person.IDNumber != "" {
				out[x.Person.IDNumber] = append(out[x.Person.IDNumber], x)
			}
		}
		numbers, names = numbers[n:], names[m:]
	}
	return out, nil
}
