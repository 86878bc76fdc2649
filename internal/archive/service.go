package archive

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"congminh/internal/criminal"
	"congminh/internal/dossier"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/db"
	"congminh/internal/kit/event"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/id"
	"congminh/internal/kit/job"
	"congminh/internal/kit/page"
	"congminh/internal/kit/vn"
	"congminh/internal/org"
	"congminh/internal/seal"
)

// Journal is where every step is proved, in the same transaction.
type Journal interface {
	Note(context.Context, seal.Entry) error
}

// Service is what can be done with the paper of files and with their end. It is the
// only thing another package may call.
type Service struct {
	store   store
	bus     *event.Bus
	people  *org.Service
	cases   *criminal.Service
	files   *dossier.Service
	journal Journal
	now     func() time.Time
	jobs    *job.Runner // of wire
	forget  func(context.Context, dossier.ID) error
}

// NewService returns a service that keeps its records in d.
func NewService(d *db.DB, bus *event.Bus, people *org.Service, cases *criminal.Service, files *dossier.Service, journal Journal, now func() time.Time) *Service {
	s := &Service{store: store{d}, bus: bus, people: people, cases: cases, files: files, journal: journal, now: now}
	s.hang()
	return s
}

// Forgets says how the electronic content of a destroyed file is taken away; f may be
// called again for a file it has already forgotten. Until it is said, such files wait.
// Call it while the program is put together.
func (s *Service) Forgets(f func(context.Context, dossier.ID) error) { s.forget = f }

func (s *Service) today() civil.Date { return civil.On(s.now()) }

// sight is what the asker sees of the lists.
func (s *Service) sight(ctx context.Context) (sight, error) {
	reach, err := auth.Reach(ctx, MayRead)
	return newSight(s.cases.Scope(ctx), reach), err
}

// note writes a step into the history and into the journal. Call it in the
// transaction of what it tells.
func (s *Service) note(ctx context.Context, f File, v VolumeID, act StepAct, place, note string, more map[string]string) error {
	who := auth.From(ctx)
	x := Step{ID: string(id.New[Step]()), Case: f.Case, File: f.Dossier, Volume: v, Act: act, Place: place, Note: note, At: s.now(), By: who.ID, ByName: who.Name}
	if err := s.store.insertStep(ctx, x); err != nil {
		return err
	}
	object := "dossier/" + string(f.Dossier)
	if v != "" {
		object = "archive.volume/" + string(v)
	}
	return s.tell(ctx, act, object, string(f.Case), f.path, note, more)
}

// tell writes a line of the journal.
func (s *Service) tell(ctx context.Context, act StepAct, object, in, owner, note string, more map[string]string) error {
	e := seal.Entry{Verb: "archive." + string(act), Object: object, Case: in, Owner: owner, More: map[string]string{}}
	for k, x := range more {
		if x != "" {
			e.More[k] = x
		}
	}
	if note != "" {
		e.More["note"] = note
	}
	return s.journal.Note(ctx, e)
}

// number gives a paper its number in the office's year: "PM-12/2026".
func (s *Service) number(ctx context.Context, o auth.Office, kind string) (string, error) {
	year := s.today().Year()
	n, err := s.store.next(ctx, o, kind, year)
	return fmt.Sprintf("%s-%d/%d", kind, n, year), err
}

// open returns a file for those who may do v to its case. What the archive does not
// know yet is made of what the dossier says; it is stored by begin.
func (s *Service) open(ctx context.Context, d dossier.ID, v auth.Verb) (f File, err error) {
	if err := auth.Require(ctx, v); err != nil {
		return f, err
	}
	of, err := s.files.Get(ctx, d)
	if err == nil {
		err = s.cases.Allow(ctx, v, of.Case)
	}
	if errors.Is(err, criminal.ErrNone) {
		err = dossier.ErrNone
	}
	if err != nil {
		return File{}, err
	}
	f, err = s.store.file(ctx, d)
	if errors.Is(err, db.ErrNone) {
		f, err = s.fresh(ctx, of)
	}
	f.Title = of.Title
	return f, err
}

// fresh is a file as the archive first meets it.
func (s *Service) fresh(ctx context.Context, of dossier.Dossier) (f File, err error) {
	c, err := s.cases.Get(ctx, of.Case)
	if err != nil {
		return f, err
	}
	o, err := s.cases.Office(ctx, of.Office)
	if err != nil {
		return f, err
	}
	f = File{Dossier: of.ID, Case: of.Case, CaseNumber: c.Number, CaseName: c.Name, Office: of.Office, path: o.Path, Kind: of.Kind, Title: of.Title,
		Folios: of.LastFolio, Stage: Current, Content: ContentKept, Changed: s.now()}
	if of.State == dossier.Closed && of.Closed != nil {
		f.Stage, f.Closed = ToValue, civil.On(*of.Closed)
	}
	return f, nil
}

// in does work on a file, alone, for those who may do v.
func (s *Service) in(ctx context.Context, d dossier.ID, v auth.Verb, work func(context.Context, File) error) error {
	f, err := s.open(ctx, d, v)
	if err != nil {
		return err
	}
	of, err := s.files.Get(ctx, d)
	if err != nil {
		return err
	}
	f.Folios = of.LastFolio
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.ensure(ctx, f); err != nil {
			return err
		}
		f, err := s.store.lock(ctx, d)
		if err == nil && f.Stage == Destroyed {
			err = ErrGone
		}
		if err != nil {
			return err
		}
		return work(ctx, f)
	})
}

// lockAll takes several files, always in the same order, so that nobody waits for
// somebody who waits for them.
func (s *Service) lockAll(ctx context.Context, ds []dossier.ID) (map[dossier.ID]File, error) {
	slices.Sort(ds)
	out := map[dossier.ID]File{}
	for _, d := range slices.Compact(ds) {
		f, err := s.store.lock(ctx, d)
		if err != nil {
			return nil, err
		}
		out[d] = f
	}
	return out, nil
}

// colleague is somebody who works in an office today.
func (s *Service) colleague(ctx context.Context, o auth.Office, who org.StaffID) (p org.Staff, ok bool, err error) {
	all, err := s.people.Colleagues(ctx, o)
	i := slices.IndexFunc(all, func(p org.Staff) bool { return p.ID == who })
	if err != nil || i < 0 {
		return p, false, err
	}
	return all[i], true, nil
}

// maySee reports whether somebody may see a case by their own rights: paper goes to
// nobody who may not open it on the screen.
func (s *Service) maySee(ctx context.Context, p org.Staff, c criminal.ID) (bool, error) {
	a, err := s.people.ActorOf(ctx, p.Login)
	if err != nil {
		return false, err
	}
	_, err = s.cases.Get(auth.With(ctx, a), c)
	if errors.Is(err, criminal.ErrNone) || errors.Is(err, auth.ErrMay) {
		return false, nil
	}
	return err == nil, err
}

// leads reports whether somebody may approve that papers are lent.
func leads(p org.Staff) bool { return p.Has(org.Chief) || p.Has(org.DeputyChief) || p.Has(org.Head) }

// closed hears that a file was closed: its value is to be appraised. A file that was
// opened again and closed again comes here anew, with its new pages.
func (s *Service) closed(ctx context.Context, e dossier.ClosedV1) error {
	of, err := s.files.Get(ctx, e.Dossier)
	if err != nil {
		return err
	}
	f, err := s.fresh(ctx, of)
	if err != nil {
		return err
	}
	if err := s.store.ensure(ctx, f); err != nil {
		return err
	}
	was, err := s.store.lock(ctx, e.Dossier)
	if err != nil || was.Stage == Destroyed {
		return err
	}
	was.Stage, was.Closed, was.Folios, was.Changed = ToValue, s.today(), e.LastFolio, s.now()
	was.Rule, was.RuleVersion, was.Permanent, was.Until, was.Opinion, was.Package = "", 0, false, "", "", ""
	if err := s.store.update(ctx, was); err != nil {
		return err
	}
	return s.note(ctx, was, "", DidClose, "", "", map[string]string{"folios": fmt.Sprint(e.LastFolio)})
}

// Sheet is all there is to say of a file here.
type Sheet struct {
	File      File       `json:"file"`
	Open      bool       `json:"open" doc:"The electronic file may still grow"`
	Volumes   []Volume   `json:"volumes" nullable:"false"`
	Holds     []Hold     `json:"holds" nullable:"false"`
	Transfers []Transfer `json:"transfers" nullable:"false"`
	Steps     []Step     `json:"steps" nullable:"false" doc:"The last hundred, newest first"`
}

// Dossier returns the sheet of a file whose case one may see.
func (s *Service) Dossier(ctx context.Context, d dossier.ID) (x Sheet, err error) {
	defer fault.Wrap(&err, "paper of %s", d)
	if x.File, err = s.open(ctx, d, MayRead); err != nil {
		return x, err
	}
	of, err := s.files.Get(ctx, d)
	if err != nil {
		return x, err
	}
	x.Open = of.State == dossier.Open
	if x.Volumes, err = s.store.volumesIn(ctx, d); err != nil {
		return x, err
	}
	if x.Holds, err = s.store.holds(ctx, d); err != nil {
		return x, err
	}
	if x.Transfers, err = s.store.transfers(ctx, d); err != nil {
		return x, err
	}
	x.Steps, err = s.store.steps(ctx, d, 100)
	return x, err
}

// Files lists the files one may see that pass f.
func (s *Service) Files(ctx context.Context, f FileFilter) (out page.Of[File], err error) {
	defer fault.Wrap(&err, "files of the archive")
	to, err := s.sight(ctx)
	if err != nil {
		return out, err
	}
	rows, err := s.store.files(ctx, to, f, s.today())
	return page.Cut(rows, f.Req, func(f File) string { return string(f.Dossier) }), err
}

// Volumes.

// AddVolume records a volume of a file.
func (s *Service) AddVolume(ctx context.Context, d dossier.ID, in NewVolume) (v Volume, err error) {
	defer fault.Wrap(&err, "add volume")
	who := auth.From(ctx)
	err = s.in(ctx, d, MayLend, func(ctx context.Context, f File) error {
		v = Volume{ID: id.New[Volume](), Dossier: d, Created: s.now(), By: who.ID, ByName: who.Name}
		if err := s.put(ctx, f, &v, in); err != nil {
			return err
		}
		if err := s.store.insertVolume(ctx, v); err != nil {
			return err
		}
		return s.note(ctx, f, v.ID, DidVolume, v.Place.String(), join(v.Name(), v.Cite()), map[string]string{"folios": fmt.Sprint(v.Folios)})
	})
	if err != nil {
		return Volume{}, err
	}
	return s.store.volume(ctx, v.ID)
}

// EditVolume corrects what is written of a volume. Where it is, Move says.
func (s *Service) EditVolume(ctx context.Context, id VolumeID, in NewVolume) (v Volume, err error) {
	defer fault.Wrap(&err, "edit volume %s", id)
	if v, err = s.openVolume(ctx, id, MayLend); err != nil {
		return v, err
	}
	err = s.in(ctx, v.Dossier, MayLend, func(ctx context.Context, f File) error {
		if v, err = s.store.volume(ctx, id); err != nil {
			return err
		}
		if v.Where() == Lent {
			return ErrOut // what the slip says went out must stay what it says
		}
		before := join(v.Name(), v.Cite())
		place := v.Place
		if err := s.put(ctx, f, &v, in); err != nil {
			return err
		}
		v.Place = place
		if err := s.store.updateVolume(ctx, v); err != nil {
			return err
		}
		return s.note(ctx, f, id, DidEdit, "", before+" → "+join(v.Name(), v.Cite()), map[string]string{"folios": fmt.Sprint(v.Folios)})
	})
	return v, err
}

// put fills v from in, or says what is wrong with it.
func (s *Service) put(ctx context.Context, f File, v *Volume, in NewVolume) error {
	others, err := s.store.volumesIn(ctx, f.Dossier)
	if err != nil {
		return err
	}
	others = slices.DeleteFunc(others, func(o Volume) bool { return o.ID == v.ID })
	if in.N == 0 {
		in.N = v.N
	}
	if in.N == 0 {
		for _, o := range others {
			in.N = max(in.N, o.N)
		}
		in.N++
	}
	in.Title, in.Place = vn.Clean(in.Title), in.Place.tidy()
	if in.From > 0 {
		in.Folios = in.To - in.From + 1
	}
	var c fault.Check
	c.Need(in.N > 0 && in.N < 10_000 && !slices.ContainsFunc(others, func(o Volume) bool { return o.N == in.N }), "n", "Hãy ghi số tập chưa dùng trong hồ sơ này.")
	c.Need(len([]rune(in.Title)) <= 200, "title", "Tên tập dài quá 200 chữ.")
	c.Need(in.From == 0 && in.To == 0 || in.From > 0 && in.From <= in.To, "to", "Bút lục cuối phải từ bút lục đầu trở đi; chưa đánh số thì để trống cả hai.")
	c.Need(in.To == 0 || f.Folios == 0 || in.To <= f.Folios, "to", "Bút lục cuối lớn hơn số bút lục của hồ sơ điện tử. Hãy kiểm tra lại.")
	clash := slices.ContainsFunc(others, func(o Volume) bool { return in.From > 0 && o.From > 0 && in.From <= o.To && o.From <= in.To })
	c.Need(!clash, "from", "Bút lục này đã thuộc một tập khác.")
	c.Need(in.Folios > 0 && in.Folios < 100_000, "folios", "Hãy ghi số tờ, hoặc bút lục đầu và cuối.")
	in.Place.check(&c)
	v.N, v.Title, v.From, v.To, v.Folios, v.Place = in.N, in.Title, in.From, in.To, in.Folios, in.Place
	return c.Err(ErrInvalid)
}

func (p Place) tidy() Place { return Place{vn.Clean(p.Room), vn.Clean(p.Cabinet), vn.Clean(p.Shelf)} }

func (p Place) check(c *fault.Check) {
	for _, f := range []struct{ name, text string }{{"room", p.Room}, {"cabinet", p.Cabinet}, {"shelf", p.Shelf}} {
		c.Need(len([]rune(f.text)) <= 100, f.name, "Vị trí dài quá 100 chữ.")
	}
}

// openVolume returns a volume for those who may do v to its case.
func (s *Service) openVolume(ctx context.Context, id VolumeID, v auth.Verb) (x Volume, err error) {
	if err := auth.Require(ctx, v); err != nil {
		return x, err
	}
	x, err = s.store.volume(ctx, id)
	if err == nil {
		err = s.cases.Allow(ctx, v, x.Case)
	}
	if errors.Is(err, db.ErrNone) || errors.Is(err, criminal.ErrNone) {
		err = ErrNoVolume
	}
	if err != nil {
		return Volume{}, err
	}
	return x, nil
}

// Volume returns a volume and what happened to it, newest first.
func (s *Service) Volume(ctx context.Context, id VolumeID) (v Volume, steps []Step, err error) {
	defer fault.Wrap(&err, "volume %s", id)
	if v, err = s.openVolume(ctx, id, MayRead); err != nil {
		return v, nil, err
	}
	steps, err = s.store.stepsOf(ctx, id)
	return v, steps, err
}

// Volumes lists the volumes one may see that pass f.
func (s *Service) Volumes(ctx context.Context, f VolumeFilter) (out page.Of[Volume], err error) {
	defer fault.Wrap(&err, "volumes")
	to, err := s.sight(ctx)
	if err != nil {
		return out, err
	}
	rows, err := s.store.volumes(ctx, to, f)
	return page.Cut(rows, f.Req, func(v Volume) string { return string(v.ID) }), err
}

// OfCase returns the volumes of a case, and the slips that are out.
func (s *Service) OfCase(ctx context.Context, c criminal.ID) (vs []Volume, out []Slip, err error) {
	defer fault.Wrap(&err, "paper of case %s", c)
	if err := s.cases.Allow(ctx, MayRead, c); err != nil {
		return nil, nil, err
	}
	if vs, err = s.store.volumesOfCase(ctx, c); err != nil {
		return nil, nil, err
	}
	out, err = s.store.slipsOfCase(ctx, c)
	return vs, out, err
}

// Move writes where a volume is now: at a place, or in somebody's charge.
func (s *Service) Move(ctx context.Context, id VolumeID, in Move) (v Volume, err error) {
	defer fault.Wrap(&err, "move volume %s", id)
	if v, err = s.openVolume(ctx, id, MayLend); err != nil {
		return v, err
	}
	in.Place, in.Note = in.Place.tidy(), vn.Clean(in.Note)
	var c fault.Check
	in.Place.check(&c)
	c.Need(len([]rune(in.Note)) <= 500, "note", "Ghi chú dài quá 500 chữ.")
	c.Need((in.Holder != "") != (in.Place != Place{}), "room", "Hãy ghi vị trí trong kho, hoặc chọn người giữ; không cả hai.")
	p, ok, err := org.Staff{}, true, error(nil)
	if in.Holder != "" {
		if p, ok, err = s.colleague(ctx, auth.From(ctx).Office, in.Holder); err != nil {
			return v, err
		}
		if ok {
			if ok, err = s.maySee(ctx, p, v.Case); err != nil {
				return v, err
			}
		}
		c.Need(ok, "holder", "Hãy chọn một cán bộ của đơn vị có quyền xem vụ án này.")
	}
	if err := c.Err(ErrInvalid); err != nil {
		return v, err
	}
	err = s.in(ctx, v.Dossier, MayLend, func(ctx context.Context, f File) error {
		if v, err = s.store.volume(ctx, id); err != nil {
			return err
		}
		if v.Where() == Lent {
			return ErrOut
		}
		v.Place, v.Holder, v.HolderName = in.Place, in.Holder, p.Name
		if err := s.store.updateVolume(ctx, v); err != nil {
			return err
		}
		return s.note(ctx, f, id, DidMove, v.spot(), in.Note, map[string]string{"to": v.spot()})
	})
	return v, err
}

// spot is where v is, in a line.
func (v Volume) spot() string {
	if v.Holder != "" {
		return v.HolderName
	}
	return v.Place.String()
}

func join(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), ", ")
}
