package ocr

import (
	"context"
	"errors"
	"fmt"

	"congminh/internal/dossier/scan"
	"congminh/internal/kit/sandbox"
)

// ReadPage is ReadSheet for a page as scan delivers it. A page that is to blame for
// the death of the child that read it is refused: it must not hold the pages after it.
func (r *Reader) ReadPage(ctx context.Context, p scan.Page) (Sheet, error) {
	s, err := r.ReadSheet(ctx, p.File, p.Format, p.DPI, p.Text)
	died, ok := errors.AsType[*sandbox.Died](err)
	switch {
	case !ok || ctx.Err() != nil:
	case died.Reason == sandbox.Crash:
		err = fmt.Errorf("%w: %w", scan.ErrPage, err)
	default:
		err = fmt.Errorf("%w: %w", scan.ErrPageHeavy, err)
	}
	return s, err
}
