package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"congminh/internal/kit/civil"
	"congminh/internal/law"
)

const lawHelp = `
  congminh law check [DIR]       kiểm tra gói luật của chương trình và các tệp riêng trong DIR
                                 (mặc định: thư mục law trong thư mục dữ liệu)
  congminh law show RULE [--on YYYY-MM-DD] [--json]
                                 một quy tắc: căn cứ, cách tính, gia hạn, nguồn
  congminh law diff A B [--json] khác nhau giữa hai gói: thêm (+), bỏ (-), đổi (~)

A, B là thư mục, hoặc embedded: gói của chương trình. Thư mục có basis.toml là một gói
đầy đủ; thư mục khác được đặt lên trên gói của chương trình.
Checks, shows and compares the law as data. A folder with basis.toml is a whole pack;
any other is laid over the pack of the program.`

func lawCommand(_ context.Context, e env, args []string) int {
	verbs := map[string]func(env, []string) int{"check": checkLaw, "show": showLaw, "diff": diffLaw}
	if len(args) == 0 || verbs[args[0]] == nil {
		return e.misused("hãy nêu check, show hoặc diff · say which")
	}
	return verbs[args[0]](e, args[1:])
}

// mixed parses flags that may stand before, between and after the other arguments.
func (e env) mixed(args []string, define func(*flag.FlagSet)) (rest []string, ok bool) {
	for len(args) > 0 {
		left, ok := e.flags(args, define)
		if !ok {
			return nil, false
		}
		if args = left; len(args) > 0 {
			rest, args = append(rest, args[0]), args[1:]
		}
	}
	return rest, true
}

// lawFolder is where this installation keeps its own files of the law.
func (e env) lawFolder() string { return filepath.Join(e.config.Data, "law") }

// lawPack reads the pack in dir, or that of the program with dir laid over it. What is
// wrong is printed.
func (e env) lawPack(dir string) (*law.Pack, bool) {
	var p *law.Pack
	var err error
	if dir == "embedded" {
		p, err = law.Load(law.Embedded())
	} else if st, no := os.Stat(dir); no != nil || !st.IsDir() {
		err = fmt.Errorf("không có thư mục %s · no such folder", dir)
	} else if _, no := os.Stat(filepath.Join(dir, "basis.toml")); no == nil {
		p, err = law.Load(os.DirFS(dir))
	} else {
		p, err = law.Load(law.Embedded(), os.DirFS(dir))
	}
	if err == nil {
		return p, true
	}
	if problems, ok := law.IsProblems(err); ok {
		fmt.Fprintf(e.stderr, "%s: %d lỗi, tệp không được dùng · problems, the files are not used\n", dir, len(problems))
		for _, x := range problems {
			fmt.Fprintln(e.stderr, " ", x)
		}
		return nil, false
	}
	e.fail(err)
	return nil, false
}

// lawHere is the pack this installation uses: that of the program, with the files of
// the data folder if they are sound.
func (e env) lawHere() (*law.Pack, error) {
	p, err := law.Load(law.Embedded(), os.DirFS(e.lawFolder()))
	if p == nil {
		return nil, err
	}
	if err != nil {
		fmt.Fprintf(e.stderr, "%s: tệp có lỗi, không được dùng; xem congminh law check · unsound, not used\n", e.lawFolder())
	}
	return p, nil
}

func checkLaw(e env, args []string) int {
	dir := e.lawFolder()
	switch len(args) {
	case 0:
		if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
			dir = "embedded"
		}
	case 1:
		dir = args[0]
	default:
		return e.misused("chỉ một thư mục · one DIR at most")
	}
	p, ok := e.lawPack(dir)
	if !ok {
		return failed
	}
	ids, grades, uncomputed, files := map[string]bool{}, map[law.Confidence]int{}, 0, 0
	for _, r := range p.Rules() {
		ids[r.ID] = true
		grades[r.Confidence]++
		if r.Uncomputed() != "" {
			uncomputed++
		}
		if p.RuleOrigin(r.ID, r.From).Layer > 0 {
			files++
		}
	}
	c := p.Calendar()
	fmt.Fprintf(e.stdout, "%s: không có lỗi · sound\n", dir)
	fmt.Fprintf(e.stdout, "phiên bản %s\n", p.About.Version)
	fmt.Fprintf(e.stdout, "%d quy tắc, %d phiên bản (A %d, B %d, C %d, D %d), %d không được tính, %d từ tệp riêng\n",
		len(ids), len(p.Rules()), grades["A"], grades["B"], grades["C"], grades["D"], uncomputed, files)
	fmt.Fprintf(e.stdout, "%d ngày nghỉ, %d ngày làm bù, %d việc chưa quyết định (%s đến %s)\n", len(c.Off), len(c.Work), len(c.Undecided), c.From.VN(), c.To.VN())
	fmt.Fprintf(e.stdout, "%d loại hành vi tố tụng, %d điều luật hình sự, %d mẫu, %d danh mục\n", len(p.Acts()), len(p.Offences()), len(p.Forms()), len(p.Lists()))
	return done
}

func showLaw(e env, args []string) int {
	var on string
	var asJSON bool
	rest, ok := e.mixed(args, func(fs *flag.FlagSet) {
		fs.StringVar(&on, "on", on, "the day it is in force")
		fs.BoolVar(&asJSON, "json", asJSON, "as JSON")
	})
	switch {
	case !ok:
		return usage
	case len(rest) != 1:
		return e.misused("hãy nêu đúng một quy tắc, như INV-01 · name one RULE")
	}
	day := civil.On(time.Now())
	if on != "" {
		var err error
		if day, err = civil.Parse(on); err != nil {
			return e.misused("--on cần ngày dạng YYYY-MM-DD · wants a day")
		}
	}
	p, err := e.lawHere()
	if err != nil {
		return e.fail(err)
	}
	id := strings.ToUpper(rest[0])
	all := p.Versions(id)
	if len(all) == 0 {
		return e.fail(fmt.Errorf("không có quy tắc %s · no such rule", id))
	}
	r, in := p.Rule(id, day)
	if !in && on != "" {
		return e.fail(fmt.Errorf("%s không có hiệu lực ngày %s; các phiên bản: %s", id, day.VN(), spans(all)))
	}
	if !in { // it is a matter of history
		r = all[len(all)-1]
	}
	if asJSON {
		out := json.NewEncoder(e.stdout)
		out.SetEscapeHTML(false)
		out.SetIndent("", "  ")
		if err := out.Encode(struct {
			law.Rule
			Says   string     `json:"says"`
			Origin law.Origin `json:"origin"`
		}{r, p.Say(r), p.RuleOrigin(r.ID, r.From)}); err != nil {
			return e.fail(err)
		}
		return done
	}
	writeRule(e.stdout, p, r)
	return done
}

// spans writes when each version is in force.
func spans(rules []law.Rule) string {
	out := make([]string, len(rules))
	for i, r := range rules {
		out[i] = span(r)
	}
	return strings.Join(out, "; ")
}

func span(r law.Rule) string {
	if r.To == "" {
		return "từ " + r.From.VN()
	}
	return "từ " + r.From.VN() + " đến " + r.To.VN()
}

func writeRule(w io.Writer, p *law.Pack, r law.Rule) {
	line := func(name, text string) {
		if text != "" {
			fmt.Fprintf(w, "%-16s %s\n", name, text)
		}
	}
	line(r.ID, r.Title)
	if why := r.Uncomputed(); why != "" {
		line("KHÔNG TÍNH", why)
	}
	for _, c := range r.Citations {
		line("căn cứ", c.String())
	}
	line("giai đoạn", p.Stage(r.Stage))
	line("ai phải làm", r.Actor)
	line("cách tính", p.Say(r))
	for _, x := range r.Extensions {
		line(fmt.Sprintf("gia hạn %d", x.Seq), p.SayExtension(x))
		for _, d := range x.DecidedBy {
			line("", "  do "+decider(d))
		}
	}
	line("tối đa", p.Caps(r))
	lead := make([]string, len(r.Warn))
	for i, iso := range r.Warn {
		lead[i] = law.SayLead(iso)
	}
	line("báo trước", strings.Join(lead, ", "))
	line("hiệu lực", span(r))
	if all := p.Versions(r.ID); len(all) > 1 {
		line("phiên bản", spans(all))
	}
	line("tin cậy", string(r.Confidence)+": "+p.Grade(r.Confidence))
	if r.Competence != "" {
		line("về thẩm quyền", string(r.Competence)+": "+p.Grade(r.Competence))
	}
	for _, id := range r.Assumptions {
		a, _ := p.Assumption(id)
		line(id, a.Text)
	}
	for _, id := range r.Uncertain {
		u, _ := p.Uncertainty(id)
		line(id, u.Text)
	}
	for _, id := range r.Sources {
		s, _ := p.Source(id)
		line(id, s.What+" — "+s.URL)
	}
	line("ghi chú", r.Notes)
	o := p.RuleOrigin(r.ID, r.From)
	at := fmt.Sprintf("%s:%d", o.File, o.Line)
	if o.Layer > 0 {
		at += " (tệp riêng)"
	}
	line("đứng ở", at)
}

// decider writes who may grant an extension, and when.
func decider(d law.Competence) string {
	s := d.By
	if d.From != "" {
		s += ", từ " + d.From.VN()
	}
	if d.To != "" {
		s += ", đến " + d.To.VN()
	}
	return s
}

func diffLaw(e env, args []string) int {
	var asJSON bool
	rest, ok := e.mixed(args, func(fs *flag.FlagSet) { fs.BoolVar(&asJSON, "json", asJSON, "as JSON") })
	switch {
	case !ok:
		return usage
	case len(rest) != 2:
		return e.misused("hãy nêu hai gói · name A and B")
	}
	a, ok := e.lawPack(rest[0])
	if !ok {
		return failed
	}
	b, ok := e.lawPack(rest[1])
	if !ok {
		return failed
	}
	changes := law.Diff(a, b)
	if asJSON {
		if changes == nil {
			changes = []law.Change{}
		}
		out := json.NewEncoder(e.stdout)
		out.SetEscapeHTML(false)
		out.SetIndent("", "  ")
		if err := out.Encode(changes); err != nil {
			return e.fail(err)
		}
		return done
	}
	for _, c := range changes {
		fmt.Fprintln(e.stdout, c)
	}
	if len(changes) == 0 {
		fmt.Fprintln(e.stdout, "không khác nhau · no difference")
	}
	return done
}
