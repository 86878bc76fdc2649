package ledger

import (
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"congminh/internal/dossier/paper"
	"congminh/internal/kit/civil"
	"congminh/internal/law"

	"github.com/BurntSushi/toml"
)

// book is the catalogue of the program with a handful of offences.
type book struct {
	acts     map[string]law.ActKind
	offences map[string]law.Offence
	class    map[string]law.Class // by article/clause
}

func (b *book) Act(code string) (law.ActKind, bool) { k, ok := b.acts[code]; return k, ok }

func (b *book) ClassOf(article, clause string, _ civil.Date) law.Class {
	return b.class[article+"/"+clause]
}

func (b *book) Offence(article string, _ civil.Date) (law.Offence, bool) {
	o, ok := b.offences[article]
	return o, ok
}

func decode(t testing.TB, path string, v any) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	m, err := toml.Decode(string(data), v)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if u := m.Undecoded(); len(u) > 0 {
		t.Fatalf("%s: unknown key %s", path, u[0])
	}
}

var kinds = sync.OnceValue(func() []law.ActKind {
	var f struct {
		Acts []law.ActKind `toml:"act"`
	}
	data, err := os.ReadFile("../../law/data/acts.toml")
	if err == nil {
		_, err = toml.Decode(string(data), &f)
	}
	if err != nil {
		panic(err)
	}
	return f.Acts
})

var cat = sync.OnceValue(func() *book {
	b := &book{acts: map[string]law.ActKind{}, offences: map[string]law.Offence{}, class: map[string]law.Class{}}
	for _, k := range kinds() {
		b.acts[k.Code] = k
	}
	for _, x := range []struct {
		article string
		classes []law.Class
	}{{"173", []law.Class{law.INT, law.NT, law.RNT, law.DBNT}}, {"134", []law.Class{law.INT, law.NT, law.NT, law.RNT}}, {"123", []law.Class{law.DBNT, law.RNT}}, {"318", []law.Class{law.INT, law.NT}}} {
		o := law.Offence{Article: x.article}
		for i, c := range x.classes {
			n := string(rune('1' + i))
			o.Clauses = append(o.Clauses, law.Clause{Number: n, Points: []string{"a", "b", "c"}})
			b.class[x.article+"/"+n] = c
		}
		b.offences[x.article] = o
	}
	return b
})

var _ Catalogue = (*law.Pack)(nil)

// effects are the words of the fold.
var effects = strings.Fields(`receive stage status earlier open unopen extend conclude arrive send accept trial judge unjudge effective return court_return
	summary unsummary appeal unappeal clear_appeals wait unwait suspend resume terminate
	person charge recharge uncharge approve indict verdict appeal_judge ordered custody detain extend_measure release measure measure_field approve_measure unmeasure
	exit_ban unexit_ban property unproperty wanted unwanted escape recapture dead leave`)

func TestCatalogue(t *testing.T) {
	var f struct {
		Acts []law.ActKind `toml:"act"`
	}
	decode(t, "../../law/data/acts.toml", &f)
	var l struct {
		Lists []law.List `toml:"list"`
	}
	data, err := os.ReadFile("../../law/data/lists.toml")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := toml.Decode(string(data), &l); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, k := range f.Acts {
		bad := func(what string, v any) { t.Errorf("%s: %s: %v", k.Code, what, v) }
		if k.Code == "" || seen[k.Code] {
			bad("code empty or twice", k.Code)
		}
		seen[k.Code] = true
		if k.Title == "" || len(k.Citation) == 0 || k.From == "" {
			bad("needs title, citation and from", k.Title)
		}
		if !slices.Contains([]string{"report", "opening", "measure", "investigation", "prosecution", "trial", "appeal", "enforcement", "cassation", "handover", "violation", "other"}, k.Group) {
			bad("group", k.Group)
		}
		if !slices.Contains([]string{"case", "person", "any"}, k.Scope) {
			bad("scope", k.Scope)
		}
		if !slices.Contains([]string{"", "optional", "needed"}, k.Until) {
			bad("until", k.Until)
		}
		if !slices.Contains([]law.Confidence{"A", "B", "C"}, k.Confidence) {
			bad("confidence", k.Confidence)
		}
		for _, s := range k.Stages {
			if !slices.Contains(stages, s) {
				bad("stage", s)
			}
		}
		for _, b := range k.By {
			if rank[b] == 0 && b != "other" {
				bad("by", b)
			}
		}
		for _, n := range k.Forms {
			if n < 1 || n > 213 {
				bad("form", n)
			}
		}
		for _, p := range k.Papers {
			if _, ok := paper.KindOf(p); !ok {
				bad("no such kind of paper", p)
			}
		}
		for _, e := range k.Effects {
			op, _, _ := strings.Cut(e, "?")
			op, arg, _ := strings.Cut(op, ":")
			if !slices.Contains(effects, op) {
				bad("effect", e)
			}
			if op == "stage" && !slices.Contains(stages, arg) {
				bad("effect", e)
			}
		}
		if k.Reasons != "" && !slices.ContainsFunc(l.Lists, func(x law.List) bool { return x.Code == k.Reasons }) {
			bad("list of reasons", k.Reasons)
		}
		if k.Number != "" && !slices.Contains(k.By, "procuracy") {
			bad("has a book but the procuracy does not issue it", k.Number)
		}
		for _, x := range k.Fields {
			if !slices.Contains([]string{"text", "number", "date", "moment", "choice", "office", "yes"}, x.Type) || (x.Type == "choice") != (len(x.Choices) > 0) || x.Title == "" {
				bad("field", x.Name)
			}
		}
		for _, e := range k.Events {
			if _, field, ok := strings.Cut(e, "@"); ok && field != "until" && !slices.ContainsFunc(k.Fields, func(x law.ActField) bool { return x.Name == field }) {
				bad("event on a field it has not", e)
			}
		}
	}
	if n := len(f.Acts); n < 130 {
		t.Errorf("%d kinds of act: want at least 130", n)
	}
}

// Of a paper that several acts list the first is proposed: it must be the likely one.
// Papers that prove nothing by themselves, or of which a file has hundreds, propose
// none.
func TestPapersPropose(t *testing.T) {
	for p, want := range map[string]string{
		"qd-khoi-to-vu-an": "case.open", "qd-khoi-to-bi-can": "defendant.charge", "qd-phe-chuan-khoi-to-bi-can": "defendant.approve", "qd-tam-giu": "custody.decide",
		"lenh-tam-giam": "detention.order", "qd-gia-han-tam-giam": "detention.extend", "ban-ket-luan-dieu-tra": "investigation.conclude", "cao-trang": "case.indict", "ban-an": "court.judgment",
		"bb-giao-nhan-ho-so": "file.handover", "bb-giao-nhan-cao-trang": "case.indict_delivered", "yc-dieu-tra": "defendant.supplement_request", "qd-khang-nghi": "protest.file", "qd-tra-tu-do": "custody.release",
		"de-nghi-phe-chuan": "defendant.charge_received", "qd-thay-doi-qd-khoi-to-bi-can": "defendant.charge_change_vks", "kl-giam-dinh": "expert.conclusion", "bb-kham-xet": "investigation.activity",
		"cong-van": "", "thong-bao": "", "bb-lam-viec": "", "bb-ghi-loi-khai": "", "bb-hoi-cung": "", "trich-luc-khai-tu": "", "khac": "",
	} {
		got := ""
		if i := slices.IndexFunc(kinds(), func(k law.ActKind) bool { return slices.Contains(k.Papers, p) }); i >= 0 {
			got = kinds()[i].Code
		}
		if got != want {
			t.Errorf("%s proposes %q, want %q", p, got, want)
		}
	}
}

// triggers are the events rules start from that an act of a criminal case raises.
var triggers = strings.Fields(`accused_change_received accused_changed accused_changed_by_vks accused_file_received accused_initiated accused_initiated_by_vks
	appeal_accepted appeal_decision_file_received appeal_evidence_received appeal_file_received_by_court appeal_file_received_by_vks appeal_judgment appeal_trial_decision
	assignment_decision_received bail_file_received cancel_decision_received case_accepted_by_court case_initiated case_initiated_by_vks case_initiation_changed
	case_joined_or_split case_resumed_by_vks cassation_decided cassation_file_received cassation_protest_received conditions_met court_decision court_detention_start
	court_evidence_received court_measure_decision court_request_received court_return_decision crime_committed custody_decided custody_extension_file_received custody_start
	death_file_received debate_closed decision_received defence_papers_complete defence_request_received detention_order_file_received detention_start
	discontinuance_file_received emergency_arrest_file_received expert_conclusion_received expert_request extension_request_received file_back_at_vks file_received_by_vks
	file_request_received file_returned_to_court indictment_issued investigation_concluded investigation_end_planned investigation_resumed investigation_suspended
	judgment_effective judgment_pronounced judgment_quashed late_appeal_received mail_seizure_file_received measure_applied new_fact_news_received no_initiation_decision
	person_held person_received petition_received planned_conclusion prosecution_decided prosecution_transfer_decided protest_issued record_made record_received_by_vks
	reinvestigation_file_received report_received report_received_by_vks report_resolved report_resumed report_suspended simplified_complaint_received
	simplified_decision_received simplified_file_received simplified_prosecution_decided special_measure_approved special_measure_file_received supp_file_received_from_court
	supp_file_received_from_vks supplement_received surrender_received suspension_cancelled transfer_decided transfer_decision_received transfer_request_received
	treatment_request_received trial_adjourned trial_date trial_decision trial_paused urgent_search_done vks_discontinued vks_recommendation_received vks_takeover_request
	vks_written_demand_received`)

func TestEveryTriggerIsRaised(t *testing.T) {
	raised := map[string]bool{}
	for _, k := range kinds() {
		for _, e := range k.Events {
			name, _, _ := strings.Cut(e, "@")
			raised[name] = true
		}
	}
	for _, x := range triggers {
		if !raised[x] {
			t.Errorf("no act raises %s", x)
		}
	}
}

// What the rules of time limits name must be there.
func TestRulesNameActs(t *testing.T) {
	var f struct {
		Rules []law.Rule `toml:"rule"`
	}
	data, err := os.ReadFile("../../law/data/rules.toml")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := toml.Decode(string(data), &f); err != nil {
		t.Fatal(err)
	}
	for _, r := range f.Rules {
		for _, d := range r.Done {
			if _, ok := cat().acts[d]; !ok {
				t.Errorf("%s is done by %s, which is no act", r.ID, d)
			}
		}
	}
}

// The checks name acts, groups, stages and reasons that are there.
func TestChecksNameActs(t *testing.T) {
	var l struct {
		Lists []law.List `toml:"list"`
	}
	data, err := os.ReadFile("../../law/data/lists.toml")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := toml.Decode(string(data), &l); err != nil {
		t.Fatal(err)
	}
	known := func(kind string) bool {
		return slices.ContainsFunc(kinds(), func(k law.ActKind) bool { return names([]string{kind}, k.Code) })
	}
	r := Standard()
	for id, x := range r.rules {
		for _, k := range x.Roles {
			if k != "accused" && !slices.ContainsFunc(l.Lists, func(l law.List) bool {
				return l.Code == "participants" && slices.ContainsFunc(l.Items, func(c law.Choice) bool { return c.Code == k })
			}) {
				t.Errorf("rule %s: no role %s", id, k)
			}
		}
		for _, k := range x.Kinds {
			if !known(k) {
				t.Errorf("rule %s: no act %s", id, k)
			}
		}
		for _, k := range x.Groups {
			if !slices.ContainsFunc(kinds(), func(a law.ActKind) bool { return a.Group == k }) {
				t.Errorf("rule %s: no group %s", id, k)
			}
		}
		for _, k := range x.Reasons {
			if !slices.ContainsFunc(l.Lists, func(l law.List) bool {
				return slices.ContainsFunc(l.Items, func(c law.Choice) bool { return c.Code == k })
			}) {
				t.Errorf("rule %s: no reason %s", id, k)
			}
		}
	}
	for act, os := range r.orders {
		for _, o := range os {
			for _, k := range append(o.After, act) {
				if !known(k) {
					t.Errorf("order of %s: no act %s", act, k)
				}
			}
		}
	}
	for _, k := range r.handed {
		if !known(k) {
			t.Errorf("handed_over: no act %s", k)
		}
	}
}

// Reasons that effects hang on are in the lists.
func TestEffectsNameReasons(t *testing.T) {
	var l struct {
		Lists []law.List `toml:"list"`
	}
	data, err := os.ReadFile("../../law/data/lists.toml")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := toml.Decode(string(data), &l); err != nil {
		t.Fatal(err)
	}
	for _, k := range kinds() {
		ok := map[string]bool{}
		for _, x := range l.Lists {
			for _, c := range x.Items {
				ok[c.Code] = ok[c.Code] || x.Code == k.Reasons
			}
		}
		for _, f := range k.Fields {
			for _, c := range f.Choices {
				ok[c.Code] = ok[c.Code] || f.Name == "decision"
			}
		}
		for _, e := range k.Effects {
			if _, only, found := strings.Cut(e, "?"); found {
				for _, r := range strings.Split(only, ",") {
					if !ok[r] {
						t.Errorf("%s: effect %s hangs on %s, which cannot be given", k.Code, e, r)
					}
				}
			}
		}
	}
}

// The law of the program answers what the ledger asks.
func TestRealLaw(t *testing.T) {
	p, err := law.Load(os.DirFS("../../law/data"))
	if err != nil {
		t.Fatal(err)
	}
	c := ledgerOf(t, opened+"\n2026-01-08 defendant.charge A charges=173/2/a offence_day=2026-01-01\n2026-01-09 defendant.charge B charges=123/1 offence_day=2026-01-01")
	if s := Fold(p, c); s.Class != law.DBNT || s.Accused[0].Class != law.NT || s.Accused[1].Limited != law.DBNT {
		t.Errorf("classes: %+v", s)
	}
	for charge, want := range map[string]string{"173/2/a": "", "173": "", "173/9": "charges.clause", "999/1": "charges.unknown"} {
		got := ""
		for _, f := range Check(p, c, parseAct(t, "2026-01-12 defendant.charge_change A change=add charges="+charge), "2026-01-12") {
			got += f.Code
		}
		if got != want {
			t.Errorf("charged with %s: %q, want %q", charge, got, want)
		}
	}
}
