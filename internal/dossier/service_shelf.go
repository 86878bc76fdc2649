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
		docs, err := s.store.documents(ctx, f.ID)
		if err != nil {
			return nil, err
		}
		for _, d := range docs {
			out = append(out, access.Document{ID: string(d.ID), Title: d.Title})
		}
	}
	return out, nil
}
