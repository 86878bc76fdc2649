package access

import (
	"context"

	"congminh/internal/kit/api"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/page"
)

func (s *Service) api(a *api.API) {
	api.Op(a, "list-access", "GET /access", MayAsk, "Requests to open a file: one's own, or those of one's office", s.listAPI)
	api.Op(a, "ask-access", "POST /access", MayAsk, "Ask to open one file or, from an office above, several", s.askAPI)
	api.Op(a, "open-emergency", "POST /access/emergency", MayOpen, "Open a file for an hour; the owner is told at once", s.openAPI)
	api.Op(a, "get-access", "GET /access/{id}", MayAsk, "A request, what may be done with it, what was opened under it", s.getAPI)
	api.Op(a, "decide-access", "POST /access/{id}/decision", MayDecide, "Approve or refuse, as a leader of the owner", s.judgeAPI)
	api.Op(a, "second-access", "POST /access/{id}/second", MayDecide, "Approve or refuse as the second leader", s.secondAPI)
	api.Op(a, "review-access", "POST /access/{id}/review", MayDecide, "Say whether an emergency was justified", s.reviewAPI)
	api.Op(a, "revoke-access", "POST /access/{id}/revocation", MayDecide, "End a right before its time", s.revokeAPI)
	api.Op(a, "withdraw-access", "POST /access/{id}/withdrawal", MayAsk, "Take back a request", s.withdrawAPI)
	api.Op(a, "close-access", "POST /access/{id}/closing", MayAsk, "Give up a right before its time", s.closeAPI)
	api.Op(a, "list-recusals", "GET /recusals", MayDecide, "Who is kept out of cases of one's office, or was", s.recusalsAPI)
	api.Op(a, "recuse", "POST /recusals", MayDecide, "Keep somebody out of a case, whatever they were granted", s.recuseAPI)
	api.Op(a, "unrecuse", "POST /recusals/{id}/end", MayDecide, "Let somebody back to a case", s.unrecuseAPI)
	api.Op(a, "list-readings", "GET /readings", MayAsk, "Written requests of the accused and counsel to read (TTLT 02/2018)", s.readingsAPI)
	api.Op(a, "register-reading", "POST /readings", MayHost, "Register a written request to read", s.registerAPI)
	api.Op(a, "get-reading", "GET /readings/{id}", MayAsk, "A written request to read, with its sessions", s.readingAPI)
	api.Op(a, "answer-reading", "POST /readings/{id}/answer", MayDecide, "Allow or refuse a reading", s.answerAPI)
	api.Op(a, "begin-session", "POST /readings/{id}/sessions", MayHost, "Begin a session under supervision", s.beginAPI)
	api.Op(a, "forward-reading", "POST /readings/{id}/arrival", MayHost, "Say that the request of a detained person came in from where they are held", s.arriveAPI)
	api.Op(a, "end-session", "POST /sessions/{id}/end", MayHost, "End a session, with its minutes", s.finishAPI)
}

// Detail is a request as a program reads it.
type Detail struct {
	Request
	Actions []string `json:"actions" nullable:"false" doc:"What the asker may do now"`
	Waiting string   `json:"waiting,omitempty" doc:"Who must act next"`
	Uses    []Use    `json:"uses" nullable:"false" doc:"What was opened under it"`
}

func (s *Service) detail(ctx context.Context, v View, err error) (*api.Body[Detail], error) {
	if err != nil {
		return nil, err
	}
	uses, err := s.Uses(ctx, v.Request)
	out := Detail{v.Request, v.May, v.Waiting, uses}
	if out.Actions == nil {
		out.Actions = []string{}
	}
	if out.Uses == nil {
		out.Uses = []Use{}
	}
	return &api.Body[Detail]{Body: out}, err
}

type requestIn struct {
	ID RequestID `path:"id" maxLength:"64"`
}

type decisionIn struct {
	ID   RequestID `path:"id" maxLength:"64"`
	Body Decision
}

func (s *Service) listAPI(ctx context.Context, in *Filter) (*api.Body[page.Of[Request]], error) {
	rs, err := s.List(ctx, *in)
	return &api.Body[page.Of[Request]]{Body: rs}, err
}

func (s *Service) askAPI(ctx context.Context, in *struct{ Body New }) (*api.Body[[]Request], error) {
	rs, err := s.Ask(ctx, in.Body)
	return &api.Body[[]Request]{Body: rs}, err
}

func (s *Service) openAPI(ctx context.Context, in *struct{ Body Emergency }) (*api.Body[Request], error) {
	r, err := s.Open(ctx, in.Body)
	return &api.Body[Request]{Body: r}, err
}

func (s *Service) getAPI(ctx context.Context, in *requestIn) (*api.Body[Detail], error) {
	v, err := s.Get(ctx, in.ID)
	return s.detail(ctx, v, err)
}

func (s *Service) judgeAPI(ctx context.Context, in *decisionIn) (*api.Body[Detail], error) {
	v, err := s.Judge(ctx, in.ID, in.Body)
	return s.detail(ctx, v, err)
}

func (s *Service) secondAPI(ctx context.Context, in *decisionIn) (*api.Body[Detail], error) {
	v, err := s.Second(ctx, in.ID, in.Body)
	return s.detail(ctx, v, err)
}

func (s *Service) reviewAPI(ctx context.Context, in *struct {
	ID   RequestID `path:"id" maxLength:"64"`
	Body struct {
		Review Review `json:"review" enum:"justified,unjustified"`
		Note   string `json:"note,omitempty" maxLength:"500"`
	}
}) (*api.Body[Detail], error) {
	v, err := s.Review(ctx, in.ID, in.Body.Review, in.Body.Note)
	return s.detail(ctx, v, err)
}

func (s *Service) revokeAPI(ctx context.Context, in *struct {
	ID   RequestID `path:"id" maxLength:"64"`
	Body struct {
		Reason string `json:"reason" maxLength:"500"`
	}
}) (*api.Body[Detail], error) {
	v, err := s.Revoke(ctx, in.ID, in.Body.Reason)
	return s.detail(ctx, v, err)
}

func (s *Service) withdrawAPI(ctx context.Context, in *requestIn) (*api.Body[Detail], error) {
	v, err := s.Withdraw(ctx, in.ID)
	return s.detail(ctx, v, err)
}

func (s *Service) closeAPI(ctx context.Context, in *requestIn) (*api.Body[Detail], error) {
	v, err := s.Close(ctx, in.ID)
	return s.detail(ctx, v, err)
}

func (s *Service) recusalsAPI(ctx context.Context, in *RecusalFilter) (*api.Body[page.Of[Recusal]], error) {
	rs, err := s.Recusals(ctx, *in)
	return &api.Body[page.Of[Recusal]]{Body: rs}, err
}

func (s *Service) recuseAPI(ctx context.Context, in *struct{ Body NewRecusal }) (*api.Body[Recusal], error) {
	x, err := s.Recuse(ctx, in.Body)
	return &api.Body[Recusal]{Body: x}, err
}

func (s *Service) unrecuseAPI(ctx context.Context, in *struct {
	ID   RecusalID `path:"id" maxLength:"80"`
	Body EndRecusal
}) (*api.Body[Recusal], error) {
	x, err := s.Unrecuse(ctx, in.ID, in.Body)
	return &api.Body[Recusal]{Body: x}, err
}

func (s *Service) readingsAPI(ctx context.Context, in *ReadingFilter) (*api.Body[page.Of[Reading]], error) {
	rs, err := s.Readings(ctx, *in)
	return &api.Body[page.Of[Reading]]{Body: rs}, err
}

func (s *Service) registerAPI(ctx context.Context, in *struct{ Body NewReading }) (*api.Body[Reading], error) {
	r, err := s.Register(ctx, in.Body)
	return &api.Body[Reading]{Body: r}, err
}

type readingIn struct {
	ID ReadingID `path:"id" maxLength:"64"`
}

func (s *Service) readingAPI(ctx context.Context, in *readingIn) (*api.Body[ReadingView], error) {
	v, err := s.Reading(ctx, in.ID)
	return readingBody(v, err)
}

func readingBody(v ReadingView, err error) (*api.Body[ReadingView], error) {
	if v.Sessions == nil {
		v.Sessions = []Session{}
	}
	return &api.Body[ReadingView]{Body: v}, err
}

func (s *Service) answerAPI(ctx context.Context, in *struct {
	ID   ReadingID `path:"id" maxLength:"64"`
	Body Decision
}) (*api.Body[ReadingView], error) {
	v, err := s.Answer(ctx, in.ID, in.Body)
	return readingBody(v, err)
}

func (s *Service) beginAPI(ctx context.Context, in *struct {
	ID   ReadingID `path:"id" maxLength:"64"`
	Body NewSession
}) (*api.Body[Session], error) {
	x, err := s.Begin(ctx, in.ID, in.Body)
	return &api.Body[Session]{Body: x}, err
}

func (s *Service) finishAPI(ctx context.Context, in *struct {
	ID   SessionID `path:"id" maxLength:"64"`
	Body struct {
		Minutes string `json:"minutes" maxLength:"5000"`
		Last    bool   `json:"last,omitempty" doc:"The reader is done with everything"`
	}
}) (*api.Body[Session], error) {
	v, err := s.Finish(ctx, in.ID, in.Body.Minutes, in.Body.Last)
	return &api.Body[Session]{Body: v.Session}, err
}

func (s *Service) arriveAPI(ctx context.Context, in *struct {
	ID   ReadingID `path:"id" maxLength:"64"`
	Body struct {
		Received civil.Date `json:"received" format:"date"`
	}
}) (*api.Body[ReadingView], error) {
	v, err := s.Arrive(ctx, in.ID, in.Body.Received)
	return &api.Body[ReadingView]{Body: v}, err
}
