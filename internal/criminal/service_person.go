package criminal

import (
	"context"
	"errors"
	"regexp"
	"slices"

	"congminh/internal/criminal/ledger"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/db"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/id"
	"congminh/internal/kit/vn"
)

// identity is the number of a citizen's card, of an old card, or of a passport.
var identity = regexp.MustCompile(`^([0-9]{9}|[0-9]{12}|[A-Z][0-9]{6,8})$`)

// particulars are the names a person's further particulars may have.
var particulars = []string{"other_name", "sex", "nationality", "ethnicity", "religion", "education", "registered", "address", "occupation", "post", "party_member",
	"convictions", "attributes", "representative", "representative_is", "phone", "tax_number", "interpreter", "note"}

func (p Person) tidy(today civil.Date) (Person, error) {
	p.Name, p.IDNumber = vn.Clean(p.Name), vn.Clean(p.IDNumber)
	if p.Role == "" {
		p.Role = Accused
	}
	for k, v := range p.More {
		if p.More[k] = vn.Clean(v); p.More[k] == "" {
			delete(p.More, k)
		}
	}
	var c fault.Check
	c.Need(p.Name != "" && len([]rune(p.Name)) <= 100, "name", "Hãy ghi họ tên (hoặc tên pháp nhân), nhiều nhất 100 chữ.")
	c.Need(slices.Contains(Roles, p.Role), "role", "Hãy chọn tư cách tham gia tố tụng.")
	c.Need(partial(p.Born) && p.Born <= string(today), "born", "Ngày sinh ghi năm, năm-tháng hoặc năm-tháng-ngày đã tới, ví dụ 1990 hoặc 1990-05-17.")
	c.Need(partial(p.Died) && p.Died <= string(today), "died", "Ngày chết phải là một ngày đã tới.")
	c.Need(p.Died == "" || p.Born == "" || p.Died >= p.Born, "died", "Ngày chết không thể trước ngày sinh.")
	c.Need(p.Entity || p.IDNumber == "" || identity.MatchString(p.IDNumber), "id_number", "Số giấy tờ tùy thân gồm 9 hoặc 12 chữ số, hoặc số hộ chiếu.")
	for k, v := range p.More {
		c.Need(slices.Contains(particulars, k) && len([]rune(v)) <= 500, k, "Thông tin này dài quá hoặc không có trong biểu mẫu.")
	}
	return p, c.Err(ErrPerson)
}

// partial reports whether s is nothing, a year, a month or a day.
func partial(s string) bool {
	switch len(s) {
	case 0:
		return true
	case 4:
		s += "-01-01"
	case 7:
		s += "-01"
	}
	_, err := civil.Parse(s)
	return err == nil
}

// AddPerson enters a person of a case.
func (s *Service) AddPerson(ctx context.Context, c ID, p Person) (_ Person, err error) {
	defer fault.Wrap(&err, "add person to case %s", c)
	p.ID = ledger.PartyID(id.New[Person]())
	return s.person(ctx, c, p, s.store.insertParty)
}

// EditPerson corrects who a person of a case is.
func (s *Service) EditPerson(ctx context.Context, c ID, p Person) (_ Person, err error) {
	defer fault.Wrap(&err, "edit person of case %s", c)
	return s.person(ctx, c, p, func(ctx context.Context, c ID, p Person) error {
		if _, err := s.store.party(ctx, c, p.ID); err != nil {
			if errors.Is(err, db.ErrNone) {
				return refusal{ErrPerson}.Need(false, "id", "Không tìm thấy người này trong vụ án.")
			}
			return err
		}
		return s.store.updateParty(ctx, c, p)
	})
}

func (s *Service) person(ctx context.Context, c ID, p Person, write func(context.Context, ID, Person) error) (Person, error) {
	p, err := p.tidy(civil.On(s.now()))
	if err != nil {
		return p, err
	}
	return p, s.hold(ctx, MayManage, c, func(ctx context.Context, k *Case) error {
		if err := write(ctx, c, p); err != nil {
			return err
		}
		return s.peopleChanged(ctx, k)
	})
}

// RemovePerson takes a person out who is in no act.
func (s *Service) RemovePerson(ctx context.Context, c ID, p ledger.PartyID) (err error) {
	defer fault.Wrap(&err, "remove person of case %s", c)
	return s.hold(ctx, MayManage, c, func(ctx context.Context, k *Case) error {
		led, err := s.ledger(ctx, c)
		if err != nil {
			return err
		}
		if mentioned(led, p) {
			return ErrInLedger
		}
		if err := s.store.removeParty(ctx, c, p); err != nil {
			return err
		}
		return s.peopleChanged(ctx, k)
	})
}

func mentioned(c ledger.Case, p ledger.PartyID) bool {
	return slices.ContainsFunc(c.Acts, func(a ledger.Act) bool { return slices.Contains(a.Parties, p) })
}

// peopleChanged brings up to date what hangs on who the people of a case are: by what
// words it is found, where it stands, and what is computed above.
func (s *Service) peopleChanged(ctx context.Context, c *Case) error {
	var err error
	if c.Persons, err = s.store.persons(ctx, c.ID); err != nil {
		return err
	}
	if c.Aliases, err = s.store.aliases(ctx, c.ID); err != nil {
		return err
	}
	if err := s.store.setWords(ctx, c.ID, c.words()); err != nil {
		return err
	}
	if err := s.remark(ctx, *c); err != nil { // a child among them is protected
		return err
	}
	led, err := s.ledger(ctx, c.ID)
	if err != nil || len(led.Acts) == 0 {
		return err
	}
	if err := s.stand(ctx, c, &led); err != nil {
		return err
	}
	return Acted.Emit(ctx, s.bus, ActedV1{Case: c.ID, Office: c.Office})
}

// Alike returns people of other cases, among those one may see, who seem to be p.
func (s *Service) Alike(ctx context.Context, c ID, p Person) (out []Same, err error) {
	defer fault.Wrap(&err, "people like one of case %s", c)
	if _, err := s.get(ctx, MayRead, c); err != nil {
		return nil, err
	}
	return s.store.same(ctx, s.Scope(ctx), c, p)
}

// setPersons makes the people of a case those of ps. Whoever has a name and a role as
// before is the same person; one who is in an act cannot be dropped.
func (s *Service) setPersons(ctx context.Context, c ID, ps []Person) error {
	old, err := s.store.persons(ctx, c)
	if err != nil {
		return err
	}
	var led ledger.Case
	if led.Acts, err = s.store.acts(ctx, c); err != nil {
		return err
	}
	for _, p := range ps {
		i := slices.IndexFunc(old, func(o Person) bool { return o.Name == p.Name && o.Role == p.Role || p.ID != "" && o.ID == p.ID })
		if i < 0 {
			if p.ID == "" {
				p.ID = ledger.PartyID(id.New[Person]())
			}
			if err := s.store.insertParty(ctx, c, p); err != nil {
				return err
			}
			continue
		}
		if p.ID == old[i].ID {
			if err := s.store.updateParty(ctx, c, p); err != nil {
				return err
			}
		}
		old = slices.Delete(old, i, i+1)
	}
	for _, o := range old {
		if mentioned(led, o.ID) {
			return ErrInLedger
		}
		if err := s.store.removeParty(ctx, c, o.ID); err != nil {
			return err
		}
	}
	return nil
}
