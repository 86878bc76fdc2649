// Package quality tells how well the work is done (chất lượng công tác): indicators with
// their targets, whose fault a return or an annulment was, the review of cases (đánh giá
// chất lượng vụ án) and the supervision of how cases are handled.
//
// An indicator is a formula over figures of stats; whoever it measures cannot change it,
// and offices are not ranked unless the supreme office says so. What a closed period
// showed is kept: what the ledgers say later stands beside it as a revision.
package quality

import (
	"congminh/internal/kit/auth"
	"congminh/internal/kit/fault"
)

// What one may do here.
const (
	MayRead   auth.Verb = "quality.read"   // see indicators; the cases behind them by the right to each
	MayAssess auth.Verb = "quality.assess" // say whose fault a result was
	MayReview auth.Verb = "quality.review" // review the quality of cases
	MayWatch  auth.Verb = "quality.watch"  // supervise how cases are handled, remind and give notice
	MayManage auth.Verb = "quality.manage" // decide assessments and reviews, close periods
)

// How this module says no.
var (
	ErrIndicator = fault.New(fault.NotFound, "quality.indicator", "Không có chỉ tiêu công tác này.")
	ErrOffice    = fault.New(fault.NotFound, "quality.office", "Không tìm thấy đơn vị này trong phạm vi của bạn.")
)
