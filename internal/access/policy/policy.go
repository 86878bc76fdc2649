// Package policy is the one answer to who may do what with a case file (phân quyền
// khai thác hồ sơ), with two faces.
//
// Decide answers for one object and names the rule it answered by, which is what the
// journal keeps. Tags and Scope answer for lists and for the search index: an object
// carries tags that follow from what it is, an asker has a scope that follows from
// who they are and what they were granted, and the object is allowed if its tags hold
// one of Any and none of Not. That the two never differ is tested over random worlds.
//
// Nothing is kept: rights are read at the moment of the question, so a grant that has
// ended, an assignment taken back and a recusal count from the next click on.
package policy

import (
	"slices"
	"strings"
	"time"

	"congminh/internal/kit/auth"
	"congminh/internal/org"
)

// Version counts changes of what Tags writes. Whoever keeps tags writes them anew when
// it is another than the one they were written by.
const Version = 1

// Action is what is asked for.
type Action int

// The actions, each including less than the next.
const (
	See  Action = iota // know that the case is there: lists, boards, registers
	Read               // open pages
	Copy               // print, download, export
)

// Level is how far something is protected: 0 ordinary, 1 restricted (hạn chế), 2
// confidential (mật). State secrets are not kept in a networked installation at all.
type Level int

// Object is a case, or a document of it.
type Object struct {
	Case      string
	Document  string   // "" for the case as a whole
	Path      string   // of the owning office in the tree, "/tc/lao-cai/lao-cai-kv3/"
	Level     Level    // the higher of case and document
	Protected bool     // an accused or a victim is under 18
	Assigned  []string // staff in charge, or helping
}

// Mode is what a grant allows beyond knowing of the case.
type Mode string

// The modes.
const (
	Reads  Mode = "read"
	Copies Mode = "copy"
)

// Grant is a right to one case for a time, given on request.
type Grant struct {
	ID        string
	Case      string
	Documents []string // empty: the whole file
	Mode      Mode
	From, To  time.Time // from, and until just before To
	Emergency bool
}

// live reports whether g counts at now.
func (g *Grant) live(now time.Time) bool { return !now.Before(g.From) && now.Before(g.To) }

// Subject is who asks.
type Subject struct {
	ID      string
	Office  string
	Leader  bool // chief or deputy
	Keeper  bool // records clerk or archivist
	Machine bool // runs the machines; holds no content by any way
	Grants  []Grant
	Recused []string // cases they had to leave (từ chối, thay đổi người tiến hành tố tụng)
	Now     time.Time
}

// Rule names why something is allowed or denied, as the journal keeps it.
type Rule string

// The rules. Denials come first and cannot be overruled.
const (
	Machines  Rule = "machines"
	Recused   Rule = "recused"
	Assigned  Rule = "assigned"
	OwnOffice Rule = "office"
	Leader    Rule = "leader"
	Keeper    Rule = "keeper"
	Colleague Rule = "colleague"
	Superior  Rule = "superior"
	Granted   Rule = "grant"
	Emergency Rule = "emergency"
	None      Rule = ""
)

// Answer is what Decide found.
type Answer struct {
	Allow bool
	Rule  Rule
	Grant string // the grant it was allowed by
}

// For returns a as the policy sees them, before anything is granted.
func For(a auth.Actor, now time.Time) Subject {
	return Subject{
		ID: a.ID, Office: string(a.Office), Now: now,
		Leader:  a.Is(string(org.Chief)) || a.Is(string(org.DeputyChief)),
		Keeper:  a.Is(string(org.Clerk)) || a.Is(string(org.Archivist)),
		Machine: a.Is(string(org.SysAdmin)),
	}
}

// Decide says whether s may do a to o, and by which rule.
func Decide(s *Subject, o *Object, a Action) Answer {
	if s.Machine {
		return Answer{Rule: Machines}
	}
	if slices.Contains(s.Recused, o.Case) {
		return Answer{Rule: Recused}
	}
	if slices.Contains(o.Assigned, s.ID) {
		return Answer{Allow: true, Rule: Assigned}
	}
	if s.Office != "" {
		if rule := byOffice(s, o, a); rule != None {
			return Answer{Allow: true, Rule: rule}
		}
	}
	for i := range s.Grants {
		g := &s.Grants[i]
		if g.Case != o.Case || !g.live(s.Now) || !g.covers(o, a) {
			continue
		}
		rule := Granted
		if g.Emergency {
			rule = Emergency
		}
		return Answer{Allow: true, Rule: rule, Grant: g.ID}
	}
	return Answer{}
}

// byOffice names the rule by which s may do a for being where they are.
func byOffice(s *Subject, o *Object, a Action) Rule {
	own := owner(o.Path) == s.Office
	switch {
	case own && o.Level == 0 && !o.Protected:
		return OwnOffice
	case own && s.Leader:
		return Leader
	case own && o.Level == 0 && s.Keeper:
		return Keeper
	case a != See || o.Level > 0:
		return None
	case own:
		return Colleague
	case above(s.Office, o.Path):
		return Superior
	}
	return None
}

// covers reports whether g allows a to o. Whoever may read part of a file must be
// able to see the case, else they would not find it.
func (g *Grant) covers(o *Object, a Action) bool {
	switch {
	case a == See:
		return o.Document == "" || len(g.Documents) == 0 || slices.Contains(g.Documents, o.Document)
	case a == Copy && g.Mode != Copies:
		return false
	case len(g.Documents) == 0:
		return true
	}
	return o.Document != "" && slices.Contains(g.Documents, o.Document)
}

// owner is the last office of a path.
func owner(path string) string {
	path = strings.TrimSuffix(path, "/")
	return path[strings.LastIndexByte(path, '/')+1:]
}

// above reports whether office stands in path before its last.
func above(office, path string) bool {
	rest := path
	for {
		i := strings.Index(rest, office)
		if i < 0 {
			return false
		}
		end := i + len(office)
		if i > 0 && rest[i-1] == '/' && end < len(rest)-1 && rest[end] == '/' {
			return true
		}
		rest = rest[end:]
	}
}

// Scope is the other face: an object is allowed if its tags hold one of Any and none
// of Not.
type Scope struct{ Any, Not []string }

// KeptOut begins a line of List that names a case to keep out. No tag begins so.
const KeptOut = "!"

// List is s on one list, as it goes to the lists of other modules: the tags of Any,
// then the cases of Not, each after KeptOut. It is never nil.
func (s Scope) List() []string {
	out := append(make([]string, 0, len(s.Any)+len(s.Not)), s.Any...)
	for _, t := range s.Not {
		out = append(out, KeptOut+strings.TrimPrefix(t, "c:"))
	}
	return out
}

// Has reports whether an object with these tags is in s.
func (s Scope) Has(tags []string) bool {
	in := false
	for _, t := range tags {
		if slices.Contains(s.Not, t) {
			return false
		}
		in = in || slices.Contains(s.Any, t)
	}
	return in
}

// Tags says whom o is for:
//
//	p:STAFF   those assigned
//	o:OFFICE  everybody of the office, for anything
//	s:OFFICE  everybody of the office, to see only
//	x:OFFICE  its leaders
//	k:OFFICE  its records clerks and archivists
//	c:CASE    those granted the whole file; whoever is recused is kept out by it
//	w:CASE    those granted a part, of the case as a whole
//	d:DOC     those granted this document
func Tags(o Object) []string {
	out := make([]string, 0, len(o.Assigned)+6)
	for _, p := range o.Assigned {
		out = append(out, "p:"+p)
	}
	out = append(out, "c:"+o.Case)
	if o.Document == "" {
		out = append(out, "w:"+o.Case)
	} else {
		out = append(out, "d:"+o.Document)
	}
	own := owner(o.Path)
	if own != "" {
		switch {
		case o.Level > 0:
			out = append(out, "x:"+own)
		case o.Protected:
			out = append(out, "x:"+own, "k:"+own, "s:"+own)
		default:
			out = append(out, "o:"+own)
		}
	}
	if o.Level == 0 {
		for office := range strings.SplitSeq(o.Path, "/") {
			if office != "" && office != own {
				out = append(out, "s:"+office)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Scope returns what s may do a to.
func (s *Subject) Scope(a Action) Scope {
	if s.Machine {
		return Scope{}
	}
	var out Scope
	for _, c := range s.Recused {
		out.Not = append(out.Not, "c:"+c)
	}
	if s.ID != "" {
		out.Any = append(out.Any, "p:"+s.ID)
	}
	if s.Office != "" {
		out.Any = append(out.Any, "o:"+s.Office)
		if s.Leader {
			out.Any = append(out.Any, "x:"+s.Office)
		}
		if s.Keeper {
			out.Any = append(out.Any, "k:"+s.Office)
		}
		if a == See {
			out.Any = append(out.Any, "s:"+s.Office)
		}
	}
	for i := range s.Grants {
		g := &s.Grants[i]
		if !g.live(s.Now) || a == Copy && g.Mode != Copies {
			continue
		}
		if len(g.Documents) == 0 {
			out.Any = append(out.Any, "c:"+g.Case)
			continue
		}
		for _, d := range g.Documents {
			out.Any = append(out.Any, "d:"+d)
		}
		if a == See {
			out.Any = append(out.Any, "w:"+g.Case)
		}
	}
	return out
}
