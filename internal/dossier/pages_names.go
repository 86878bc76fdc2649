package dossier

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"time"

	"congminh/internal/criminal"
	"congminh/internal/dossier/paper"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/job"
	"congminh/internal/kit/lang"
	"congminh/internal/site"
)

// styles are the style sheets of the pages of a file.
func styles() []string { return []string{assets.URL("dossier.css")} }

func orKind(k Kind) string {
	if k == "" {
		return string(CaseFile)
	}
	return string(k)
}

func kindOptions(ctx context.Context) (out []site.Option) {
	for _, k := range Kinds {
		out = append(out, site.Option{Value: string(k), Text: lang.T(ctx, k.VN())})
	}
	return out
}

func caseOptions(ctx context.Context, cases []criminal.Case) []site.Option {
	out := []site.Option{{Text: lang.T(ctx, "Chọn vụ án")}}
	for _, c := range cases {
		out = append(out, site.Option{Value: string(c.ID), Text: c.Number + " — " + c.Name})
	}
	return out
}

func stageOptions(ctx context.Context, from Stage) (out []site.Option) {
	for _, s := range Stages[slices.Index(Stages, from):] {
		out = append(out, site.Option{Value: string(s), Text: lang.T(ctx, s.VN())})
	}
	return out
}

func remarkOptions(ctx context.Context) (out []site.Option) {
	for _, k := range remarkKinds {
		out = append(out, site.Option{Value: k, Text: lang.T(ctx, RemarkKindVN(k))})
	}
	return out
}

// groupName names an evidence group.
func groupName(code string) string {
	for _, g := range paper.Groups() {
		if g.Code == code {
			return g.Name
		}
	}
	return code
}

// kindFilter is every kind of paper, under its evidence group.
func kindFilter(ctx context.Context) []site.Option {
	return append([]site.Option{{Text: lang.T(ctx, "Mọi loại")}}, paperKinds()...)
}

func paperKinds() (out []site.Option) {
	for _, g := range paper.Groups() {
		for _, k := range paper.Kinds() {
			if k.Group == g.Code {
				out = append(out, site.Option{Value: k.Code, Text: k.Name, Group: g.Name})
			}
		}
	}
	return out
}

func groupFilter(ctx context.Context) []site.Option {
	return append([]site.Option{{Text: lang.T(ctx, "Mọi nhóm")}}, groupOptions()...)
}

func groupOptions() (out []site.Option) {
	for _, g := range paper.Groups() {
		out = append(out, site.Option{Value: g.Code, Text: g.Name})
	}
	return out
}

// tabs are the pages of one file.
func tabs(ctx context.Context, o Overview) []site.Link {
	d := o.Dossier.ID
	out := []site.Link{{Text: lang.T(ctx, "Tổng quan"), Href: path(d, "")}}
	if May(ctx, MayCheck) {
		out = append(out, site.Link{Text: lang.T(ctx, "Kiểm tra"), Href: path(d, "/check")})
	}
	if May(ctx, MayNumber) && o.Dossier.State == Open {
		out = append(out, site.Link{Text: lang.T(ctx, "Đánh số"), Href: path(d, "/numbers")})
	}
	out = append(out,
		site.Link{Text: lang.T(ctx, "Đọc"), Href: path(d, "/read")},
		site.Link{Text: lang.T(ctx, "Bản kê"), Href: path(d, "/index")},
		site.Link{Text: lang.T(ctx, "Vật chứng"), Href: path(d, "/exhibits")},
	)
	if May(ctx, MayExport) {
		out = append(out, site.Link{Text: lang.T(ctx, "Cung cấp"), Href: path(d, "/redactions")})
	}
	return append(out,
		site.Link{Text: lang.T(ctx, "Độ mật"), Href: path(d, "/secrets")},
		site.Link{Text: lang.T(ctx, "Nhận xét, lịch sử"), Href: path(d, "/history")},
		site.Link{Text: lang.T(ctx, "Ai đã mở"), Href: path(d, "/journal")},
	)
}

func closeAsk(ctx context.Context, o Overview) site.Ask {
	return site.Ask{
		Action: path(o.Dossier.ID, "/close"), Name: "close", Label: lang.T(ctx, "Đóng hồ sơ"),
		Title: lang.T(ctx, "Đóng hồ sơ?"), Text: lang.T(ctx, "Hồ sơ gồm %s. Sau khi đóng, chỉ mở tiếp được cho giai đoạn sau, kèm lý do.", Cite(1, o.Dossier.LastFolio)),
		Yes: lang.T(ctx, "Đóng hồ sơ"), Back: path(o.Dossier.ID, ""),
	}
}

// stopText says what stands in the way of numbering.
func stopText(code string) string {
	for _, f := range []*fault.Error{ErrClosed, ErrReading, ErrNothing, ErrUnchecked} {
		if f.Code == code {
			return f.Text
		}
	}
	return code
}

// intakeTexts are the words intake.js says.
func intakeTexts(ctx context.Context) string {
	b, err := json.Marshal(map[string]string{
		"waiting": lang.T(ctx, "chờ gửi"), "done": lang.T(ctx, "đã nhận"), "again": lang.T(ctx, "Gửi lại"),
		"cut": lang.T(ctx, "Mất kết nối. Phần đã gửi được giữ lại."),
		"out": lang.T(ctx, "Phiên đăng nhập đã kết thúc. Hãy đăng nhập lại rồi chọn lại tệp; phần đã gửi được giữ lại."),
	})
	if err != nil {
		panic(err) // a map of strings always has a text
	}
	return string(b)
}

// scansOf tells which scan a job is reading, if it is that kind of job.
func scansOf(j job.Job) map[ScanID]job.Job {
	var w readWork
	if j.Kind != readJob || json.Unmarshal(j.Payload, &w) != nil {
		return map[ScanID]job.Job{}
	}
	return map[ScanID]job.Job{w.Scan: j}
}

func scanBadge(s ScanState) string {
	switch s {
	case Read:
		return "success"
	case Refused:
		return "danger"
	case Reading:
		return "info"
	case Waiting:
	}
	return "neutral"
}

// size writes bytes for a person.
func size(n int64) string {
	switch {
	case n < 1000:
		return fmt.Sprintf("%d B", n)
	case n < 1000*1000:
		return fmt.Sprintf("%d kB", n/1000)
	case n < 1000*1000*1000:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%.2f GB", float64(n)/1e9)
}

func happenings(cs []Change) (out []site.Happening) {
	for _, c := range cs {
		out = append(out, site.Happening{When: at(c.At), Time: c.At.Format(time.RFC3339), What: c.Act, Who: c.ByName})
	}
	return out
}

// narrowed reports whether q has more than words.
func (q Query) narrowed() bool {
	return q.Kind != "" || q.Group != "" || q.Person != "" || q.From != "" || q.To != "" || q.Office != ""
}

// href is the page of a hit in the reader, with its words marked.
func (h Hit) href(words string) string {
	v := url.Values{"page": {string(h.Page.ID)}, "q": {words}}
	return path(h.Dossier.ID, "/read?"+v.Encode())
}

// view is the part of the picture around the first hit, as an SVG viewBox.
func (h Hit) view() string {
	w, height := h.Page.W, h.Page.H
	if len(h.Boxes) == 0 || w == 0 {
		return fmt.Sprintf("0 0 %d %d", max(w, 1), max(height/4, 1))
	}
	b := h.Boxes[min(h.Best, len(h.Boxes)-1)]
	vw, vh := w*6/10, w*6/10*4/10
	x := min(max(0, (b[0]+b[2]-vw)/2), max(0, w-vw))
	y := min(max(0, (b[1]+b[3]-vh)/2), max(0, height-vh))
	return fmt.Sprintf("%d %d %d %d", x, y, vw, vh)
}
