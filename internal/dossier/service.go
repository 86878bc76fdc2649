package dossier

import (
	"context"
	"errors"
	"time"

	"congminh/internal/access"
	"congminh/internal/access/policy"
	"congminh/internal/criminal"
	"congminh/internal/dossier/ocr"
	"congminh/internal/dossier/scan"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/blob"
	"congminh/internal/kit/db"
	"congminh/internal/kit/event"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/id"
	"congminh/internal/kit/job"
	"congminh/internal/kit/page"
	"congminh/internal/kit/search"
	"congminh/internal/kit/vn"
	"congminh/internal/seal"
)

// Engines is what the module works with. All of it is opened by app.
type Engines struct {
	Blobs   blob.Store
	Index   *search.Index
	Jobs    *job.Runner
	Scanner *scan.Scanner
	Reader  *ocr.Reader
	Spool   string // folder for what is still arriving and for work in progress
	MaxFile int64  // bytes; a larger upload is refused
	Readers int    // pages read at once
	Watch   string // folder that scanners write into; "" for none
	Font    []byte // TrueType font of the folio numbers on export copies
	Journal *seal.Service
	// Inscription is what a page that is opened on request carries: who, when, what for.
	Inscription func(context.Context, policy.Answer) string
	// Sitting returns what may be read in a sitting of the accused or counsel that runs.
	Sitting func(context.Context, access.SessionID) ([]access.Document, error)
	Malware Malware
	Secrets bool // state secrets may be kept here: the installation stands in a network of its own
}

// Service is what can be done with case files. It is the only thing another
// package may call.
type Service struct {
	store store
	bus   *event.Bus
	cases *criminal.Service
	now   func() time.Time
	looks looks
	Engines
}

// NewService returns a service that keeps files in d.
func NewService(d *db.DB, bus *event.Bus, cases *criminal.Service, e Engines, now func() time.Time) *Service {
	s := &Service{store: store{d}, bus: bus, cases: cases, now: now, Engines: e}
	s.hang()
	s.hangExhibits()
	return s
}

// Create makes an empty file for a case.
func (s *Service) Create(ctx context.Context, in New) (d Dossier, err error) {
	defer fault.Wrap(&err, "create dossier")
	if err := auth.Require(ctx, MayIntake); err != nil {
		return d, err
	}
	c, err := s.cases.Get(ctx, in.Case)
	if err == nil {
		err = s.cases.Allow(ctx, MayIntake, in.Case)
	}
	if err != nil {
		return d, err
	}
	in.Title = vn.Clean(in.Title)
	if in.Title == "" {
		in.Title = c.Name
	}
	var check fault.Check
	check.Need(in.Kind == CaseFile || in.Kind == ProcuracyFile, "kind", "Hãy chọn loại hồ sơ.")
	check.Need(len([]rune(in.Title)) <= 300, "title", "Tên hồ sơ dài quá 300 chữ.")
	if err := check.Err(ErrInvalid); err != nil {
		return d, err
	}
	d = Dossier{
		ID: id.New[Dossier](), Case: c.ID, Office: c.Office, Kind: in.Kind, Title: in.Title,
		State: Open, Stage: Investigation, Created: s.now(), CreatedBy: auth.From(ctx).ID,
	}
	if string(c.Stage) == string(Prosecution) {
		d.Stage = Prosecution
	}
	return d, s.store.insert(ctx, d)
}

// Get returns a file whose case the asker may see; any other is not found.
func (s *Service) Get(ctx context.Context, id ID) (d Dossier, err error) {
	defer fault.Wrap(&err, "get dossier %s", id)
	return s.open(ctx, id, MayRead)
}

// open is Get for those who may do v.
func (s *Service) open(ctx context.Context, id ID, v auth.Verb) (d Dossier, err error) {
	if err := auth.Require(ctx, v); err != nil {
		return d, err
	}
	d, err = s.store.get(ctx, id)
	if errors.Is(err, db.ErrNone) {
		return Dossier{}, ErrNone
	}
	if err == nil {
		d.right, err = s.allow(ctx, d, Document{}, v)
	}
	if err != nil {
		return Dossier{}, err
	}
	return d, nil
}

// openPart is open for one document of a file: who was granted a part may open it
// without the whole.
func (s *Service) openPart(ctx context.Context, id ID, doc DocumentID, v auth.Verb) (d Dossier, err error) {
	if doc == "" {
		return s.open(ctx, id, v)
	}
	part, err := s.store.document(ctx, doc)
	if err == nil {
		d, err = s.store.get(ctx, id)
	}
	if errors.Is(err, db.ErrNone) {
		return Dossier{}, ErrNone
	}
	if err == nil {
		d.right, err = s.allow(ctx, d, part, v)
	}
	return d, err
}

// allow refuses what the asker may not do to a file, or to a document of it, and says
// by which rule they may. Reading and copying go as far as the policy of access lets
// them; everything else also needs a right that reaches the office of the case. A file
// whose case may not be seen is refused as if it were not there.
func (s *Service) allow(ctx context.Context, d Dossier, doc Document, v auth.Verb) (policy.Answer, error) {
	act := policy.Read
	if v == MayExport {
		act = policy.Copy
	}
	a, err := s.cases.Decide(ctx, d.Case, string(doc.ID), policy.Level(doc.Level), act)
	switch {
	case err == nil && !a.Allow:
		err = ErrAsk
	case err == nil && v != MayRead && v != MaySearch && !(v == MayExport && a.Grant != ""):
		err = s.cases.Allow(ctx, v, d.Case)
	}
	if errors.Is(err, criminal.ErrNone) {
		err = ErrNone
	}
	return a, err
}

// OfCase returns the files of a case.
func (s *Service) OfCase(ctx context.Context, c criminal.ID) (ds []Dossier, err error) {
	defer fault.Wrap(&err, "dossiers of case %s", c)
	if err := auth.Require(ctx, MayRead); err != nil {
		return nil, err
	}
	if _, err := s.cases.Get(ctx, c); err != nil {
		return nil, err
	}
	return s.store.ofCase(ctx, c)
}

// Entry is a file in a list, with what a person must know of its case.
type Entry struct {
	Dossier
	CaseNumber string `json:"case_number"`
	CaseName   string `json:"case_name"`
}

// List returns the files one may see that pass f, newest first.
func (s *Service) List(ctx context.Context, f Filter) (out page.Of[Entry], err error) {
	defer fault.Wrap(&err, "list dossiers")
	if err := auth.Require(ctx, MayRead); err != nil {
		return out, err
	}
	files, err := s.store.list(ctx, s.cases.Scope(ctx), f)
	if err != nil {
		return out, err
	}
	rows := make([]Entry, len(files))
	for i, d := range files {
		c, err := s.cases.Get(ctx, d.Case)
		if err != nil {
			return out, err
		}
		rows[i] = Entry{d, c.Number, c.Name}
	}
	return page.Cut(rows, f.Req, func(e Entry) string { return string(e.ID) }), nil
}
