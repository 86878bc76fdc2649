package dossier

import (
	"context"
	"io"

	"congminh/internal/kit/api"
)

func (s *Service) apiExhibit(a *api.API) {
	api.Op(a, "get-index", "GET /dossiers/{id}/index", MayRead, "The list of documents in a file, with remarks and exhibits", s.indexAPI)
	api.Op(a, "list-exhibits", "GET /dossiers/{id}/exhibits", MayRead, "List the exhibits of a file", s.exhibitsAPI)
	api.Op(a, "add-exhibit", "POST /dossiers/{id}/exhibits", MayExhibit, "Record an exhibit", s.addExhibitAPI)
	api.Op(a, "get-exhibit", "GET /exhibits/{id}", MayRead, "Get an exhibit with its files and custody", s.exhibitAPI)
	api.Op(a, "edit-exhibit", "PUT /exhibits/{id}", MayExhibit, "Correct what is written about an exhibit", s.editExhibitAPI)
	api.Upload(a, "attach-exhibit-file", "POST /exhibits/{id}/files", MayExhibit, "Send a file that shows an exhibit", s.attachAPI)
	api.Op(a, "add-custody", "POST /exhibits/{id}/custody", MayExhibit, "Write the next step of custody; it cannot be changed", s.addCustodyAPI)
}

// ofExhibit is a request about one exhibit.
type ofExhibit struct {
	ID ExhibitID `path:"id"`
}

// ExhibitDetail is an exhibit with all that belongs to it.
type ExhibitDetail struct {
	Exhibit Exhibit       `json:"exhibit"`
	Files   []ExhibitFile `json:"files"`
	Custody []Custody     `json:"custody" doc:"Oldest first"`
}

func (s *Service) indexAPI(ctx context.Context, in *in) (*api.Body[Index], error) {
	x, err := s.IndexOf(ctx, in.ID)
	return &api.Body[Index]{Body: x}, err
}

func (s *Service) exhibitsAPI(ctx context.Context, in *struct {
	ID ID `path:"id"`
	ExhibitFilter
}) (*api.Body[[]Exhibit], error) {
	xs, err := s.Exhibits(ctx, in.ID, in.ExhibitFilter)
	return &api.Body[[]Exhibit]{Body: xs}, err
}

func (s *Service) addExhibitAPI(ctx context.Context, in *struct {
	ID   ID `path:"id"`
	Body NewExhibit
}) (*api.Body[Exhibit], error) {
	x, err := s.AddExhibit(ctx, in.ID, in.Body)
	return &api.Body[Exhibit]{Body: x}, err
}

func (s *Service) exhibitAPI(ctx context.Context, in *ofExhibit) (*api.Body[ExhibitDetail], error) {
	x, fs, cs, err := s.Exhibit(ctx, in.ID)
	return &api.Body[ExhibitDetail]{Body: ExhibitDetail{x, fs, cs}}, err
}

func (s *Service) editExhibitAPI(ctx context.Context, in *struct {
	ID   ExhibitID `path:"id"`
	Body NewExhibit
}) (*api.Body[Exhibit], error) {
	x, err := s.EditExhibit(ctx, in.ID, in.Body)
	return &api.Body[Exhibit]{Body: x}, err
}

func (s *Service) attachAPI(ctx context.Context, in *struct {
	ID   ExhibitID `path:"id"`
	Name string    `query:"name" required:"true" doc:"The name of the file"`
}, body io.Reader) (*api.Body[ExhibitFile], error) {
	f, err := s.AttachFile(ctx, in.ID, in.Name, body)
	return &api.Body[ExhibitFile]{Body: f}, err
}

func (s *Service) addCustodyAPI(ctx context.Context, in *struct {
	ID   ExhibitID `path:"id"`
	Body NewCustody
}) (*api.Body[Custody], error) {
	c, err := s.AddCustody(ctx, in.ID, in.Body)
	return &api.Body[Custody]{Body: c}, err
}
