package criminal

import (
	"context"

	"congminh/internal/criminal/ledger"
	"congminh/internal/kit/api"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/page"
)

func (s *Service) actAPI(a *api.API) {
	api.Op(a, "list-acts", "GET /cases/{id}/acts", MayRead, "List the acts in the ledger of a case, and where it stands", s.actsAPI)
	api.Op(a, "record-act", "POST /cases/{id}/acts", MayAct, "Enter an act in the ledger of a case", s.recordAPI)
	api.Op(a, "check-act", "POST /cases/{id}/acts/check", MayAct, "Say what entering an act would find, and enter nothing", s.checkAPI)
	api.Op(a, "correct-act", "PUT /cases/{id}/acts/{act}", MayAct, "Enter an act that supersedes one, with the reason", s.correctAPI)
	api.Op(a, "void-act", "DELETE /cases/{id}/acts/{act}", MayAct, "Take an act back, with the reason; its number stays given", s.voidAPI)
	api.Op(a, "list-registers", "GET /registers", MayRead, "List the registers with the number of rows of an office and year", s.registersAPI)
	api.Op(a, "read-register", "GET /registers/{code}", MayRead, "Read a register: the acts of some kinds with what came of them", s.registerAPI)
	api.Op(a, "list-books", "GET /numbers", MayRead, "List the books numbers are taken from", s.booksAPI)
	api.Op(a, "list-numbers", "GET /numbers/book", MayRead, "List the numbers given in a book, the last first; void ones keep their reason", s.numbersAPI)
	api.Op(a, "open-book", "POST /numbers/book", MayAssign, "Say which number of a paper book was the last, before the first is given", s.openBookAPI)
}

// ActInput is an act as a program enters it.
type ActInput struct {
	Kind     string            `json:"kind" maxLength:"60" example:"defendant.approve" doc:"From the catalogue of acts"`
	At       ledger.Moment     `json:"at" maxLength:"16" example:"2026-03-10T22:30" doc:"Day or minute, Hà Nội time"`
	Number   string            `json:"number,omitempty" maxLength:"60" doc:"Given by the program if absent and the procuracy issues it"`
	By       string            `json:"by,omitempty" enum:"police,procuracy,court,other"`
	Issuer   string            `json:"issuer,omitempty" maxLength:"200"`
	Signer   string            `json:"signer,omitempty" maxLength:"100"`
	Parties  []ledger.PartyID  `json:"parties,omitempty" maxItems:"500" doc:"Whom it concerns; none: the whole case"`
	Until    ledger.Moment     `json:"until,omitempty" maxLength:"16"`
	Charges  []ledger.Charge   `json:"charges,omitempty" maxItems:"50"`
	Reason   string            `json:"reason,omitempty" maxLength:"500"`
	Fields   map[string]string `json:"fields,omitempty"`
	Note     string            `json:"note,omitempty" maxLength:"2000"`
	Document string            `json:"document,omitempty" maxLength:"64" doc:"The paper that proves it"`
	Folio    int               `json:"folio,omitempty" minimum:"0"`
}

func (in ActInput) act() ledger.Act {
	return ledger.Act{Kind: in.Kind, At: in.At, Number: in.Number, By: in.By, Issuer: in.Issuer, Signer: in.Signer, Parties: in.Parties, Until: in.Until,
		Charges: in.Charges, Reason: in.Reason, Fields: in.Fields, Note: in.Note, Document: in.Document, Folio: in.Folio}
}

// Recorded is an act as it was entered, with what was found unusual.
type Recorded struct {
	Act   ledger.Act       `json:"act"`
	Found []ledger.Finding `json:"found" nullable:"false"`
}

// Checked is what entering an act would find. It may be entered if nothing refuses it.
type Checked struct {
	Found []ledger.Finding `json:"found" nullable:"false"`
}

// LedgerOf is the ledger of a case and where it stands.
type LedgerOf struct {
	Acts  []ledger.Act `json:"acts" nullable:"false" doc:"In the order of their entry; superseded and void ones too"`
	State ledger.State `json:"state"`
}

func (s *Service) actsAPI(ctx context.Context, in *struct {
	ID ID         `path:"id" maxLength:"64"`
	On civil.Date `query:"on" format:"date" doc:"As it stood at the end of this day"`
}) (*api.Body[LedgerOf], error) {
	c, st, err := s.Acts(ctx, in.ID, in.On)
	return &api.Body[LedgerOf]{Body: LedgerOf{append([]ledger.Act{}, c.Acts...), st}}, err
}

func (s *Service) recordAPI(ctx context.Context, in *struct {
	ID   ID `path:"id" maxLength:"64"`
	Body ActInput
}) (*api.Body[Recorded], error) {
	return recorded(s.Record(ctx, in.ID, in.Body.act()))
}

func recorded(a ledger.Act, found []ledger.Finding, err error) (*api.Body[Recorded], error) {
	return &api.Body[Recorded]{Body: Recorded{a, append([]ledger.Finding{}, found...)}}, err
}

func (s *Service) checkAPI(ctx context.Context, in *struct {
	ID   ID `path:"id" maxLength:"64"`
	Body ActInput
}) (*api.Body[Checked], error) {
	found, err := s.Preview(ctx, in.ID, in.Body.act())
	return &api.Body[Checked]{Body: Checked{append([]ledger.Finding{}, found...)}}, err
}

func (s *Service) correctAPI(ctx context.Context, in *struct {
	ID   ID           `path:"id" maxLength:"64"`
	Act  ledger.ActID `path:"act" maxLength:"64"`
	Body struct {
		Act ActInput `json:"act"`
		Why string   `json:"why" minLength:"1" maxLength:"500" doc:"Why it is corrected"`
	}
}) (*api.Body[Recorded], error) {
	return recorded(s.Correct(ctx, in.ID, in.Act, in.Body.Act.act(), in.Body.Why))
}

func (s *Service) voidAPI(ctx context.Context, in *struct {
	ID  ID           `path:"id" maxLength:"64"`
	Act ledger.ActID `path:"act" maxLength:"64"`
	Why string       `query:"why" required:"true" minLength:"1" maxLength:"500" doc:"Why it is taken back"`
}) (*api.Body[Recorded], error) {
	return recorded(s.Void(ctx, in.ID, in.Act, in.Why))
}

func (s *Service) registersAPI(ctx context.Context, in *struct {
	Office auth.Office `query:"office" maxLength:"64" doc:"Your own if absent"`
	Year   int         `query:"year" minimum:"1990" maximum:"2200" default:"0" doc:"This one if absent"`
}) (*api.Body[[]RegisterCount], error) {
	out, err := s.Registers(ctx, in.Office, in.Year)
	return &api.Body[[]RegisterCount]{Body: out}, err
}

// RegisterPage is a register with a page of its rows.
type RegisterPage struct {
	Register Register             `json:"register"`
	Rows     page.Of[RegisterRow] `json:"rows"`
}

func (s *Service) registerAPI(ctx context.Context, in *struct {
	Code string `path:"code" maxLength:"40"`
	RegisterFilter
}) (*api.Body[RegisterPage], error) {
	r, rows, err := s.Register(ctx, in.Code, in.RegisterFilter)
	return &api.Body[RegisterPage]{Body: RegisterPage{r, rows}}, err
}

func (s *Service) booksAPI(ctx context.Context, in *struct {
	Office auth.Office `query:"office" maxLength:"64" doc:"Your own if absent"`
}) (*api.Body[[]Book], error) {
	out, err := s.Books(ctx, in.Office)
	return &api.Body[[]Book]{Body: append([]Book{}, out...)}, err
}

func (s *Service) numbersAPI(ctx context.Context, in *struct {
	Office auth.Office `query:"office" maxLength:"64" doc:"Your own if absent"`
	Book   string      `query:"book" required:"true" maxLength:"40" example:"QĐ-VKS"`
	Year   int         `query:"year" required:"true" minimum:"1990" maximum:"2200"`
	After  int64       `query:"after" minimum:"0" doc:"The next of the page before"`
}) (*api.Body[page.Of[Number]], error) {
	out, err := s.Numbers(ctx, in.Office, in.Book, in.Year, in.After)
	return &api.Body[page.Of[Number]]{Body: out}, err
}

func (s *Service) openBookAPI(ctx context.Context, in *struct {
	Body struct {
		Book string `json:"book" minLength:"1" maxLength:"40"`
		Year int    `json:"year" minimum:"2000" maximum:"2200"`
		Last int64  `json:"last" minimum:"0" maximum:"1000000"`
	}
}) (*struct{}, error) {
	return nil, s.OpenBook(ctx, in.Body.Book, in.Body.Year, in.Body.Last)
}
