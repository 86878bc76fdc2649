package seal

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strconv"

	"congminh/internal/kit/web"
)

func (s *Service) web(m *web.Mux) {
	m.Menu("Nhật ký", "/journal", MayAudit)
	m.Page("GET /journal", MayAudit, s.listWeb)
	m.Page("GET /journal/{n}", MayAudit, s.entryWeb)
}

func (s *Service) listWeb(w http.ResponseWriter, r *http.Request) error {
	var f Filter
	if err := web.Form(r, &f); err != nil {
		return err
	}
	rows, err := s.List(r.Context(), f)
	if err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, listPage(rows, f))
}

// proof is what the page of an entry shows of its place in the tree.
type proof struct {
	Size int64
	Root string
	Path []string
}

func (s *Service) entryWeb(w http.ResponseWriter, r *http.Request) error {
	n, err := strconv.ParseInt(r.PathValue("n"), 10, 64)
	if err != nil || n < 0 {
		return ErrNoEntry
	}
	e, leaf, err := s.Entry(r.Context(), n)
	if err != nil {
		return err
	}
	t, err := s.Tree(r.Context())
	if err != nil {
		return err
	}
	path, err := t.Includes(n)
	if err != nil {
		return err
	}
	p := proof{Size: t.Size, Root: t.Root.String()}
	for _, h := range path {
		p.Path = append(p.Path, base64.StdEncoding.EncodeToString(h[:]))
	}
	return web.Show(w, r, http.StatusOK, entryPage(e, string(leaf), p))
}

// Query is f in an address, without its place.
func (f Filter) Query() url.Values {
	q := url.Values{}
	for name, v := range map[string]string{"verb": f.Verb, "actor": f.Actor, "case": f.Case, "object": f.Object, "from": string(f.From), "to": string(f.To)} {
		if v != "" {
			q.Set(name, v)
		}
	}
	return q
}
