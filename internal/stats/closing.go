package stats

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/id"
	"congminh/internal/stats/form"
	"congminh/internal/stats/period"
)

// ClosingID identifies a closing.
type ClosingID = id.Of[Closing]

// Closing is a form as it was closed for an office and a period (chốt số liệu). It never
// changes: what is found later is a further revision, with its reason.
type Closing struct {
	ID       ClosingID     `json:"id"`
	Form     string        `json:"form"`
	Version  int           `json:"version"`
	Office   auth.Office   `json:"office"`
	Path     string        `json:"-"`
	Period   period.Period `json:"period"`
	Revision int           `json:"revision"`
	Body     Body          `json:"body"`
	Digest   string        `json:"digest" doc:"SHA-256 of the body as it was kept, hex"`
	Reason   string        `json:"reason,omitempty" doc:"Of a revision, or of checks that fail"`
	Author   string        `json:"author"`
	Name     string        `json:"name" doc:"Of the author, as it was then"`
	At       time.Time     `json:"at"`
	Due      civil.Date    `json:"due" doc:"By when it had to be closed"`
	Signed   []Signature   `json:"signed"`
}

// Body is what a closing holds.
type Body struct {
	// Figures are the values the form was worked out from, by the condition of a column
	// (JSON) and the id of the figure.
	Figures  map[string]map[string]float64 `json:"figures"`
	Values   form.Values                   `json:"values"`
	Failures []Failed                      `json:"failures,omitempty"`
	// Sources are the closings of the offices below that it adds up; "" stands for the
	// cases of the office itself.
	Sources []ClosingID   `json:"sources,omitempty"`
	Missing []auth.Office `json:"missing,omitempty"` // offices below that had not closed
}

// Failed is a check that did not hold when the form was closed.
type Failed struct {
	Check  string  `json:"check"`
	Title  string  `json:"title"`
	Column string  `json:"column"`
	Left   float64 `json:"left"`
	Right  float64 `json:"right"`
}

// keep writes b as it is kept and signed: JSON with sorted keys.
func (b Body) keep() (text, digest string) {
	out, err := json.Marshal(b)
	if err != nil {
		panic("stats: a body holds only numbers and text: " + err.Error())
	}
	sum := sha256.Sum256(out)
	return string(out), hex.EncodeToString(sum[:])
}

// Side is a body that signs a form.
type Side string

// The sides.
const (
	Procuracy Side = "procuracy"
	Police    Side = "police"
	Court     Side = "court"
	Detention Side = "detention" // trại giam, trại tạm giam
)

// VN names s for a person.
func (s Side) VN() string {
	switch s {
	case Procuracy:
		return "Viện kiểm sát"
	case Police:
		return "Công an"
	case Court:
		return "Tòa án"
	case Detention:
		return "Cơ sở giam giữ"
	}
	return string(s)
}

// How a side signed.
type How string

// The ways of signing.
const (
	Here    How = "here"  // in this program, with a fresh proof of who it is
	OnPDF   How = "pdf"   // a digital signature on the file this program made
	OnPaper How = "paper" // by hand, on the printed form
)

// VN names h for a person.
func (h How) VN() string {
	switch h {
	case Here:
		return "Ký trong chương trình"
	case OnPDF:
		return "Ký số trên tệp PDF"
	case OnPaper:
		return "Ký trên bản giấy"
	}
	return string(h)
}

// Signature is one side's signature of a closing.
type Signature struct {
	Side     Side      `json:"side"`
	Staff    string    `json:"staff,omitempty"`
	Name     string    `json:"name"`
	Title    string    `json:"title,omitempty"`
	How      How       `json:"how"`
	Document string    `json:"document,omitempty" doc:"SHA-256 of the signed file, or where the paper is kept"`
	Digest   string    `json:"digest"`
	At       time.Time `json:"at"`
}

// Complete reports whether every side that has to sign a form did.
func (c *Closing) Complete(f *form.Ready) bool {
	for _, side := range Sides(f) {
		signed := false
		for _, x := range c.Signed {
			signed = signed || x.Side == side
		}
		if !signed {
			return false
		}
	}
	return true
}

// Sides lists who signs a form, the procuracy first.
func Sides(f *form.Ready) []Side {
	out := []Side{Procuracy}
	for _, s := range f.Joint {
		out = append(out, Side(s))
	}
	return out
}

// Drift is a cell that is not what it was when the form was closed: an act was entered,
// or put right, afterwards.
type Drift struct {
	Row, Column string
	Then, Now   float64
}

// How closing says no.
var (
	ErrNotOver  = fault.New(fault.Invalid, "stats.not-over", "Kỳ này chưa kết thúc. Chỉ chốt số liệu khi kỳ đã qua.")
	ErrKind     = fault.New(fault.Invalid, "stats.kind", "Biểu này không lập theo loại kỳ đó. Hãy chọn loại kỳ khác.")
	ErrReason   = fault.New(fault.Invalid, "stats.reason", "Cần ghi lý do: còn phép kiểm tra chưa đúng, còn đơn vị chưa chốt, hoặc đây là lần chốt lại.")
	ErrSame     = fault.New(fault.Conflict, "stats.same", "Số liệu không khác lần chốt trước, nên không cần chốt lại.")
	ErrClosing  = fault.New(fault.NotFound, "stats.closing", "Không tìm thấy lần chốt số liệu này.")
	ErrSigned   = fault.New(fault.Conflict, "stats.signed", "Bên này đã ký lần chốt này.")
	ErrOwnWork  = fault.New(fault.Forbidden, "stats.own-work", "Người lập biểu không tự ký duyệt. Hãy trình lãnh đạo đơn vị ký.")
	ErrOld      = fault.New(fault.Conflict, "stats.old", "Đã có lần chốt mới hơn. Hãy ký lần chốt mới nhất.")
	ErrSide     = fault.New(fault.Invalid, "stats.side", "Biểu này không cần bên đó ký.")
	ErrSignFile = fault.New(fault.Invalid, "stats.sign-file", "Tệp này không phải là biểu đã tải từ chương trình, đã được ký số thêm và còn nguyên vẹn. Hãy gửi đúng tệp PDF của lần chốt này, có chữ ký số của bên kia.")
)
