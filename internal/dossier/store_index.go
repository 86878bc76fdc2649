package dossier

import (
	"context"
	"errors"

	"congminh/internal/kit/db"
)

// numberer is the name of whoever gave the last folio numbers, "" if nobody has.
func (s store) numberer(ctx context.Context, d ID) (string, error) {
	name, err := db.One(ctx, s.db, db.Value[string], `
		SELECT by_name FROM dossier_change
		WHERE dossier = $1 AND by = (SELECT by FROM dossier_folio WHERE dossier = $1 ORDER BY folio DESC LIMIT 1)
		ORDER BY id DESC LIMIT 1`, d)
	if errors.Is(err, db.ErrNone) {
		return "", nil
	}
	return name, err
}
