package dossier

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"strconv"
	"strings"

	"congminh/internal/criminal"
	"congminh/internal/kit/blob"
	"congminh/internal/kit/db"
	"congminh/internal/kit/fault"
)

// stamp tells arrangements apart by what a person may have changed: the order, the
// documents and the numbers.
func (a Arrangement) stamp() string {
	h := fnv.New64a()
	for _, s := range a.Slots {
		fmt.Fprintf(h, "%s %s %d\n", s.Page, s.Document, s.Folio)
	}
	return fmt.Sprintf("%d.%x", len(a.Slots), h.Sum64())
}

// agrees reports whether a begins as it did when it had the stamp. Pages that
// arrived at the end since are no reason to refuse.
func (a Arrangement) agrees(stamp string) bool {
	count, _, _ := strings.Cut(stamp, ".")
	n, err := strconv.Atoi(count)
	return err == nil && n >= 0 && n <= len(a.Slots) && Arrangement{a.Slots[:n]}.stamp() == stamp
}

// Desk is a file as those see it who check it.
type Desk struct {
	Contents
	Case criminal.Case
	Busy bool   // scans are still being read
	Last Change // what Undo would take back; zero if there is nothing
	Seen string // the stamp of the arrangement
}

// Desk returns a file for checking.
func (s *Service) Desk(ctx context.Context, d ID) (k Desk, err error) {
	defer fault.Wrap(&err, "desk of %s", d)
	if _, err := s.open(ctx, d, MayCheck); err != nil {
		return k, err
	}
	if k.Contents, err = s.Contents(ctx, d); err != nil {
		return k, err
	}
	if k.Case, err = s.cases.Get(ctx, k.Dossier.Case); err != nil {
		return k, err
	}
	busy, err := s.store.busyScans(ctx, d)
	if err != nil {
		return k, err
	}
	k.Busy = busy > 0
	k.Seen = arrangement(k.Pages).stamp()
	k.Last, err = s.store.lastChange(ctx, d)
	if errors.Is(err, db.ErrNone) {
		err = nil
	}
	return k, err
}

// VersionPicture opens the light picture that a page had before it was replaced.
func (s *Service) VersionPicture(ctx context.Context, id PageID, version int) (r io.ReadSeekCloser, ref blob.Ref, err error) {
	defer fault.Wrap(&err, "version %d of page %s", version, id)
	p, err := s.openPage(ctx, id, MayRead)
	if err != nil {
		return nil, ref, err
	}
	if err := s.look(ctx, p)(); err != nil {
		return nil, ref, err
	}
	vs, err := s.Versions(ctx, id)
	if err != nil {
		return nil, ref, err
	}
	for _, v := range vs {
		if v.Version == version && v.Access != "" {
			return s.picture(ctx, p, v.Access)
		}
	}
	return nil, ref, ErrNoPage
}

// ReadAgain unlocks a page and has it read again: what a person typed is given up.
func (s *Service) ReadAgain(ctx context.Context, id PageID) (err error) {
	defer fault.Wrap(&err, "read page %s again", id)
	p, err := s.openPage(ctx, id, MayCheck)
	if err != nil {
		return err
	}
	if p.Picture == "" {
		return ErrNoPage
	}
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.Unlock(ctx, id); err != nil {
			return err
		}
		return s.Jobs.Put(ctx, rereadJob, rereadWork{Dossier: p.Dossier, Pages: []PageID{id}})
	})
}

// PaperIndex returns the index of the paper file, as a person copied it.
func (s *Service) PaperIndex(ctx context.Context, d ID) (ls []PaperLine, err error) {
	defer fault.Wrap(&err, "paper index of %s", d)
	if _, err := s.open(ctx, d, MayCheck); err != nil {
		return nil, err
	}
	return s.store.paperLines(ctx, d)
}

// SetPaperIndex replaces it by what text says, see ParsePaper.
func (s *Service) SetPaperIndex(ctx context.Context, d ID, text string) (err error) {
	defer fault.Wrap(&err, "set paper index of %s", d)
	if _, err := s.open(ctx, d, MayCheck); err != nil {
		return err
	}
	ls, err := ParsePaper(text)
	if err != nil {
		return err
	}
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		if _, err := s.store.lock(ctx, d); err != nil {
			return err
		}
		return s.store.setPaperLines(ctx, d, ls)
	})
}
