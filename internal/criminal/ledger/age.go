package ledger

import (
	"strconv"

	"congminh/internal/kit/civil"
)

const (
	adult  = 18 // đủ 18 tuổi
	liable = 14 // under it nobody answers for a crime
)

// Age returns the age in full years on a day of one born on born: 2009, 2009-05 or
// 2009-05-17. Of what is not known of a day of birth the last possible day is taken,
// which is to his advantage and as the law has it for minors.
func Age(born string, day civil.Date) (years int, known bool) {
	if len(born) < len("2009") || len(day) < len("2009") {
		return 0, false
	}
	y, err := strconv.Atoi(born[:4])
	now, err2 := strconv.Atoi(string(day[:4]))
	if err != nil || err2 != nil {
		return 0, false
	}
	years = now - y
	md := born[4:]
	switch len(md) {
	case 0:
		md = "-12-31"
	case len("-05"):
		md += "-31" // it sorts after every day of the month
	}
	if string(day[4:]) < md {
		years--
	}
	return years, true
}
