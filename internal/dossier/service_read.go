package dossier

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"congminh/internal/access/policy"
	"congminh/internal/criminal"
	"congminh/internal/dossier/ocr"
	"congminh/internal/dossier/paper"
	"congminh/internal/dossier/reading"
	"congminh/internal/dossier/redact"
	"congminh/internal/dossier/scan"
	"congminh/internal/kit/db"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/id"
	"congminh/internal/kit/job"
	"congminh/internal/kit/search"
	"congminh/internal/kit/vn"
)

// The work of this module that goes on by itself.
const (
	readJob   = "dossier.read"   // read a scan page by page
	rereadJob = "dossier.reread" // read pages again
	pdfJob    = "dossier.pdf"    // make the PDF/A of a document
	retagJob  = "dossier.retag"  // tell the index who may see the pages of a case
	sweepJob  = "dossier.sweep"  // throw away uploads nobody went on with
)

type readWork struct {
	Scan ScanID `json:"scan"`
}

// Topic is the name under which the progress of a file is told.
func Topic(d ID) string { return "dossier:" + string(d) }

// read is the pipeline: a scan becomes pages, and pages become proposals. A step
// that was done before a crash is not done again: a page that has its row is
// skipped, and the proposals are made in the transaction that ends the reading.
func (s *Service) read(ctx context.Context, run *job.Run, body json.RawMessage) (err error) {
	var w readWork
	if err := json.Unmarshal(body, &w); err != nil {
		return job.Permanent(err)
	}
	defer fault.Wrap(&err, "read scan %s", w.Scan)
	var c Scan
	err = run.Tx(ctx, func(ctx context.Context) (err error) {
		if c, err = s.store.scan(ctx, w.Scan); err != nil || c.State == Read || c.State == Refused {
			return err
		}
		c.State = Reading
		return s.store.updateScan(ctx, c)
	})
	if errors.Is(err, db.ErrNone) {
		return job.Permanent(err)
	}
	if err != nil || c.State != Reading {
		return err
	}
	mark, suspected, err := s.held(ctx, c.ID)
	if err != nil {
		return err
	}
	if suspected { // found before a crash
		return s.keepApart(ctx, run, c, mark)
	}
	file, err := s.store.get(ctx, c.Dossier)
	if err != nil {
		return err
	}
	path, done, err := s.Blobs.Local(ctx, c.SHA256)
	if err != nil {
		return err
	}
	defer done()
	dir, err := os.MkdirTemp(s.Spool, "read-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)

	had, err := s.store.pagesOfScan(ctx, c.ID)
	if err != nil {
		return err
	}
	r := &scanReader{s: s, run: run, file: file, c: c, had: map[int]bool{}, cleared: mark.State == NotSecret}
	for _, p := range had {
		r.had[p.N] = true
		if p.Problem != "" {
			r.bad++
		}
	}
	r.done = len(r.had)
	info, err := r.all(ctx, path, dir)
	if mark, suspected, heldErr := s.held(ctx, c.ID); heldErr != nil || suspected {
		return errors.Join(heldErr, s.keepApart(ctx, run, c, mark))
	}
	refusal, refused := errors.AsType[*fault.Error](err)
	switch {
	case err == nil:
	case !refused || refusal.Kind == fault.Internal || refusal.Is(scan.ErrNoPoppler) || refusal.Is(scan.ErrNoOffice):
		return errors.New(err.Error()) // a fault of this machine, not a refusal of the file: tried again
	case r.done == 0:
		c.State, c.Reason = Refused, refusal.Text
		return run.Finish(ctx, func(ctx context.Context) error { return s.store.updateScan(ctx, c) })
	default:
		c.Reason = refusal.Text // what could be read is kept, and the person told why the rest was not
	}
	c.Kind, c.Signed, c.Pages, c.Done, c.Bad, c.State = info.Kind, info.Signed, max(info.Pages, r.done), r.done, r.bad, Read
	return s.propose(ctx, run, c)
}

// scanReader reads the pages of one scan, several at once.
type scanReader struct {
	s    *Service
	run  *job.Run
	file Dossier
	c    Scan
	had  map[int]bool

	cleared bool // a person saw its mark and said it is no state secret

	mu        sync.Mutex
	done, bad int
	err       error
	marked    bool // a page has a state-secret mark: what is not begun is not read
}

func (r *scanReader) all(ctx context.Context, path, dir string) (scan.Info, error) {
	work, cancel := context.WithCancel(ctx)
	defer cancel()
	pages := make(chan scan.Page)
	var readers sync.WaitGroup
	for range max(1, r.s.Readers) {
		readers.Go(func() {
			for p := range pages {
				if err := r.one(work, p); err != nil {
					r.mu.Lock()
					if r.err == nil {
						r.err = err
					}
					r.mu.Unlock()
					cancel()
				}
			}
		})
	}
	info, err := r.s.Scanner.Pages(work, path, dir, func(p scan.Page) error {
		if r.had[p.N] {
			_ = os.Remove(p.File)
			return nil
		}
		r.mu.Lock()
		marked := r.marked
		r.mu.Unlock()
		if marked {
			return errMarked
		}
		select {
		case pages <- p:
			return nil
		case <-work.Done():
			return work.Err()
		}
	})
	close(pages)
	readers.Wait()
	if r.err != nil {
		return info, r.err // the reason why the rest was cancelled
	}
	return info, err
}

// one reads one page of the scan and keeps it. A page that cannot be read is kept
// with its problem, so that the person sees that something is there.
func (r *scanReader) one(ctx context.Context, p scan.Page) error {
	defer os.Remove(p.File)
	var kept []Page
	var docs []search.Doc
	var stamp redact.Stamp
	marked := false
	switch {
	case p.Err != "":
		kept = []Page{r.page(p.N, 0, Page{Problem: p.Err})}
	default:
		parts, err := r.s.readPicture(ctx, p)
		if refusal, ok := errors.AsType[*fault.Error](err); ok && refusal.Kind != fault.Internal {
			// The picture is there, so a later reader may do better.
			sha, err := r.s.keep(ctx, p.File, nil)
			if err != nil {
				return fmt.Errorf("page %d: %w", p.N, err)
			}
			kept = []Page{r.page(p.N, 0, Page{Problem: refusal.Text, Picture: sha, Format: p.Format, W: p.W, H: p.H, DPI: p.DPI, Rotation: p.Turn})}
			break
		}
		if err != nil {
			return fmt.Errorf("page %d: %w", p.N, err)
		}
		for i, part := range parts {
			n := 0
			if len(parts) > 1 {
				n = i + 1
			}
			kept = append(kept, r.page(p.N, n, part.Page))
			docs = append(docs, search.Doc{Text: part.Text})
		}
		if !r.cleared {
			if stamp, marked, err = r.s.stampOf(ctx, parts); err != nil {
				return fmt.Errorf("page %d: %w", p.N, err)
			}
		}
		if marked {
			docs = nil // nobody finds it
		}
	}
	err := r.s.store.db.Tx(ctx, func(ctx context.Context) error {
		// The lock comes first: whoever changes the tags of a file holds it too.
		if err := r.s.store.addPages(ctx, r.file.ID, 0); err != nil {
			return err
		}
		tagged, err := r.s.tagsOf(ctx, r.file)
		if err != nil {
			return err
		}
		tags := tagged(Document{})
		if marked {
			if err := r.s.suspect(ctx, r.c, p.N, stamp.Level); err != nil {
				return err
			}
		}
		added := 0
		for i, k := range kept {
			fresh, err := r.s.store.insertPage(ctx, k)
			if err != nil {
				return err
			}
			if fresh {
				added++
			}
			if fresh && i < len(docs) {
				docs[i].Key, docs[i].Tags = string(k.ID), tags
				if err := r.s.Index.Put(ctx, docs[i]); err != nil {
					return err
				}
			}
		}
		return r.s.store.addPages(ctx, r.file.ID, added)
	})
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.marked = r.marked || marked
	r.done++
	if kept[0].Problem != "" {
		r.bad++
	}
	return r.run.Progress(ctx, r.done, p.Of, "")
}

func (r *scanReader) page(n, part int, p Page) Page {
	p.ID, p.Dossier, p.Scan, p.N, p.Part = id.New[Page](), r.file.ID, r.c.ID, n, part
	p.Position, p.State, p.Version, p.ReadAt = position(r.c.Seq, n, part), Proposed, 1, r.s.now()
	return p
}

// picture is a page as it was read, before it has a place in a file.
type picture struct {
	Page
	Text string
}

// readPicture reads a page picture and keeps what came of it in the blob store:
// one picture, or two if the sheet holds two pages side by side.
func (s *Service) readPicture(ctx context.Context, p scan.Page) ([]picture, error) {
	sheet, err := s.Reader.ReadPage(ctx, p)
	if err != nil {
		return nil, err
	}
	return s.keepSheet(ctx, p, sheet)
}

// keepSheet puts what was read of a picture, and the picture, into the blob store.
func (s *Service) keepSheet(ctx context.Context, p scan.Page, sheet ocr.Sheet) ([]picture, error) {
	sides := []ocr.Half{{File: p.File, Format: p.Format, Page: sheet.Page}}
	if len(sheet.Halves) == 2 {
		for _, f := range []string{ocr.AccessPath(p.File), ocr.ThumbPath(p.File)} {
			_ = os.Remove(f)
		}
		sides = sheet.Halves
	}
	var out []picture
	for i, side := range sides {
		g := side.Page
		g.N = p.N
		pic := picture{Text: g.Text, Page: Page{
			Format: side.Format, W: g.W, H: g.H, DPI: g.DPI, Rotation: g.Rotation, Skew: g.Skew,
			Blank: g.Blank, Spread: g.Double, Confidence: g.Confidence, Reader: ocr.Version,
			Hash: strconv.FormatUint(g.Hash, 16),
		}}
		if len(g.Words) == 0 && g.Rotation == 0 && len(sides) == 1 {
			pic.Turn = p.Turn // no text to go by: the file's own word on which way is up stands
		}
		for _, b := range g.Barcodes {
			if folio, ok := paper.Label(b.Text); ok {
				pic.Label = folio
			}
		}
		text, err := json.Marshal(g)
		if err != nil {
			return nil, err
		}
		for _, put := range []struct {
			to   *string
			file string
			text []byte
		}{{&pic.Access, ocr.AccessPath(side.File), nil}, {&pic.Thumb, ocr.ThumbPath(side.File), nil}, {&pic.Words, "", text}, {&pic.Picture, side.File, nil}} {
			if *put.to, err = s.keep(ctx, put.file, put.text); err != nil {
				return nil, fmt.Errorf("part %d: %w", i, err)
			}
		}
		out = append(out, pic)
	}
	return out, nil
}

// keep puts a file, or text where there is none, into the blob store.
func (s *Service) keep(ctx context.Context, file string, text []byte) (string, error) {
	var in io.Reader = bytes.NewReader(text)
	if file != "" {
		f, err := os.Open(filepath.Clean(file))
		if err != nil {
			return "", err
		}
		defer f.Close()
		defer os.Remove(file)
		in = f
	}
	ref, err := s.Blobs.Put(ctx, in)
	return ref.SHA256, err
}

// reading loads what was read on a page.
func (s *Service) reading(ctx context.Context, p Page) (g reading.Page, err error) {
	if p.Words == "" {
		return reading.Page{N: p.N, W: p.W, H: p.H, DPI: p.DPI, Words: []reading.Word{}}, nil
	}
	in, _, err := s.Blobs.Get(ctx, p.Words)
	if err != nil {
		return g, err
	}
	defer in.Close()
	err = json.NewDecoder(in).Decode(&g)
	return g, err
}

// propose ends the reading of a scan: it cuts the pages into documents, says what
// each seems to be, and leaves out what does not belong in a numbered file. All of
// it is a proposal. What takes long is done before the transaction; if the pages
// changed meanwhile the job is done again.
func (s *Service) propose(ctx context.Context, run *job.Run, c Scan) (err error) {
	defer fault.Wrap(&err, "propose documents of scan %s", c.ID)
	pages, err := s.store.pagesOfScan(ctx, c.ID)
	if err != nil {
		return err
	}
	all, err := s.store.pages(ctx, c.Dossier)
	if err != nil {
		return err
	}
	texts := make([]reading.Page, len(pages))
	twins := make([]Page, len(pages))
	for i, p := range pages {
		if texts[i], err = s.reading(ctx, p); err != nil {
			return err
		}
		texts[i].N = i + 1
		if twins[i].Twin, twins[i].TwinExact, err = s.twin(ctx, p, texts[i].Text, all); err != nil {
			return err
		}
	}
	found := paper.Recognise(texts)
	return run.Finish(ctx, func(ctx context.Context) error {
		file, err := s.store.lock(ctx, c.Dossier)
		if err != nil {
			return err
		}
		if now, err := s.store.scan(ctx, c.ID); err != nil || now.State != Reading {
			return err
		}
		now, err := s.store.pagesOfScan(ctx, c.ID)
		if err != nil {
			return err
		}
		if !slices.EqualFunc(now, pages, func(a, b Page) bool { return a.ID == b.ID && a.Words == b.Words }) {
			return errors.New("pages changed while documents were being proposed") // tried again
		}
		for _, f := range found {
			d := s.proposal(file, c, f, now)
			holds := false
			for i := f.From - 1; i < f.To; i++ {
				if twins[i].Twin != "" {
					if err := s.store.setTwin(ctx, now[i].ID, twins[i].Twin, twins[i].TwinExact); err != nil {
						return err
					}
				}
				slot := Slot{Page: now[i].ID, Document: d.ID, State: now[i].State, Turn: now[i].Turn}
				if f.Separator || now[i].Blank {
					slot.State, slot.Document = Excluded, ""
				} else {
					holds = true
				}
				if err := s.store.setArrangement(ctx, slot, now[i].Position); err != nil {
					return err
				}
				now[i].Document = slot.Document
			}
			if holds {
				if err := s.store.saveDocument(ctx, d); err != nil {
					return err
				}
			}
		}
		if err := s.retag(ctx, file, now); err != nil {
			return err
		}
		return s.store.updateScan(ctx, c)
	})
}

// proposal is what was recognised, as a document of the file.
func (s *Service) proposal(file Dossier, c Scan, f paper.Document, pages []Page) Document {
	d := Document{
		ID: id.New[Document](), Dossier: file.ID, Kind: f.Kind, Form: f.Form, Group: f.Group, Title: f.Title,
		Number: f.Number.Value, Issuer: f.Issuer.Value, Signer: f.Signer.Value,
		Confidence: f.Confidence, State: Guessed, Seen: map[string]Seen{}, PDFState: "none",
	}
	d.Date = civilDate(f.Date.Value)
	d.Title = official(d.Title, f)
	if c.Signed && f.From == 1 && f.To == len(pages) {
		d.PDFState = "signed"
	}
	seen := func(name string, x paper.Field) {
		if x.Value != "" && x.Page >= 1 && x.Page <= len(pages) {
			d.Seen[name] = Seen{pages[x.Page-1].ID, x.Box, x.Confidence}
		}
	}
	seen("kind", f.KindField)
	seen("number", f.Number)
	seen("date", f.Date)
	seen("issuer", f.Issuer)
	seen("signer", f.Signer)
	for i, p := range f.Persons {
		d.Persons = append(d.Persons, Person{p.Name.Value, p.Role})
		seen("person."+strconv.Itoa(i), p.Name)
	}
	for i, a := range f.Articles {
		d.Articles = append(d.Articles, a.Value)
		seen("article."+strconv.Itoa(i), a)
	}
	return d
}

// official is the title of a proposal: that of its kind where what was read is the
// same but for a few letters, for letters are misread and titles are not.
func official(read string, f paper.Document) string {
	if f.KindName == "" || f.KindField.Confidence < 0.8 {
		return read
	}
	a, b := []rune(vn.Fold(read)), []rune(vn.Fold(f.KindName))
	if 6*distance(a, b) <= len(b) {
		return strings.ToUpper(f.KindName)
	}
	return read
}

// distance is how many letters must be put in, taken out or changed to make b of a.
func distance(a, b []rune) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i, x := range a {
		last := row[0]
		row[0] = i + 1
		for j, y := range b {
			cost := last
			if x != y {
				cost = 1 + min(last, row[j], row[j+1])
			}
			last, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}

// twin finds the earlier page that p seems to repeat: the same bytes, or a picture
// that is like it and says the same, so that a person should look. text is what was
// read on p.
func (s *Service) twin(ctx context.Context, p Page, text string, all []Page) (PageID, bool, error) {
	if p.Blank || p.Picture == "" {
		return "", false, nil
	}
	hash, err := strconv.ParseUint(p.Hash, 16, 64)
	if err != nil {
		return "", false, err
	}
	near := PageID("")
	for _, q := range all {
		if q.ID == p.ID || q.Position >= p.Position || q.Blank || q.Picture == "" {
			continue
		}
		if q.Picture == p.Picture {
			return q.ID, true, nil
		}
		other, err := strconv.ParseUint(q.Hash, 16, 64)
		if near != "" || err != nil || hash == 0 || bits.OnesCount64(hash^other) > ocr.NearHash {
			continue
		}
		g, err := s.reading(ctx, q)
		if err != nil {
			return "", false, err
		}
		if alike(text, g.Text) {
			near = q.ID
		}
	}
	return near, false, nil
}

// alike reports whether two readings are of one sheet. Minutes and decisions of one
// kind share most of their words; what tells them apart is numbers, dates and names, so
// words that hold a digit must agree too. Two readings of one sheet differ by letters
// misread, seldom by more than a few words in a hundred.
func alike(a, b string) bool {
	x, y := strings.Fields(vn.Fold(a)), strings.Fields(vn.Fold(b))
	digits := func(w string) bool { return !strings.ContainsAny(w, "0123456789") }
	return common(x, y) >= 0.95 && common(slices.DeleteFunc(slices.Clone(x), digits), slices.DeleteFunc(slices.Clone(y), digits)) >= 0.9
}

// common is the share of words that two texts have in common; of nothing, all.
func common(x, y []string) float64 {
	if len(x) == 0 && len(y) == 0 {
		return 1
	}
	left := map[string]int{}
	for _, w := range x {
		left[w]++
	}
	both := 0
	for _, w := range y {
		if left[w] > 0 {
			left[w]--
			both++
		}
	}
	return float64(both) / float64(max(len(x), len(y)))
}

// tagsOf returns what the pages of a file are tagged with in the index: by whom they
// may be read, as the policy of access says for the document they stand in, and what a
// search can be narrowed by.
func (s *Service) tagsOf(ctx context.Context, d Dossier) (func(Document) []string, error) {
	of, err := s.cases.Object(ctx, d.Case)
	return func(doc Document) []string {
		o := of
		o.Document, o.Level = string(doc.ID), max(o.Level, policy.Level(doc.Level))
		tags := append(policy.Tags(o), "d:"+string(d.ID))
		if doc.ID != "" {
			tags = append(tags, documentTags(doc)...)
		}
		return tags
	}, err
}

// documentTags are those it carries for its document.
func documentTags(d Document) []string {
	tags := []string{"k:" + d.Kind, "g:" + d.Group}
	if d.Date != "" {
		tags = append(tags, "m:"+string(d.Date[:7]))
	}
	for _, p := range d.Persons {
		tags = append(tags, "n:"+vn.Fold(p.Name))
	}
	return tags
}

// retag tells the index anew what pages belong to. Call it in the transaction that
// changed it.
func (s *Service) retag(ctx context.Context, file Dossier, pages []Page) error {
	tags, err := s.tagsOf(ctx, file)
	if err != nil {
		return err
	}
	docs := map[DocumentID][]string{"": tags(Document{})}
	for _, p := range pages {
		if p.Words == "" {
			continue
		}
		of, ok := docs[p.Document]
		if !ok {
			d, err := s.store.document(ctx, p.Document)
			if err != nil && !errors.Is(err, db.ErrNone) {
				return err
			}
			of = tags(d)
			docs[p.Document] = of
		}
		if err := s.Index.Retag(ctx, string(p.ID), of); err != nil {
			return err
		}
	}
	return nil
}

type retagWork struct {
	Case criminal.ID `json:"case"`
}

// retagCase follows a change of who may see a case.
func (s *Service) retagCase(ctx context.Context, body json.RawMessage) (err error) {
	defer fault.Wrap(&err, "retag")
	var w retagWork
	if err := json.Unmarshal(body, &w); err != nil {
		return job.Permanent(err)
	}
	files, err := s.store.ofCase(ctx, w.Case)
	if err != nil {
		return err
	}
	for _, f := range files {
		pages, err := s.store.pages(ctx, f.ID)
		if err != nil {
			return err
		}
		for batch := range slices.Chunk(pages, 200) {
			// Under the lock of the file, so that whoever tags last has read last.
			err := s.store.db.Tx(ctx, func(ctx context.Context) error {
				file, err := s.store.lock(ctx, f.ID)
				if err != nil {
					return err
				}
				for i := range batch {
					if batch[i], err = s.store.page(ctx, batch[i].ID); err != nil {
						return err
					}
				}
				return s.retag(ctx, file, batch)
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

type rereadWork struct {
	Dossier ID       `json:"dossier"`
	Pages   []PageID `json:"pages"`
}

// Reread reads again the pages of a file that failed, are weak, or were read by
// an older engine; all of them with every. Locked pages are never touched.
func (s *Service) Reread(ctx context.Context, d ID, every bool) (n int, err error) {
	defer fault.Wrap(&err, "reread %s", d)
	if _, err := s.open(ctx, d, MayCheck); err != nil {
		return 0, err
	}
	pages, err := s.store.pages(ctx, d)
	if err != nil {
		return 0, err
	}
	w := rereadWork{Dossier: d}
	for _, p := range pages {
		if !p.Locked && p.Picture != "" && (every || p.Weak() || p.Problem != "" || p.Reader < ocr.Version) {
			w.Pages = append(w.Pages, p.ID)
		}
	}
	if len(w.Pages) == 0 {
		return 0, nil
	}
	return len(w.Pages), s.Jobs.PutUnique(ctx, rereadJob, string(d), w, job.Topic(Topic(d)))
}

func (s *Service) reread(ctx context.Context, run *job.Run, body json.RawMessage) (err error) {
	defer fault.Wrap(&err, "reread")
	var w rereadWork
	if err := json.Unmarshal(body, &w); err != nil {
		return job.Permanent(err)
	}
	for i, id := range w.Pages {
		p, err := s.store.page(ctx, id)
		if err != nil {
			return err
		}
		if !p.Locked {
			err := s.rereadPage(ctx, p)
			if refusal, ok := errors.AsType[*fault.Error](err); ok && refusal.Kind != fault.Internal {
				err = s.replaceReading(ctx, p.ID, picture{Page: Page{Problem: refusal.Text}})
			}
			if err != nil {
				return err
			}
		}
		if err := run.Progress(ctx, i+1, len(w.Pages), "Đọc lại"); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) rereadPage(ctx context.Context, p Page) error {
	path, done, err := s.Blobs.Local(ctx, p.Picture)
	if err != nil {
		return err
	}
	defer done()
	dir, err := os.MkdirTemp(s.Spool, "reread-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "page."+p.Format)
	if err := copyFile(path, file); err != nil {
		return err
	}
	old, err := s.reading(ctx, p)
	if err != nil {
		return err
	}
	var words []reading.Word
	if old.Pass == 0 && len(old.Words) > 0 {
		words = old.Words // the text of a born-digital page is better than any reading of it
	}
	page := scan.Page{N: p.N, File: file, Format: p.Format, DPI: p.DPI, Text: words}
	var parts []picture
	if p.Turn != 0 && words == nil { // a person turned it: it is read as they see it
		sheet, err := s.Reader.ReadTurned(ctx, page, (p.Rotation+p.Turn)%360)
		if err != nil {
			return err
		}
		if parts, err = s.keepSheet(ctx, page, sheet); err != nil {
			return err
		}
	} else if parts, err = s.readPicture(ctx, page); err != nil {
		return err
	}
	if len(parts) != 1 {
		return nil // a spread that a person kept whole stays as it is
	}
	return s.replaceReading(ctx, p.ID, parts[0])
}

// replaceReading gives a page what was read on it now, unless a person has locked
// it meanwhile.
func (s *Service) replaceReading(ctx context.Context, id PageID, got picture) error {
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		p, err := s.store.page(ctx, id)
		if err != nil {
			return err
		}
		if _, err := s.store.lock(ctx, p.Dossier); err != nil {
			return err
		}
		if p, err = s.store.page(ctx, id); err != nil || p.Locked {
			return err
		}
		p.Problem, p.ReadAt = got.Problem, s.now()
		if got.Problem != "" {
			return s.store.updatePage(ctx, p)
		}
		if p.Turn != 0 { // what a person turned stays as they see it
			got.Turn = (p.Rotation + p.Turn - got.Rotation + 360) % 360
		}
		p.Turn = got.Turn
		p.W, p.H, p.Rotation, p.Skew, p.Blank, p.Confidence = got.W, got.H, got.Rotation, got.Skew, got.Blank, got.Confidence
		p.Words, p.Access, p.Thumb, p.Hash, p.Reader = got.Words, got.Access, got.Thumb, got.Hash, got.Reader
		if err := s.store.updatePage(ctx, p); err != nil {
			return err
		}
		if err := s.index(ctx, p, got.Text); err != nil {
			return err
		}
		return s.stalePDF(ctx, p.Document)
	})
}

// index tells the index the text of a page. Call it in the transaction that
// changed it.
func (s *Service) index(ctx context.Context, p Page, text string) error {
	file, err := s.store.get(ctx, p.Dossier)
	if err != nil {
		return err
	}
	tags, err := s.tagsOf(ctx, file)
	if err != nil {
		return err
	}
	var of Document
	if p.Document != "" {
		if of, err = s.store.document(ctx, p.Document); err != nil && !errors.Is(err, db.ErrNone) {
			return err
		}
	}
	return s.Index.Put(ctx, search.Doc{Key: string(p.ID), Text: text, Tags: tags(of)})
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		out.Close()
		return err
	}
	return out.Close()
}
