package deadline

import (
	"fmt"
	"slices"
	"strings"

	"congminh/internal/criminal"
	"congminh/internal/criminal/ledger"
	"congminh/internal/deadline/clock"
	"congminh/internal/law"
)

// levels of those who decide, lowest first.
var levels = []string{"region", "province", "supreme", "supreme_chief"}

// findings says what is wrong with the ends an act brings: an extension the law does
// not know, one that is too long, decided too low or too late, a measure or a
// detention that outlasts what bounds it. Where all facts are known and the rule is
// confirmed the act is refused; else it is marked.
func findings(l *Law, h criminal.Head, before ledger.Case, a ledger.Act) []ledger.Finding {
	kind, ok := l.Act(a.Kind)
	if !ok || a.Void || !ends(kind) {
		return nil
	}
	before.Acts = append(slices.Clone(before.Acts), a)
	acts, st := ledger.Standing(&before), ledger.Fold(l.Pack, &before)
	f := facts(l, h, acts, st)
	mine := map[int32]bool{}
	for i := range f.Events {
		if f.Events[i].Source == string(a.ID) {
			mine[int32(i)] = true
			f.Events[i].Until = "" // what the law says, whatever the act says
		}
	}
	links := l.Engine.Eval(&f, nil)
	var out []ledger.Finding
	extends := false
	for i := range f.Events {
		extends = extends || mine[int32(i)] && f.Events[i].Name == "extension_granted"
	}
	found := false
	for i := range links {
		n := &links[i]
		byMine := n.Order > 0 && mine[n.Order-1]
		starts := mine[n.Event] && n.Seq == 0 && n.Kind == clock.Period && len(kind.Until) > 0 && !extends
		if !byMine && !starts || n.Kind != clock.Period || n.Mod >= 0 && n.Num == n.Den {
			continue
		}
		rule := l.Engine.Rule(*n)
		found = true
		out = append(out, endFindings(l, rule, n, a)...)
		if byMine && extends {
			out = append(out, extensionFindings(rule, n, links, a, h)...)
		}
	}
	if extends && !found && st.Class != law.NoClass {
		out = append(out, ledger.Finding{Code: "extension.none", Severity: ledger.Flag, Field: "seq",
			Text: "Không có thời hạn nào đang chạy mà pháp luật cho gia hạn thêm lần này.",
			Todo: "Hãy kiểm tra lần gia hạn, loại tội phạm và giai đoạn; nếu quyết định là có thật thì vẫn ghi được để xử lý vi phạm."})
	}
	return dedupe(out)
}

// ends reports whether acts of a kind bring ends that are to be watched over.
func ends(k law.ActKind) bool {
	if k.Until == "" {
		return false
	}
	return slices.ContainsFunc(k.Events, func(e string) bool {
		return strings.HasSuffix(e, "_extended") || e == "report_prolonged" || e == "measure_applied" || e == "detention_start" ||
			e == "court_detention_start" || e == "custody_start"
	})
}

func sure(rule *law.Rule, n *clock.Link) bool {
	return !n.IfClass && n.Cond == 0 && (rule.Confidence == "A" || rule.Confidence == "B")
}

// endFindings compares the end written in the act with the one the law allows.
func endFindings(l *Law, rule *law.Rule, n *clock.Link, a ledger.Act) []ledger.Finding {
	max := text(n.Nominal, n.Hours)
	if a.Until == "" || opens(string(a.Until)) <= closes(max) && string(a.Until) <= closes(max) {
		return nil
	}
	f := ledger.Finding{Code: "end.beyond", Severity: ledger.Flag, Field: "until", Citation: rule.Citations,
		Text: fmt.Sprintf("Ngày hết hạn ghi trong quyết định (%s) vượt quá mức tối đa pháp luật cho phép (%s).", vnTime(string(a.Until)), vnTime(max)),
		Todo: "Hãy kiểm tra ngày hết hạn ghi trong quyết định."}
	if held(rule) != Free {
		f.Code = "detention.beyond"
	} else if slices.Contains(rule.When, "measure:residence_ban") || n.Bound >= 0 {
		f.Code = "measure.beyond"
	}
	if n.Bound >= 0 {
		bound := l.Engine.Rule(clock.Link{Rule: n.Bound})
		f.Text += fmt.Sprintf(" Mức đó bị giới hạn bởi: %s.", bound.Title)
		f.Citation = append(slices.Clone(f.Citation), bound.Citations...)
	}
	if sure(rule, n) && a.By == "procuracy" {
		f.Severity = ledger.Refuse
	}
	return []ledger.Finding{f}
}

// extensionFindings asks whether the extension came in time, and from high enough.
func extensionFindings(rule *law.Rule, n *clock.Link, links []clock.Link, a ledger.Act, h criminal.Head) (out []ledger.Finding) {
	if end := lastEnd(links, n); end != "" && opens(string(a.At)) > closes(end) {
		out = append(out, ledger.Finding{Code: "extension.late", Severity: ledger.Flag, Field: "at", Citation: rule.Citations,
			Text: fmt.Sprintf("Quyết định gia hạn ra ngày %s, sau khi thời hạn đã hết (%s).", vnTime(string(a.At)), vnTime(end)),
			Todo: "Hãy kiểm tra ngày của quyết định; nếu đúng là gia hạn khi đã hết hạn thì đây là vi phạm phải xử lý."})
	}
	need := required(rule, n, a)
	is := a.Fields["level"]
	if is == "" && a.By == "procuracy" {
		is = levelOf(h.Path)
	}
	if need == "" || is == "" || slices.Index(levels, is) >= slices.Index(levels, need) {
		return out
	}
	f := ledger.Finding{Code: "extension.level", Severity: ledger.Flag, Field: "level", Citation: rule.Citations,
		Text: fmt.Sprintf("Lần gia hạn này thuộc thẩm quyền của %s.", levelVN[need]),
		Todo: "Hãy kiểm tra cơ quan quyết định; nếu cấp dưới đã quyết định thì phải báo cáo cấp có thẩm quyền."}
	if sure(rule, n) && rule.Competence != "C" && rule.Competence != "D" {
		f.Severity = ledger.Refuse
	}
	return append(out, f)
}

var levelVN = map[string]string{
	"region": "Viện kiểm sát nhân dân khu vực", "province": "Viện kiểm sát nhân dân cấp tỉnh",
	"supreme": "Viện kiểm sát nhân dân tối cao", "supreme_chief": "Viện trưởng Viện kiểm sát nhân dân tối cao",
}

// required is the level that decides an extension on the day of the act.
func required(rule *law.Rule, n *clock.Link, a ledger.Act) string {
	class, d := classes[n.Class], day(string(a.At))
	for _, x := range rule.Extensions {
		if x.Seq != int(n.Seq) || len(x.Classes) > 0 && !slices.Contains(x.Classes, class) {
			continue
		}
		for _, c := range x.DecidedBy {
			if (c.From == "" || c.From <= d) && (c.To == "" || d <= c.To) {
				return c.Level
			}
		}
	}
	return ""
}

// lastEnd is the nominal end of the link before n in its chain.
func lastEnd(links []clock.Link, n *clock.Link) string {
	end := ""
	for i := range links {
		if o := &links[i]; chain(*o) == chain(*n) && o.Granted && o.Seq < n.Seq {
			end = text(o.Nominal, o.Hours)
		}
	}
	return end
}

func dedupe(in []ledger.Finding) (out []ledger.Finding) {
	for _, f := range in {
		if !slices.ContainsFunc(out, func(o ledger.Finding) bool { return o.Code == f.Code }) {
			out = append(out, f)
		}
	}
	return out
}
