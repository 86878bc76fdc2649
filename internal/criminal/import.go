package criminal

import (
	"slices"
	"strings"
	"time"

	"congminh/internal/criminal/ledger"
	"congminh/internal/criminal/roll"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/id"
	"congminh/internal/kit/vn"
)

// ImportForm is a kind of list that can be brought in (data/imports.toml).
type ImportForm struct {
	Code    string        `toml:"code"`
	Title   string        `toml:"title"`
	Help    string        `toml:"help"`
	New     bool          `toml:"new"`
	Stage   Stage         `toml:"stage"`
	Columns []roll.Column `toml:"column"`
	Acts    []ImportAct   `toml:"act"`
	Kinds   []struct {
		Code  string   `toml:"code"`
		Words []string `toml:"words"`
	} `toml:"kind"`
}

// ImportAct is an act a row makes; its fields are names of columns.
type ImportAct struct {
	Kind     string            `toml:"kind"`
	KindFrom string            `toml:"kind_from"`
	At       string            `toml:"at"`
	Number   string            `toml:"number"`
	Until    string            `toml:"until"`
	Issuer   string            `toml:"issuer"`
	Signer   string            `toml:"signer"`
	Reason   string            `toml:"reason"`
	Note     string            `toml:"note"`
	Once     bool              `toml:"once"`
	Person   bool              `toml:"person"`
	Charges  bool              `toml:"charges"`
	Fields   map[string]string `toml:"fields"`
}

// ImportID identifies a list that was brought in.
type ImportID = id.Of[Import]

// ImportState is where an import stands.
type ImportState string

// The states.
const (
	ImportDraft   ImportState = "draft"
	ImportRuns    ImportState = "running"
	ImportDone    ImportState = "done"
	ImportUndoing ImportState = "undoing"
	ImportUndone  ImportState = "undone"
)

// VN names s for a person.
func (s ImportState) VN() string {
	switch s {
	case ImportDraft:
		return "Đang xem trước"
	case ImportRuns:
		return "Đang nhập"
	case ImportDone:
		return "Đã nhập"
	case ImportUndoing:
		return "Đang hoàn tác"
	case ImportUndone:
		return "Đã hoàn tác"
	}
	return string(s)
}

// RowState is what became, or will become, of a row.
type RowState string

// The states.
const (
	RowReady   RowState = "ready"
	RowWrong   RowState = "wrong"
	RowTwice   RowState = "twice"
	RowLeft    RowState = "left"
	RowDone    RowState = "done"
	RowRefused RowState = "refused"
	RowUndone  RowState = "undone"
	RowKept    RowState = "kept"
)

// RowStates lists the states, in the order pages show them.
var RowStates = []RowState{RowReady, RowWrong, RowTwice, RowLeft, RowDone, RowRefused, RowUndone, RowKept}

// VN names s for a person.
func (s RowState) VN() string {
	switch s {
	case RowReady:
		return "Sẽ nhập"
	case RowWrong:
		return "Có lỗi"
	case RowTwice:
		return "Đã có"
	case RowLeft:
		return "Bỏ qua"
	case RowDone:
		return "Đã nhập xong"
	case RowRefused:
		return "Bị từ chối"
	case RowUndone:
		return "Đã hủy"
	case RowKept:
		return "Không hủy được"
	}
	return string(s)
}

// Import is a list that was brought in.
type Import struct {
	ID     ImportID
	Office auth.Office
	Author string
	Made   time.Time
	Name   string
	State  ImportState
	ImportContent
}

// ImportContent is how the list is read.
type ImportContent struct {
	Form    string   `json:"form"`
	Heads   []string `json:"heads"`
	Columns []string `json:"columns"` // code of the column each head is; "" is left out
	Sheet   string   `json:"sheet,omitempty"`
	Sheets  []string `json:"sheets,omitempty"`
	Why     string   `json:"why,omitempty"` // it was undone
}

// ImportRow is a row of a list.
type ImportRow struct {
	N     int64 // where it stood in the source
	Cells []string
	State RowState
	Plan  RowPlan
	Made  RowMade
}

// RowPlan is what a row would make, and what is wrong with it.
type RowPlan struct {
	Makes []RowThing  `json:"makes,omitempty"`
	Wrong fault.Check `json:"wrong,omitempty"` // by the code of the column
	Notes []RowNote   `json:"notes,omitempty"` // worth a look
}

// RowThing is a thing a row would make: a case of a number, a person of a role, or an
// act of a kind.
type RowThing struct {
	Case string        `json:"case,omitempty"`
	Role Role          `json:"role,omitempty"`
	Name string        `json:"name,omitempty"`
	Act  string        `json:"act,omitempty"`
	At   ledger.Moment `json:"at,omitempty"`
}

// RowNote is a person who seems to be in another case already, or what the ledger
// finds unusual.
type RowNote struct {
	Case   ID     `json:"case,omitempty"` // the other case it tells of
	Number string `json:"number,omitempty"`
	Name   string `json:"name,omitempty"`
	Text   string `json:"text,omitempty"`
}

// RowMade is what a row made.
type RowMade struct {
	Case   ID
	New    bool           // it made the case
	Person ledger.PartyID // it entered; "" if none
	Acts   []ledger.ActID
	Reason string // why it was refused, or could not be taken back
}

// How an import is refused.
var (
	ErrImport      = fault.New(fault.Invalid, "criminal.import", "Chưa nhận được danh sách. Hãy sửa các ô được đánh dấu.")
	ErrNoImport    = fault.New(fault.NotFound, "criminal.no-import", "Không tìm thấy lần nhập danh sách này.")
	ErrImportState = fault.New(fault.Conflict, "criminal.import-state", "Lần nhập này đang ở bước khác. Hãy tải lại trang.")
)

func importForm(code string) (ImportForm, bool) {
	all := forms()
	i := slices.IndexFunc(all, func(f ImportForm) bool { return f.Code == code })
	if i < 0 {
		return ImportForm{}, false
	}
	return all[i], true
}

// column is a column of the form by its code.
func (f ImportForm) column(code string) roll.Column {
	for _, c := range f.Columns {
		if c.Code == code {
			return c
		}
	}
	return roll.Column{}
}

// values are the cells of a row by the code of their column.
func (c ImportContent) values(cells []string) map[string]string {
	out := map[string]string{}
	for i, code := range c.Columns {
		if code != "" && i < len(cells) && out[code] == "" {
			out[code] = cells[i]
		}
	}
	return out
}

// rowRead is a row as it is understood.
type rowRead struct {
	number, name string
	alias        string
	person       Person
	acts         []rowAct
	wrong        fault.Check
}

// rowAct is an act of a row, without the people it concerns.
type rowAct struct {
	ledger.Act
	once, person bool
}

// read understands the cells of a row.
func (f ImportForm) read(l Law, v map[string]string) (r rowRead) {
	for _, c := range f.Columns {
		r.wrong.Need(!c.Need || v[c.Code] != "", c.Code, "Thiếu ô này. Hãy điền rồi gửi lại danh sách.")
	}
	r.number, r.name, r.alias = v["number"], v["name"], v["police"]
	r.person = Person{Role: Accused, Name: v["person"], IDNumber: roll.Identity(v["identity"])}
	if f.Stage == Report {
		r.person.Role, r.person.Capacity = Participant, "reported"
	}
	ok := true
	r.person.Born, ok = roll.Born(v["born"])
	r.wrong.Need(ok || v["born"] == "", "born", "Ngày sinh ghi năm (1990), tháng/năm (5/1990) hoặc ngày/tháng/năm (17/05/1990).")
	n := r.person.IDNumber
	r.wrong.Need(n == "" || identity.MatchString(n), "identity", "Số giấy tờ tùy thân gồm 9 hoặc 12 chữ số, hoặc số hộ chiếu.")
	for code, particular := range map[string]string{"address": "address", "sex": "sex"} {
		if v[code] != "" {
			r.person.More = with1(r.person.More, particular, sexOr(code, v[code]))
		}
	}
	charges, ok := roll.Charges(v["charges"])
	r.wrong.Need(ok, "charges", "Không thấy điều luật. Hãy ghi như: khoản 1 Điều 173.")
	for _, a := range f.Acts {
		act, says := f.act(l, a, v, &r.wrong)
		if !says {
			continue
		}
		if a.Charges {
			for _, c := range charges {
				act.Charges = append(act.Charges, ledger.Charge(c))
			}
		}
		r.acts = append(r.acts, rowAct{act, a.Once, a.Person})
	}
	if r.name == "" && r.person.Name != "" {
		r.name = r.person.Name
		if len(charges) > 0 {
			if o, ok := l.Offence(charges[0].Article, ledger.Moment(firstDay(r.acts)).Day()); ok {
				r.name += " – " + o.Title
			}
		}
	}
	return r
}

// sexOr writes a sex in the one way it is kept; anything else as it is.
func sexOr(code, v string) string {
	if code != "sex" {
		return v
	}
	switch vn.Fold(v) {
	case "nam", "male", "1":
		return "male"
	case "nu", "female", "2", "0":
		return "female"
	}
	return v
}

func firstDay(as []rowAct) ledger.Moment {
	for _, a := range as {
		if a.At != "" {
			return a.At
		}
	}
	return ""
}

// act reads one act of a row; it says nothing if the row has no day for it.
func (f ImportForm) act(l Law, a ImportAct, v map[string]string, wrong *fault.Check) (out ledger.Act, says bool) {
	out = ledger.Act{Kind: a.Kind, Number: v[a.Number], Issuer: v[a.Issuer], Signer: v[a.Signer], Reason: v[a.Reason], Note: v[a.Note]}
	if v[a.At] == "" {
		return out, false
	}
	at, ok := roll.Moment(v[a.At])
	if wrong.Need(ok, a.At, "Không đọc được ngày. Hãy ghi như 12/03/2026 hoặc 22h30 12/03/2026."); !ok {
		return out, false
	}
	out.At = ledger.Moment(at)
	if v[a.Until] != "" {
		until, ok := roll.Moment(v[a.Until])
		wrong.Need(ok, a.Until, "Không đọc được ngày. Hãy ghi như 12/03/2026 hoặc 22h30 12/03/2026.")
		out.Until = ledger.Moment(until)
	}
	if a.KindFrom != "" {
		if v[a.KindFrom] == "" {
			return out, false
		}
		out.Kind, ok = f.kind(l, v[a.KindFrom])
		if wrong.Need(ok, a.KindFrom, "Không có loại này trong danh mục. Hãy ghi đúng tên hoặc mã trong danh mục hành vi, quyết định."); !ok {
			return out, false
		}
	}
	k, _ := l.Act(out.Kind)
	if !k.Hour {
		out.At = ledger.Moment(out.At.Day())
	}
	out.Reason = f.code(l, k.Reasons, out.Reason)
	for field, column := range a.Fields {
		if v[column] == "" {
			continue
		}
		for _, kf := range k.Fields {
			if kf.Name != field {
				continue
			}
			value := v[column]
			for _, c := range kf.Choices {
				if vn.Fold(c.Title) == vn.Fold(value) || c.Code == value {
					value = c.Code
				}
			}
			out.Fields = with1(out.Fields, field, value)
		}
	}
	return out, true
}

// kind finds a kind of act by its code, the words of the form, or its title.
func (f ImportForm) kind(l Law, text string) (string, bool) {
	if _, ok := l.Act(text); ok && len(f.Kinds) == 0 {
		return text, true
	}
	folded := vn.Fold(text)
	for _, k := range f.Kinds {
		if k.Code == text {
			return k.Code, true
		}
		for _, w := range k.Words {
			if strings.Contains(folded, w) {
				return k.Code, true
			}
		}
	}
	if len(f.Kinds) > 0 {
		return "", false
	}
	best, found := "", 0
	for _, k := range l.Acts() {
		switch t := vn.Fold(k.Title); {
		case t == folded:
			return k.Code, true
		case strings.Contains(t, folded):
			best, found = k.Code, found+1
		}
	}
	return best, found == 1
}

// code is the code of an item of a list that a text names.
func (f ImportForm) code(l Law, list, text string) string {
	if x, ok := l.List(list); ok {
		for _, i := range x.Items {
			if vn.Fold(i.Title) == vn.Fold(text) {
				return i.Code
			}
		}
	}
	return text
}

// like reports whether q, a person of a case, is the one a row names.
func (p Person) like(q Person) bool {
	if p.IDNumber != "" && q.IDNumber != "" {
		return p.IDNumber == q.IDNumber
	}
	year := func(s string) string { return s[:min(len(s), 4)] }
	return p.sort() == q.sort() && (p.Born == "" || q.Born == "" || year(p.Born) == year(q.Born))
}

// draftCase is a case as the rows so far would have made it.
type draftCase struct {
	id     ID // "" for one that is not there yet
	led    ledger.Case
	people []Person
	rows   int // of the list, about it
}

// find returns the person of the case that p is.
func (d *draftCase) find(p Person) (Person, bool) {
	i := slices.IndexFunc(d.people, func(q Person) bool { return q.Role == p.Role && q.like(p) })
	if i < 0 {
		return Person{}, false
	}
	return d.people[i], true
}

// has reports whether an act of the case is the one a row tells: of its kind, moment
// and number, about the same person.
func (d *draftCase) has(a ledger.Act) bool {
	return slices.ContainsFunc(ledger.Standing(&d.led), func(o ledger.Act) bool {
		return o.Kind == a.Kind && o.At == a.At && (o.Number == a.Number || a.Number == "") &&
			(len(a.Parties) == 0 || slices.ContainsFunc(a.Parties, func(p ledger.PartyID) bool { return slices.Contains(o.Parties, p) }))
	})
}
