package clock

import "congminh/internal/law"

// Link is a limit as numbers: one link of a chain, before anybody asks why. Explain
// makes it a Result.
type Link struct {
	Rule    int16 // index of the rule
	Mod     int16 // index of the modifier it is given by, −1: none
	Of      int16 // index of the rule on whose end it hangs, −1: none
	Bound   int16 // index of the rule whose period cut it or bounds it, −1: none
	Kind    Kind
	Seq     int8
	Class   law.Class // by which it was computed; NoClass: it does not matter
	Changed int16     // 1 + index of the event that changed the class; 0: none
	Event   int32     // index of the event it starts from
	Order   int32     // 1 + index of the event that granted it or ordered its end; 0: none
	Cond    uint64    // set of conditions not known to hold
	Num     int8      // the length is Num/Den of that of the rule
	Den     int8
	Used    int // days of custody deducted
	Subject string

	Start, Nominal, Legal moment
	Arithmetic            moment // before a bound or the end in the order took its place
	Stopped               moment // when the clock was stopped; 0: it runs

	Granted bool // not only possible
	Hours   bool // counted to the minute
	Assumed bool // the hour of the start is not known: counted from 00:00
	IfClass bool // the class is not known: holds if it is Class
	Lighter bool // the lighter limit had passed when the class changed
	Ordered bool // the end is the one written in the order
	Cut     bool // shortened to the end of Bound
	Next    bool // starts on the day after the last one
	Current bool // the last link of its chain that was granted
}

// Kind is what a link is.
type Kind uint8

// A period, a day before which something is due, the day until which an extension
// must be asked for, and a limit that must not be computed.
const (
	Period Kind = iota
	Before
	Request
	Refusal
)
