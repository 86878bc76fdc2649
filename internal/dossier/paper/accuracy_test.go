package paper

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"congminh/internal/dossier/reading"
	"congminh/internal/dossier/sample"
	"congminh/internal/kit/vn"
)

// labelled is a pile of pages and the truth about it.
type labelled struct {
	name  string
	pages []reading.Page
	docs  []sample.Doc
}

// score counts what was found and what should have been.
type score struct {
	right, all     int // values
	found, truth   int // for F1
	hit            int
	kindsWrong     map[string]int
	example, where []string
}

func (s *score) value(got, want, where string) {
	s.all++
	if got == want {
		s.right++
		return
	}
	if len(s.example) < 12 {
		s.example = append(s.example, fmt.Sprintf("%s: %q, want %q", where, got, want))
	}
}

func (s *score) set(got, want []string, where string) {
	s.found, s.truth = s.found+len(got), s.truth+len(want)
	for _, w := range want {
		if slices.Contains(got, w) {
			s.hit++
		} else if len(s.example) < 12 {
			s.example = append(s.example, fmt.Sprintf("%s: %q not in %q", where, w, got))
		}
	}
}

func (s *score) rate() float64 {
	if s.all > 0 {
		return float64(s.right) / float64(s.all)
	}
	if s.found+s.truth == 0 {
		return 1
	}
	return 2 * float64(s.hit) / float64(s.found+s.truth)
}

var measures = []string{"split", "kind", "form", "number", "date", "issuer", "signer", "persons", "roles", "articles"}

// judge compares what is recognised with the truth. Values are judged on papers whose
// borders were found, since a wrong border is counted once already.
func judge(sets []labelled) map[string]*score {
	out := map[string]*score{}
	for _, m := range measures {
		out[m] = &score{}
	}
	for _, set := range sets {
		docs := Recognise(set.pages)
		at := map[[2]int]Document{}
		var got, want []string
		for _, d := range docs {
			if !d.Separator {
				at[[2]int{d.From, d.To}] = d
				got = append(got, fmt.Sprint(d.From))
			}
		}
		for _, d := range set.docs {
			if !d.Separator {
				want = append(want, fmt.Sprint(d.From))
			}
		}
		out["split"].set(got, want, set.name)
		for _, w := range set.docs {
			if w.Separator {
				continue
			}
			d, ok := at[[2]int{w.From, w.To}]
			if !ok {
				d = Read(set.pages[w.From-1 : w.To])
			}
			where := fmt.Sprintf("%s p%d %s", set.name, w.From, w.Kind)
			out["kind"].value(d.Kind, w.Kind, where)
			out["form"].value(fmt.Sprint(d.Form), fmt.Sprint(w.Form), where)
			out["number"].value(d.Number.Value, w.Number, where)
			out["date"].value(d.Date.Value, string(w.Date), where)
			out["issuer"].value(near(plain(d.Issuer.Value), plain(w.Issuer)), plain(w.Issuer), where)
			out["signer"].value(near(vn.Fold(d.Signer.Value), vn.Fold(w.Signer)), vn.Fold(w.Signer), where)
			var gotP, wantP, gotR, wantR []string
			for _, p := range d.Persons {
				name := vn.Fold(p.Name.Value)
				for _, x := range w.Persons {
					name = near(name, vn.Fold(x.Name))
				}
				gotP = append(gotP, name)
				gotR = append(gotR, name+" "+p.Role)
			}
			for _, p := range w.Persons {
				wantP = append(wantP, vn.Fold(p.Name))
				wantR = append(wantR, vn.Fold(p.Name)+" "+p.Role)
			}
			out["persons"].set(gotP, wantP, where)
			out["roles"].set(gotR, wantR, where)
			var gotA []string
			for _, a := range d.Articles {
				gotA = append(gotA, a.Value)
			}
			out["articles"].set(gotA, uniq(w.Articles), where)
		}
	}
	return out
}

// near forgives names the letters that the reader, not this package, got wrong: one in
// eight. Numbers, days and articles are forgiven nothing.
func near(got, want string) string {
	if n := len(want) / 8; distance([]rune(got), []rune(want), n) <= n {
		return want
	}
	return got
}

func uniq(s []string) []string {
	s = slices.Clone(s)
	slices.Sort(s)
	return slices.Compact(s)
}

func drawn(t *testing.T, from, n int64, opt sample.Options, change func(reading.Page, *rand.Rand) reading.Page) []labelled {
	t.Helper()
	var out []labelled
	for seed := from; seed < from+n; seed++ {
		f, err := sample.Make(seed, 90, opt)
		if err != nil {
			t.Fatal(err)
		}
		r := rand.New(rand.NewPCG(uint64(seed), 1))
		l := labelled{name: fmt.Sprintf("seed %d", seed), docs: f.Docs}
		for _, p := range f.Pages {
			page := p.Reading(200)
			if change != nil {
				page = change(page, r)
			}
			l.pages = append(l.pages, page)
		}
		out = append(out, l)
	}
	return out
}

// misread makes the errors a reader of scans makes: marks lost or changed, look-alike
// letters, a stroke of dirt, words glued or gone. rate is the share of letters hit.
func misread(rate float64, rows bool) func(reading.Page, *rand.Rand) reading.Page {
	swap := map[rune]string{'ế': "ê", 'ề': "ê", 'ộ': "ô", 'ố': "ó", 'ả': "à", 'ị': "i", 'ạ': "a", 'ữ': "ừ", 'ỉ': "i", 'đ': "d", 'Đ': "D", 'l': "1", 'I': "l", 'O': "0", '0': "O", '1': "l", 'n': "ri", 'm': "rn", 'c': "e", 'u': "ư", 'h': "b", 'B': "8", ':': ";", 'Ị': "I", 'Ế': "Ê", 'Ạ': "A", 'Ộ': "O"}
	return func(p reading.Page, r *rand.Rand) reading.Page {
		var ws []reading.Word
		for _, w := range p.Words {
			if r.Float64() < rate/3 {
				continue
			}
			var b strings.Builder
			for _, c := range w.T {
				s, ok := swap[c]
				if ok && r.Float64() < rate*3 && (c < '0' || c > '9' || r.Float64() < .1) {
					b.WriteString(s)
				} else {
					b.WriteRune(c)
				}
			}
			w.T = b.String()
			w.C = 70 + r.IntN(26)
			for i := range w.Box {
				w.Box[i] += r.IntN(5) - 2
			}
			ws = append(ws, w)
		}
		if rows { // the reader takes what stands side by side for one line
			row := map[int]int{}
			for _, w := range ws {
				if _, ok := row[w.Line]; !ok {
					row[w.Line] = (w.Box[1] + w.Box[3]) / 2 / 22
				}
			}
			for i := range ws {
				ws[i].Line = row[ws[i].Line]
			}
			slices.SortStableFunc(ws, func(a, b reading.Word) int {
				return cmp.Or(a.Line-b.Line, a.Box[0]-b.Box[0])
			})
		}
		p.Words, p.Text = ws, reading.TextOf(ws)
		return p
	}
}

// written reads the papers in testdata: invented papers in real layouts, typed as a
// reader gives them. A file has a head of "key: value" lines, then pages that begin
// with "--- page".
func written(t *testing.T, dir string) []labelled {
	t.Helper()
	names, err := filepath.Glob(filepath.Join("testdata", dir, "*.txt"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no papers in testdata/%s", dir)
	}
	var out []labelled
	for _, name := range names {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		l := labelled{name: filepath.Base(name)}
		for _, doc := range strings.Split(string(raw), "=== paper\n")[1:] {
			parts := strings.Split(doc, "--- page\n")
			d := sample.Doc{From: len(l.pages) + 1}
			for _, h := range strings.Split(strings.TrimSpace(parts[0]), "\n") {
				k, v, _ := strings.Cut(h, ": ")
				switch k {
				case "kind":
					d.Kind = v
					kind, ok := KindOf(v)
					if !ok {
						t.Fatalf("%s: no kind %q", name, v)
					}
					d.Form = kind.Form
				case "number":
					d.Number = v
				case "date":
					d.Date = civilDate(v)
				case "issuer":
					d.Issuer = v
				case "signer":
					d.Signer = v
				case "person":
					n, r, _ := strings.Cut(v, " | ")
					d.Persons = append(d.Persons, sample.Person{Name: n, Role: r})
				case "article":
					d.Articles = append(d.Articles, v)
				default:
					t.Fatalf("%s: %q", name, h)
				}
			}
			for _, text := range parts[1:] {
				l.pages = append(l.pages, reading.Page{N: len(l.pages) + 1, Confidence: 90, Text: strings.TrimSpace(text)})
			}
			d.To = len(l.pages)
			l.docs = append(l.docs, d)
		}
		out = append(out, l)
	}
	return out
}

// TestAccuracy is the measure of this package: go test -run Accuracy -v. The floors
// of the held-out sets are what the rest of the program counts on. Nobody looks into
// the held-out sets to improve a rule; then they would measure nothing.
func TestAccuracy(t *testing.T) {
	all := map[string]float64{"split": .9, "kind": .9, "form": .9, "number": .9, "date": .95, "issuer": .85, "signer": .85, "persons": .85, "roles": .8, "articles": .85}
	for _, set := range []struct {
		name   string
		papers []labelled
		floor  map[string]float64
		tune   bool // examples may be shown: a set to work on
	}{
		{"drawn, clean", drawn(t, 1, 4, sample.Options{}, nil), all, true},
		{"drawn, accidents", drawn(t, 20, 4, sample.All, nil), all, true},
		{"drawn, misread 1 %", drawn(t, 40, 4, sample.All, misread(.01, false)), all, true},
		{"drawn, misread 2 %, rows", drawn(t, 60, 4, sample.All, misread(.02, true)), map[string]float64{"split": .9, "kind": .9}, true},
		{"written, to work on", written(t, "work"), map[string]float64{"split": .9, "kind": .9}, true},
		{"held out: drawn, misread 1 %, rows", drawn(t, 1000, 6, sample.All, misread(.01, true)), map[string]float64{"split": .9, "kind": .9, "number": .9, "date": .95}, false},
		{"held out: written", written(t, "heldout"), map[string]float64{"split": .9, "kind": .9, "number": .9, "date": .95}, false},
	} {
		scores := judge(set.papers)
		n, pages := 0, 0
		for _, l := range set.papers {
			n, pages = n+len(l.docs), pages+len(l.pages)
		}
		line := fmt.Sprintf("%-36s %4d papers %4d pages:", set.name, n, pages)
		for _, m := range measures {
			line += fmt.Sprintf(" %s %.1f", m, 100*scores[m].rate())
		}
		t.Log(line)
		for _, m := range measures {
			s := scores[m]
			if s.rate() < set.floor[m] {
				t.Errorf("%s: %s is %.1f %%, floor %.0f %%", set.name, m, 100*s.rate(), 100*set.floor[m])
			}
			if set.tune {
				for _, e := range s.example {
					t.Logf("    %s %s", m, e)
				}
			}
		}
	}
}
