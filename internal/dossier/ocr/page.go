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
	return s, blame(ctx, err)
}

// ReadTurned is ReadPage for a page of which a person said how it is turned upright:
// clockwise by turn, 0, 90, 180 or 270. Text that stood on its head when it was read
// first is read only then.
func (r *Reader) ReadTurned(ctx context.Context, p scan.Page, turn int) (s Sheet, err error) {
	err = r.pool.Call(ctx, method, request{Options: r.opt, File: p.File, Format: p.Format, DPI: p.DPI, Turn: &turn}, &s)
	return s, blame(ctx, err)
}

// blame refuses a page for the death of its reader.
func blame(ctx context.Context, err error) error {
	died, ok := errors.AsType[*sandbox.Died](err)
	switch {
	case !ok || ctx.Err() != nil:
	case died.Reason == sandbox.Crash:
		err = fmt.Errorf("%w: %w", scan.ErrPage, err)
	default:
		err = fmt.Errorf("%w: %w", scan.ErrPageHeavy, err)
	}
	return err
}
