package law

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"congminh/internal/kit/civil"
)

// own is the pack of the program.
func own(t testing.TB) *Pack {
	t.Helper()
	p, err := Load(Embedded())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// set is a folder with one file.
func set(text string) fs.FS { return fstest.MapFS{"x.toml": {Data: []byte(text)}} }

// The pack of the program is sound and has what it is said to have.
func TestEmbedded(t *testing.T) {
	p := own(t)
	ids, duties := map[string]bool{}, map[string]bool{}
	stages, confidence := map[string]int{}, map[Confidence]int{}
	for _, r := range p.Rules() {
		if !ids[r.ID] {
			stages[r.Stage]++
			confidence[r.Confidence]++
		}
		ids[r.ID] = true
		if r.Own {
			duties[r.ID] = true
		}
		if s := p.Say(r); strings.Contains(s, "%!") || strings.Contains(s, "  ") || len(s) < 20 {
			t.Errorf("%s: says %q", r.ID, s)
		}
		if o := p.RuleOrigin(r.ID, r.From); o.File != "rules.toml" || o.Line == 0 || o.Layer != 0 {
			t.Errorf("%s: stands at %+v", r.ID, o)
		}
	}
	for what, n := range map[string][2]int{
		"rules": {len(ids), 184}, "versions": {len(p.Rules()), 185}, "own duties": {len(duties), 90},
		"A": {confidence["A"], 16}, "B": {confidence["B"], 164}, "C": {confidence["C"], 3}, "D": {confidence["D"], 1},
		"crime reports": {stages["tin_bao"], 17}, "opening": {stages["khoi_to"], 12}, "arrest": {stages["bat_giu"], 15}, "investigation": {stages["dieu_tra"], 27},
		"prosecution": {stages["truy_to"], 9}, "trial": {stages["xet_xu_so_tham"], 19}, "appeal": {stages["phuc_tham"], 20}, "cassation": {stages["giam_doc_tai_tham"], 9},
		"simplified": {stages["thu_tuc_rut_gon"], 12}, "juveniles": {stages["nguoi_chua_thanh_nien"], 5}, "measures": {stages["bien_phap_ngan_chan"], 4}, "limitation": {stages["thoi_hieu"], 1},
		"complaints": {stages["khieu_nai_to_cao_tths"], 14}, "administrative": {stages["knht_hanh_chinh"], 13}, "other": {stages["kiem_sat_khac"], 5}, "archives": {stages["luu_tru"], 2},
		"assumptions": {len(p.Assumptions()), 14}, "uncertainties": {len(p.Uncertainties()), 12}, "sources": {len(p.Sources()), 40}, "forms": {len(p.Forms()), 213},
		"days off": {len(p.Calendar().Off), 65}, "make-up days": {len(p.Calendar().Work), 4}, "undecided": {len(p.Calendar().Undecided), 3},
	} {
		if n[0] != n[1] {
			t.Errorf("%s: %d, want %d", what, n[0], n[1])
		}
	}
	if len(p.Acts()) < 200 || len(p.Lists()) < 30 || len(p.Offences()) < 318 {
		t.Errorf("%d acts, %d lists, %d offences", len(p.Acts()), len(p.Lists()), len(p.Offences()))
	}
	if p.About.Version == "" || len(p.Warnings.Hours) == 0 || p.ClassBasis.Citation.Article != "9" || len(p.Successions()) != 6 {
		t.Errorf("about %+v, warnings %+v, classes by %+v", p.About, p.Warnings, p.ClassBasis)
	}
}

// What is written in the law itself, held against the data.
func TestKnownRules(t *testing.T) {
	p := own(t)
	const day = civil.Date("2026-11-28")
	get := func(id string) Rule {
		r, ok := p.Rule(id, day)
		if !ok {
			t.Fatalf("no rule %s on %s", id, day)
		}
		return r
	}
	by := func(id, class string) string { return get(id).ByClass[class].String() }
	chain := func(id, class string) (out []string) {
		for _, e := range get(id).Extensions {
			if len(e.Classes) == 0 || slices.Contains(e.Classes, class) {
				out = append(out, fmt.Sprintf("%d:%s", e.Seq, e.Max))
			}
		}
		return out
	}
	for _, k := range []struct{ what, got, want string }{
		{"report", get("REC-04").Length.String(), "20 ngày"},
		{"hold", get("HLD-01").Length.String(), "12 giờ"},
		{"custody", get("HLD-05").Length.String(), "3 ngày tạm giữ"},
		{"approval of a charge", get("INI-05").Length.String(), "3 ngày"},
		{"investigation INT", by("INV-01", "INT"), "2 tháng"}, {"investigation NT", by("INV-01", "NT"), "3 tháng"},
		{"investigation RNT", by("INV-01", "RNT"), "4 tháng"}, {"investigation DBNT", by("INV-01", "DBNT"), "4 tháng"},
		{"its extensions INT", fmt.Sprint(chain("INV-01", "INT")), "[1:2 tháng 9:4 tháng]"},
		{"its extensions NT", fmt.Sprint(chain("INV-01", "NT")), "[1:3 tháng 2:2 tháng 9:4 tháng]"},
		{"its extensions RNT", fmt.Sprint(chain("INV-01", "RNT")), "[1:4 tháng 2:4 tháng 9:4 tháng]"},
		{"its extensions DBNT", fmt.Sprint(chain("INV-01", "DBNT")), "[1:4 tháng 2:4 tháng 3:4 tháng 4:4 tháng 9:4 tháng]"},
		{"its cap", get("INV-01").Cap["DBNT_special"].String(), "20 tháng"},
		{"detention INT", by("DET-01", "INT"), "2 tháng tạm giam"}, {"detention DBNT", by("DET-01", "DBNT"), "4 tháng tạm giam"},
		{"its extensions RNT", fmt.Sprint(chain("DET-01", "RNT")), "[1:3 tháng tạm giam 9:4 tháng tạm giam]"},
		{"prosecution INT", by("PRO-01", "INT"), "20 ngày"}, {"prosecution DBNT", by("PRO-01", "DBNT"), "30 ngày"},
		{"trial NT", by("TRI-02", "NT"), "45 ngày"}, {"trial DBNT", by("TRI-02", "DBNT"), "3 tháng"},
		{"protest", get("APP-03").Length.String(), "15 ngày"}, {"superior protest", get("APP-04").Length.String(), "30 ngày"},
		{"limitation DBNT", by("LIM-01", "DBNT"), "20 năm"},
		{"administrative complaint", get("ADM-03").Length.String(), "7 ngày làm việc"},
		{"citation", get("INI-05").Citations[0].String(), "BLTTHS 101/2015/QH13, Điều 179(3)"},
		{"who extends in 2025", get("INV-01").Extensions[0].DecidedBy[0].By, "VKSND cấp huyện / VKSQS khu vực"},
		{"who extends now", get("INV-01").Extensions[0].DecidedBy[1].By, "VKSND khu vực / VKSQS khu vực"},
		{"until", string(get("INV-01").Extensions[0].DecidedBy[0].To), "2025-06-30"},
	} {
		if k.got != k.want {
			t.Errorf("%s: %s, want %s", k.what, k.got, k.want)
		}
	}
	// Versions, by the day.
	for _, k := range []struct {
		id  string
		day civil.Date
		in  bool
	}{{"ADM-02", "2026-06-30", true}, {"ADM-02", "2026-07-01", false}, {"ADM-03", "2026-06-30", false}, {"ADM-03", "2026-07-01", true}, {"HLD-09", "2026-07-01", false}, {"JUV-01", "2025-12-31", true}, {"JUV-02", "2025-12-31", false}} {
		if _, ok := p.Rule(k.id, k.day); ok != k.in {
			t.Errorf("%s on %s: %v", k.id, k.day, ok)
		}
	}
	if v := p.Versions("HLD-03"); len(v) != 2 || len(v[0].When) != 0 || !slices.Equal(v[1].When, []string{"adult"}) || v[0].To != "2025-12-31" {
		t.Errorf("HLD-03: %+v", v)
	}
	// D is never computed, whatever else it says.
	if r := get("JUV-03"); r.Uncomputed() == "" || r.Status != Unverified || r.Confidence != "D" {
		t.Errorf("JUV-03 is computed: %+v", r)
	}
	if get("INV-01").Uncomputed() != "" {
		t.Error("INV-01 is not computed")
	}
}

func TestClassOf(t *testing.T) {
	p := own(t)
	for _, k := range []struct {
		article, clause string
		day             civil.Date
		want            Class
	}{
		{"173", "1", "2026-01-01", INT}, {"173", "2", "2026-01-01", NT}, {"173", "3", "2026-01-01", RNT}, {"173", "4", "2026-01-01", DBNT},
		{"173", "9", "2026-01-01", NoClass}, {"999", "1", "2026-01-01", NoClass}, {"173", "1", "2017-01-01", NoClass},
		{"181", "", "2026-01-01", INT}, {"181", "1", "2026-01-01", INT}, {"256a", "1", "2025-06-30", NoClass}, {"256a", "2", "2025-07-01", NT},
	} {
		if got := p.ClassOf(k.article, k.clause, k.day); got != k.want {
			t.Errorf("Điều %s khoản %s ngày %s: %s, want %s", k.article, k.clause, k.day, got, k.want)
		}
	}
}

func TestCalendar(t *testing.T) {
	c := own(t).Calendar()
	for day, want := range map[civil.Date]civil.Date{
		"2026-02-19": "2026-02-23", // Tết
		"2026-03-28": "2026-03-30", // a Saturday
		"2026-08-31": "2026-09-03", // swapped off before the National Day
		"2026-08-22": "2026-08-22", // a Saturday worked
		"2026-05-01": "2026-05-04",
		"2025-11-24": "2025-11-24", // not yet a day off
		"2026-11-24": "2026-11-25",
		"2025-04-07": "2025-04-08",
		"2030-01-05": "2030-01-07", // nothing known but the week
	} {
		if got := c.NextWorking(day); got != want {
			t.Errorf("first working day from %s: %s, want %s", day, got, want)
		}
	}
	if got := c.PrevWorking("2026-05-02"); got != "2026-04-29" {
		t.Errorf("last working day to 2026-05-02: %s", got)
	}
	if got := c.AddWorking("2026-07-02", 7); got != "2026-07-13" {
		t.Errorf("7 working days after 2026-07-02: %s", got)
	}
	if d, ok := c.Pending("2027-02-08"); !ok || d.ID != "tet-2027" {
		t.Errorf("2027-02-08: %+v", d)
	}
	if _, ok := c.Pending("2027-09-02"); ok {
		t.Error("the National Day itself is decided")
	}
	if !c.Knows("2026-01-01") || c.Knows("2028-01-01") {
		t.Error("what years are known")
	}
	if d, ok := c.On("2026-11-24"); !ok || d.Name != "Ngày Văn hóa Việt Nam" {
		t.Errorf("2026-11-24: %+v", d)
	}
}

// rule is a sound rule of an installation, with lines changed.
func rule(change ...string) string {
	text := `[[rule]]
id = "ZZZ-01"
title = "Thời hạn thử"
citation = [{ law = "BLTTHS 101/2015/QH13", article = "1" }]
stage = "tin_bao"
kind = "max_period"
trigger = "report_received"
trigger_text = "tiếp nhận"
actor = "VKS"
scope = "case"
length = { value = 5, unit = "day", mode = "days" }
roll = true
warn = ["P1D"]
from = "2026-01-01"
status = "active"
confidence = "B"
sources = ["S1"]
`
	for i := 0; i+1 < len(change); i += 2 {
		if !strings.Contains(text, change[i]) {
			panic("no " + change[i])
		}
		text = strings.Replace(text, change[i], change[i+1], 1)
	}
	return text
}

// Every mistake is found, said with its place, and the pack of the program stands.
func TestProblems(t *testing.T) {
	base := own(t)
	for name, k := range map[string]struct{ text, want string }{
		"syntax":            {"[[rule]]\nid = ", "x.toml:2: không đúng cú pháp TOML"},
		"wrong type":        {"[[rule]]\nid = 5\n", "x.toml:2: rule.id: không đọc được giá trị"},
		"unknown key":       {rule("roll = true", "rol = true"), "x.toml:12: rule.rol: khóa không có"},
		"unknown inline":    {rule(`article = "1"`, `article = "1", artikle = "2"`), "x.toml:4: rule.citation.artikle"},
		"unknown table":     {rule() + "\n[[rul]]\nid = \"a\"\n", "x.toml:19: rul"},
		"no id":             {rule(`id = "ZZZ-01"`, `id = ""`), "x.toml:1: rule: thiếu mã"},
		"twice":             {rule() + rule(), "x.toml:18: ZZZ-01 từ 2026-01-01: đứng hai lần; lần đầu ở x.toml:1"},
		"no title":          {rule("Thời hạn thử", " "), "thiếu tên"},
		"no citation":       {rule(`[{ law = "BLTTHS 101/2015/QH13", article = "1" }]`, "[]"), "thiếu căn cứ"},
		"half a citation":   {rule(`, article = "1"`, ""), "căn cứ cần law và article"},
		"no source":         {rule(`["S1"]`, "[]"), "thiếu nguồn"},
		"unknown source":    {rule(`"S1"`, `"S999"`), `sources: không có "S999"`},
		"unknown stage":     {rule(`"tin_bao"`, `"x"`), `stage: không có "x"`},
		"unknown kind":      {rule("max_period", "period"), "kind"},
		"unknown status":    {rule(`"active"`, `"on"`), "status"},
		"unknown scope":     {rule(`"case"`, `"all"`), "scope"},
		"unknown condition": {rule("roll = true", `when = ["full_moon"]`), `when: không có "full_moon"`},
		"unknown class":     {rule("roll = true", `classes = ["XNT"]`), "classes"},
		"unknown act":       {rule("roll = true", `done = ["case.eat"]`), `done: không có "case.eat"`},
		"unknown rule":      {rule("roll = true", `of = ["ZZZ-99"]`), `of: không có quy tắc "ZZZ-99"`},
		"itself":            {rule("roll = true", `of = ["ZZZ-01"]`), "chỉ tới chính nó"},
		"unknown A":         {rule("roll = true", `assumptions = ["A-99"]`), `assumptions: không có "A-99"`},
		"unknown U":         {rule("roll = true", `uncertain = ["U-99"]`), `uncertain: không có "U-99"`},
		"bad day":           {rule("2026-01-01", "2026-02-30"), "from"},
		"ends before":       {rule(`from = "2026-01-01"`, "from = \"2026-01-01\"\nto = \"2025-01-01\""), "to 2025-01-01 đứng trước"},
		"bad warning":       {rule("P1D", "P1.5D"), "warn"},
		"mode and unit":     {rule(`unit = "day"`, `unit = "month"`), "mode days không dùng unit"},
		"no value":          {rule("value = 5", "value = 0"), "value 0"},
		"unknown mode":      {rule(`mode = "days"`, `mode = "moons"`), "không có cách tính"},
		"no length":         {rule(`length = { value = 5, unit = "day", mode = "days" }`, ""), "thiếu length"},
		"half by class":     {rule(`length = { value = 5, unit = "day", mode = "days" }`, `by_class.INT = { value = 5, unit = "day", mode = "days" }`), "by_class: thiếu NT"},
		"before":            {rule(`mode = "days"`, `mode = "before_days"`), "không hợp với mode"},
		"bound to nothing":  {rule(`mode = "days"`, `mode = "bound"`), "mode bound cần of"},
		"modifier of none":  {rule("max_period", "modifier"), "modifier cần of"},
		"D computed":        {rule(`confidence = "B"`, `confidence = "D"`), "độ tin cậy D"},
		"chain broken":      {rule() + "[[rule.extension]]\nseq = 2\nmax = { value = 1, unit = \"day\", mode = \"days\" }\n", "không có lần 1 trước nó"},
		"extension twice":   {rule() + strings.Repeat("[[rule.extension]]\nseq = 1\nmax = { value = 1, unit = \"day\", mode = \"days\" }\n", 2), "đứng hai lần cho INT"},
		"two decide": {rule() + "[[rule.extension]]\nseq = 1\nmax = { value = 1, unit = \"day\", mode = \"days\" }\ndecided_by = [{ by = \"a\", to = \"2025-07-01\" }, { by = \"b\", from = \"2025-07-01\" }]\n",
			"hai thẩm quyền cùng một lúc"},
		"overlap":           {rule(`"ZZZ-01"`, `"REC-05"`), "REC-05: hai phiên bản cùng có hiệu lực"},
		"an overlap of two": {rule() + rule("2026-01-01", "2027-01-01"), "ZZZ-01: hai phiên bản"},
		"offence overlaps":  {"[[offence]]\narticle = \"173\"\ntitle = \"Tội trộm cắp tài sản\"\nchapter = \"XVI\"\nfrom = \"2026-01-01\"\nconfidence = \"B\"\n", "Điều 173: hai phiên bản"},
		"unknown chapter":   {"[[offence]]\narticle = \"500\"\ntitle = \"Tội thử\"\nchapter = \"XL\"\nfrom = \"2026-01-01\"\nconfidence = \"B\"\n", "không có chương"},
		"a day that is not": {"[[off]]\ndate = \"2026-13-01\"\nname = \"x\"\nkind = \"statutory\"\nbasis = \"x\"\nconfidence = \"B\"\n", "không phải ngày"},
		"worked Tuesday":    {"[[work]]\ndate = \"2026-12-01\"\nname = \"x\"\nkind = \"makeup\"\nconfidence = \"B\"\n", "ngày làm bù phải là thứ Bảy"},
		"act and its form":  {"[[act]]\ncode = \"x.y\"\ntitle = \"x\"\ngroup = \"other\"\nscope = \"any\"\nforms = [999]\nfrom = \"2026-01-01\"\nconfidence = \"B\"\n", "không có mẫu 999"},
		"act and its list":  {"[[act]]\ncode = \"x.y\"\ntitle = \"x\"\ngroup = \"other\"\nscope = \"any\"\nreasons = \"nope\"\nfrom = \"2026-01-01\"\nconfidence = \"B\"\n", `reasons: không có "nope"`},
		"choice of none":    {"[[act]]\ncode = \"x.y\"\ntitle = \"x\"\ngroup = \"other\"\nscope = \"any\"\nfrom = \"2026-01-01\"\nconfidence = \"B\"\n[[act.field]]\nname = \"a\"\ntitle = \"a\"\ntype = \"choice\"\n", "choice chỉ dùng"},
	} {
		t.Run(name, func(t *testing.T) {
			p, wrong := base.lay(set(k.text), 1)
			if p != base {
				t.Fatal("taken")
			}
			if !strings.Contains(wrong.Error(), k.want) {
				t.Errorf("said\n%v\nwant %q", wrong, k.want)
			}
		})
	}
}

// Not only the first mistake is told.
func TestEveryProblem(t *testing.T) {
	o := fstest.MapFS{
		"a.toml": {Data: []byte(rule("2026-01-01", "soon", "P1D", "1 day", `"tin_bao"`, `"x"`))},
		"b.toml": {Data: []byte("[[off]]\ndate = \"2026-12-25\"\n")},
		"c.toml": {Data: []byte("colour = 3\nsmell = 4\n")},
		"d.txt":  {Data: []byte("not read")},
	}
	_, err := Load(Embedded(), o)
	ps, ok := IsProblems(err)
	if !ok || len(ps) < 2 {
		t.Fatalf("said %v", err)
	}
	// c.toml cannot be read, so nothing is checked against the rest yet.
	if got := err.Error(); got != "c.toml:1: colour: khóa không có trong lược đồ; hãy sửa tên hoặc bỏ đi\nc.toml:2: smell: khóa không có trong lược đồ; hãy sửa tên hoặc bỏ đi" {
		t.Errorf("said\n%s", got)
	}
	delete(o, "c.toml")
	p, err := Load(Embedded(), o)
	if p == nil || len(p.Rules()) != 185 || p.Refused().Error() != err.Error() {
		t.Errorf("the pack of the program does not stand, or does not tell what was refused: %v", err)
	}
	for _, want := range []string{"a.toml:1: ZZZ-01: from", "warn", "stage", "b.toml:1: 2026-12-25: thiếu name", "kind", "basis"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("said\n%v\nwithout %q", err, want)
		}
	}
}

// Files of an installation replace and add, and what is not said stays.
func TestOverride(t *testing.T) {
	p, err := Load(Embedded(), set(rule(`"ZZZ-01"`, `"REC-05"`, "2026-01-01", "2018-03-01", "value = 5", "value = 4")+
		rule()+`
[[off]]
date = "2026-11-23"
name = "Hoán đổi"
kind = "swap_off"
basis = "Công văn thử"
confidence = "A"
[[work]]
date = "2026-11-21"
name = "làm bù cho 23/11/2026"
kind = "makeup"
confidence = "A"
[[pending]]
id = "swap-2026-11-23"
decided = true
`), nil, set(""), fstest.MapFS{})
	if err != nil {
		t.Fatal(err)
	}
	if r, _ := p.Rule("REC-05", "2026-11-28"); r.Length.Value != 4 || len(p.Versions("REC-05")) != 1 {
		t.Errorf("REC-05: %+v", p.Versions("REC-05"))
	}
	if o := p.RuleOrigin("REC-05", "2018-03-01"); o != (Origin{"x.toml", 1, 1}) {
		t.Errorf("REC-05 stands at %+v", o)
	}
	if o := p.RuleOrigin("REC-04", "2018-01-01"); o.Layer != 0 {
		t.Errorf("REC-04 stands at %+v", o)
	}
	if r, ok := p.Rule("ZZZ-01", "2026-11-28"); !ok || r.Title != "Thời hạn thử" {
		t.Error("ZZZ-01 was not added")
	}
	c := p.Calendar()
	if _, pending := c.Pending("2026-11-23"); c.IsWorking("2026-11-23") || !c.IsWorking("2026-11-21") || pending {
		t.Error("the swap was not taken over")
	}
	if q := own(t); !q.Calendar().IsWorking("2026-11-23") {
		t.Error("the pack of the program was changed")
	}
	// A day off becomes a day worked again, and the other way round.
	p, err = Load(Embedded(), set("[[work]]\ndate = \"2026-01-24\"\nname = \"x\"\nkind = \"makeup\"\nconfidence = \"A\"\n"), set("[[off]]\ndate = \"2026-01-24\"\nname = \"x\"\nkind = \"swap_off\"\nbasis = \"x\"\nconfidence = \"A\"\n"))
	if err != nil || p.Calendar().IsWorking("2026-01-24") {
		t.Errorf("2026-01-24 is worked, %v", err)
	}
	// One set is refused, the next one is not.
	p, err = Load(Embedded(), set("nonsense"), set(rule()))
	if _, ok := p.Rule("ZZZ-01", "2026-11-28"); err == nil || !ok {
		t.Errorf("the sound set after the unsound one: %v, %v", ok, err)
	}
}

func TestDiff(t *testing.T) {
	a := own(t)
	if d := Diff(a, own(t)); len(d) != 0 {
		t.Errorf("a pack differs from itself: %v", d)
	}
	b, err := Load(Embedded(), set(rule()), fstest.MapFS{"r.toml": {Data: []byte(rule(`"ZZZ-01"`, `"REC-05"`, "2026-01-01", "2018-03-01", `"case"`, `"person"`))}})
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, c := range Diff(a, b) {
		lines = append(lines, c.String())
	}
	got := strings.Join(lines, "\n")
	for _, want := range []string{"+ rule ZZZ-01 từ 2026-01-01", `~ rule REC-05 từ 2018-03-01 length: {"value":3,"unit":"day","mode":"days"} → {"value":5,"unit":"day","mode":"days"}`, `~ rule REC-05 từ 2018-03-01 scope: "case" → "person"`} {
		if !strings.Contains(got, want) {
			t.Errorf("\n%s\nwithout %s", got, want)
		}
	}
	if back := Diff(b, a); len(back) != len(lines) || back[len(back)-1].What != "removed" && !slices.ContainsFunc(back, func(c Change) bool { return c.What == "removed" && c.ID == "ZZZ-01 từ 2026-01-01" }) {
		t.Errorf("back: %v", back)
	}
	if a.Digest() == b.Digest() {
		t.Error("the digests are the same")
	}
}

func TestFind(t *testing.T) {
	p := own(t)
	const day = civil.Date("2026-11-28")
	ids := func(f Filter) (out []string) {
		for _, r := range p.Find(f, day) {
			out = append(out, r.ID)
		}
		return out
	}
	for _, k := range []struct {
		name string
		f    Filter
		want int
	}{
		{"everything in force", Filter{}, 181}, // not ADM-02, HLD-09, JUV-01
		{"and before", Filter{Past: true}, 185},
		{"a stage", Filter{Stage: "truy_to"}, 9},
		{"confidence", Filter{Confidence: "D"}, 1},
		{"status", Filter{Status: "unverified"}, 1},
		{"own duties of a stage", Filter{Stage: "truy_to", Own: true}, 8},
		{"words without marks", Filter{Words: "phe chuan gia han tam giu"}, 3},
		{"an article", Filter{Words: "điều 118"}, 2},
		{"nothing", Filter{Words: "xyzzy"}, 0},
		{"unconfirmed", Filter{Status: "unconfirmed"}, 181},
	} {
		if got := ids(k.f); len(got) != k.want {
			t.Errorf("%s: %d %v, want %d", k.name, len(got), got, k.want)
		}
	}
	if o, n := p.FindOffences("Điều 173", "", day, 10); n != 1 || o[0].Article != "173" {
		t.Errorf("Điều 173: %v", o)
	}
	if _, n := p.FindOffences("trom cap", "XVI", day, 1); n != 1 {
		t.Errorf("trom cap: %d", n)
	}
	if o, n := p.FindOffences("", "", day, 5); len(o) != 5 || n != 319 {
		t.Errorf("all: %d of %d", len(o), n)
	}
	if w := p.Wordings("249"); len(w) != 2 || w[0].To == "" {
		t.Errorf("Điều 249: %+v", w)
	}
	if a := p.FindActs("khoi to bi can", ""); len(a) < 3 {
		t.Errorf("acts: %v", a)
	}
}

// FuzzLoad lays anything at all over the pack: it is refused or taken, never a
// crash, and whatever stands is sound.
func FuzzLoad(f *testing.F) {
	f.Add(rule())
	f.Add(rule() + "[[rule.extension]]\nseq = 1\nmax = { value = 1, unit = \"day\", mode = \"days\" }\n")
	f.Add("[[off]]\ndate = \"2026-11-23\"\nname = \"x\"\nkind = \"swap_off\"\nbasis = \"x\"\nconfidence = \"A\"\n")
	f.Add("[[offence]]\narticle = \"500\"\n[calendar]\nfrom = \"2026-01-01\"\n[[act]]\ncode = \"x\"\n")
	f.Add("[[pending]]\nid = \"tet-2027\"\ndecided = true\n")
	f.Add("x = 1\n[[rule]]\n\"\" = 3\n'a b'.c = 4\n")
	f.Add("[[rule]]\nid = \"\x00\"\nfrom = 2026-01-01\n")
	base := own(f)
	f.Fuzz(func(t *testing.T, text string) {
		p, wrong := base.lay(set(text), 1)
		for _, w := range wrong {
			if w.Text == "" || w.File == "" {
				t.Errorf("says nothing: %+v", w)
			}
		}
		for _, r := range p.Rules() {
			if got, ok := p.Rule(r.ID, r.From); !ok || got.From != r.From {
				t.Errorf("%s from %s is not found", r.ID, r.From)
			}
			if p.Say(r) == "" || r.Digest() == "" {
				t.Errorf("%s says nothing", r.ID)
			}
			for _, e := range r.Extensions {
				p.SayExtension(e)
			}
		}
		p.Calendar().NextWorking("2026-02-17")
		Diff(base, p)
	})
}

func BenchmarkQueries(b *testing.B) {
	p := own(b)
	for b.Loop() {
		p.Rule("INV-01", "2026-01-01")
		p.ClassOf("173", "2", "2026-01-01")
		p.Act("case.open")
		p.Calendar().IsWorking("2026-11-24")
	}
}
