package roll

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/xuri/excelize/v2"
)

const (
	maxUnzipped = 256 << 20 // of all parts of a spreadsheet together
	maxPart     = 128 << 20 // of one
	maxParts    = 2_000
	inMemory    = 8 << 20 // a part that is bigger is unpacked to a file for the time
	maxRatio    = 200     // text of a list packs ten to twenty times; a bomb a thousand times
)

// book reads a sheet of a spreadsheet, row by row.
func book(data []byte, sheet string) (l List, err error) {
	if err := weigh(data); err != nil {
		return l, err
	}
	f, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{
		UnzipSizeLimit: maxUnzipped, UnzipXMLSizeLimit: inMemory,
		ShortDatePattern: "dd/mm/yyyy", LongDatePattern: "dd/mm/yyyy", LongTimePattern: "hh:mm",
	})
	if err != nil {
		return l, fmt.Errorf("%w: %w", ErrBook, err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	sheets := f.GetSheetList()
	if len(sheets) == 0 {
		return l, ErrBook
	}
	if sheet == "" {
		sheet = sheets[0]
	} else if !slices.Contains(sheets, sheet) {
		return l, ErrSheet
	}
	rows, err := f.Rows(sheet)
	if err != nil {
		return l, fmt.Errorf("%w: %w", ErrBook, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	var t table
	for n, empty := 1, 0; rows.Next(); n++ {
		cells, err := rows.Columns()
		if err != nil {
			return l, fmt.Errorf("%w: %w", ErrBook, err)
		}
		if len(cells) == 0 {
			if empty++; empty > MaxRows { // a sheet may claim a million rows of nothing
				break
			}
			continue
		}
		if err := t.add(n, cells); err != nil {
			return l, err
		}
	}
	if err := rows.Error(); err != nil {
		return l, fmt.Errorf("%w: %w", ErrBook, err)
	}
	l, err = t.list()
	l.Sheet, l.Sheets = sheet, sheets
	return l, err
}

// weigh refuses what would unpack to more than any list is. The sizes are those the
// file claims; a part that is longer than it claims is refused when it is read.
func weigh(data []byte) error {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrBook, err)
	}
	if len(z.File) > maxParts {
		return ErrBig
	}
	var sum uint64
	for _, p := range z.File {
		size := p.UncompressedSize64
		if size > maxPart || size > 1<<20 && size/max(p.CompressedSize64, 1) > maxRatio {
			return ErrBig
		}
		if sum += size; sum > maxUnzipped {
			return ErrBig
		}
	}
	return nil
}
