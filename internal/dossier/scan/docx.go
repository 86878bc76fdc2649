package scan

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"congminh/internal/kit/fault"
)

// What a DOCX may hold. A long indictment has some hundred parts and a few megabytes.
const (
	maxParts    = 10_000
	maxUnpacked = 1 << 30
)

// convert makes a PDF of a DOCX and returns its path.
func convert(ctx context.Context, j job) (pdf string, err error) {
	defer fault.Wrap(&err, "docx")
	if err := checkZip(j.Path); err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp(j.Tmp, "office")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	// A profile of its own: no macros or settings of another file, no lock to wait for.
	// The name decides what LibreOffice takes it for, so it gets the right one.
	in := filepath.Join(dir, "in.docx")
	if err := os.Symlink(j.Path, in); err != nil {
		return "", err
	}
	err = run(ctx, ErrNoOffice, nil, "soffice", "-env:UserInstallation=file://"+filepath.ToSlash(filepath.Join(dir, "profile")),
		"--headless", "--norestore", "--nolockcheck", "--nodefault", "--infilter=MS Word 2007 XML",
		"--convert-to", "pdf:writer_pdf_Export", "--outdir", dir, in)
	if err != nil {
		return "", err
	}
	pdf = filepath.Join(j.Tmp, "converted.pdf")
	err = os.Rename(filepath.Join(dir, "in.pdf"), pdf)
	if errors.Is(err, os.ErrNotExist) { // soffice ends with 0 whatever happened
		return "", fmt.Errorf("%w: soffice made no PDF", ErrBroken)
	}
	return pdf, err
}

// checkZip unpacks a DOCX into nothing: what it says of its sizes may be a lie.
func checkZip(path string) error {
	z, err := zip.OpenReader(path)
	if errors.Is(err, zip.ErrInsecurePath) {
		z.Close()
		return fmt.Errorf("%w: %v", ErrArchive, err)
	}
	if err != nil {
		return fmt.Errorf("%w: %v", ErrTruncated, err) // its directory is at the end
	}
	defer z.Close()
	if len(z.File) > maxParts {
		return fmt.Errorf("%w: %d parts", ErrArchive, len(z.File))
	}
	seen := map[string]bool{}
	left := int64(maxUnpacked)
	for _, f := range z.File {
		if !filepath.IsLocal(filepath.FromSlash(strings.TrimSuffix(f.Name, "/"))) || strings.Contains(f.Name, `\`) || seen[f.Name] {
			return fmt.Errorf("%w: part %q", ErrArchive, f.Name)
		}
		seen[f.Name] = true
	}
	if !seen["[Content_Types].xml"] || !seen["word/document.xml"] {
		return ErrUnknown
	}
	for _, f := range z.File {
		if f.Flags&1 != 0 {
			return ErrOldWord // encrypted
		}
		r, err := f.Open()
		if err != nil {
			return fmt.Errorf("%w: %v", ErrBroken, err)
		}
		n, err := io.Copy(io.Discard, io.LimitReader(r, left+1))
		r.Close()
		if err != nil {
			return fmt.Errorf("%w: %s: %v", ErrBroken, f.Name, err)
		}
		if left -= n; left < 0 || n > 1<<20 && n > 200*int64(f.CompressedSize64) {
			return fmt.Errorf("%w: %s unpacks to %d bytes or more", ErrArchive, f.Name, n)
		}
	}
	return nil
}
