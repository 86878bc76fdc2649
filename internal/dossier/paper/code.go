package paper

import (
	"fmt"
	"strconv"
	"strings"
)

// Codes on paper (mã in trên giấy), version 1. What was printed stays readable: a
// later version gets another first field, and this one is still understood.
//
//	CM1-BL-00042                 Code 128 on a folio label: sheet 42 of the file
//	CM1;S;kind=…;case=…;text=…   QR code on a separator sheet: a paper begins behind it
//
// All fields of a separator may be missing. A field nobody knows is passed over. A
// value may hold no semicolon.
const (
	labelLead     = "CM1-BL-"
	separatorLead = "CM1;S"
)

// Meta is what a separator sheet says about the paper behind it.
type Meta struct {
	Kind string // code of a Kind
	Case string // code of the case, to notice sheets that got into the wrong pile
	Text string // note for people
}

// Payload is the text of the QR code of a separator sheet.
func (m Meta) Payload() string {
	s := separatorLead
	for _, f := range [][2]string{{"kind", m.Kind}, {"case", m.Case}, {"text", m.Text}} {
		if f[1] != "" {
			s += ";" + f[0] + "=" + strings.ReplaceAll(f[1], ";", ",")
		}
	}
	return s
}

// Separator reads a QR code. ok is false if it is not one of a separator sheet.
func Separator(text string) (m Meta, ok bool) {
	rest, ok := strings.CutPrefix(strings.TrimSpace(text), separatorLead)
	if !ok || rest != "" && rest[0] != ';' {
		return Meta{}, false
	}
	for _, f := range strings.Split(rest, ";") {
		switch key, value, _ := strings.Cut(f, "="); key {
		case "kind":
			m.Kind = value
		case "case":
			m.Case = value
		case "text":
			m.Text = value
		}
	}
	return m, true
}

// LabelText is the text of the Code 128 of a folio label.
func LabelText(folio int) string { return fmt.Sprintf("%s%05d", labelLead, folio) }

// Label reads a Code 128. ok is false if it is not one of a folio label.
func Label(text string) (folio int, ok bool) {
	digits, ok := strings.CutPrefix(strings.TrimSpace(text), labelLead)
	if !ok || len(digits) < 5 || len(digits) > 7 {
		return 0, false
	}
	for _, r := range digits {
		if r < '0' || r > '9' {
			return 0, false
		}
	}
	folio, err := strconv.Atoi(digits)
	return folio, err == nil && folio > 0
}
