package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"congminh/internal/kit/civil"
	"congminh/internal/seal/pack"
	"congminh/internal/seal/tree"
)

const verifyHelp = `
Kiểm một gói chứng cứ (tệp zip hoặc thư mục) hoặc một PDF đã ký: mọi tệp, từng trang,
chữ ký số, dấu thời gian, chứng minh của nhật ký. Không cần mạng, không cần cơ sở dữ liệu.
Checks an evidence package or a signed PDF, offline and without a database.

  --roots FILE  ai được tin: chứng thư gốc (PEM) và khóa nhật ký, mỗi khóa một dòng.
                Không nêu thì chỉ biết gói có bị sửa không, chưa biết do ai làm.
                Whom to trust: root certificates in PEM, keys of journals and witnesses.
  --head FILE   đầu nhật ký giữ trên giấy, gõ lại · a head kept on paper, typed in
  --at TIME     kiểm như vào lúc này, 2026-11-28T09:30:00+07:00 (mặc định: bây giờ)
  --json        kết quả dạng JSON

Mã kết thúc · exit code: 0 nguyên vẹn · intact; 1 bị sửa hoặc chưa chứng minh được ·
altered or unproven; 2 không đọc được · unreadable.`

// Exit codes of verify beside done: they are read by programs.
const (
	notProven  = 1
	unreadable = 2
)

func verify(_ context.Context, e env, args []string) int {
	var roots, head, at string
	var asJSON bool
	rest, ok := e.mixed(args, func(fs *flag.FlagSet) {
		fs.StringVar(&roots, "roots", roots, "whom to trust")
		fs.StringVar(&head, "head", head, "a head kept on paper")
		fs.StringVar(&at, "at", at, "as of this time")
		fs.BoolVar(&asJSON, "json", asJSON, "as JSON")
	})
	switch {
	case !ok:
		return usage
	case len(rest) != 1:
		return e.misused("hãy nêu đúng một tệp hoặc thư mục · name one FILE or DIR")
	}
	o := pack.Options{At: time.Now()}
	if at != "" {
		var err error
		if o.At, err = time.Parse(time.RFC3339, at); err != nil {
			return e.misused("--at cần thời điểm dạng 2026-11-28T09:30:00+07:00 · needs a time")
		}
	}
	if err := trusted(&o, roots, head); err != nil {
		fmt.Fprintf(e.stderr, "congminh verify: %v\n", err)
		return unreadable
	}
	r := pack.Verify(rest[0], o)
	if asJSON {
		j := json.NewEncoder(e.stdout)
		j.SetEscapeHTML(false)
		j.SetIndent("", "  ")
		if err := j.Encode(r); err != nil {
			return e.fail(err)
		}
	} else {
		printReport(e.stdout, r)
	}
	switch r.State {
	case pack.Intact:
		return done
	case pack.Unreadable:
		return unreadable
	}
	return notProven
}

// trusted reads the files that say whom to trust.
func trusted(o *pack.Options, roots, head string) error {
	if roots != "" {
		text, err := os.ReadFile(roots)
		if err != nil {
			return err
		}
		if err := o.Trust(text); err != nil {
			return fmt.Errorf("%s: %w", roots, err)
		}
	}
	if head != "" {
		text, err := os.ReadFile(head)
		if err != nil {
			return err
		}
		c, err := tree.ParsePaper(string(text))
		if err != nil {
			return fmt.Errorf("%s: %w", head, err)
		}
		o.Heads = append(o.Heads, c)
	}
	return nil
}

var stateVN = map[pack.State]string{
	pack.Intact:     "NGUYÊN VẸN · intact",
	pack.Unproven:   "CHƯA CHỨNG MINH ĐƯỢC · unproven",
	pack.Altered:    "ĐÃ BỊ SỬA · altered",
	pack.Unreadable: "KHÔNG ĐỌC ĐƯỢC · unreadable",
}

func printReport(w io.Writer, r pack.Report) {
	when := func(t time.Time) string { return t.In(civil.Zone).Format("15:04:05 02/01/2006") }
	fmt.Fprintln(w, stateVN[r.State])
	if a := r.About; a != nil {
		fmt.Fprintf(w, "%s\n%s, %s\n%d văn bản, %d tệp\n", a.Title, a.Agency, when(a.Made), r.Documents, r.Files)
	}
	for _, s := range r.Signatures {
		mark := "✗"
		if s.Proven {
			mark = "✓"
		}
		fmt.Fprintf(w, "%s %s: %s %s", mark, s.File, s.Signer, s.Level)
		if !s.At.IsZero() {
			fmt.Fprintf(w, " %s", when(s.At))
		}
		fmt.Fprintln(w)
	}
	if h := r.Head; h != nil {
		fmt.Fprintf(w, "nhật ký %s, %d dòng, %d nơi làm chứng", h.Origin, h.Size, len(h.Witnessed))
		if h.Stamped != nil {
			fmt.Fprintf(w, ", dấu thời gian %s", when(*h.Stamped))
		}
		fmt.Fprintln(w)
	}
	for _, f := range r.Findings {
		place := f.File
		if f.Page > 0 {
			place += fmt.Sprintf(", trang %d", f.Page)
		}
		if f.Folio != "" {
			place += ", bút lục " + f.Folio
		}
		fmt.Fprintf(w, "\n%s\n  %s\n  %s\n  → %s\n  → %s\n", place, f.What, f.WhatEN, f.Do, f.DoEN)
	}
}
