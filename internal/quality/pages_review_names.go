package quality

import (
	"context"
	"net/url"
	"strconv"
	"strings"

	"congminh/internal/kit/civil"
	"congminh/internal/kit/lang"
	"congminh/internal/org"
	"congminh/internal/quality/draw"
	"congminh/internal/site"
)

// reviewList is what stands around a list of reviews.
type reviewList struct {
	Leads  bool
	Today  civil.Date
	Grades Grades
	at     *url.URL
}

func (s reviewList) box(b Box) string {
	if b == AllMine {
		return "/quality/reviews"
	}
	return "/quality/reviews?box=" + string(b)
}

// next is the address of the page after this one.
func (s reviewList) next(after string) string {
	if after == "" || s.at == nil {
		return ""
	}
	q := s.at.Query()
	q.Set("after", after)
	return s.at.Path + "?" + q.Encode()
}

func nextRounds(after string) string {
	if after == "" {
		return ""
	}
	return "/quality/rounds?after=" + url.QueryEscape(after)
}

// drawnRow is a case of a sample with its names.
type drawnRow struct {
	draw.Picked
	Who, Number, Name string
}

// drawnAgain is a sample drawn once more.
type drawnAgain struct {
	Rows []drawnRow
	Same bool
}

func reviewAt(id ReviewID, tail string) string { return "/quality/reviews/" + string(id) + tail }
func roundAt(id RoundID, tail string) string   { return "/quality/rounds/" + string(id) + tail }

func reviewCrumbs(ctx context.Context) []site.Link {
	return []site.Link{{Text: lang.T(ctx, "Đánh giá chất lượng vụ án"), Href: "/quality/reviews"}}
}

func roundCrumbs(ctx context.Context) []site.Link {
	return append(reviewCrumbs(ctx), site.Link{Text: lang.T(ctx, "Đợt đánh giá"), Href: "/quality/rounds"})
}

func roundOneCrumbs(ctx context.Context, x Round) []site.Link {
	return append(roundCrumbs(ctx), site.Link{Text: x.Title, Href: roundAt(x.ID, ""), Lang: "vi"})
}

func selfCrumbs(ctx context.Context) []site.Link {
	return append(reviewCrumbs(ctx), site.Link{Text: lang.T(ctx, "Tự kiểm tra"), Href: "/quality/self"})
}

func boxName(ctx context.Context, b Box) string {
	switch b {
	case ToReview:
		return lang.T(ctx, "Cần đánh giá")
	case ToAnswer:
		return lang.T(ctx, "Cần giải trình")
	case ToDecide:
		return lang.T(ctx, "Cần phân công, kết luận")
	case ToRemedy:
		return lang.T(ctx, "Cần khắc phục")
	case AllMine:
	}
	return lang.T(ctx, "Tất cả")
}

func reviewStateOptions(ctx context.Context) []site.Option {
	out := []site.Option{{Text: lang.T(ctx, "Tất cả")}}
	for _, s := range ReviewStates {
		out = append(out, site.Option{Value: string(s), Text: lang.T(ctx, s.VN())})
	}
	return out
}

func gradeOptions(ctx context.Context, g Grades, none bool) (out []site.Option) {
	if none {
		out = []site.Option{{Text: "–"}}
	}
	for _, x := range g.Grades {
		out = append(out, site.Option{Value: x.ID, Text: lang.T(ctx, x.Name)})
	}
	return out
}

func markOptions(ctx context.Context) (out []site.Option) {
	for _, m := range Marks {
		out = append(out, site.Option{Value: string(m), Text: lang.T(ctx, m.VN())})
	}
	return out
}

func triggerOptions(ctx context.Context, m Selection) []site.Option {
	out := []site.Option{{Text: lang.T(ctx, Special.VN())}}
	for _, t := range m.Triggers {
		if t.Manual {
			out = append(out, site.Option{Value: t.ID, Text: t.Name, Lang: "vi"})
		}
	}
	return out
}

func staffOptions(ctx context.Context, v ReviewView) []site.Option {
	out := []site.Option{{Text: "–"}}
	for _, p := range v.Staff {
		out = append(out, staffOption(p, v))
	}
	return out
}

func staffOption(p org.Staff, v ReviewView) site.Option {
	text := p.Name
	if p.Rank != "" {
		text += ", " + p.Rank
	}
	return site.Option{Value: string(p.ID), Text: text, Group: v.Offices[p.Office]}
}

func reviewKind(s ReviewState) string {
	switch s {
	case Ended:
		return "success"
	case Remedying, Answering:
		return "warning"
	case Chosen, Reviewing, Seconding, Deciding:
	}
	return "info"
}

func markKind(m Mark) string {
	if m == Serious {
		return "danger"
	}
	return "warning"
}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

func gradeName(v ReviewView, grade string) string {
	if name, ok := v.Grades.name(grade); ok {
		return name
	}
	return "–"
}

func happenings(ctx context.Context, steps []Step) (out []site.Happening) {
	for _, x := range steps {
		at := x.At.In(zone)
		out = append(out, site.Happening{When: at.Format("02/01/2006 15:04"), Time: at.Format("2006-01-02T15:04:05-07:00"), What: lang.T(ctx, x.Verb.VN()), Who: x.Name, Note: x.Why})
	}
	return out
}

func gradeCounts(l Lessons) (out []string) {
	for _, g := range l.Order {
		if n := l.Grades[g]; n > 0 {
			out = append(out, g+" "+strconv.Itoa(n)+" vụ;")
		}
	}
	return out
}

// noticeText is what was written of the lessons, or what the conclusions say.
func noticeText(l Lessons) string {
	if l.Round.Notice != "" {
		return l.Round.Notice
	}
	return strings.Join(l.Lesson, "\n")
}

func trainingText(l Lessons) string {
	if l.Round.Training != "" {
		return l.Round.Training
	}
	return strings.Join(l.Train, "\n")
}
