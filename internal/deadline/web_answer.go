package deadline

import (
	"context"
	"errors"
	"net/http"

	"github.com/a-h/templ"

	"congminh/internal/kit/fault"
	"congminh/internal/kit/page"
	"congminh/internal/kit/web"
)

// The answers of a person: to warnings, to letters, about a clock.

func warningID(r *http.Request) WarningID { return WarningID(r.PathValue("id")) }

func (s *Service) acknowledgeWeb(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Back string `form:"back"`
	}
	if err := web.Form(r, &in); err != nil {
		return err
	}
	if err := s.Acknowledge(r.Context(), warningID(r)); err != nil {
		return err
	}
	if in.Back == "" {
		in.Back = "/work"
	}
	return web.Done(w, r, web.Local(in.Back), "deadline.acknowledged")
}

func (s *Service) remedyWeb(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Note string `form:"remedy,lines"`
	}
	if err := web.Form(r, &in); err != nil {
		return err
	}
	return s.answered(w, r, "deadline.remedied", "remedy", in.Note, s.Remedy)
}

func (s *Service) explainWeb(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Reason string `form:"reason,lines"`
	}
	if err := web.Form(r, &in); err != nil {
		return err
	}
	return s.answered(w, r, "deadline.explained", "reason", in.Reason, s.Fail)
}

// answered does one thing to a warning and shows its clock, with what was wrong
// beside the input.
func (s *Service) answered(w http.ResponseWriter, r *http.Request, flash, field, note string, do func(context.Context, WarningID, string) error) error {
	id := warningID(r)
	k, err := s.ClockOf(r.Context(), id)
	if err != nil {
		return err
	}
	err = do(r.Context(), id, note)
	if wrong := beside(err, field); wrong != nil {
		return s.showClock(w, r, k, wrong, note)
	}
	if err != nil {
		return err
	}
	return web.Done(w, r, clockPath(k)+"#warnings", flash)
}

// beside puts what a refusal says beside the one input of a form; nil if it is no
// refusal of what was typed.
func beside(err error, field string) error {
	f, ok := errors.AsType[*fault.Error](err)
	if !ok || f.Kind != fault.Invalid {
		return nil
	}
	text := f.Text
	if len(f.Fields) > 0 {
		text = f.Fields[0].Text
	}
	return &fault.Error{Kind: f.Kind, Code: f.Code, Text: f.Text, Fields: []fault.Field{{Name: field, Text: text}}}
}

func (s *Service) doneWeb(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		At   string `form:"at"`
		Note string `form:"note,lines"`
	}
	if err := web.Form(r, &in); err != nil {
		return err
	}
	err := s.Done(r.Context(), clockID(r), in.At, in.Note)
	if errors.Is(err, ErrDone) {
		return s.showClock(w, r, clockID(r), err, in.Note)
	}
	if err != nil {
		return err
	}
	return web.Done(w, r, clockPath(clockID(r)), "deadline.done")
}

func (s *Service) endWeb(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Until string `form:"until"`
		Why   string `form:"why,lines"`
	}
	if err := web.Form(r, &in); err != nil {
		return err
	}
	err := s.SetEnd(r.Context(), clockID(r), in.Until, in.Why)
	if f, ok := errors.AsType[*fault.Error](err); ok && errors.Is(err, ErrDone) {
		fields := make([]fault.Field, len(f.Fields))
		for i, x := range f.Fields {
			if x.Name == "note" {
				x.Name = "why"
			}
			fields[i] = x
		}
		return s.showClock(w, r, clockID(r), &fault.Error{Kind: f.Kind, Code: f.Code, Text: f.Text, Fields: fields}, in.Why)
	}
	if err != nil {
		return err
	}
	return web.Done(w, r, clockPath(clockID(r)), "deadline.end")
}

func (s *Service) inboxWeb(w http.ResponseWriter, r *http.Request) error {
	var in page.Req
	if err := web.Form(r, &in); err != nil {
		return err
	}
	b, err := s.Inbox(r.Context(), in)
	if err != nil {
		return err
	}
	next := ""
	if b.Letters.Next != "" {
		next = "/deadlines/inbox?after=" + b.Letters.Next
	}
	numbers, err := s.Numbers(r.Context(), b.Letters.Items)
	if err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, inboxPage(b, numbers, next))
}

// inboxLive says when something came in since the page was opened.
func (s *Service) inboxLive(w http.ResponseWriter, r *http.Request) error {
	before, err := s.Unseen(r.Context())
	if err != nil {
		return err
	}
	return s.live(w, r, func(ctx context.Context) (map[string]templ.Component, error) {
		n, err := s.Unseen(ctx)
		return map[string]templ.Component{"fresh": fresh(max(n-before, 0))}, err
	})
}

func (s *Service) seenWeb(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		UpTo string `form:"up_to"`
	}
	if err := web.Form(r, &in); err != nil {
		return err
	}
	if err := s.Seen(r.Context(), in.UpTo); err != nil {
		return err
	}
	return web.Go(w, r, "/deadlines/inbox")
}
