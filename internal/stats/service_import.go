package stats

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"time"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/db"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/id"
	"congminh/internal/stats/form"
	"congminh/internal/stats/period"
)

// Parcel is a closing as a file: how an office with an installation of its own hands its
// figures to the one above. Seal tells that nothing was changed on the way; it does not
// tell who made the file.
type Parcel struct {
	Kind     string      `json:"kind"`
	ID       ClosingID   `json:"id"`
	Form     string      `json:"form"`
	Version  int         `json:"version"`
	Office   auth.Office `json:"office"`
	Period   string      `json:"period"`
	Revision int         `json:"revision"`
	Reason   string      `json:"reason"`
	Name     string      `json:"name"` // of the author
	At       time.Time   `json:"at"`
	Body     string      `json:"body"`   // the very text that Digest is of
	Digest   string      `json:"digest"` // SHA-256 of Body, hex
	Signed   []Signature `json:"signed"`
	Seal     string      `json:"seal"` // SHA-256 of all the above: the parcel as JSON with no seal, hex
}

// parcelKind is what a parcel says it is.
const parcelKind = "congminh.stats.closing/1"

// ParcelLimit is the most bytes a parcel may have.
const ParcelLimit = 1 << 20

// How taking in a parcel says no.
var (
	ErrParcel  = fault.New(fault.Invalid, "stats.parcel", "Tệp này không phải gói số liệu của chương trình, hoặc đã bị sửa hay hỏng khi chuyển. Hãy tải lại gói số liệu từ trang chốt của đơn vị cấp dưới.")
	ErrVersion = fault.New(fault.Invalid, "stats.parcel-version", "Gói số liệu dùng biểu hoặc phiên bản biểu không có ở đây. Hãy cập nhật biểu cho giống nơi gửi rồi nhận lại.")
	ErrNotMine = fault.New(fault.Forbidden, "stats.parcel-office", "Gói số liệu là của đơn vị không trực thuộc đơn vị bạn, nên bạn không nhận được.")
	ErrDoubled = fault.New(fault.Conflict, "stats.parcel-doubled", "Số liệu này đã được nhận, hoặc ở đây đã có lần chốt mới hơn của đơn vị đó.")
)

func (p Parcel) seal() string {
	p.Seal = ""
	out, err := json.Marshal(p)
	if err != nil {
		panic("stats: a parcel holds only text and numbers: " + err.Error())
	}
	sum := sha256.Sum256(out)
	return hex.EncodeToString(sum[:])
}

// Parcel is a closing as a file for the office above.
func (c Closing) Parcel() ([]byte, error) {
	text, digest := c.Body.keep()
	if digest != c.Digest {
		return nil, fmt.Errorf("closing %s: its text is not what was closed", c.ID)
	}
	p := Parcel{Kind: parcelKind, ID: c.ID, Form: c.Form, Version: c.Version, Office: c.Office, Period: c.Period.String(), Revision: c.Revision,
		Reason: c.Reason, Name: c.Name, At: c.At.UTC(), Body: text, Digest: digest, Signed: []Signature{}}
	for _, x := range c.Signed {
		x.At = x.At.UTC()
		p.Signed = append(p.Signed, x)
	}
	p.Seal = p.seal()
	return json.MarshalIndent(p, "", "\t")
}

// readParcel reads a parcel and sees that it is whole.
func readParcel(data []byte) (p Parcel, b Body, err error) {
	if len(data) > ParcelLimit {
		return p, b, ErrParcel
	}
	in := json.NewDecoder(bytes.NewReader(data))
	in.DisallowUnknownFields()
	if err := in.Decode(&p); err != nil {
		return p, b, errors.Join(ErrParcel, err)
	}
	sum := sha256.Sum256([]byte(p.Body))
	if p.Kind != parcelKind || p.Seal != p.seal() || hex.EncodeToString(sum[:]) != p.Digest || p.Revision < 1 {
		return p, b, ErrParcel
	}
	if _, err := id.Parse[Closing](string(p.ID)); err != nil {
		return p, b, errors.Join(ErrParcel, err)
	}
	if err := json.Unmarshal([]byte(p.Body), &b); err != nil {
		return p, b, errors.Join(ErrParcel, err)
	}
	// What is kept must read back to the same text, or its digest would not hold here.
	if _, again := b.keep(); again != p.Digest {
		return p, b, ErrParcel
	}
	return p, b, nil
}

// Import takes in the closing of an office directly below the asker's, from a file.
func (s *Service) Import(ctx context.Context, data []byte) (c Closing, err error) {
	defer fault.Wrap(&err, "take in a closing")
	if err := auth.Require(ctx, MayClose); err != nil {
		return c, err
	}
	p, body, err := readParcel(data)
	if err != nil {
		return c, err
	}
	when, err := period.Parse(p.Period)
	if err != nil || when.To >= s.today() {
		return c, errors.Join(ErrParcel, err)
	}
	c = Closing{ID: p.ID, Form: p.Form, Version: p.Version, Office: p.Office, Period: when, Revision: p.Revision, Body: body, Digest: p.Digest, Reason: p.Reason, Name: p.Name, At: p.At}
	f, err := s.formOf(ctx, c)
	if err != nil {
		return c, errors.Join(ErrVersion, err)
	}
	if !sums(f, body) {
		return c, ErrParcel
	}
	o, err := s.org.Office(ctx, p.Office)
	if err != nil {
		return c, ErrNotMine
	}
	above, err := s.org.Office(ctx, o.Parent)
	if err != nil || auth.RequireIn(ctx, MayClose, above.Path) != nil {
		return c, ErrNotMine
	}
	c.Path, c.Due = o.Path, s.due(ctx, f, o.Level, when)
	signed, err := json.Marshal(p.Signed)
	if err != nil {
		return c, err
	}
	a := auth.From(ctx)
	err = s.store.db.Tx(ctx, func(ctx context.Context) error {
		last, err := s.last(ctx, c.Form, c.Office, c.Period)
		if err != nil {
			return err
		}
		if last != nil && last.Revision >= c.Revision {
			return ErrDoubled
		}
		if err := s.store.putClosing(ctx, c, p.Body); db.IsUnique(err) {
			return ErrDoubled
		} else if err != nil {
			return err
		}
		if err := s.store.putReceived(ctx, c.ID, Received{Staff: a.ID, Name: a.Name, At: s.now(), Seal: p.Seal, Signed: string(signed)}); err != nil {
			return err
		}
		return s.tell(ctx, "stats.import", c, "")
	})
	return c, err
}

// sums reports whether the values of a body follow from its figures.
func sums(f *form.Ready, b Body) bool {
	v := f.Fill(func(figure string, where map[string][]string) float64 { return b.Figures[keyOf(where)][figure] })
	return len(v) == 0 && len(b.Values) == 0 || reflect.DeepEqual(v, b.Values)
}

// OpenForm is a closing as it may be published: no cell tells of a few people.
type OpenForm struct {
	Kind     string       `json:"kind"`
	Form     string       `json:"form"`
	Version  int          `json:"version"`
	Title    string       `json:"title"`
	Office   string       `json:"office"`
	Period   string       `json:"period"`
	From     civil.Date   `json:"from"`
	To       civil.Date   `json:"to"`
	Revision int          `json:"revision"`
	Closed   time.Time    `json:"closed"`
	Signed   bool         `json:"signed"` // by every side
	Source   string       `json:"source"`
	Columns  []OpenColumn `json:"columns"`
	Rows     []OpenRow    `json:"rows"`
	Hidden   string       `json:"hidden"` // what stands in a cell that is not told
	Digest   string       `json:"digest"` // SHA-256 of all the above: this as JSON with no digest, hex
}

// OpenColumn is the head of a column.
type OpenColumn struct {
	Code  string `json:"code"`
	Title string `json:"title"`
}

// OpenRow is a row; a value is a number, or Hidden.
type OpenRow struct {
	Code   string         `json:"code"`
	Title  string         `json:"title"`
	Values map[string]any `json:"values,omitempty"`
}

// few people in a cell that tells them apart by what they are (sex, age) can be known
// by their neighbours.
const (
	fewest     = 5
	hiddenCell = "<5"
)

// Open is a closing for the public. The digest of the closing is not in it: whoever has
// it could try out what the hidden cells are.
func (s *Service) Open(ctx context.Context, c Closing) (out OpenForm, err error) {
	f, err := s.formOf(ctx, c)
	if err != nil {
		return out, err
	}
	out = OpenForm{Kind: "congminh.stats.open/1", Form: c.Form, Version: c.Version, Title: f.Title, Office: s.org.OfficeName(ctx, c.Office), Period: c.Period.String(), From: c.Period.From, To: c.Period.To,
		Revision: c.Revision, Closed: c.At.UTC(), Signed: c.Complete(f), Source: f.Source, Hidden: hiddenCell}
	for _, col := range f.Column {
		out.Columns = append(out.Columns, OpenColumn{col.Code, col.Title})
	}
	for _, x := range f.Row {
		r := OpenRow{Code: x.Code, Title: x.Title}
		for _, col := range f.Column {
			n, ok := c.Body.Values.Get(x.Code, col.Code)
			if !ok || x.Code == "" {
				continue
			}
			if r.Values == nil {
				r.Values = map[string]any{}
			}
			if r.Values[col.Code] = n; len(col.Where) > 0 && n > 0 && n < fewest {
				r.Values[col.Code] = hiddenCell
			}
		}
		out.Rows = append(out.Rows, r)
	}
	text, err := json.Marshal(out)
	sum := sha256.Sum256(text)
	out.Digest = hex.EncodeToString(sum[:])
	return out, err
}
