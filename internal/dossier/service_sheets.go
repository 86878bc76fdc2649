package dossier

import (
	"context"
	"io"

	"congminh/internal/dossier/listing"
	"congminh/internal/dossier/paper"
	"congminh/internal/kit/fault"
)

// Sheets is what may be printed to go with the paper before it is scanned.
type Sheets struct {
	Kind string `form:"kind"` // separators or labels
	N    int    `form:"n"`    // how many; 0 for 10 separators, or one sheet of labels
	From int    `form:"from"` // the first label; 0 for the number after the last folio
}

// maxSheets is as many as one is asked to print at once.
const maxSheets = 1000

// PrintSheets writes separator sheets for a file, or its next folio labels, as a PDF.
// begin is called when nothing can be refused any more.
func (s *Service) PrintSheets(ctx context.Context, d ID, p Sheets, begin func(name string) io.Writer) (err error) {
	defer fault.Wrap(&err, "print sheets for %s", d)
	file, err := s.open(ctx, d, MayIntake)
	if err != nil {
		return err
	}
	c, err := s.cases.Get(ctx, file.Case)
	if err != nil {
		return err
	}
	var check fault.Check
	check.Need(p.N >= 0 && p.N <= maxSheets, "n", "Số lượng in mỗi lần từ 1 đến 1.000.")
	check.Need(p.From >= 0 && p.From < 100_000, "from", "Số bút lục đầu tiên không hợp lệ.")
	if err := check.Err(ErrInvalid); err != nil {
		return err
	}
	if p.Kind == "labels" {
		first := p.From
		if first == 0 {
			first = file.LastFolio + 1
		}
		n := p.N
		if n == 0 {
			n = 24
		}
		return listing.Labels(begin("nhan-but-luc.pdf"), first, first+n-1, s.now())
	}
	n := p.N
	if n == 0 {
		n = 10
	}
	return listing.Separators(begin("to-phan-cach.pdf"), paper.Meta{Case: c.Number, Text: "Vụ án " + c.Number}, n, s.now())
}
