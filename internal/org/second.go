package org

import (
	"slices"
	"time"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/fault"
)

// How signing in by more than a password says no.
var (
	ErrSecond  = fault.New(fault.Unauthenticated, "org.second", "Hãy xác nhận bước thứ hai.")
	ErrCode    = fault.New(fault.Unauthenticated, "org.code", "Mã không đúng hoặc đã dùng. Hãy đợi mã mới trên điện thoại rồi nhập lại.")
	ErrSecret  = fault.New(fault.Internal, "org.secret", "Máy chủ thiếu khóa để đọc mã trên điện thoại của bạn. Hãy dùng mã dự phòng hoặc khóa truy cập, và báo quản trị viên khôi phục tệp data/keys/secrets.key.")
	ErrTry     = fault.New(fault.Conflict, "org.try", "Bước này đã quá 5 phút hoặc đã dùng rồi. Hãy làm lại từ đầu.")
	ErrPasskey = fault.New(fault.Unauthenticated, "org.passkey", "Khóa truy cập này không dùng được ở đây. Hãy thử khóa khác, hoặc đăng nhập bằng mật khẩu.")
	ErrKey     = fault.New(fault.Invalid, "org.key", "Chưa thêm được khóa truy cập. Hãy sửa các ô được đánh dấu rồi thử lại.")
	ErrNoKey   = fault.New(fault.NotFound, "org.no-key", "Không có khóa truy cập này. Có thể nó đã được gỡ.")
	ErrLast    = fault.New(fault.Conflict, "org.last-second", "Vai trò của bạn bắt buộc xác thực hai bước, nên không gỡ được cách cuối cùng. Hãy thêm cách khác trước.")
	ErrConfirm = fault.New(fault.Invalid, "org.confirm", "Chưa xác nhận được. Hãy sửa các ô được đánh dấu.")
	ErrSSO     = fault.New(fault.Unauthenticated, "org.sso", "Hệ thống định danh của ngành không xác nhận được bạn, hoặc bạn chưa có tài khoản ở đây. Hãy thử lại hoặc đăng nhập bằng mật khẩu.")
	ErrOff     = fault.New(fault.NotFound, "org.off", "Cách đăng nhập này chưa được bật trên máy chủ.")
)

// Must is what a person must do before anything else.
type Must string

// What one must do.
const (
	Nothing    Must = ""
	MustChange Must = "password" // set a password: they came in by a one-time code
	MustSecond Must = "second"   // add a second factor: their role asks for it
)

const (
	tryLife  = 5 * time.Minute // between two steps
	codes    = 10              // recovery codes made at once
	mostKeys = 20              // passkeys of one person
	longName = 60              // of a passkey
	issuer   = "Công Minh"     // as the application on the telephone shows it
)

// Passkey is a key of a person's device (khóa truy cập).
type Passkey struct {
	ID      string    `json:"id"`
	Name    string    `json:"name" example:"Điện thoại của tôi"`
	Created time.Time `json:"created"`
	Used    time.Time `json:"used" doc:"Equal to created if it never was"`
	data    string
}

// Methods is how a person can prove who they are, beside a password.
type Methods struct {
	TOTP     bool      `json:"totp"`
	Recovery int       `json:"recovery" doc:"Recovery codes left"`
	Passkeys []Passkey `json:"passkeys" nullable:"false"`
}

// Second reports whether a password alone no longer opens the account.
func (m Methods) Second() bool { return m.TOTP || len(m.Passkeys) > 0 }

// Codes reports whether there is a code to type, of a telephone or for recovery.
func (m Methods) Codes() bool { return m.TOTP || m.Recovery > 0 }

// last reports whether taking away one method leaves none.
func (m Methods) last() bool {
	n := len(m.Passkeys)
	if m.TOTP {
		n++
	}
	return n <= 1
}

// asks reports whether one of the roles asks for a second factor (roles.toml).
func asks(rights map[Role]Right, roles []Role) bool {
	return slices.ContainsFunc(roles, func(r Role) bool { return rights[r].Second })
}

// ByVN names a way of proving who one is.
func ByVN(by string) string {
	switch by {
	case auth.ByPassword:
		return "Mật khẩu"
	case auth.ByCode:
		return "Mã dùng một lần"
	case auth.ByTOTP:
		return "Mật khẩu và mã trên điện thoại"
	case auth.ByRecovery:
		return "Mật khẩu và mã dự phòng"
	case auth.ByPasskey:
		return "Khóa truy cập"
	case auth.ByOIDC:
		return "Hệ thống định danh của ngành"
	}
	return by
}
