package scan

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"congminh/internal/kit/fault"
	"congminh/internal/kit/sandbox"
)

// opened is what the child found out about a file as a whole.
type opened struct {
	Pages          int
	Signed, Script bool
}

// Handlers is what a child must serve for a Scanner.
func Handlers() map[string]sandbox.Handler {
	return map[string]sandbox.Handler{
		"scan.open":    handle(open),
		"scan.pages":   handle(pages),
		"scan.convert": handle(convert),
	}
}

func handle[T any](do func(context.Context, job) (T, error)) sandbox.Handler {
	return func(ctx context.Context, args json.RawMessage) (_ any, err error) {
		var j job
		if err := json.Unmarshal(args, &j); err != nil {
			return nil, err
		}
		v, err := do(ctx, j)
		if err != nil {
			fmt.Fprintln(os.Stderr, err) // a refusal loses its details on the way
		}
		return v, err
	}
}

func open(ctx context.Context, j job) (o opened, err error) {
	switch j.Kind {
	case "pdf":
		o, err = openPDF(ctx, j)
	case "tiff":
		o.Pages, err = openTIFF(j)
	default:
		o.Pages = 1
	}
	if err == nil && o.Pages > j.MaxPages {
		err = ErrTooMany
	}
	return o, err
}

func pages(ctx context.Context, j job) ([]Page, error) {
	switch j.Kind {
	case "pdf":
		return pdfPages(ctx, j)
	case "tiff":
		return tiffPages(j)
	}
	p, err := single(j)
	return []Page{p}, err
}

// single reads a file that is one picture.
func single(j job) (p Page, err error) {
	defer fault.Wrap(&err, "%s", j.Kind)
	b, err := readFile(j.Path)
	if err != nil {
		return p, err
	}
	if j.Kind == "png" {
		return pngPage(j, 1, b)
	}
	return jpegPage(j, 1, b)
}

// maxPicture is how many bytes one stored picture may have: more than the worst scan
// of an A0 sheet, less than the memory of a child.
const maxPicture = 512 << 20

func readFile(path string) ([]byte, error) {
	st, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if st.Size() > maxPicture {
		return nil, ErrBomb
	}
	return os.ReadFile(path)
}
