package deadline

import (
	"context"
	"encoding/json"

	"congminh/internal/kit/db"
	"congminh/internal/org"
)

// What pages ask beyond the boards.

type staffBucket struct {
	staff org.StaffID
	name  string
	bucket
}

// byStaff counts the clocks of a scope by who has charge of them; secret cases only
// for those who may count them.
func (s store) byStaff(ctx context.Context, l look) ([]staffBucket, error) {
	where, arg := l.where()
	return db.All(ctx, s.db, func(r db.Row) (b staffBucket, err error) {
		var level int
		err = r.Scan(&b.staff, &b.name, &level, &b.own, &b.held, &b.state, &b.n)
		b.level = Levels[level]
		return
	}, `
		SELECT k.staff, COALESCE(o.name, ''), `+levelCase+`, k.own, k.held, k.state, COUNT(*)
		FROM deadline_clock k LEFT JOIN org_staff_v o ON o.id = k.staff
		WHERE k.state IN ('running', 'manual') AND `+where+` AND (k.secret = FALSE OR $6 AND k.office = $8 OR k.staff = $7)
		GROUP BY 1, 2, 3, 4, 5, 6`,
		arg, l.now, closes(string(l.today)), closes(string(l.week)), closes(string(l.month)), l.secret, l.me, l.office)
}

// namedClock returns one clock with its names, if the tags of who asks may see it.
func (s store) namedClock(ctx context.Context, id ClockID, tags []string) ([]Clock, error) {
	list, err := json.Marshal(tags)
	if err != nil {
		return nil, err
	}
	return db.All(ctx, s.db, scanNamed, named+` WHERE k.id = $1 AND `+s.seen("k.case_id", "$2"), id, string(list))
}
