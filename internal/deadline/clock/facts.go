package clock

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"congminh/internal/law"
)

// Case is one entry of a file of facts.
type Case struct {
	ID    string
	Facts Facts
	Err   error // why its facts cannot be used; names the case and the event
	Odd   error // events of unknown names: passed over, what follows from the others stands
}

var errUnknown = errors.New("không có quy tắc hay dữ kiện nào tên")

// ReadCases reads a YAML file with the key "cases": each has an id and events, each
// with the name of a trigger or a fact and a value: a day, a minute, a number, true or
// false, a class, or {date, to}. _a, _b … or _1, _2 … after the name of a trigger
// tell several occurrences apart. Every extension the law knows is asked for. A case that cannot
// be used has its Err, one with an event nobody knows its Odd; the error returned is of
// the file as a whole.
func (e *Engine) ReadCases(in io.Reader) ([]Case, error) {
	var file struct {
		Cases []struct {
			ID     string `yaml:"id"`
			Events []struct {
				Event string    `yaml:"event"`
				Value yaml.Node `yaml:"value"`
			} `yaml:"events"`
		} `yaml:"cases"`
	}
	if err := yaml.NewDecoder(in).Decode(&file); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, errors.New("tệp trống; cần khóa cases · the file is empty, the key cases is needed")
		}
		return nil, fmt.Errorf("không phải YAML đúng dạng · not the YAML expected: %w", err)
	}
	if len(file.Cases) == 0 {
		return nil, errors.New("không có vụ nào dưới khóa cases · nothing under the key cases")
	}
	out := make([]Case, len(file.Cases))
	for i, c := range file.Cases {
		out[i].ID = c.ID
		if c.ID == "" {
			out[i].ID = fmt.Sprintf("#%d", i+1)
		}
		f := Facts{Class: map[string]law.Class{}, Juvenile: map[string]Tri{}, Potential: true}
		for n, v := range c.Events {
			err := e.event(&f, v.Event, &v.Value)
			if err == nil {
				continue
			}
			why := &out[i].Err
			if errors.Is(err, errUnknown) {
				why = &out[i].Odd
			}
			*why = errors.Join(*why, fmt.Errorf("vụ %s, sự kiện %d (%s): %w", out[i].ID, n+1, v.Event, err))
		}
		if len(c.Events) == 0 {
			out[i].Err = fmt.Errorf("vụ %s: không có sự kiện nào · no events", out[i].ID)
		}
		out[i].Facts = f
	}
	return out, nil
}

// event adds what one entry says.
func (e *Engine) event(f *Facts, name string, v *yaml.Node) error {
	full := name
	s := e.syms[name]
	if cut, ok := occurrence(name); s == nil && ok {
		name, s = cut, e.syms[cut]
	}
	if s == nil {
		return fmt.Errorf("%w %q%s", errUnknown, full, e.like(name))
	}
	for v.Kind == yaml.AliasNode {
		v = v.Alias
	}
	if v.Kind == yaml.MappingNode {
		return e.mapping(f, name, s, v)
	}
	if v.Kind != yaml.ScalarNode || v.Value == "" {
		return errors.New("thiếu giá trị · no value")
	}
	text := v.Value
	switch s.fact {
	case factJuvenile, factSimplified, factSuperior, factDetained, factResumed, factComplex, factDiversion:
		return truth(f, name, s.fact, text)
	case factCustodyDays, factCustodyExtensions, factExtensionNo:
		if n, err := strconv.Atoi(text); err != nil || n < 0 || n > 9999 {
			return fmt.Errorf("%q không phải số từ 0 đến 9999", text)
		}
		f.Events = append(f.Events, Event{Name: name, Value: text})
		return nil
	case factSecondClass, factOther:
		if name == "class" || name == "second_class" {
			c := ParseClass(classCode(text))
			if c == law.NoClass {
				return fmt.Errorf("%q không phải loại tội; cần INT, NT, RNT hoặc DBNT", text)
			}
			if name == "class" {
				f.Class[""] = c
				return nil
			}
			f.Events = append(f.Events, Event{Name: name, Value: classCode(text)})
			return nil
		}
	case factJoined:
		if text == "true" {
			f.Events = append(f.Events, Event{Name: name, Value: text})
			return nil
		}
	case factGranted, factDone:
		if _, _, dated := parse(text); !dated { // the rule alone
			f.Events = append(f.Events, Event{Name: name, Value: text})
			return nil
		}
	}
	if len(s.alone) > 0 && strings.EqualFold(text, "true") {
		return nil // that it is so follows from the days of the other events
	}
	at, err := moment8601(text)
	if err != nil {
		return err
	}
	f.Events = append(f.Events, Event{Name: name, At: at})
	return nil
}

// classCode writes a class of crime as the law pack does.
func classCode(s string) string {
	return strings.ReplaceAll(strings.ToUpper(strings.TrimSpace(s)), "Đ", "D")
}

// mapping reads {date, to, until, rule, seq, of}.
func (e *Engine) mapping(f *Facts, name string, s *symbol, v *yaml.Node) error {
	var m struct {
		Date    yaml.Node `yaml:"date"`
		From    string    `yaml:"from"` // the class before, said elsewhere
		Class   string    `yaml:"class"`
		To      string    `yaml:"to"`
		Until   yaml.Node `yaml:"until"`
		Rule    string    `yaml:"rule"`
		Seq     int       `yaml:"seq"`
		Kind    string    `yaml:"kind"`
		Subject string    `yaml:"subject"`
	}
	for i := 0; i < len(v.Content); i += 2 {
		if k := v.Content[i].Value; !slices.Contains([]string{"date", "from", "to", "class", "until", "rule", "seq", "kind", "subject"}, k) {
			return fmt.Errorf("không hiểu khóa %q; biết date, to, until, rule, seq, kind, subject", k)
		}
	}
	if err := v.Decode(&m); err != nil {
		return fmt.Errorf("không hiểu giá trị: %w", err)
	}
	ev := Event{Name: name, Subject: m.Subject, Value: m.Kind}
	if m.Date.Value == "" && (s.fact == noFact || s.fact == factClassChanged) {
		return errors.New("thiếu date")
	}
	var err error
	if m.Date.Value != "" {
		if ev.At, err = moment8601(m.Date.Value); err != nil {
			return err
		}
	}
	if m.Until.Value != "" {
		if ev.Until, err = moment8601(m.Until.Value); err != nil {
			return err
		}
	}
	if m.Class != "" {
		if m.Class = classCode(m.Class); ParseClass(m.Class) == law.NoClass {
			return fmt.Errorf("%q không phải loại tội; cần INT, NT, RNT hoặc DBNT", m.Class)
		}
		switch {
		case s.fact == factClassChanged && m.To == "":
			m.To = m.Class
		case name == secondCase:
			f.Events = append(f.Events, Event{Name: "second_class", Value: m.Class})
		case f.Class[""] == law.NoClass:
			f.Class[""] = ParseClass(m.Class)
		}
	}
	if s.fact == factClassChanged {
		m.To = classCode(m.To)
	}
	if m.To != "" {
		if ParseClass(m.To) == law.NoClass && s.fact == factClassChanged {
			return fmt.Errorf("%q không phải loại tội; cần INT, NT, RNT hoặc DBNT", m.To)
		}
		ev.Value = m.To
	}
	if s.fact == factClassChanged && ParseClass(ev.Value) == law.NoClass {
		return errors.New("thiếu to: loại tội mới")
	}
	if m.Rule != "" {
		if e.group(m.Rule) == none {
			return fmt.Errorf("không có quy tắc %q", m.Rule)
		}
		ev.Value = m.Rule
		if m.Seq > 0 {
			ev.Value += "/" + strconv.Itoa(m.Seq)
		}
	}
	f.Events = append(f.Events, ev)
	return nil
}

func truth(f *Facts, name string, is fact, text string) error {
	t := Yes
	switch strings.ToLower(text) {
	case "true", "yes", "có", "1":
	case "false", "no", "không", "0":
		t = No
	default:
		return fmt.Errorf("%q không phải true hoặc false", text)
	}
	switch is {
	case factJuvenile:
		f.Juvenile[""] = t
	case factSimplified:
		f.Simplified = t
	case factSuperior:
		f.Superior = t
	default:
		f.Events = append(f.Events, Event{Name: name, Value: strconv.FormatBool(t == Yes)})
	}
	return nil
}

// occurrence takes _a, _b … or _1, _2 … off the name of an event.
func occurrence(name string) (string, bool) {
	n := len(name)
	if n > 2 && name[n-2] == '_' && (name[n-1] >= 'a' && name[n-1] <= 'z' || name[n-1] >= '0' && name[n-1] <= '9') {
		return name[:n-2], true
	}
	return name, false
}

// viet is the time zone of the law.
var viet = time.FixedZone("+07", 7*60*60)

// moment8601 checks a day or a minute, and says what is wrong with it. An instant with
// its time zone is told by the clock of Viet Nam.
func moment8601(s string) (string, error) {
	if _, _, ok := parse(s); ok {
		return s, nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00"} {
		if t, err := time.Parse(layout, s); err == nil {
			s = t.In(viet).Format("2006-01-02T15:04")
			if _, _, ok := parse(s); ok {
				return s, nil
			}
		}
	}
	return "", fmt.Errorf("%q không phải ngày có thật từ năm %d đến %d; viết 2026-03-10 hoặc 2026-03-10T22:30", s, firstYear, lastYear)
}

// like names an event that may have been meant.
func (e *Engine) like(name string) string {
	best, least := "", 4
	for known := range e.syms {
		if d := distance(name, known); d < least || d == least && known < best {
			best, least = known, d
		}
	}
	if best == "" || least > 3 {
		return ""
	}
	return fmt.Sprintf("; có phải %q?", best)
}

// distance is the number of letters to change, add or leave out, up to some.
func distance(a, b string) int {
	if len(a) > 64 || len(b) > 64 || len(a)-len(b) > 3 || len(b)-len(a) > 3 {
		return 9
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diag := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diag, row[j+1] = row[j+1], min(row[j]+1, row[j+1]+1, diag+cost)
		}
	}
	return row[len(b)]
}

// Check says which events of the facts cannot be used, and why.
func (e *Engine) Check(f *Facts) error {
	var errs []error
	for i, v := range f.Events {
		s := e.syms[v.Name]
		_, _, dated := parse(v.At)
		_, _, until := parse(v.Until)
		switch {
		case s == nil:
			errs = append(errs, fmt.Errorf("sự kiện %d: không có quy tắc hay dữ kiện nào tên %q%s", i+1, v.Name, e.like(v.Name)))
		case !dated && (v.At != "" || s.fact == noFact):
			errs = append(errs, fmt.Errorf("sự kiện %d (%s): %q không phải ngày có thật", i+1, v.Name, v.At))
		case v.Until != "" && !until:
			errs = append(errs, fmt.Errorf("sự kiện %d (%s): %q không phải ngày có thật", i+1, v.Name, v.Until))
		}
	}
	return errors.Join(errs...)
}

// Knows reports whether an event is a trigger of a rule or a fact.
func (e *Engine) Knows(event string) bool { return e.syms[event] != nil }
