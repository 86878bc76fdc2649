package auth

import (
	"context"
	"time"

	"congminh/internal/kit/fault"
)

// FreshFor is how long ago whoever does what cannot be undone, or what opens the
// account itself, may have proved who they are.
const FreshFor = 5 * time.Minute

// How an actor proved who it is.
const (
	ByPassword = "password" // something known, and nothing else
	ByCode     = "code"     // a one-time code given by an administrator
	ByTOTP     = "totp"     // a password and a code of their own device (RFC 6238)
	ByRecovery = "recovery" // a password and a recovery code
	ByPasskey  = "passkey"  // a key in a device that asked for a PIN or a finger (WebAuthn)
	ByOIDC     = "oidc"     // the identity provider of the sector
	ByConsole  = "console"  // whoever may read the database file itself
)

// Proof is when and how an actor last proved who it is. The zero Proof is none.
type Proof struct {
	By  string
	Ago time.Duration // counted when the request came in
}

// Strong reports whether a stolen password alone would not have been enough.
func (p Proof) Strong() bool {
	return p.By == ByTOTP || p.By == ByRecovery || p.By == ByPasskey || p.By == ByOIDC || p.By == ByConsole
}

// ErrFresh asks the person to prove once more who they are. A page that gets it
// shows where to do so (see web.Mux.Confirm).
var ErrFresh = fault.New(fault.Forbidden, "auth.fresh", "Việc này cần xác nhận lại danh tính của bạn. Hãy xác nhận rồi làm tiếp.")

// RequireFresh returns nil if the asker proved who they are not longer ago than
// within: a browser left open must not be enough to seal or to delete.
func RequireFresh(ctx context.Context, within time.Duration) error {
	a := From(ctx)
	switch {
	case a.ID == "":
		return ErrWho
	case a.Proof.By == "" || a.Proof.Ago > within:
		return ErrFresh
	}
	return nil
}
