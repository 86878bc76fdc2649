package access

import (
	"context"
	"time"

	"congminh/internal/kit/civil"
	"congminh/internal/kit/db"
)

// dueRequests returns what waits for somebody and is due after from and until to, of
// which this was not said yet.
func (s store) dueRequests(ctx context.Context, how string, from, to time.Time) ([]Request, error) {
	return db.All(ctx, s.db, scanRequest, selectRequest+`
		WHERE (state IN ('submitted', 'approved') OR kind = 'emergency' AND review = '') AND due_s > $1 AND due_s <= $2
			AND NOT EXISTS (SELECT 1 FROM access_reminder m WHERE m.object = access_request.id AND m.kind = $3 AND m.due_s = access_request.due_s)
		ORDER BY id LIMIT 200`, seconds(from), seconds(to), how)
}

// dueReadings returns the readings that wait, due on first or later and before to.
func (s store) dueReadings(ctx context.Context, first, to civil.Date) ([]Reading, error) {
	return db.All(ctx, s.db, scanReading, selectReading+`
		WHERE state = 'received' AND (received = '' AND forward_due >= $1 AND forward_due < $2 OR received <> '' AND due >= $1 AND due < $2) ORDER BY id LIMIT 500`, first, to)
}

// reminded writes that something was said, and returns 0 if it was said before.
func (s store) reminded(ctx context.Context, object, how string, due time.Time) (int64, error) {
	return s.db.Exec(ctx, `INSERT INTO access_reminder (object, kind, due_s) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, object, how, seconds(due))
}
