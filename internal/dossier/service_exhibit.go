package dossier

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"time"

	"congminh/internal/criminal"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/db"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/id"
	"congminh/internal/kit/vn"
)

// Identifiers of exhibits and of the files that show them.
type (
	ExhibitID     = id.Of[Exhibit]
	ExhibitFileID = id.Of[ExhibitFile]
)

// ExhibitKind is what an exhibit is.
type ExhibitKind string

// The kinds of exhibit.
const (
	ThingExhibit ExhibitKind = "object"
	PhotoExhibit ExhibitKind = "photo"
	VideoExhibit ExhibitKind = "video"
	AudioExhibit ExhibitKind = "audio"
	PaperExhibit ExhibitKind = "document"
)

// ExhibitKinds lists the kinds, in the order forms show them.
var ExhibitKinds = []ExhibitKind{ThingExhibit, PhotoExhibit, VideoExhibit, AudioExhibit, PaperExhibit}

// VN names k for a person.
func (k ExhibitKind) VN() string {
	switch k {
	case ThingExhibit:
		return "Đồ vật"
	case PhotoExhibit:
		return "Ảnh"
	case VideoExhibit:
		return "Ghi hình"
	case AudioExhibit:
		return "Ghi âm"
	case PaperExhibit:
		return "Giấy tờ, tài liệu"
	}
	return string(k)
}

// Measure is one thing that was measured: "Khối lượng", "1,25", "kg".
type Measure struct {
	Name  string `json:"name" maxLength:"100"`
	Value string `json:"value" maxLength:"100"`
	Unit  string `json:"unit,omitempty" maxLength:"30"`
}

// Exhibit is a thing that proves something (vật chứng), or a recording (dữ liệu).
type Exhibit struct {
	ID       ExhibitID   `json:"id"`
	Dossier  ID          `json:"dossier"`
	Code     string      `json:"code"`
	Name     string      `json:"name"`
	Kind     ExhibitKind `json:"kind" enum:"object,photo,video,audio,document"`
	About    string      `json:"about,omitempty"`
	Measures []Measure   `json:"measures,omitempty"`
	Page     PageID      `json:"page" doc:"A page of the minutes of its seizure"`
	Folio    int         `json:"folio,omitempty" doc:"The folio number of that page"`
	Created  time.Time   `json:"created"`
	By       string      `json:"by"`
	ByName   string      `json:"by_name"`

	Files int   `json:"files" doc:"How many files show it"`
	Chain Chain `json:"chain" doc:"Where it is, as its custody says"`
}

// NewExhibit is an exhibit as a person records it. Its seizure is given by Folio or,
// in a file that is not numbered yet, by Page.
type NewExhibit struct {
	Code     string      `json:"code" form:"code" maxLength:"40" doc:"Unique in the file"`
	Name     string      `json:"name" form:"name" maxLength:"300"`
	Kind     ExhibitKind `json:"kind" form:"kind" enum:"object,photo,video,audio,document"`
	About    string      `json:"about,omitempty" form:"about,lines" maxLength:"5000"`
	Measures []Measure   `json:"measures,omitempty"`
	Folio    int         `json:"folio,omitempty" minimum:"0"`
	Page     PageID      `json:"page,omitempty" form:"page"`
}

// ExhibitFilter asks for some of the exhibits of a file.
type ExhibitFilter struct {
	Kind  ExhibitKind `query:"kind" form:"kind" enum:"object,photo,video,audio,document"`
	Words string      `query:"q" form:"q" maxLength:"100"`
}

// ExhibitFile is a picture, a recording or a paper that shows an exhibit. Its bytes
// are kept as they came.
type ExhibitFile struct {
	ID      ExhibitFileID `json:"id"`
	Exhibit ExhibitID     `json:"exhibit"`
	Name    string        `json:"name"`
	SHA256  string        `json:"sha256"`
	Size    int64         `json:"size"`
	Type    string        `json:"type" doc:"What its first bytes say it is, whatever its name says"`
	At      time.Time     `json:"at"`
	By      string        `json:"by"`
	ByName  string        `json:"by_name"`
}

// How this part of the module says no.
var (
	ErrNoExhibit     = fault.New(fault.NotFound, "dossier.no-exhibit", "Không tìm thấy vật chứng này trong hồ sơ.")
	ErrNoExhibitFile = fault.New(fault.NotFound, "dossier.no-exhibit-file", "Không tìm thấy tệp này của vật chứng.")
	ErrEmptyFile     = fault.New(fault.Invalid, "dossier.empty-file", "Tệp rỗng. Hãy chọn lại tệp có nội dung.")
)

// Exhibits returns the exhibits of a file by their codes.
func (s *Service) Exhibits(ctx context.Context, d ID, f ExhibitFilter) (xs []Exhibit, err error) {
	defer fault.Wrap(&err, "exhibits of %s", d)
	if _, err := s.open(ctx, d, MayRead); err != nil {
		return nil, err
	}
	return s.exhibits(ctx, d, f)
}

// ExhibitsOfCase returns the files of a case and the exhibits in them, file by file.
func (s *Service) ExhibitsOfCase(ctx context.Context, c criminal.ID) (ds []Dossier, xs []Exhibit, err error) {
	defer fault.Wrap(&err, "exhibits of case %s", c)
	if ds, err = s.OfCase(ctx, c); err != nil {
		return nil, nil, err
	}
	for _, d := range ds {
		in, err := s.exhibits(ctx, d.ID, ExhibitFilter{})
		if err != nil {
			return nil, nil, err
		}
		xs = append(xs, in...)
	}
	return ds, xs, nil
}

func (s *Service) exhibits(ctx context.Context, d ID, f ExhibitFilter) ([]Exhibit, error) {
	xs, err := s.store.exhibits(ctx, d, f)
	if err != nil {
		return nil, err
	}
	cs, err := s.store.custodyIn(ctx, d)
	if err != nil {
		return nil, err
	}
	by := map[ExhibitID][]Custody{}
	for _, c := range cs {
		by[c.Exhibit] = append(by[c.Exhibit], c)
	}
	for i := range xs {
		xs[i].Chain = chain(by[xs[i].ID])
	}
	return xs, nil
}

// Exhibit returns one exhibit with its files and its custody, oldest first.
func (s *Service) Exhibit(ctx context.Context, id ExhibitID) (x Exhibit, fs []ExhibitFile, cs []Custody, err error) {
	defer fault.Wrap(&err, "exhibit %s", id)
	if x, err = s.openExhibit(ctx, id, MayRead); err != nil {
		return x, nil, nil, err
	}
	if fs, err = s.store.exhibitFiles(ctx, id); err != nil {
		return x, nil, nil, err
	}
	cs, err = s.store.custody(ctx, id)
	x.Chain = chain(cs)
	return x, fs, cs, err
}

func (s *Service) openExhibit(ctx context.Context, id ExhibitID, v auth.Verb) (x Exhibit, err error) {
	if err := auth.Require(ctx, v); err != nil {
		return x, err
	}
	x, err = s.store.exhibit(ctx, id)
	if errors.Is(err, db.ErrNone) {
		return Exhibit{}, ErrNoExhibit
	}
	if err != nil {
		return Exhibit{}, err
	}
	_, err = s.open(ctx, x.Dossier, v)
	if errors.Is(err, ErrNone) {
		err = ErrNoExhibit
	}
	if err != nil {
		x = Exhibit{}
	}
	return x, err
}

// AddExhibit records an exhibit. A closed file takes one too: things are found, and
// go from hand to hand, after its papers are complete.
func (s *Service) AddExhibit(ctx context.Context, d ID, in NewExhibit) (x Exhibit, err error) {
	defer fault.Wrap(&err, "add exhibit")
	if _, err := s.open(ctx, d, MayExhibit); err != nil {
		return x, err
	}
	who := auth.From(ctx)
	x = Exhibit{ID: id.New[Exhibit](), Dossier: d, Created: s.now(), By: who.ID, ByName: who.Name}
	err = s.store.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.putExhibit(ctx, &x, in); err != nil {
			return err
		}
		if fresh, err := s.store.insertExhibit(ctx, x); err != nil || !fresh {
			return cmp(err, errCode())
		}
		return s.note(ctx, d, "Ghi vật chứng "+x.Code+": "+x.Name, "")
	})
	return x, err
}

// EditExhibit corrects what is written about an exhibit. Its files and its custody
// stay as they are.
func (s *Service) EditExhibit(ctx context.Context, id ExhibitID, in NewExhibit) (x Exhibit, err error) {
	defer fault.Wrap(&err, "edit exhibit %s", id)
	if x, err = s.openExhibit(ctx, id, MayExhibit); err != nil {
		return x, err
	}
	err = s.store.db.Tx(ctx, func(ctx context.Context) error {
		before := x
		if err := s.putExhibit(ctx, &x, in); err != nil {
			return err
		}
		if err := s.store.updateExhibit(ctx, x); err != nil {
			return err
		}
		return s.note(ctx, x.Dossier, "Sửa vật chứng "+before.Code+": "+x.Name, "")
	})
	return x, err
}

// putExhibit fills x from in, or says what is wrong with it.
func (s *Service) putExhibit(ctx context.Context, x *Exhibit, in NewExhibit) error {
	if _, err := s.store.lock(ctx, x.Dossier); err != nil {
		return err
	}
	in.Code, in.Name = vn.Clean(in.Code), vn.Clean(in.Name)
	var c fault.Check
	c.Need(in.Code != "" && len([]rune(in.Code)) <= 40, "code", "Hãy ghi ký hiệu, không quá 40 chữ, ví dụ VC-01.")
	c.Need(in.Name != "" && len([]rune(in.Name)) <= 300, "name", "Hãy ghi tên vật chứng, không quá 300 chữ.")
	c.Need(slices.Contains(ExhibitKinds, in.Kind), "kind", "Hãy chọn loại vật chứng.")
	c.Need(len([]rune(in.About)) <= 5000, "about", "Mô tả dài quá 5.000 chữ.")
	measures, whole := tidyMeasures(in.Measures)
	c.Need(whole && len(measures) <= 50, "measure", "Mỗi số đo cần có tên và giá trị; tối đa 50 số đo.")
	if in.Code != "" {
		other, err := s.store.exhibitByCode(ctx, x.Dossier, in.Code)
		if err != nil && !errors.Is(err, db.ErrNone) {
			return err
		}
		c.Need(err != nil || other.ID == x.ID, "code", codeTaken)
	}
	p, err := s.seizure(ctx, x.Dossier, in)
	if err != nil && !errors.Is(err, db.ErrNone) {
		return err
	}
	field := "page"
	if in.Folio != 0 {
		field = "folio"
	}
	c.Need(err == nil && p.Dossier == x.Dossier, field, "Hãy chọn biên bản thu giữ, hoặc ghi một số bút lục có trong hồ sơ.")
	if err := c.Err(ErrInvalid); err != nil {
		return err
	}
	x.Code, x.Name, x.Kind, x.About, x.Measures, x.Page, x.Folio = in.Code, in.Name, in.Kind, in.About, measures, p.ID, p.Folio
	return nil
}

const codeTaken = "Ký hiệu này đã có trong hồ sơ. Hãy ghi ký hiệu khác."

func errCode() error {
	var c fault.Check
	c.Need(false, "code", codeTaken)
	return c.Err(ErrInvalid)
}

// seizure is the page that in names. The folio counts before the page.
func (s *Service) seizure(ctx context.Context, d ID, in NewExhibit) (Page, error) {
	if in.Folio != 0 {
		return s.store.pageOfFolio(ctx, d, in.Folio)
	}
	return s.store.page(ctx, in.Page)
}

// tidyMeasures leaves out empty lines; whole is false if a line is half empty.
func tidyMeasures(in []Measure) (out []Measure, whole bool) {
	whole = true
	for _, m := range in {
		m = Measure{vn.Clean(m.Name), vn.Clean(m.Value), vn.Clean(m.Unit)}
		if m == (Measure{}) {
			continue
		}
		whole = whole && m.Name != "" && m.Value != ""
		out = append(out, m)
	}
	return out, whole
}

// AttachFile keeps a file that shows an exhibit. What it is, its first bytes say.
// The same bytes are not taken twice.
func (s *Service) AttachFile(ctx context.Context, id ExhibitID, name string, r io.Reader) (f ExhibitFile, err error) {
	defer fault.Wrap(&err, "attach %s", name)
	x, err := s.openExhibit(ctx, id, MayExhibit)
	if err != nil {
		return f, err
	}
	head := make([]byte, 512)
	n, err := io.ReadFull(r, head)
	if errors.Is(err, io.EOF) {
		return f, ErrEmptyFile
	}
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return f, err
	}
	whole, done, err := s.screened(ctx, x.Dossier, fileName(name), &limited{r: io.MultiReader(bytes.NewReader(head[:n]), r), most: s.MaxFile})
	defer done()
	if err != nil {
		return f, err
	}
	ref, err := s.Blobs.Put(ctx, whole)
	if err != nil {
		return f, err
	}
	who := auth.From(ctx)
	f = newExhibitFile(id, fileName(name), ref.SHA256, ref.Size, sniff(head[:n]), s.now(), who)
	err = s.store.db.Tx(ctx, func(ctx context.Context) error {
		fresh, err := s.store.insertExhibitFile(ctx, f)
		if err != nil {
			return err
		}
		if !fresh {
			f, err = s.store.exhibitFileBySHA(ctx, id, ref.SHA256)
			return err
		}
		return s.note(ctx, x.Dossier, "Thêm tệp của vật chứng "+x.Code+": "+f.Name, "")
	})
	return f, err
}

func newExhibitFile(x ExhibitID, name, sha string, size int64, kind string, at time.Time, who auth.Actor) ExhibitFile {
	return ExhibitFile{ID: id.New[ExhibitFile](), Exhibit: x, Name: name, SHA256: sha, Size: size, Type: kind, At: at, By: who.ID, ByName: who.Name}
}

// limited reads no more than most bytes, and says so instead of stopping short: half
// a recording must not be taken for a whole one. With most 0 there is no limit.
type limited struct {
	r    io.Reader
	most int64
	got  int64
}

func (l *limited) Read(b []byte) (int, error) {
	n, err := l.r.Read(b)
	if l.got += int64(n); l.most > 0 && l.got > l.most {
		return 0, ErrSize
	}
	return n, err
}

// OpenExhibitFile opens a file of an exhibit. v is MayRead to look at it here and
// MayExport to take it away.
func (s *Service) OpenExhibitFile(ctx context.Context, id ExhibitFileID, v auth.Verb) (f ExhibitFile, r io.ReadSeekCloser, err error) {
	defer fault.Wrap(&err, "file %s of an exhibit", id)
	if err := auth.Require(ctx, v); err != nil {
		return f, nil, err
	}
	f, err = s.store.exhibitFile(ctx, id)
	if errors.Is(err, db.ErrNone) {
		return ExhibitFile{}, nil, ErrNoExhibitFile
	}
	if err != nil {
		return ExhibitFile{}, nil, err
	}
	if _, err := s.openExhibit(ctx, f.Exhibit, v); err != nil {
		if errors.Is(err, ErrNoExhibit) {
			err = ErrNoExhibitFile
		}
		return ExhibitFile{}, nil, err
	}
	r, _, err = s.Blobs.Get(ctx, f.SHA256)
	return f, r, err
}

// unknown is the type of bytes that say nothing of themselves.
const unknown = "application/octet-stream"

// sniff says what a file is by its first bytes, and only of what is known to be
// harmless to show. The name and what the sender says are no proof.
func sniff(b []byte) string {
	at := func(i int, magic string) bool { return len(b) >= i+len(magic) && string(b[i:i+len(magic)]) == magic }
	brand := ""
	if at(4, "ftyp") && len(b) >= 12 {
		brand = string(b[8:12])
	}
	switch {
	case at(0, "\xff\xd8\xff"):
		return "image/jpeg"
	case at(0, "\x89PNG\r\n\x1a\n"):
		return "image/png"
	case at(0, "GIF87a"), at(0, "GIF89a"):
		return "image/gif"
	case at(0, "RIFF") && at(8, "WEBP"):
		return "image/webp"
	case at(0, "II*\x00"), at(0, "MM\x00*"):
		return "image/tiff"
	case slices.Contains([]string{"heic", "heix", "mif1", "heim"}, brand):
		return "image/heic"
	case brand == "M4A " || brand == "M4B ":
		return "audio/mp4"
	case brand == "qt  ":
		return "video/quicktime"
	case brand == "3gp4" || brand == "3gp5" || brand == "3gp6":
		return "video/3gpp"
	case brand != "":
		return "video/mp4"
	case at(0, "\x1a\x45\xdf\xa3") && bytes.Contains(b, []byte("webm")):
		return "video/webm"
	case at(0, "\x1a\x45\xdf\xa3"):
		return "video/x-matroska"
	case at(0, "RIFF") && at(8, "AVI "):
		return "video/x-msvideo"
	case at(0, "RIFF") && at(8, "WAVE"):
		return "audio/wav"
	case at(0, "OggS"):
		return "audio/ogg"
	case at(0, "fLaC"):
		return "audio/flac"
	case at(0, "#!AMR"):
		return "audio/amr"
	case at(0, "ID3"), len(b) > 1 && b[0] == 0xff && b[1]&0xe6 == 0xe2: // a frame of layer III
		return "audio/mpeg"
	case at(0, "%PDF-"):
		return "application/pdf"
	}
	return unknown
}

// Custody is one step of an exhibit from hand to hand. It is written once and never
// changed; a mistake is put right by a further line.
type Custody struct {
	ID      string     `json:"id"`
	Exhibit ExhibitID  `json:"exhibit"`
	Act     CustodyAct `json:"act" enum:"seize,seal,unseal,give,take,store_in,store_out,examine,return,destroy,correct"`
	Giver   string     `json:"giver,omitempty"`
	Taker   string     `json:"taker,omitempty"`
	Place   string     `json:"place,omitempty"`
	Day     civil.Date `json:"day"`
	Note    string     `json:"note,omitempty"`
	At      time.Time  `json:"at" doc:"When it was written down"`
	By      string     `json:"by"`
	ByName  string     `json:"by_name"`
}

// NewCustody is a step as a person records it.
type NewCustody struct {
	Act   CustodyAct `json:"act" form:"act" enum:"seize,seal,unseal,give,take,store_in,store_out,examine,return,destroy,correct"`
	Giver string     `json:"giver,omitempty" form:"giver" maxLength:"300"`
	Taker string     `json:"taker,omitempty" form:"taker" maxLength:"300"`
	Place string     `json:"place,omitempty" form:"place" maxLength:"300"`
	Day   civil.Date `json:"day" form:"day" format:"date"`
	Note  string     `json:"note,omitempty" form:"note,lines" maxLength:"2000"`
}

// CustodyAct is what happened to an exhibit.
type CustodyAct string

// The acts.
const (
	Seize    CustodyAct = "seize"
	Seal     CustodyAct = "seal"
	Unseal   CustodyAct = "unseal"
	Give     CustodyAct = "give"
	Take     CustodyAct = "take"
	StoreIn  CustodyAct = "store_in"
	StoreOut CustodyAct = "store_out"
	Examine  CustodyAct = "examine"
	Return   CustodyAct = "return"
	Destroy  CustodyAct = "destroy"
	Correct  CustodyAct = "correct"
)

// custodyRule says what must be written of an act.
type custodyRule struct {
	act                      CustodyAct
	giver, taker, place, why bool
	ends                     bool // nothing happens after it
}

func custodyRules() []custodyRule {
	return []custodyRule{
		{act: Seize, taker: true, place: true},
		{act: Seal},
		{act: Unseal, why: true},
		{act: Give, giver: true, taker: true},
		{act: Take, giver: true, taker: true},
		{act: StoreIn, taker: true, place: true},
		{act: StoreOut, giver: true, taker: true},
		{act: Examine, taker: true},
		{act: Return, giver: true, taker: true, ends: true},
		{act: Destroy, place: true, why: true, ends: true},
		{act: Correct, why: true},
	}
}

func (a CustodyAct) rule() (custodyRule, bool) {
	rules := custodyRules()
	i := slices.IndexFunc(rules, func(r custodyRule) bool { return r.act == a })
	if i < 0 {
		return custodyRule{}, false
	}
	return rules[i], true
}

// VN names a for a person.
func (a CustodyAct) VN() string {
	switch a {
	case Seize:
		return "Thu giữ"
	case Seal:
		return "Niêm phong"
	case Unseal:
		return "Mở niêm phong"
	case Give:
		return "Giao"
	case Take:
		return "Nhận"
	case StoreIn:
		return "Nhập kho"
	case StoreOut:
		return "Xuất kho"
	case Examine:
		return "Giám định"
	case Return:
		return "Trả lại"
	case Destroy:
		return "Tiêu hủy"
	case Correct:
		return "Đính chính"
	}
	return string(a)
}

// Chain is what the custody of an exhibit comes to.
type Chain struct {
	Holder string     `json:"holder,omitempty" doc:"Who has it now"`
	Place  string     `json:"place,omitempty" doc:"Where it was last put"`
	Since  civil.Date `json:"since,omitempty"`
	Sealed bool       `json:"sealed,omitempty"`
	Over   CustodyAct `json:"over,omitempty" doc:"return or destroy, if it is no longer kept"`
	Breaks []string   `json:"breaks,omitempty" doc:"Steps whose giver is not who had it before"`
}

// chain follows an exhibit from hand to hand. cs is in the order of days.
func chain(cs []Custody) (out Chain) {
	for _, c := range cs {
		r, _ := c.Act.rule()
		if c.Act == Correct {
			continue
		}
		if c.Act != Seize && c.Giver != "" && out.Holder != "" && vn.Fold(c.Giver) != vn.Fold(out.Holder) {
			out.Breaks = append(out.Breaks, c.ID)
		}
		if c.Taker != "" && vn.Fold(c.Taker) != vn.Fold(out.Holder) {
			out.Holder, out.Since = c.Taker, c.Day
		}
		if c.Place != "" {
			out.Place = c.Place
		} else if r.taker {
			out.Place = "" // it went on, nobody wrote where
		}
		switch c.Act {
		case Seal:
			out.Sealed = true
		case Unseal:
			out.Sealed = false
		case Destroy:
			out.Holder, out.Since = "", c.Day
		}
		if r.ends {
			out.Over = c.Act
		}
	}
	return out
}

// AddCustody writes the next step of an exhibit, or one that was forgotten.
func (s *Service) AddCustody(ctx context.Context, id ExhibitID, in NewCustody) (c Custody, err error) {
	defer fault.Wrap(&err, "custody of exhibit %s", id)
	x, err := s.openExhibit(ctx, id, MayExhibit)
	if err != nil {
		return c, err
	}
	err = s.store.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.lockExhibit(ctx, id); err != nil {
			return err
		}
		cs, err := s.store.custody(ctx, id)
		if err != nil {
			return err
		}
		if in, err = in.tidy(cs, civil.On(s.now())); err != nil {
			return err
		}
		c = s.step(ctx, id, in)
		if err := s.store.insertCustody(ctx, c); err != nil {
			return err
		}
		return s.note(ctx, x.Dossier, in.Act.VN()+" vật chứng "+x.Code, "")
	})
	return c, err
}

func (s *Service) step(ctx context.Context, x ExhibitID, in NewCustody) Custody {
	who := auth.From(ctx)
	return Custody{ID: string(id.New[Custody]()), Exhibit: x, Act: in.Act, Giver: in.Giver, Taker: in.Taker, Place: in.Place, Day: in.Day, Note: in.Note,
		At: s.now(), By: who.ID, ByName: who.Name}
}

// tidy returns in as it is to be stored after cs, or what is wrong with it.
func (in NewCustody) tidy(cs []Custody, today civil.Date) (NewCustody, error) {
	in.Giver, in.Taker, in.Place = vn.Clean(in.Giver), vn.Clean(in.Taker), vn.Clean(in.Place)
	var c fault.Check
	r, known := in.Act.rule()
	c.Need(known, "act", "Hãy chọn việc đã làm.")
	c.Need(!r.giver || in.Giver != "", "giver", "Hãy ghi người giao.")
	c.Need(!r.taker || in.Taker != "", "taker", "Hãy ghi người hoặc cơ quan nhận, giữ.")
	c.Need(!r.place || in.Place != "", "place", "Hãy ghi địa điểm.")
	c.Need(!r.why || in.Note != "", "note", "Hãy ghi rõ lý do và căn cứ.")
	for _, f := range []struct{ name, text string }{{"giver", in.Giver}, {"taker", in.Taker}, {"place", in.Place}} {
		c.Need(len([]rune(f.text)) <= 300, f.name, "Nội dung dài quá 300 chữ.")
	}
	c.Need(len([]rune(in.Note)) <= 2000, "note", "Ghi chú dài quá 2.000 chữ.")
	if _, err := civil.Parse(string(in.Day)); err != nil || in.Day > today {
		c.Need(false, "day", "Hãy ghi một ngày đã tới.")
		return in, c.Err(ErrInvalid)
	}
	if len(cs) == 0 {
		c.Need(in.Act == Seize, "act", "Việc đầu tiên phải là thu giữ.")
		return in, c.Err(ErrInvalid)
	}
	end := chain(cs)
	last := cs[len(cs)-1].Day
	c.Need(in.Act != Seize, "act", "Việc thu giữ đã được ghi. Nếu ghi sai, hãy ghi đính chính.")
	c.Need(in.Day >= cs[0].Day, "day", "Không có việc nào trước ngày thu giữ.")
	c.Need(!r.ends || end.Over == "" && in.Day >= last, "act", "Vật chứng đã được trả lại hoặc tiêu hủy, hoặc còn việc ghi sau ngày này.")
	if end.Over != "" && in.Act != Correct && !r.ends {
		i := slices.IndexFunc(cs, func(c Custody) bool { return c.Act == end.Over })
		c.Need(in.Day < cs[i].Day, "act", "Vật chứng đã được trả lại hoặc tiêu hủy; chỉ còn ghi được đính chính.")
	}
	c.Need(in.Day >= last || in.Note != "", "note", "Việc ghi sau, cho ngày đã qua, cần ghi chú nêu lý do ghi bổ sung.")
	return in, c.Err(ErrInvalid)
}

// Minutes is a document that may be the minutes of a seizure (biên bản thu giữ).
type Minutes struct {
	Page  PageID // its first
	Title string
	Cite  string
	Date  civil.Date
	Sure  bool // its kind says that things were searched for or taken
}

// MinutesIn lists the documents of a file for whoever records an exhibit. Those of
// the groups where minutes of seizures stand are sure.
func (s *Service) MinutesIn(ctx context.Context, d ID) (ms []Minutes, err error) {
	defer fault.Wrap(&err, "minutes in %s", d)
	c, err := s.Contents(ctx, d)
	if err != nil {
		return nil, err
	}
	first := map[DocumentID]PageID{}
	for _, p := range c.Pages {
		if _, ok := first[p.Document]; !ok && p.State != Excluded {
			first[p.Document] = p.ID
		}
	}
	for _, x := range c.Documents {
		if p, ok := first[x.ID]; ok {
			ms = append(ms, Minutes{Page: p, Title: x.Title, Cite: Cite(x.From, x.To), Date: x.Date, Sure: x.Group == "vat-chung" || x.Group == "kham-nghiem"})
		}
	}
	slices.SortStableFunc(ms, func(a, b Minutes) int {
		switch {
		case a.Sure == b.Sure:
			return 0
		case a.Sure:
			return -1
		}
		return 1
	})
	return ms, nil
}
