package law

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"

	"congminh/internal/kit/civil"
)

// Problem is something wrong in a file of a pack.
type Problem struct {
	File string `json:"file"`
	Line int    `json:"line,omitempty"` // 0: not known
	ID   string `json:"id,omitempty"`   // the datum it is about
	Text string `json:"text"`           // Vietnamese: what is wrong, and what to do
}

func (p Problem) Error() string {
	s := p.File
	if p.Line > 0 {
		s = fmt.Sprintf("%s:%d", s, p.Line)
	}
	if p.ID != "" {
		s += ": " + p.ID
	}
	return s + ": " + p.Text
}

// Problems is everything that is wrong.
type Problems []Problem

func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// file is what a file of a pack may hold; any file may hold any of it.
type file struct {
	About       *About       `toml:"pack"`
	Calendar    *Calendar    `toml:"calendar"`
	Warnings    *Warnings    `toml:"warnings"`
	ClassBasis  *ClassBasis  `toml:"class_basis"`
	Rule        []Rule       `toml:"rule"`
	Act         []ActKind    `toml:"act"`
	Offence     []Offence    `toml:"offence"`
	Form        []Form       `toml:"form"`
	List        []List       `toml:"list"`
	Off         []Day        `toml:"off"`
	Work        []Day        `toml:"work"`
	Pending     []Pending    `toml:"pending"`
	Assumption  []Statement  `toml:"assumption"`
	Uncertainty []Statement  `toml:"uncertainty"`
	Source      []Source     `toml:"source"`
	Condition   []Term       `toml:"condition"`
	Stage       []Term       `toml:"stage"`
	Mode        []Term       `toml:"mode"`
	Class       []Term       `toml:"class"`
	Grade       []Term       `toml:"confidence"`
	Succession  []Succession `toml:"succession"`
}

// maxFile bounds what is read of one file: the largest of the program has 600 kB.
const maxFile = 16 << 20

// Load reads the pack of the program and lays the files of an installation over it,
// one set after another. A rule or an offence of the same id and first day replaces
// the earlier one, so does anything else of the same code; a day off replaces what
// was said of that day.
//
// The error is Problems: everything that is wrong, not only the first. If the
// program's own pack is unsound there is no pack. A set over it that is unsound is
// refused as a whole: the pack then stands without it, and Refused tells the same
// problems as the error.
func Load(embedded fs.FS, overrides ...fs.FS) (*Pack, error) {
	p := new(Pack)
	problems := p.add(embedded, 0)
	if len(problems) == 0 {
		problems = p.check()
	}
	if len(problems) > 0 {
		return nil, problems
	}
	p.index()
	for i, o := range overrides {
		q, wrong := p.lay(o, i+1)
		p, problems = q, append(problems, wrong...)
	}
	if len(problems) > 0 {
		p.refused = problems
		return p, problems
	}
	return p, nil
}

// lay returns the pack with a set of files laid over it, or the pack itself and what
// is wrong with the set.
func (p *Pack) lay(set fs.FS, layer int) (*Pack, Problems) {
	q := p.clone()
	wrong := q.add(set, layer)
	if len(wrong) == 0 {
		wrong = q.check()
	}
	if len(wrong) > 0 {
		return p, wrong
	}
	q.index()
	return q, nil
}

// add reads the files of a set into the pack. A set that is not there is empty.
func (p *Pack) add(set fs.FS, layer int) (out Problems) {
	if set == nil {
		return nil
	}
	entries, err := fs.ReadDir(set, ".")
	if errors.Is(err, fs.ErrNotExist) && layer > 0 {
		return nil
	}
	if err != nil {
		return Problems{{File: ".", Text: "không đọc được thư mục: " + err.Error()}}
	}
	seen := map[string]Origin{} // what this set has said, to find what it says twice
	for _, e := range entries {
		if e.IsDir() || path.Ext(e.Name()) != ".toml" {
			continue
		}
		f, at, wrong := read(set, e.Name())
		out = append(out, wrong...)
		if f != nil {
			out = append(out, p.put(f, e.Name(), layer, at, seen)...)
		}
	}
	return out
}

// read decodes one file strictly; at has the lines of its [[…]] headers by name. No
// file is returned if something is wrong with it.
func read(set fs.FS, name string) (f *file, at map[string][]int, out Problems) {
	if st, err := fs.Stat(set, name); err == nil && st.Size() > maxFile {
		return nil, nil, Problems{{File: name, Text: fmt.Sprintf("tệp lớn hơn %d MB", maxFile>>20)}}
	}
	b, err := fs.ReadFile(set, name)
	if err != nil {
		return nil, nil, Problems{{File: name, Text: "không đọc được: " + err.Error()}}
	}
	text := string(b)
	f = new(file)
	md, err := toml.Decode(text, f)
	if err != nil {
		return nil, nil, Problems{notTOML(name, err)}
	}
	times := map[string]int{}
	for _, k := range md.Undecoded() {
		n := times[k.String()]
		times[k.String()]++
		out = append(out, Problem{name, lineOf(text, k, n), k.String(), "khóa không có trong lược đồ; hãy sửa tên hoặc bỏ đi"})
	}
	if len(out) > 0 {
		return nil, nil, out
	}
	return f, headers(text), nil
}

var typeError = regexp.MustCompile(`^toml: line (\d+) \(last key "([^"]*)"\): (.*)`)

// notTOML says what the decoder could not read, and where.
func notTOML(name string, err error) Problem {
	if e, ok := errors.AsType[toml.ParseError](err); ok {
		return Problem{File: name, Line: e.Position.Line, Text: "không đúng cú pháp TOML: " + e.Message}
	}
	if m := typeError.FindStringSubmatch(err.Error()); m != nil {
		line, _ := strconv.Atoi(m[1])
		return Problem{name, line, m[2], "không đọc được giá trị: " + m[3]}
	}
	return Problem{File: name, Text: "không đọc được: " + err.Error()}
}

var header = regexp.MustCompile(`^\s*\[\[?\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$`)

// headers returns the lines on which [[name]] stands, by name.
func headers(text string) map[string][]int {
	out := map[string][]int{}
	n := 0
	for line := range strings.Lines(text) {
		n++
		if m := header.FindStringSubmatch(strings.TrimRight(line, "\r\n")); m != nil && strings.HasPrefix(strings.TrimSpace(line), "[[") {
			out[m[1]] = append(out[m[1]], n)
		}
	}
	return out
}

// lineOf finds the line of the n-th key k that stands in a text; 0 if it cannot.
func lineOf(text string, k toml.Key, n int) int {
	last := k[len(k)-1]
	name := regexp.MustCompile(`(?:^|[\s{,.])["']?` + regexp.QuoteMeta(last) + `["']?\s*=`)
	under, line := "", 0
	for s := range strings.Lines(text) {
		line++
		s = strings.TrimRight(s, "\r\n")
		hit := false
		if m := header.FindStringSubmatch(s); m != nil {
			under = m[1]
			hit = under == k.String()
		} else {
			hit = strings.HasPrefix(k.String(), under) && name.MatchString(s)
		}
		if hit {
			if n == 0 {
				return line
			}
			n--
		}
	}
	return 0
}

// put puts the content of a file on the shelves.
func (p *Pack) put(f *file, name string, layer int, at map[string][]int, seen map[string]Origin) (out Problems) {
	origin := func(table string, i int) Origin {
		o := Origin{name, 0, layer}
		if lines := at[table]; i < len(lines) {
			o.Line = lines[i]
		}
		return o
	}
	// once reports a second datum of one key in the same set.
	once := func(table, key string, i int) (Origin, bool) {
		o := origin(table, i)
		first, twice := seen[table+" "+key]
		switch {
		case key == "":
			out = append(out, Problem{o.File, o.Line, table, "thiếu mã"})
		case twice:
			out = append(out, Problem{o.File, o.Line, key, fmt.Sprintf("đứng hai lần; lần đầu ở %s:%d", first.File, first.Line)})
		}
		seen[table+" "+key] = o
		return o, key != "" && !twice
	}
	if f.About != nil {
		p.About = *f.About
	}
	if f.Warnings != nil {
		p.Warnings = *f.Warnings
	}
	if f.ClassBasis != nil {
		p.ClassBasis = *f.ClassBasis
	}
	if f.Calendar != nil {
		p.calendar = *f.Calendar
	}
	for i, r := range f.Rule {
		k := ""
		if r.ID != "" {
			k = key(r.ID, r.From)
		}
		if o, ok := once("rule", k, i); ok {
			p.rules.put(k, r, o)
		}
	}
	for i, x := range f.Offence {
		k := ""
		if x.Article != "" {
			k = key(x.Article, x.From)
		}
		if o, ok := once("offence", k, i); ok {
			p.offences.put(k, x, o)
		}
	}
	day := func(table string, to, other *shelf[Day], days []Day) {
		for i, d := range days {
			if o, ok := once(table, string(d.Date), i); ok {
				other.drop(string(d.Date))
				to.put(string(d.Date), d, o)
			}
		}
	}
	day("off", &p.off, &p.work, f.Off)
	day("work", &p.work, &p.off, f.Work)
	for i, x := range f.Pending {
		if o, ok := once("pending", x.ID, i); ok {
			if x.Decided {
				p.pending.drop(x.ID)
			} else {
				p.pending.put(x.ID, x, o)
			}
		}
	}
	fill(once, "act", &p.acts, f.Act, func(x ActKind) string { return x.Code })
	fill(once, "form", &p.forms, f.Form, func(x Form) string { return fmt.Sprint(x.Number) })
	fill(once, "list", &p.lists, f.List, func(x List) string { return x.Code })
	statement := func(x Statement) string { return x.ID }
	fill(once, "assumption", &p.assumptions, f.Assumption, statement)
	fill(once, "uncertainty", &p.uncertain, f.Uncertainty, statement)
	fill(once, "source", &p.sources, f.Source, func(x Source) string { return x.ID })
	term := func(x Term) string { return x.Code }
	fill(once, "condition", &p.conditions, f.Condition, term)
	fill(once, "stage", &p.stages, f.Stage, term)
	fill(once, "mode", &p.modes, f.Mode, term)
	fill(once, "class", &p.classes, f.Class, term)
	fill(once, "confidence", &p.grades, f.Grade, term)
	fill(once, "succession", &p.successions, f.Succession, func(x Succession) string { return x.Old })
	return out
}

func fill[T any](once func(table, key string, i int) (Origin, bool), table string, s *shelf[T], items []T, key func(T) string) {
	for i, x := range items {
		if o, ok := once(table, key(x), i); ok {
			s.put(key(x), x, o)
		}
	}
}

// day reports whether text is a day, or none where none is allowed.
func isDay(d civil.Date, none bool) bool {
	if d == "" {
		return none
	}
	_, err := civil.Parse(string(d))
	return err == nil
}

func oneOf(s string, list ...string) bool { return slices.Contains(list, s) }
