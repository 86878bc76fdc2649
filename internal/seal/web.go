package seal

import (
	"encoding/csv"
	"errors"
	"io"
	"time"

	"congminh/internal/kit/civil"
	"congminh/internal/kit/lang"
	"encoding/base64"
	"net/http"
	"net/url"
	"strconv"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/web"
)

func (s *Service) web(m *web.Mux) {
	m.Menu("Nhật ký", "/journal", MayAudit)
	m.Page("GET /journal", MayAudit, s.listWeb)
	m.Page("GET /journal/export", MayAudit, s.exportJournalWeb)
	m.Page("GET /journal/{n}", MayAudit, s.entryWeb)
	m.Menu("Khóa và đầu nhật ký", "/journal-heads", MayKeys)
	m.Page("GET /journal-heads", MayKeys, s.headsWeb)
	m.Page("POST /journal-heads", MayKeys, s.signWeb)
	m.Page("GET /journal-heads/{size}/print", MayKeys, s.paperWeb)
	m.Flash("seal.head", "Đã ký đầu nhật ký.")
	m.Page("POST /journal-heads/key", MayKeys, web.Fresh(s.rollWeb))
	m.Flash("seal.key", "Nhật ký đã được bàn giao cho khóa mới.")
	s.lifeWeb(m)
	// For witnesses and monitors: nothing here names anybody.
	m.Page("GET /log/checkpoint", auth.Anyone, s.checkpointWeb)
	m.Page("GET /log/key", auth.Anyone, s.keyWeb)
	m.Page("GET /log/tile/{path...}", auth.Anyone, s.tileWeb)
}

func (s *Service) listWeb(w http.ResponseWriter, r *http.Request) error {
	var f Filter
	if err := web.Form(r, &f); err != nil {
		return err
	}
	rows, err := s.Read(r.Context(), f)
	if err != nil {
		return err
	}
	wrong, err := s.Alarms(r.Context())
	if err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, listPage(rows, f, wrong))
}

// exportJournalWeb writes every line that passes the filter as CSV.
func (s *Service) exportJournalWeb(w http.ResponseWriter, r *http.Request) error {
	var f Filter
	if err := web.Form(r, &f); err != nil {
		return err
	}
	ctx := r.Context()
	t := func(text string) string { return lang.T(ctx, text) }
	out := csv.NewWriter(w)
	begin := func() error {
		_ = http.NewResponseController(w).SetWriteDeadline(time.Time{}) // a long list takes longer than a page
		w.Header().Set("Content-Type", "text/csv; charset=utf-8")
		w.Header().Set("Content-Disposition", web.Disposition("nhat-ky-"+string(civil.On(s.now()))+".csv", false))
		if _, err := io.WriteString(w, "\ufeff"); err != nil { // spreadsheets take it for UTF-8 then
			return err
		}
		return out.Write([]string{t("Dòng"), t("Lúc"), t("Ai"), t("Việc"), t("Đối tượng"), t("Chi tiết"), t("Theo quyền")})
	}
	begun := false
	err := s.Export(ctx, f, func(e Entry) error {
		if !begun {
			begun = true
			if err := begin(); err != nil {
				return err
			}
		}
		return out.Write([]string{number(e.N), at(e.At), cell(orActor(e)), t(verbVN(e.Verb)), cell(e.Object), cell(details(e)), t(ruleVN(e.Rule))})
	})
	if err == nil && !begun {
		err = begin()
	}
	out.Flush()
	return errors.Join(err, out.Error())
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

func (s *Service) headsWeb(w http.ResponseWriter, r *http.Request) error {
	hs, err := s.Heads(r.Context())
	if err != nil {
		return err
	}
	keys, err := s.LogKeys(r.Context())
	if err != nil {
		return err
	}
	wrong, err := s.Alarms(r.Context())
	if err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, headsPage(hs, keys, s.LogKey(r.Context()), s.HasNext(r.Context()), s.Development(), wrong, s.ending()))
}

func (s *Service) signWeb(w http.ResponseWriter, r *http.Request) error {
	if _, err := s.SignHead(r.Context()); err != nil {
		return err
	}
	return web.Done(w, r, "/journal-heads", "seal.head")
}

func (s *Service) paperWeb(w http.ResponseWriter, r *http.Request) error {
	hs, err := s.Heads(r.Context())
	if err != nil {
		return err
	}
	for _, h := range hs {
		if number(h.Size) != r.PathValue("size") {
			continue
		}
		text, err := h.Paper(s.Origin())
		if err != nil {
			return err
		}
		return web.Show(w, r, http.StatusOK, paperPage(h, text))
	}
	return ErrNoHead
}

func (s *Service) checkpointWeb(w http.ResponseWriter, r *http.Request) error {
	h, err := s.Last(r.Context())
	if err == nil {
		h, err = s.Witnessed(r.Context(), h)
	}
	if err != nil {
		return err
	}
	return plain(w, []byte(h.Note))
}

func (s *Service) keyWeb(w http.ResponseWriter, r *http.Request) error {
	key := s.LogKey(r.Context())
	if key == "" {
		return ErrNoKeys
	}
	return plain(w, []byte(key+"\n"))
}

func (s *Service) tileWeb(w http.ResponseWriter, r *http.Request) error {
	b, err := s.Tile(r.Context(), "tile/"+r.PathValue("path"))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	_, err = w.Write(b)
	return err
}

func plain(w http.ResponseWriter, b []byte) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, err := w.Write(b)
	return err
}
