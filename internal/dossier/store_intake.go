package dossier

import (
	"context"

	"congminh/internal/kit/db"
)

// pendingUploads counts what one person has begun to send to a file and not ended.
func (s store) pendingUploads(ctx context.Context, d ID, by string) (int, error) {
	return db.One(ctx, s.db, db.Value[int], `SELECT COUNT(*) FROM dossier_upload WHERE dossier = $1 AND scan = '' AND by = $2`, d, by)
}

// waitAgain puts a refused scan back at the end of what waits.
func (s store) waitAgain(ctx context.Context, c Scan) error {
	_, err := s.db.Exec(ctx, `UPDATE dossier_scan SET seq = $2, state = $3, reason = $4 WHERE id = $1`, c.ID, c.Seq, c.State, c.Reason)
	return err
}
