package dossier

import (
	"context"

	"congminh/internal/dossier/redact"
	"congminh/internal/kit/api"
)

func (s *Service) apiRedact(a *api.API) {
	api.Op(a, "list-redactions", "GET /dossiers/{id}/redactions", MayExport, "List what was covered to be given away", s.redactionsAPI)
	api.Op(a, "start-redaction", "POST /dossiers/{id}/redactions", MayExport, "Propose what to cover on some pages", s.startRedactionAPI)
	api.Op(a, "get-redaction", "GET /redactions/{id}", MayExport, "A redaction with its pages, boxes and history", s.redactionAPI)
	api.Op(a, "set-boxes", "PUT /redactions/{id}/pages/{n}", MayExport, "Say what is covered on a page", s.setBoxesAPI)
	api.Op(a, "confirm-boxes", "POST /redactions/{id}/pages/{n}/confirm", MayExport, "Confirm what is covered on a page", s.confirmBoxesAPI)
	api.Op(a, "look-again", "POST /redactions/{id}/pages/{n}/look", MayExport, "Record the second look at what remains readable on a page", s.lookAgainAPI)
	api.Op(a, "finish-redaction", "POST /redactions/{id}/finish", MayExport, "Have the derivative made", s.finishRedactionAPI)
	api.Op(a, "list-secrets", "GET /dossiers/{id}/secrets", MayRead, "Scans with a state-secret mark, and where their papers are", s.secretsAPI)
	api.Op(a, "decide-secret", "POST /secrets/{id}", MayRead, "Propose or, as the second person, confirm a state secret, which deletes its bytes; or let the scan go on", s.decideAPI)
	api.Op(a, "set-document-level", "PUT /documents/{id}/level", MayClose, "Restrict a document, or open it", s.levelAPI)
}

type ofRedaction struct {
	ID RedactionID `path:"id"`
}

type ofSheet struct {
	ID RedactionID `path:"id"`
	N  int         `path:"n" minimum:"1"`
}

func (s *Service) redactionsAPI(ctx context.Context, in *in) (*api.Body[[]Redaction], error) {
	_, rs, err := s.Redactions(ctx, in.ID)
	return &api.Body[[]Redaction]{Body: rs}, err
}

func (s *Service) startRedactionAPI(ctx context.Context, in *struct {
	ID   ID `path:"id"`
	Body NewRedaction
}) (*api.Body[Redaction], error) {
	r, err := s.StartRedaction(ctx, in.ID, in.Body)
	return &api.Body[Redaction]{Body: r}, err
}

func (s *Service) redactionAPI(ctx context.Context, in *ofRedaction) (*api.Body[RedactionView], error) {
	v, err := s.Redaction(ctx, in.ID)
	return &api.Body[RedactionView]{Body: v}, err
}

func (s *Service) setBoxesAPI(ctx context.Context, in *struct {
	ofSheet
	Body struct {
		Boxes []redact.Box `json:"boxes" nullable:"false" doc:"Left, top, right, bottom in pixels of the upright picture"`
	}
}) (*struct{}, error) {
	return nil, s.SetBoxes(ctx, in.ID, in.N, in.Body.Boxes)
}

func (s *Service) confirmBoxesAPI(ctx context.Context, in *struct {
	ofSheet
	Body struct {
		Seen int `json:"seen" doc:"How many boxes you saw"`
	}
}) (*struct{}, error) {
	return nil, s.CheckBoxes(ctx, in.ID, in.N, in.Body.Seen)
}

func (s *Service) lookAgainAPI(ctx context.Context, in *ofSheet) (*struct{}, error) {
	return nil, s.LookAgain(ctx, in.ID, in.N)
}

func (s *Service) finishRedactionAPI(ctx context.Context, in *ofRedaction) (*struct{}, error) {
	return nil, s.FinishRedaction(ctx, in.ID)
}

func (s *Service) secretsAPI(ctx context.Context, in *in) (*api.Body[[]Secret], error) {
	xs, err := s.SecretsOf(ctx, in.ID)
	return &api.Body[[]Secret]{Body: xs}, err
}

func (s *Service) decideAPI(ctx context.Context, in *struct {
	ID   ScanID `path:"id"`
	Body Decision
}) (*struct{}, error) {
	_, err := s.Decide(ctx, in.ID, in.Body)
	return nil, err
}

func (s *Service) levelAPI(ctx context.Context, in *struct {
	ID   DocumentID `path:"id"`
	Body struct {
		Level int `json:"level" minimum:"0" maximum:"1"`
	}
}) (*api.Body[Document], error) {
	d, err := s.SetLevel(ctx, in.ID, in.Body.Level)
	return &api.Body[Document]{Body: d}, err
}
