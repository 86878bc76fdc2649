package law_test

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"

	"congminh/internal/kit/civil"
	"congminh/internal/law"
)

// read decodes a data file and refuses keys the schema does not have.
func read[T any](t *testing.T, path string) T {
	t.Helper()
	var v T
	md, err := toml.DecodeFile(path, &v)
	if err != nil {
		t.Fatal(err)
	}
	if u := md.Undecoded(); len(u) > 0 {
		t.Fatalf("%s: unknown keys %v", path, u)
	}
	return v
}

func offences(t *testing.T) []law.Offence {
	t.Helper()
	return read[struct {
		Offence []law.Offence `toml:"offence"`
	}](t, "data/offences.toml").Offence
}

func lists(t *testing.T) map[string]law.List {
	t.Helper()
	m := map[string]law.List{}
	for _, l := range read[struct {
		List []law.List `toml:"list"`
	}](t, "data/lists.toml").List {
		if _, twice := m[l.Code]; twice {
			t.Errorf("list %s stands twice", l.Code)
		}
		m[l.Code] = l
	}
	return m
}

// on finds the wording of an article in force on a day.
func on(all []law.Offence, article string, day civil.Date) (law.Offence, bool) {
	i := slices.IndexFunc(all, func(o law.Offence) bool {
		return o.Article == article && o.From <= day && (o.To == "" || day <= o.To)
	})
	if i < 0 {
		return law.Offence{}, false
	}
	return all[i], true
}

func clause(o law.Offence, number string) (law.Clause, bool) {
	i := slices.IndexFunc(o.Clauses, func(c law.Clause) bool { return c.Number == number })
	if i < 0 {
		return law.Clause{}, false
	}
	return o.Clauses[i], true
}

// weight orders penalties: warning, fine, reform, months of prison, life, death.
func weight(t *testing.T, p string) int {
	t.Helper()
	switch p {
	case "warning":
		return -3
	case "fine":
		return -2
	case "reform":
		return -1
	case "life":
		return 1000
	case "death":
		return 1001
	}
	n, err := strconv.Atoi(strings.TrimRight(p, "my"))
	if err != nil || n < 1 {
		t.Fatalf("penalty %q is not of the schema", p)
	}
	if strings.HasSuffix(p, "y") {
		n *= 12
	}
	if n > 20*12 {
		t.Fatalf("penalty %q: no prison term is longer than 20 years (BLHS Điều 38)", p)
	}
	return n
}

// classOf is the class of a maximum, written out here a second time (BLHS Điều 9).
func classOf(w int) string {
	switch {
	case w <= 3*12:
		return "INT"
	case w <= 7*12:
		return "NT"
	case w <= 15*12:
		return "RNT"
	}
	return "DBNT"
}

// TestOffencesComplete: every article of the part on offences stands in the file at
// any day since the Code came into force, once, in its chapter.
func TestOffencesComplete(t *testing.T) {
	all := offences(t)
	// Why an article of 108–425 is not there, and what was added between.
	absent := map[string]string{"292": "repealed by 12/2017/QH14 before the Code came into force"}
	added := map[string]civil.Date{"217a": "2018-01-01", "256a": "2025-07-01"}
	want := map[string]civil.Date{}
	for n := 108; n <= 425; n++ {
		if a := strconv.Itoa(n); absent[a] == "" {
			want[a] = "2018-01-01"
		}
	}
	for a, from := range added {
		want[a] = from
	}
	for a, from := range want {
		for _, day := range []civil.Date{"2018-01-01", "2025-06-30", "2025-07-01", "2026-11-28"} {
			n := 0
			for _, o := range all {
				if o.Article == a && o.From <= day && (o.To == "" || day <= o.To) {
					n++
				}
			}
			if (day >= from && n != 1) || (day < from && n != 0) {
				t.Errorf("article %s on %s: %d wordings", a, day, n)
			}
		}
	}
	chapters := lists(t)["chapters"].Items
	first := map[string]int{"XIII": 108, "XIV": 123, "XV": 157, "XVI": 168, "XVII": 181, "XVIII": 188, "XIX": 235,
		"XX": 247, "XXI": 260, "XXII": 330, "XXIII": 352, "XXIV": 367, "XXV": 392, "XXVI": 421}
	if len(chapters) != len(first) {
		t.Errorf("%d chapters, want %d", len(chapters), len(first))
	}
	for _, o := range all {
		if _, ok := want[o.Article]; !ok {
			t.Errorf("article %s is not of the Code", o.Article)
		}
		n, _ := strconv.Atoi(strings.TrimRight(o.Article, "a"))
		in := ""
		for _, c := range chapters {
			if first[c.Code] <= n {
				in = c.Code
			}
		}
		if o.Chapter != in {
			t.Errorf("article %s stands in chapter %s, want %s", o.Article, o.Chapter, in)
		}
		if o.Title == "" || strings.ContainsAny(o.Title, "*()") || o.Confidence == "" || o.From == "" {
			t.Errorf("article %s: title %q, confidence %q, from %q", o.Article, o.Title, o.Confidence, o.From)
		}
		if o.To != "" {
			if _, ok := on(all, o.Article, o.To.Add(1)); !ok {
				t.Errorf("article %s ends on %s and nothing follows", o.Article, o.To)
			}
		}
	}
}

// TestOffencesClauses: a clause with a principal penalty has a maximum, a minimum and
// the class of its maximum; any other says what kind it is and has no class.
func TestOffencesClauses(t *testing.T) {
	letters := strings.Fields("a b c d đ e g h i k l m n o p q r s t u v x y")
	classed := 0
	for _, o := range offences(t) {
		principal := 0
		for i, c := range o.Clauses {
			at := o.Article + " khoản " + c.Number + " từ " + string(o.From)
			if want := strconv.Itoa(i + 1); c.Number != want && (c.Number != "" || len(o.Clauses) != 1) {
				t.Errorf("%s: want number %s", at, want)
			}
			if len(c.Points) > len(letters) || !slices.Equal(c.Points, letters[:len(c.Points)]) {
				t.Errorf("%s: points %v are not in the order of the alphabet of the law", at, c.Points)
			}
			if c.Kind != "" {
				if !slices.Contains([]string{"additional", "entity", "other"}, c.Kind) || c.Max+c.Min+c.Class != "" {
					t.Errorf("%s: kind %q with penalty %q–%q and class %q", at, c.Kind, c.Min, c.Max, c.Class)
				}
				if (c.Kind == "other") != (c.Text != "") {
					t.Errorf("%s: only a rule without a penalty is given in words", at)
				}
				continue
			}
			principal++
			lo, hi := weight(t, c.Min), weight(t, c.Max)
			if lo > hi {
				t.Errorf("%s: from %s to %s", at, c.Min, c.Max)
			}
			if want := classOf(hi); c.Class != want {
				t.Errorf("%s: maximum %s is class %s, not %s", at, c.Max, want, c.Class)
			}
			classed++
		}
		if principal == 0 && !strings.HasPrefix(o.Notes, "Không quy định tội danh") {
			t.Errorf("article %s has no penalty and does not say why", o.Article)
		}
	}
	if classed < 990 {
		t.Errorf("%d clauses have a class; 1,002 had when the file was made", classed)
	}
}

// TestOffencesKnown holds the file against figures known from elsewhere: the worked
// cases, and what was published of Luật 86/2025/QH15.
func TestOffencesKnown(t *testing.T) {
	all := offences(t)
	const old, now = civil.Date("2025-06-30"), civil.Date("2025-07-01")
	for _, k := range []struct {
		day             civil.Date
		article, clause string
		min, max, class string
	}{
		{now, "123", "1", "12y", "death", "DBNT"}, {now, "123", "2", "7y", "15y", "RNT"}, {now, "123", "3", "1y", "5y", "NT"},
		{now, "134", "1", "reform", "3y", "INT"}, {now, "134", "2", "2y", "6y", "NT"}, {now, "134", "3", "5y", "10y", "RNT"},
		{now, "134", "4", "7y", "14y", "RNT"}, {now, "134", "5", "12y", "life", "DBNT"}, {now, "134", "6", "reform", "2y", "INT"},
		{now, "141", "1", "2y", "7y", "NT"}, {now, "155", "1", "warning", "reform", "INT"},
		{now, "168", "1", "3y", "10y", "RNT"}, {now, "168", "4", "18y", "life", "DBNT"},
		{now, "171", "1", "1y", "5y", "NT"},
		{now, "173", "1", "reform", "3y", "INT"}, {now, "173", "2", "2y", "7y", "NT"}, {now, "173", "3", "7y", "15y", "RNT"}, {now, "173", "4", "12y", "20y", "DBNT"},
		{now, "174", "1", "reform", "3y", "INT"}, {now, "174", "4", "12y", "life", "DBNT"},
		{now, "175", "4", "12y", "20y", "DBNT"}, {now, "181", "", "warning", "3y", "INT"},
		{now, "260", "1", "fine", "5y", "NT"}, {now, "260", "2", "3y", "10y", "RNT"},
		{now, "318", "1", "fine", "2y", "INT"}, {now, "321", "1", "fine", "3y", "INT"}, {now, "321", "2", "3y", "7y", "NT"},
		// Changed on 1 July 2025.
		{old, "249", "1", "1y", "5y", "NT"}, {now, "249", "1", "3y", "5y", "NT"},
		{old, "250", "4", "20y", "death", "DBNT"}, {now, "250", "4", "20y", "life", "DBNT"},
		{old, "251", "1", "2y", "7y", "NT"}, {now, "251", "1", "3y", "7y", "NT"},
		{old, "251", "4", "20y", "death", "DBNT"}, {now, "251", "4", "20y", "life", "DBNT"}, {now, "251", "5", "life", "death", "DBNT"},
		{now, "255", "1", "3y", "7y", "NT"}, {old, "255", "1", "2y", "7y", "NT"},
		{now, "256a", "1", "2y", "3y", "INT"}, {now, "256a", "2", "3y", "5y", "NT"},
		{old, "235", "1", "fine", "2y", "INT"}, {now, "235", "1", "fine", "3y", "INT"},
	} {
		o, _ := on(all, k.article, k.day)
		c, ok := clause(o, k.clause)
		if !ok || c.Min != k.min || c.Max != k.max || c.Class != k.class {
			t.Errorf("Điều %s khoản %s ngày %s: %s–%s %s, want %s–%s %s", k.article, k.clause, k.day, c.Min, c.Max, c.Class, k.min, k.max, k.class)
		}
	}
	// The eight offences that lost the death penalty, and that no others did.
	lost := []string{}
	for _, o := range all {
		if o.To != old {
			continue
		}
		next, _ := on(all, o.Article, now)
		death := func(o law.Offence) bool {
			return slices.ContainsFunc(o.Clauses, func(c law.Clause) bool { return c.Max == "death" })
		}
		if death(o) && !death(next) {
			lost = append(lost, o.Article)
		}
	}
	if want := []string{"109", "110", "114", "194", "250", "353", "354", "421"}; !slices.Equal(lost, want) {
		t.Errorf("without death since 1 July 2025: %v, want %v", lost, want)
	}
	// Commercial legal entities answer for the 33 offences BLHS Điều 76 names.
	entity := 0
	for _, o := range all {
		if o.To == "" && slices.ContainsFunc(o.Clauses, func(c law.Clause) bool { return c.Kind == "entity" }) {
			entity++
		}
	}
	if entity != 33 {
		t.Errorf("%d offences of legal entities, want 33", entity)
	}
}

// TestFiles: what a reader would have to load stays small.
func TestFiles(t *testing.T) {
	for name, most := range map[string]int64{"offences": 600_000, "forms": 60_000, "lists": 100_000} {
		if f, err := os.Stat("data/" + name + ".toml"); err != nil || f.Size() > most {
			t.Errorf("%s: %v, want at most %d bytes", name, err, most)
		}
	}
}

// TestForms: the 213 forms bear the same titles as the papers of the dossier.
func TestForms(t *testing.T) {
	forms := read[struct {
		Form []law.Form `toml:"form"`
	}](t, "data/forms.toml").Form
	var papers struct {
		Kind []struct {
			Name string `toml:"name"`
			Form int    `toml:"form"`
		} `toml:"kind"`
	}
	if _, err := toml.DecodeFile("../dossier/paper/kinds.toml", &papers); err != nil {
		t.Fatal(err)
	}
	paper := map[int]string{}
	for _, k := range papers.Kind {
		paper[k.Form] = k.Name
	}
	if len(forms) != 213 {
		t.Errorf("%d forms, want 213", len(forms))
	}
	groups := map[string]int{}
	for i, f := range forms {
		if f.Number != i+1 || f.Title != paper[f.Number] {
			t.Errorf("form %d %q, want form %d %q", f.Number, f.Title, i+1, paper[i+1])
		}
		groups[f.Group]++
	}
	for g, n := range map[string]int{"A": 17, "B": 13, "C": 39, "D": 15, "E": 56, "F": 28, "G": 5, "H": 5, "I": 6, "J": 29} {
		if groups[g] != n {
			t.Errorf("group %s has %d forms, want %d", g, groups[g], n)
		}
	}
}

// TestLists: every list that acts, registers and screens ask for is there, has a
// source, and names each thing once.
func TestLists(t *testing.T) {
	all := lists(t)
	// How many items each must have, where the law or another file fixes it.
	want := map[string]int{
		"chapters": 14, "measures": 16, "arrest_kinds": 5, "suspend_report": 5, "suspend_investigation": 9, "terminate": 18,
		"return": 4, "transfer": 6, "merge": 3, "violation": 0, "violators": 0, "violation_papers": 0, "remedy_result": 4,
		"escape": 0, "death_cause": 3, "judgment_result": 0, "appeal_result": 0, "cassation_result": 7,
		"handover_direction": 4, "handover_kind": 0, "report_source": 6, "participants": 22, "counsel_kinds": 4,
		"agencies": 0, "penalties": 0, "registers": 0, "roles": 13, "ethnicities": 54, "religions": 17, "education": 0,
		"occupations": 0, "investigative_acts": 7, "special_measures": 3, "suspend_waits": 0, "case_attributes": 0,
		"accused_attributes": 0,
	}
	for code, n := range want {
		l, ok := all[code]
		if !ok || len(l.Items) == 0 || n > 0 && len(l.Items) != n {
			t.Errorf("list %s has %d items, want %d", code, len(l.Items), n)
		}
	}
	for code, l := range all {
		if _, ok := want[code]; !ok {
			t.Errorf("list %s is not expected here", code)
		}
		if l.Title == "" || len(l.Sources) == 0 || !slices.Contains([]law.Confidence{"A", "B", "C", "D"}, l.Confidence) {
			t.Errorf("list %s: title %q, sources %v, confidence %q", code, l.Title, l.Sources, l.Confidence)
		}
		seen := map[string]bool{}
		for _, c := range l.Items {
			if c.Code == "" || c.Title == "" || seen[c.Code] || seen["="+c.Title] {
				t.Errorf("list %s: %q %q is empty or stands twice", code, c.Code, c.Title)
			}
			seen[c.Code], seen["="+c.Title] = true, true
		}
	}
}

// TestRoles: the roles are those the organisation gives rights to.
func TestRoles(t *testing.T) {
	var rights map[string]toml.Primitive
	if _, err := toml.DecodeFile("../org/data/roles.toml", &rights); err != nil {
		t.Fatal(err)
	}
	roles := lists(t)["roles"].Items
	for _, r := range roles {
		if _, ok := rights[r.Code]; !ok {
			t.Errorf("role %s has no rights", r.Code)
		}
	}
	if len(roles) != len(rights) {
		t.Errorf("%d roles, %d with rights", len(roles), len(rights))
	}
}
