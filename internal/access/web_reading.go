package access

import (
	"net/http"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/web"
)

func (s *Service) readingWeb(m *web.Mux) {
	m.Page("GET /access/readings", MayAsk, s.readingsWeb)
	m.Page("GET /access/readings/new", MayHost, s.newReadingWeb)
	m.Page("POST /access/readings", MayHost, s.registerWeb)
	m.Page("GET /access/readings/{id}", MayAsk, s.oneReadingWeb)
	m.Page("POST /access/readings/{id}/arrival", MayHost, s.arriveWeb)
	m.Page("POST /access/readings/{id}/answer", MayDecide, s.answerWeb)
	m.Page("POST /access/readings/{id}/sessions", MayHost, s.beginWeb)
	m.Page("GET /access/sessions/{id}", MayAsk, s.sessionWeb)
	m.Page("POST /access/sessions/{id}/end", MayHost, s.endWeb)
	m.Page("GET /access/sessions/{id}/minutes", MayAsk, s.minutesWeb)
}

func (s *Service) readingsWeb(w http.ResponseWriter, r *http.Request) error {
	var f ReadingFilter
	if err := web.Form(r, &f); err != nil {
		return err
	}
	rows, err := s.Readings(r.Context(), f)
	if err != nil {
		return err
	}
	n, err := s.Waiting(r.Context())
	if err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, readingsPage(rows, s.rules, f, n, civil.On(s.now())))
}

func (s *Service) newReadingWeb(w http.ResponseWriter, r *http.Request) error {
	return web.Show(w, r, http.StatusOK, registerPage(NewReading{Case: r.FormValue("case"), Received: civil.On(s.now())}, s.rules, nil))
}

func (s *Service) registerWeb(w http.ResponseWriter, r *http.Request) error {
	var in NewReading
	err := web.Form(r, &in)
	var out Reading
	if err == nil {
		out, err = s.Register(r.Context(), in)
	}
	if mine(err) {
		return web.Show(w, r, status(err), registerPage(in, s.rules, err))
	}
	if err != nil {
		return err
	}
	return web.Done(w, r, readingPath(out.ID, ""), "access.registered")
}

func (s *Service) oneReadingWeb(w http.ResponseWriter, r *http.Request) error {
	return s.showReading(w, r, nil)
}

func (s *Service) showReading(w http.ResponseWriter, r *http.Request, wrong error) error {
	v, err := s.Reading(r.Context(), ReadingID(r.PathValue("id")))
	if err != nil {
		return err
	}
	people, err := s.people.Colleagues(r.Context(), auth.From(r.Context()).Office)
	if err != nil {
		return err
	}
	return web.Show(w, r, status(wrong), readingPage(v, hosts(people), s.rules, wrong))
}

func (s *Service) arriveWeb(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Received civil.Date `form:"received"`
	}
	rid := ReadingID(r.PathValue("id"))
	err := web.Form(r, &in)
	if err == nil {
		_, err = s.Arrive(r.Context(), rid, in.Received)
	}
	if mine(err) {
		return s.showReading(w, r, err)
	}
	if err != nil {
		return err
	}
	return web.Done(w, r, readingPath(rid, ""), "access.registered")
}

func (s *Service) answerWeb(w http.ResponseWriter, r *http.Request) error {
	rid := ReadingID(r.PathValue("id"))
	d, err := decision(r)
	if err == nil {
		_, err = s.Answer(r.Context(), rid, d)
	}
	if mine(err) {
		return s.showReading(w, r, err)
	}
	if err != nil {
		return err
	}
	return web.Done(w, r, readingPath(rid, ""), "access.decided")
}

func (s *Service) beginWeb(w http.ResponseWriter, r *http.Request) error {
	var in NewSession
	err := web.Form(r, &in)
	var x Session
	if err == nil {
		x, err = s.Begin(r.Context(), ReadingID(r.PathValue("id")), in)
	}
	if mine(err) {
		return s.showReading(w, r, err)
	}
	if err != nil {
		return err
	}
	return web.Go(w, r, sessionPath(x.ID, ""))
}

func (s *Service) sessionWeb(w http.ResponseWriter, r *http.Request) error {
	return s.showSession(w, r, "", nil)
}

func (s *Service) showSession(w http.ResponseWriter, r *http.Request, minutes string, wrong error) error {
	v, err := s.Sitting(r.Context(), SessionID(r.PathValue("id")))
	if err != nil {
		return err
	}
	return web.Show(w, r, status(wrong), sessionPage(v, minutes, wrong))
}

func (s *Service) endWeb(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Minutes string `form:"minutes,lines"`
		Last    bool   `form:"last"`
	}
	sid := SessionID(r.PathValue("id"))
	err := web.Form(r, &in)
	if err == nil {
		_, err = s.Finish(r.Context(), sid, in.Minutes, in.Last)
	}
	if mine(err) {
		return s.showSession(w, r, in.Minutes, err)
	}
	if err != nil {
		return err
	}
	return web.Done(w, r, sessionPath(sid, ""), "access.minuted")
}

func (s *Service) minutesWeb(w http.ResponseWriter, r *http.Request) error {
	v, err := s.Sitting(r.Context(), SessionID(r.PathValue("id")))
	if err != nil {
		return err
	}
	if v.Ended.IsZero() {
		return ErrNoMinutes
	}
	return web.Show(w, r, http.StatusOK, minutesPage(v, s.people.OfficeName(r.Context(), v.Of.Office), s.now()))
}
