package dossier

import (
	"context"

	"congminh/internal/access"
	"congminh/internal/criminal"
	"congminh/internal/kit/fault"
)

// Documents returns the documents of a case, whoever asks: a request for access names
// parts of a file, and who decides about it must know what they are called.
func (s *Service) Documents(ctx context.Context, of string) (out []access.Document, err error) {
	defer fault.Wrap(&err, "documents of case %s", of)
	files, err := s.store.ofCase(ctx, criminal.ID(of))
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		papers, err := s.store.papers(ctx, f.ID)
		if err != nil {
			return nil, err
		}
		for _, p := range papers {
			out = append(out, access.Document{ID: string(p.ID), Title: shelfTitle(p), File: string(f.ID)})
		}
	}
	return out, nil
}

// shelfTitle names a document for who decides whether it is opened.
func shelfTitle(p Paper) string {
	title := p.Title
	if title == "" {
		title = "Tài liệu chưa rõ tên"
	}
	if c := Cite(p.From, p.To); c != "" {
		title += " (" + c + ")"
	}
	return title
}
