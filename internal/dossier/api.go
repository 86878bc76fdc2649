package dossier

import (
	"context"
	"io"

	"congminh/internal/dossier/reading"
	"congminh/internal/kit/api"
	"congminh/internal/kit/page"
)

func (s *Service) api(a *api.API) {
	api.Op(a, "list-dossiers", "GET /dossiers", MayRead, "List the files you may see", s.listAPI)
	api.Op(a, "create-dossier", "POST /dossiers", MayIntake, "Make an empty file for a case", s.createAPI)
	api.Op(a, "get-dossier", "GET /dossiers/{id}", MayRead, "Get a file with its pages and documents", s.contentsAPI)
	api.Op(a, "list-scans", "GET /dossiers/{id}/scans", MayRead, "List what a file was made from, with progress", s.scansAPI)
	api.Upload(a, "receive-scan", "POST /dossiers/{id}/scans", MayIntake, "Send a whole file", s.receiveAPI)
	api.Op(a, "retry-scan", "POST /scans/{id}/retry", MayIntake, "Read a refused scan again", s.retryScanAPI)
	api.Op(a, "begin-upload", "POST /dossiers/{id}/uploads", MayIntake, "Announce a file that is sent in parts", s.beginAPI)
	api.Op(a, "get-upload", "GET /uploads/{id}", MayIntake, "How far an upload has come", s.uploadAPI)
	api.Upload(a, "append-upload", "PATCH /uploads/{id}", MayIntake, "Send the next part of an upload", s.appendAPI)
	api.Op(a, "arrange-dossier", "POST /dossiers/{id}/arrange", MayCheck, "Change the order or grouping of pages", s.arrangeAPI)
	api.Op(a, "undo-arrangement", "POST /dossiers/{id}/undo", MayCheck, "Take back the last change of the order", s.undoAPI)
	api.Op(a, "accept-document", "POST /documents/{id}/accept", MayCheck, "Confirm what a document is", s.acceptAPI)
	api.Op(a, "get-document", "GET /documents/{id}", MayRead, "Get a document", s.documentAPI)
	api.Op(a, "get-page-words", "GET /pages/{id}/words", MayRead, "What was read on a page", s.wordsAPI)
	api.Op(a, "correct-page", "PUT /pages/{id}/text", MayCheck, "Correct the text of a page and lock it", s.correctAPI)
	api.Op(a, "reread-dossier", "POST /dossiers/{id}/reread", MayCheck, "Read failed, weak or old pages again", s.rereadAPI)
	api.Op(a, "preview-numbers", "GET /dossiers/{id}/numbers", MayNumber, "What numbering would do", s.previewAPI)
	api.Op(a, "number-dossier", "POST /dossiers/{id}/numbers", MayNumber, "Give folio numbers, once and for ever", s.numberAPI)
	api.Op(a, "close-dossier", "POST /dossiers/{id}/close", MayClose, "Close a file", s.closeAPI)
	api.Op(a, "reopen-dossier", "POST /dossiers/{id}/reopen", MayClose, "Open a closed file for a later stage", s.reopenAPI)
	api.Op(a, "list-remarks", "GET /dossiers/{id}/remarks", MayRead, "Signed remarks on folios", s.remarksAPI)
	api.Op(a, "add-remark", "POST /dossiers/{id}/remarks", MayNumber, "Write a signed remark on a folio", s.remarkAPI)
	api.Op(a, "search-pages", "GET /search", MaySearch, "Find pages by their words", s.searchAPI)
	s.apiRedact(a)
	s.apiExhibit(a)
}

// in is a request about one file.
type in struct {
	ID ID `path:"id"`
}

func (s *Service) listAPI(ctx context.Context, f *Filter) (*api.Body[page.Of[Entry]], error) {
	es, err := s.List(ctx, *f)
	return &api.Body[page.Of[Entry]]{Body: es}, err
}

func (s *Service) createAPI(ctx context.Context, in *api.Body[New]) (*api.Body[Dossier], error) {
	d, err := s.Create(ctx, in.Body)
	return &api.Body[Dossier]{Body: d}, err
}

func (s *Service) contentsAPI(ctx context.Context, in *in) (*api.Body[Contents], error) {
	c, err := s.Contents(ctx, in.ID)
	return &api.Body[Contents]{Body: c}, err
}

func (s *Service) scansAPI(ctx context.Context, in *in) (*api.Body[[]Scan], error) {
	cs, err := s.Scans(ctx, in.ID)
	return &api.Body[[]Scan]{Body: cs}, err
}

func (s *Service) receiveAPI(ctx context.Context, in *struct {
	ID   ID     `path:"id"`
	Name string `query:"name" required:"true" doc:"The name of the file"`
}, body io.Reader) (*api.Body[Scan], error) {
	c, err := s.Receive(ctx, in.ID, in.Name, "api", body)
	return &api.Body[Scan]{Body: c}, err
}

func (s *Service) retryScanAPI(ctx context.Context, in *struct {
	ID ScanID `path:"id"`
}) (*api.Body[Scan], error) {
	c, err := s.RetryScan(ctx, in.ID)
	return &api.Body[Scan]{Body: c}, err
}

func (s *Service) beginAPI(ctx context.Context, in *struct {
	ID   ID `path:"id"`
	Body struct {
		Name string `json:"name"`
		Size int64  `json:"size" minimum:"0"`
	}
}) (*api.Body[Upload], error) {
	u, err := s.Begin(ctx, in.ID, in.Body.Name, in.Body.Size)
	return &api.Body[Upload]{Body: u}, err
}

func (s *Service) uploadAPI(ctx context.Context, in *struct {
	ID UploadID `path:"id"`
}) (*api.Body[Upload], error) {
	u, err := s.Upload(ctx, in.ID)
	return &api.Body[Upload]{Body: u}, err
}

func (s *Service) appendAPI(ctx context.Context, in *struct {
	ID     UploadID `path:"id"`
	Offset int64    `query:"offset" required:"true" minimum:"0" doc:"Where the part begins"`
}, body io.Reader) (*api.Body[Upload], error) {
	u, err := s.Append(ctx, in.ID, in.Offset, body)
	return &api.Body[Upload]{Body: u}, err
}

func (s *Service) arrangeAPI(ctx context.Context, in *struct {
	ID   ID `path:"id"`
	Body Act
}) (*struct{}, error) {
	return nil, s.Arrange(ctx, in.ID, in.Body)
}

func (s *Service) undoAPI(ctx context.Context, in *in) (*struct{}, error) {
	_, err := s.Undo(ctx, in.ID)
	return nil, err
}

func (s *Service) acceptAPI(ctx context.Context, in *struct {
	ID   DocumentID `path:"id"`
	Body Fields
}) (*api.Body[Document], error) {
	d, err := s.Accept(ctx, in.ID, in.Body)
	return &api.Body[Document]{Body: d}, err
}

func (s *Service) documentAPI(ctx context.Context, in *struct {
	ID DocumentID `path:"id"`
}) (*api.Body[Document], error) {
	d, _, err := s.Document(ctx, in.ID)
	return &api.Body[Document]{Body: d}, err
}

func (s *Service) wordsAPI(ctx context.Context, in *struct {
	ID PageID `path:"id"`
}) (*api.Body[reading.Page], error) {
	_, g, err := s.Words(ctx, in.ID)
	return &api.Body[reading.Page]{Body: g}, err
}

func (s *Service) correctAPI(ctx context.Context, in *struct {
	ID   PageID `path:"id"`
	Body struct {
		Text string `json:"text" maxLength:"100000"`
	}
}) (*struct{}, error) {
	return nil, s.Correct(ctx, in.ID, in.Body.Text)
}

func (s *Service) rereadAPI(ctx context.Context, in *struct {
	ID    ID   `path:"id"`
	Every bool `query:"every" doc:"All pages but the locked ones"`
}) (*api.Body[struct {
	Pages int `json:"pages"`
}], error) {
	n, err := s.Reread(ctx, in.ID, in.Every)
	out := new(api.Body[struct {
		Pages int `json:"pages"`
	}])
	out.Body.Pages = n
	return out, err
}

func (s *Service) previewAPI(ctx context.Context, in *in) (*api.Body[Numbering], error) {
	n, err := s.Preview(ctx, in.ID)
	return &api.Body[Numbering]{Body: n}, err
}

func (s *Service) numberAPI(ctx context.Context, in *struct {
	ID   ID `path:"id"`
	Body struct {
		Seen string `json:"seen" doc:"As preview-numbers gave it"`
	}
}) (*api.Body[Numbering], error) {
	n, err := s.Number(ctx, in.ID, in.Body.Seen)
	return &api.Body[Numbering]{Body: n}, err
}

func (s *Service) closeAPI(ctx context.Context, in *in) (*struct{}, error) {
	return nil, s.Close(ctx, in.ID)
}

func (s *Service) reopenAPI(ctx context.Context, in *struct {
	ID   ID `path:"id"`
	Body struct {
		Stage  Stage  `json:"stage" enum:"investigation,prosecution,trial"`
		Reason string `json:"reason" maxLength:"1000"`
	}
}) (*struct{}, error) {
	return nil, s.Reopen(ctx, in.ID, in.Body.Stage, in.Body.Reason)
}

func (s *Service) remarksAPI(ctx context.Context, in *in) (*api.Body[[]Remark], error) {
	ms, err := s.Remarks(ctx, in.ID)
	return &api.Body[[]Remark]{Body: ms}, err
}

func (s *Service) remarkAPI(ctx context.Context, in *struct {
	ID   ID `path:"id"`
	Body struct {
		Folio  int    `json:"folio" minimum:"1"`
		Kind   string `json:"kind" enum:"correction,erasure,damage,other"`
		Reason string `json:"reason" maxLength:"2000"`
	}
}) (*api.Body[Remark], error) {
	m, err := s.Remark(ctx, in.ID, in.Body.Folio, in.Body.Kind, in.Body.Reason)
	return &api.Body[Remark]{Body: m}, err
}

func (s *Service) searchAPI(ctx context.Context, q *Query) (*api.Body[Found], error) {
	f, err := s.Search(ctx, *q)
	return &api.Body[Found]{Body: f}, err
}
