// Package paper knows the papers of a criminal case file (nhận dạng tài liệu): from
// the words read on a pile of pages it says where one paper ends and the next
// begins, what kind each is, and what stands in its head: number, day, who issued
// and signed it, whom it concerns, which articles it cites. Every answer comes with
// how sure it is and where it was read, because a person confirms it.
//
// It computes and keeps nothing. What the papers look like is in kinds.toml.
package paper

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
	"strings"

	"congminh/internal/dossier/reading"
)

// Field is one thing read from a paper. An empty Value was not found.
type Field struct {
	Value      string
	Confidence float64     // 0–1
	Page       int         // index into the pages given, from 1; 0 if Value is empty
	Box        reading.Box // around the words it was read from
}

// Person is one whom the paper concerns. Role is "" if the paper does not say.
type Person struct {
	Name Field
	Role string
}

// Document is one paper: pages From to To of those given, counted from 1.
type Document struct {
	From, To   int
	Kind       string // code of a Kind, Other if none fits
	KindName   string
	KindField  Field // Value is Kind; Box is around the title
	Group      string
	Form       int
	Title      string // as printed
	Number     Field
	Date       Field // Value is a day, 2026-03-10
	Issuer     Field // the agency, then those above it: CƠ QUAN CẢNH SÁT ĐIỀU TRA, CÔNG AN TỈNH LÀO CAI
	Signer     Field // name
	Post       Field // as printed: PHÓ VIỆN TRƯỞNG
	Persons    []Person
	Articles   []Field // điểm b khoản 2 Điều 173 Bộ luật Hình sự
	Confidence float64 // that these pages are one paper of this kind
	Separator  bool    // no paper but a sheet laid between papers
}

// Recognise splits pages into papers and reads each. Together the documents hold
// every page once, in order.
func Recognise(pages []reading.Page) []Document {
	sheets := make([]*sheet, len(pages))
	for i, p := range pages {
		sheets[i] = newSheet(p, i+1)
	}
	var (
		out   []Document
		begin []*sheet // of the paper being gathered
		sure  float64
		meta  Meta
		last  *sheet // the last page of it with something on it
	)
	flush := func() {
		if len(begin) > 0 {
			out = append(out, read(begin, meta, sure))
			begin, last, meta = nil, nil, Meta{}
		}
	}
	for _, s := range sheets {
		if m, ok := s.separator(); ok {
			flush()
			out = append(out, Document{From: s.n, To: s.n, Separator: true, Confidence: 1, Title: m.Text})
			meta, sure = m, 1
			continue
		}
		if s.blank {
			if len(begin) == 0 {
				if meta == (Meta{}) {
					sure = .5
				}
			}
			begin = append(begin, s)
			continue
		}
		switch {
		case last == nil && len(begin) == 0 && meta == (Meta{}):
			sure = certainty(s.begins(nil))
		case last == nil: // after a separator or blank sheets
		default:
			if score := s.begins(last); score >= threshold {
				flush()
				sure = certainty(score)
			}
		}
		begin, last = append(begin, s), s
	}
	flush()
	return out
}

// Read reads pages that are known to be one paper.
func Read(pages []reading.Page) Document {
	if len(pages) == 0 {
		return Document{}
	}
	var sheets []*sheet
	for i, p := range pages {
		sheets = append(sheets, newSheet(p, i+1))
	}
	return read(sheets, Meta{}, 1)
}

// threshold is the weight of signs from which a page begins a paper.
const threshold = 2.0

func certainty(score float64) float64 { return 1 / (1 + math.Exp(-1.6*(score-threshold+.4))) }

// begins weighs the signs that a paper begins on s, after prev.
func (s *sheet) begins(prev *sheet) float64 {
	if prev != nil && s.twin(prev) {
		return 0 // the same page scanned twice
	}
	var score float64
	if s.motto >= 0 {
		score += 1.8
	}
	if t := s.title(""); t.ok {
		score += 1.2 + .5*t.sim
	}
	if s.number().Value != "" {
		score += .8
	}
	if len(s.agencies()) > 0 {
		score += .7
	}
	switch n := s.printed(); {
	case n >= 2:
		score -= 3
	case n == 1:
		score += 1
	}
	if prev != nil && prev.ends() {
		score += .7
	}
	if len(s.lines) > 0 && s.motto < 0 {
		if r := []rune(s.lines[0].words[0].raw); len(r) > 0 && isLower(r[0]) {
			score -= 1
		}
	}
	return score
}

// twin reports whether s shows the same page as prev.
func (s *sheet) twin(prev *sheet) bool {
	if len(s.words) < 15 || len(prev.words) < 15 { // pictures
		return s.hash != 0 && prev.hash != 0 && bits.OnesCount64(s.hash^prev.hash) <= 4
	}
	// Papers made from one mould differ in number, day or title alone.
	if a, b := s.number().Value, prev.number().Value; a != "" && b != "" && a != b {
		return false
	}
	if s.title("").kind != prev.title("").kind {
		return false
	}
	if a, b := dateOf([]*sheet{s}, 0).Value, dateOf([]*sheet{prev}, 0).Value; a != "" && b != "" && a != b {
		return false
	}
	count := map[string]int{}
	for _, w := range prev.words {
		count[w.plain]++
	}
	same := 0
	for _, w := range s.words {
		if count[w.plain] > 0 {
			count[w.plain]--
			same++
		}
	}
	return float64(same) > .9*float64(max(len(s.words), len(prev.words)))
}

// read reads the paper on sheets.
func read(sheets []*sheet, meta Meta, sure float64) Document {
	d := Document{From: sheets[0].n, To: sheets[len(sheets)-1].n, Kind: Other, Confidence: sure}
	full := slices.DeleteFunc(slices.Clone(sheets), func(s *sheet) bool { return s.blank })
	if len(full) == 0 {
		d.Title = "Trang trắng"
		d.kind(data().byCode[Other])
		d.Confidence = min(sure, .3)
		return d
	}
	first := full[0]
	d.Issuer = first.issuer()
	d.Number = first.number()
	maker := ""
	switch text := plain(d.Issuer.Value); {
	case within([]rune("vien kiem sat"), []rune(text), 2) >= 0, strings.Contains(d.Number.Value, "VKS"):
		maker = "vks"
	case text != "":
		maker = "other"
	}
	t := first.title(maker)
	switch k, known := KindOf(meta.Kind); {
	case known:
		d.kind(k)
		d.KindField = Field{Value: k.Code, Confidence: .99, Page: first.n, Box: t.box}
	case t.ok:
		d.kind(data().Kinds[t.kind])
		d.KindField = Field{d.Kind, t.sim * first.trust(), first.n, t.box}
	default:
		if box, ok := first.letter(); ok {
			k, _ := KindOf("cong-van")
			d.kind(k)
			d.KindField = Field{k.Code, .8 * first.trust(), first.n, box}
		} else {
			d.kind(data().byCode[Other])
			d.KindField = Field{Other, .2, first.n, t.box}
		}
	}
	d.Title = cmp.Or(t.text, d.KindName)
	d.Date = dateOf(full, t.line)
	d.Signer, d.Post = signer(full)
	d.Persons = persons(full, data().byCode[d.Kind].Role)
	d.Articles = articles(full)
	d.Confidence = min(1, sure*(.4+.6*d.KindField.Confidence))
	return d
}

func (d *Document) kind(k Kind) {
	d.Kind, d.KindName, d.Group, d.Form = k.Code, k.Name, k.Group, k.Form
}
