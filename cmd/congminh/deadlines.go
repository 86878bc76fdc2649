package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"congminh/internal/deadline/clock"
)

const deadlinesHelp = `
Tính mọi thời hạn tố tụng từ các dữ kiện trong FILE (YAML, "-" là đầu vào chuẩn), kể cả
các lần gia hạn có thể có; không cần máy chủ. Dùng gói luật của chương trình và các tệp
riêng của nơi cài đặt (xem congminh help law). Computes every time limit that follows
from the facts in FILE, and every extension that could be granted.

  cases:
    - id: V1
      events:
        - { event: case_initiated, value: 2026-01-15 }   # ngày, phút, số, true/false
        - { event: class, value: NT }                    # INT, NT, RNT, DBNT
        - { event: class_changed, value: { date: 2026-02-10, to: RNT } }

  --facts FILE  tệp dữ kiện · the facts
  --json        in một mảng JSON {id, results} · print a JSON array

Một vụ có dữ kiện sai được báo riêng, các vụ khác vẫn được tính; sự kiện không biết tên
được báo và bỏ qua, phần còn lại của vụ vẫn được tính; khi đó mã kết thúc là 1. A case with
wrong facts is told apart and the others go on; an event nobody knows is told and passed
over; then the exit code is 1.`

// answer is what one case of the facts comes to.
type answer struct {
	ID      string         `json:"id"`
	Error   string         `json:"error,omitempty"`
	Results []clock.Result `json:"results"`
}

func deadlines(_ context.Context, e env, args []string) int {
	var path string
	var asJSON bool
	rest, ok := e.flags(args, func(fs *flag.FlagSet) {
		fs.StringVar(&path, "facts", "", "file of facts")
		fs.BoolVar(&asJSON, "json", false, "print JSON")
	})
	switch {
	case !ok:
		return usage
	case len(rest) > 0:
		return e.misused(fmt.Sprintf("thừa %q · too much", rest))
	case path == "":
		return e.misused("hãy nêu --facts FILE · name the facts")
	}
	pack, err := e.lawHere()
	if err != nil {
		return e.fail(err)
	}
	var in io.Reader = os.Stdin
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return e.fail(err)
		}
		defer f.Close()
		in = f
	}
	engine := clock.Compile(pack)
	cases, err := engine.ReadCases(in)
	if err != nil {
		return e.fail(fmt.Errorf("%s: %w", path, err))
	}
	code := done
	answers := make([]answer, len(cases))
	for i, c := range cases {
		answers[i] = answer{ID: c.ID, Results: []clock.Result{}}
		if err := errors.Join(c.Err, c.Odd); err != nil {
			answers[i].Error, code = err.Error(), failed
			fmt.Fprintf(e.stderr, "congminh %s: %v\n", e.self.name, err)
		}
		if c.Err == nil {
			answers[i].Results = engine.Evaluate(&c.Facts)
		}
	}
	if !asJSON {
		for _, a := range answers {
			a.print(e.stdout)
		}
		return code
	}
	out := json.NewEncoder(e.stdout)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	if err := out.Encode(answers); err != nil {
		return e.fail(err)
	}
	return code
}

// print writes a case as a table for people.
func (a answer) print(w io.Writer) {
	fmt.Fprintf(w, "%s\n", a.ID)
	if a.Error != "" {
		fmt.Fprintf(w, "  %s\n", strings.ReplaceAll(a.Error, "\n", "\n  "))
	}
	if a.Error != "" && len(a.Results) == 0 {
		fmt.Fprintln(w)
		return
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "  QUY TẮC\tDANH NGHĨA\tTHEO LUẬT\tVIỆC")
	for _, r := range a.Results {
		what := r.What
		if r.Condition != "" {
			what += " — " + r.Condition
		}
		if r.Refused != "" {
			what += " — " + r.Refused
		}
		fmt.Fprintf(t, "  %s\t%s\t%s\t%s\n", r.Rule, r.Nominal, r.Legal, what)
	}
	t.Flush()
	fmt.Fprintln(w)
}
