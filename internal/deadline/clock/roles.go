package clock

// What the engine must know of single rules and events beyond what the law says of
// them: which clocks belong together. Everything else is data of the pack.

// role is what the period of a rule is the period of.
type role uint16

type roles = role

const (
	report         role = 1 << iota // giải quyết nguồn tin
	custody                         // tạm giữ
	detention                       // tạm giam
	investigation                   // điều tra
	additional                      // phục hồi điều tra, điều tra bổ sung: another period after the first
	prosecution                     // truy tố
	trial                           // chuẩn bị xét xử
	appeal                          // phúc thẩm
	measure                         // other preventive measures
	afterDetention                  // a detention that goes on from the day after the last one
)

// stages are the periods of which one at a time runs.
const stages = report | investigation | prosecution | trial | appeal

var roleOf = map[string]role{
	"REC-04": report, "REC-08": report, "REC-09": report,
	"HLD-05": custody, "SUM-03": custody,
	"DET-01": detention, "SUM-05": detention, "TRI-16": detention,
	"DET-03": detention | afterDetention, "PRO-05": detention | afterDetention, "TRI-05": detention | afterDetention,
	"INV-01": investigation, "INV-06": investigation, "SUM-04": investigation,
	"INV-03": investigation | additional, "INV-04": investigation | additional, "INV-05": investigation | additional,
	"PRO-01": prosecution, "SUM-06": prosecution,
	"TRI-02": trial, "SUM-08": trial,
	"APP-14": appeal, "APP-15": appeal,
	"MEA-01": measure, "MEA-02": measure, "MEA-03": measure, "MEA-04": measure,
}

// within says by whose period a detention is bounded; the notes of the rules say it.
var within = map[string][]string{
	"DET-01": {"INV-01", "INV-06"},
	"SUM-05": {"SUM-04"},
	"PRO-05": {"PRO-01"},
	"TRI-05": {"TRI-02"},
}

// extendedAs: a re-investigation is extended as an investigation.
var extendedAs = map[string]string{"INV-06": "INV-01"}

// asked are the rules that say until when an extension is asked for.
var asked = map[string]bool{"INV-02": true, "DET-02": true}

// notice is how many days before its end a place of detention announces it, and
// before the end of an extended one; the rule itself says it for custody.
var notice = map[string]struct{ first, extended int }{"HLD-09": {5, 10}}

// endsToo adds to whose ends a rule hangs on.
var endsToo = map[string][]string{"HLD-09": {"DET-01", "DET-03"}}

// closers are events that stop clocks.
var closers = map[string]roles{
	"released":                 custody | detention | measure,
	"detention_start":          custody,
	"arrested_for_detention":   custody,
	"court_detention_start":    custody | detention,
	"report_suspended":         report,
	"report_resolved":          report,
	"no_initiation_decision":   report,
	"case_initiated":           report,
	"investigation_suspended":  investigation,
	"investigation_concluded":  investigation,
	"file_received_by_vks":     investigation,
	"simplified_file_received": investigation,
	"prosecution_decided":      prosecution,
	"indictment_issued":        prosecution,
	"case_accepted_by_court":   prosecution,
	"trial_decision":           trial,
	"court_return_decision":    trial,
	"judgment_pronounced":      trial,
	"suspended":                report | investigation | prosecution | trial | appeal,
}

// fact is what an event says besides being a trigger.
type fact uint8

const (
	noFact fact = iota
	factJuvenile
	factSimplified
	factSuperior
	factDetained
	factResumed
	factComplex
	factDiversion
	factCustodyDays
	factCustodyExtensions
	factExtensionNo
	factGranted
	factClassChanged
	factSecondClass
	factJoined
	factRequestedEnd
	factPreviousDetention
	factDone
	factOther
)

const (
	secondCase        = "second_case_initiated"
	previousDetention = "previous_detention_end"
)

var facts = map[string]fact{
	"juvenile":               factJuvenile,
	"simplified":             factSimplified,
	"superior_court":         factSuperior,
	"detained":               factDetained,
	"resumed":                factResumed,
	"especially_complex":     factComplex,
	"diversion_notified":     factDiversion,
	"custody_days":           factCustodyDays,
	"custody_extensions":     factCustodyExtensions,
	"extension_no":           factExtensionNo,
	"extension_granted":      factGranted,
	"class_changed":          factClassChanged,
	"second_class":           factSecondClass,
	"joined":                 factJoined,
	"requested_end":          factRequestedEnd,
	"previous_detention_end": factPreviousDetention,
	"done":                   factDone,
	"class":                  factOther, // read by ReadCases into Facts.Class
	"released":               factOther,
	"suspended":              factOther,
	"split":                  factOther, // the period goes on from the first initiation
}

// alike are events that start the same clocks as another.
var alike = map[string]string{
	"arrested_for_detention": "detention_start",
	secondCase:               "case_initiated",
}
