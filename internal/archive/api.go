package archive

import (
	"context"

	"congminh/internal/criminal"
	"congminh/internal/dossier"
	"congminh/internal/kit/api"
	"congminh/internal/kit/page"
)

func (s *Service) api(a *api.API) {
	api.Op(a, "archive-desk", "GET /archive/desk", MayRead, "What the paper of files asks of you today", s.deskAPI)
	api.Op(a, "list-volumes", "GET /archive/volumes", MayRead, "List the volumes of paper files", s.volumesAPI)
	api.Op(a, "get-volume", "GET /archive/volumes/{id}", MayRead, "Get a volume and where it has been", s.volumeAPI)
	api.Op(a, "edit-volume", "PUT /archive/volumes/{id}", MayLend, "Correct what is written of a volume", s.editVolumeAPI)
	api.Op(a, "move-volume", "POST /archive/volumes/{id}/move", MayLend, "Write where a volume is now", s.moveAPI)
	api.Op(a, "list-archive-files", "GET /archive/files", MayRead, "List files by how far they are on their way out of use", s.filesAPI)
	api.Op(a, "get-archive-file", "GET /archive/files/{id}", MayRead, "Get a file with its volumes, holds, transfers and history", s.fileAPI)
	api.Op(a, "add-volume", "POST /archive/files/{id}/volumes", MayLend, "Record a volume of a file", s.addVolumeAPI)
	api.Op(a, "appraise-file", "POST /archive/files/{id}/appraise", MayKeep, "Decide how long a closed file is kept", s.appraiseAPI)
	api.Op(a, "transfer-file", "POST /archive/files/{id}/transfer", MayKeep, "Take an appraised file into the archive", s.transferAPI)
	api.Op(a, "hold-file", "POST /archive/files/{id}/hold", MayDestroy, "Stop the destruction and the lending of a file", s.holdAPI)
	api.Op(a, "lift-hold", "POST /archive/holds/{id}/lift", MayDestroy, "End a hold", s.liftAPI)
	api.Op(a, "list-slips", "GET /archive/slips", MayRead, "List lending slips", s.slipsAPI)
	api.Op(a, "get-slip", "GET /archive/slips/{id}", MayRead, "Get a lending slip with its volumes", s.slipAPI)
	api.Op(a, "lend-volumes", "POST /archive/cases/{id}/slips", MayLend, "Lend volumes of a case on a slip", s.lendAPI)
	api.Op(a, "renew-slip", "POST /archive/slips/{id}/renew", MayLend, "Give a slip a later due date", s.renewAPI)
	api.Op(a, "return-slip", "POST /archive/slips/{id}/back", MayLend, "Take the volumes of a slip back, each counted", s.backAPI)
	api.Op(a, "list-handovers", "GET /archive/handovers", MayRead, "List minutes of hand-overs", s.handoversAPI)
	api.Op(a, "get-handover", "GET /archive/handovers/{id}", MayRead, "Get minutes of a hand-over", s.handoverAPI)
	api.Op(a, "hand-over", "POST /archive/handovers", MayRead, "Write minutes of a hand-over of what the giver holds", s.handOverAPI)
	api.Op(a, "confirm-giving", "POST /archive/handovers/{id}/give", MayRead, "Confirm a hand-over as its giver", s.giveAPI)
	api.Op(a, "confirm-taking", "POST /archive/handovers/{id}/take", MayRead, "Confirm a hand-over as its taker, each volume counted", s.takeAPI)
	api.Op(a, "refuse-handover", "POST /archive/handovers/{id}/refuse", MayRead, "End a hand-over that one of the two does not confirm", s.refuseAPI)
	api.Op(a, "list-retention", "GET /archive/retention", MayRead, "List the kinds of file and how long each is kept", s.rulesAPI)
	api.Op(a, "confirm-retention", "PUT /archive/retention/{code}", MayKeep, "Confirm how long a kind of file is kept, with the source", s.confirmAPI)
	api.Op(a, "list-destructions", "GET /archive/destructions", MayDestroy, "List proposals to destroy and what became of them", s.destructionsAPI)
	api.Op(a, "get-destruction", "GET /archive/destructions/{id}", MayDestroy, "Get a proposal to destroy with its files and its proof", s.destructionAPI)
	api.Op(a, "propose-destruction", "POST /archive/destructions", MayDestroy, "Propose to destroy files whose period is over", s.proposeAPI)
	api.Op(a, "decide-destruction", "POST /archive/destructions/{id}/decide", MayDestroy, "Say yes or no to a proposal of somebody else", s.decideAPI)
	api.Op(a, "carry-out-destruction", "POST /archive/destructions/{id}/carry", MayKeep, "Write the minutes of an approved destruction", s.carryAPI)
}

// Requests about one thing.
type (
	ofVolume struct {
		ID VolumeID `path:"id" maxLength:"64"`
	}
	ofFile struct {
		ID dossier.ID `path:"id" maxLength:"64"`
	}
	ofSlip struct {
		ID SlipID `path:"id" maxLength:"64"`
	}
	ofHandover struct {
		ID HandoverID `path:"id" maxLength:"64"`
	}
	ofDestruction struct {
		ID DestructionID `path:"id" maxLength:"64"`
	}
)

// Because is a reason.
type Because struct {
	Reason string `json:"reason" maxLength:"2000"`
}

// VolumeDetail is a volume with its history, newest first.
type VolumeDetail struct {
	Volume Volume `json:"volume"`
	Steps  []Step `json:"steps" nullable:"false"`
}

// Counting is volumes as they were counted.
type Counting struct {
	Volumes []Back `json:"volumes" nullable:"false"`
	Place   *Place `json:"place,omitempty" doc:"Where they go; back to their places if absent"`
	Remarks string `json:"remarks,omitempty" maxLength:"2000"`
}

func (s *Service) deskAPI(ctx context.Context, _ *struct{}) (*api.Body[Desk], error) {
	d, err := s.Desk(ctx)
	return &api.Body[Desk]{Body: d}, err
}

func (s *Service) volumesAPI(ctx context.Context, in *VolumeFilter) (*api.Body[page.Of[Volume]], error) {
	vs, err := s.Volumes(ctx, *in)
	return &api.Body[page.Of[Volume]]{Body: vs}, err
}

func (s *Service) volumeAPI(ctx context.Context, in *ofVolume) (*api.Body[VolumeDetail], error) {
	v, steps, err := s.Volume(ctx, in.ID)
	return &api.Body[VolumeDetail]{Body: VolumeDetail{v, steps}}, err
}

func (s *Service) editVolumeAPI(ctx context.Context, in *struct {
	ofVolume
	Body NewVolume
}) (*api.Body[Volume], error) {
	v, err := s.EditVolume(ctx, in.ID, in.Body)
	return &api.Body[Volume]{Body: v}, err
}

func (s *Service) moveAPI(ctx context.Context, in *struct {
	ofVolume
	Body Move
}) (*api.Body[Volume], error) {
	v, err := s.Move(ctx, in.ID, in.Body)
	return &api.Body[Volume]{Body: v}, err
}

func (s *Service) filesAPI(ctx context.Context, in *FileFilter) (*api.Body[page.Of[File]], error) {
	fs, err := s.Files(ctx, *in)
	return &api.Body[page.Of[File]]{Body: fs}, err
}

func (s *Service) fileAPI(ctx context.Context, in *ofFile) (*api.Body[Sheet], error) {
	x, err := s.Dossier(ctx, in.ID)
	return &api.Body[Sheet]{Body: x}, err
}

func (s *Service) addVolumeAPI(ctx context.Context, in *struct {
	ofFile
	Body NewVolume
}) (*api.Body[Volume], error) {
	v, err := s.AddVolume(ctx, in.ID, in.Body)
	return &api.Body[Volume]{Body: v}, err
}

func (s *Service) appraiseAPI(ctx context.Context, in *struct {
	ofFile
	Body Appraisal
}) (*api.Body[File], error) {
	f, err := s.Appraise(ctx, in.ID, in.Body)
	return &api.Body[File]{Body: f}, err
}

func (s *Service) transferAPI(ctx context.Context, in *struct {
	ofFile
	Body NewTransfer
}) (*api.Body[Transfer], error) {
	t, err := s.Transfer(ctx, in.ID, in.Body)
	return &api.Body[Transfer]{Body: t}, err
}

func (s *Service) holdAPI(ctx context.Context, in *struct {
	ofFile
	Body Because
}) (*api.Body[Hold], error) {
	h, err := s.Hold(ctx, in.ID, in.Body.Reason)
	return &api.Body[Hold]{Body: h}, err
}

func (s *Service) liftAPI(ctx context.Context, in *struct {
	ID   HoldID `path:"id" maxLength:"64"`
	Body Because
}) (*api.Body[Hold], error) {
	h, err := s.Lift(ctx, in.ID, in.Body.Reason)
	return &api.Body[Hold]{Body: h}, err
}

func (s *Service) slipsAPI(ctx context.Context, in *SlipFilter) (*api.Body[page.Of[Slip]], error) {
	ls, err := s.Slips(ctx, *in)
	return &api.Body[page.Of[Slip]]{Body: ls}, err
}

func (s *Service) slipAPI(ctx context.Context, in *ofSlip) (*api.Body[Slip], error) {
	l, err := s.Slip(ctx, in.ID)
	return &api.Body[Slip]{Body: l}, err
}

func (s *Service) lendAPI(ctx context.Context, in *struct {
	ID   criminal.ID `path:"id" maxLength:"64"`
	Body NewSlip
}) (*api.Body[Slip], error) {
	l, err := s.Lend(ctx, in.ID, in.Body)
	return &api.Body[Slip]{Body: l}, err
}

func (s *Service) renewAPI(ctx context.Context, in *struct {
	ofSlip
	Body Renew
}) (*api.Body[Slip], error) {
	l, err := s.Renew(ctx, in.ID, in.Body)
	return &api.Body[Slip]{Body: l}, err
}

func (s *Service) backAPI(ctx context.Context, in *struct {
	ofSlip
	Body Counting
}) (*api.Body[Slip], error) {
	var to Place
	if in.Body.Place != nil {
		to = *in.Body.Place
	}
	l, err := s.TakeBack(ctx, in.ID, in.Body.Volumes, to)
	return &api.Body[Slip]{Body: l}, err
}

func (s *Service) handoversAPI(ctx context.Context, in *HandoverFilter) (*api.Body[page.Of[Handover]], error) {
	hs, err := s.Handovers(ctx, *in)
	return &api.Body[page.Of[Handover]]{Body: hs}, err
}

func (s *Service) handoverAPI(ctx context.Context, in *ofHandover) (*api.Body[Handover], error) {
	h, err := s.Handover(ctx, in.ID)
	return &api.Body[Handover]{Body: h}, err
}

func (s *Service) handOverAPI(ctx context.Context, in *api.Body[NewHandover]) (*api.Body[Handover], error) {
	h, err := s.HandOver(ctx, in.Body)
	return &api.Body[Handover]{Body: h}, err
}

func (s *Service) giveAPI(ctx context.Context, in *ofHandover) (*api.Body[Handover], error) {
	h, err := s.GiveUp(ctx, in.ID)
	return &api.Body[Handover]{Body: h}, err
}

func (s *Service) takeAPI(ctx context.Context, in *struct {
	ofHandover
	Body Counting
}) (*api.Body[Handover], error) {
	h, err := s.Take(ctx, in.ID, in.Body.Volumes, in.Body.Remarks)
	return &api.Body[Handover]{Body: h}, err
}

func (s *Service) refuseAPI(ctx context.Context, in *struct {
	ofHandover
	Body Because
}) (*api.Body[Handover], error) {
	h, err := s.Refuse(ctx, in.ID, in.Body.Reason)
	return &api.Body[Handover]{Body: h}, err
}

func (s *Service) rulesAPI(ctx context.Context, _ *struct{}) (*api.Body[[]Rule], error) {
	rs, err := s.Rules(ctx)
	return &api.Body[[]Rule]{Body: rs}, err
}

func (s *Service) confirmAPI(ctx context.Context, in *struct {
	Code string `path:"code" maxLength:"60"`
	Body Period
}) (*api.Body[Rule], error) {
	r, err := s.ConfirmRule(ctx, in.Code, in.Body)
	return &api.Body[Rule]{Body: r}, err
}

func (s *Service) destructionsAPI(ctx context.Context, in *DestructionFilter) (*api.Body[page.Of[Destruction]], error) {
	ds, err := s.Destructions(ctx, *in)
	return &api.Body[page.Of[Destruction]]{Body: ds}, err
}

func (s *Service) destructionAPI(ctx context.Context, in *ofDestruction) (*api.Body[Destruction], error) {
	x, err := s.Destruction(ctx, in.ID)
	return &api.Body[Destruction]{Body: x}, err
}

func (s *Service) proposeAPI(ctx context.Context, in *api.Body[NewDestruction]) (*api.Body[Destruction], error) {
	x, err := s.Propose(ctx, in.Body)
	return &api.Body[Destruction]{Body: x}, err
}

func (s *Service) decideAPI(ctx context.Context, in *struct {
	ofDestruction
	Body Decision
}) (*api.Body[Destruction], error) {
	x, err := s.Decide(ctx, in.ID, in.Body)
	return &api.Body[Destruction]{Body: x}, err
}

func (s *Service) carryAPI(ctx context.Context, in *struct {
	ofDestruction
	Body Carried
}) (*api.Body[Destruction], error) {
	x, err := s.Destroy(ctx, in.ID, in.Body)
	return &api.Body[Destruction]{Body: x}, err
}
