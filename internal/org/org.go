// Package org knows the offices of the procuracy and the people in them (tổ chức,
// cán bộ): which office stands below which on which day, who works where, what
// each may do, and who it is that signs in.
//
// Offices change: the districts ended on 30 June 2025, and a case of theirs keeps
// the old name. So an office has days from and to, is never deleted, and names its
// successor. What a person may do is read from the database at every request:
// whoever is disabled is out at the next click.
package org

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/auth/password"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/id"
	"congminh/internal/kit/page"
	"congminh/internal/kit/vn"
)

// What one may do here. Everyone who is signed in holds MaySelf.
const (
	MayRead   auth.Verb = "org.read"
	MayManage auth.Verb = "org.manage"
	MaySelf   auth.Verb = "org.self"
)

// How this module says no.
var (
	ErrNoOffice  = fault.New(fault.NotFound, "org.no-office", "Không tìm thấy đơn vị này. Hãy tìm lại trong cây đơn vị.")
	ErrNoStaff   = fault.New(fault.NotFound, "org.no-staff", "Không tìm thấy cán bộ này trong phạm vi bạn quản lý.")
	ErrOffice    = fault.New(fault.Invalid, "org.office", "Thông tin đơn vị chưa đúng. Hãy sửa các ô được đánh dấu.")
	ErrStaff     = fault.New(fault.Invalid, "org.staff", "Thông tin cán bộ chưa đúng. Hãy sửa các ô được đánh dấu.")
	ErrLogin     = fault.New(fault.Conflict, "org.login-taken", "Tên đăng nhập này đã có người dùng. Hãy chọn tên khác.")
	ErrSignIn    = fault.New(fault.Unauthenticated, "org.sign-in", "Tên đăng nhập hoặc mật khẩu không đúng. Hãy kiểm tra và nhập lại.")
	ErrWait      = fault.New(fault.Unauthenticated, "org.wait", "Đã sai quá nhiều lần. Hãy đợi một lúc (nhiều nhất 15 phút) rồi thử lại, hoặc nhờ quản trị cấp mã mới.")
	ErrPassword  = fault.New(fault.Invalid, "org.password", "Mật khẩu chưa dùng được. Hãy sửa các ô được đánh dấu.")
	ErrSelf      = fault.New(fault.Conflict, "org.self", "Không thể tự vô hiệu hóa tài khoản của chính mình. Hãy nhờ người quản trị khác.")
	ErrRoleAbove = fault.New(fault.Forbidden, "org.role-above", "Bạn không được tự thay đổi vai trò của chính mình. Hãy nhờ người quản trị khác.")
	ErrDemo      = fault.New(fault.Conflict, "org.demo", "Cơ sở dữ liệu đã có cán bộ thật nên không nạp dữ liệu trình diễn. Hãy dùng một cơ sở dữ liệu trống.")
	ErrNoSession = fault.New(fault.NotFound, "org.no-session", "Phiên đăng nhập này đã kết thúc.")
)

// Level is where an office stands.
type Level string

// The levels. District is of the past: until 30 June 2025.
const (
	Supreme   Level = "supreme"
	Unit      Level = "unit" // a vụ, cục, văn phòng … of the Supreme Procuracy
	Appellate Level = "appellate"
	Province  Level = "province"
	Region    Level = "region"
	District  Level = "district"
	Military  Level = "military"
)

// Levels lists the levels from the top.
var Levels = []Level{Supreme, Unit, Appellate, Province, Region, District, Military}

// VN names l for a person.
func (l Level) VN() string {
	switch l {
	case Supreme:
		return "Tối cao"
	case Unit:
		return "Đơn vị thuộc VKSND tối cao"
	case Appellate:
		return "Viện công tố và kiểm sát xét xử phúc thẩm"
	case Province:
		return "Cấp tỉnh"
	case Region:
		return "Khu vực"
	case District:
		return "Cấp huyện (đến 30/6/2025)"
	case Military:
		return "Quân sự"
	}
	return string(l)
}

// Confidence is how well we know that an office is as the register says.
type Confidence string

// The confidences.
const (
	Law     Confidence = "law"     // named in a law or resolution
	Seen    Confidence = "seen"    // named in documents of the sector
	Assumed Confidence = "assumed" // follows from others; to be confirmed
	Entered Confidence = "entered" // entered or confirmed by an administrator here
)

// VN names c for a person.
func (c Confidence) VN() string {
	switch c {
	case Law:
		return "Theo văn bản luật"
	case Seen:
		return "Theo tài liệu của ngành"
	case Assumed:
		return "Suy ra, cần xác nhận"
	case Entered:
		return "Quản trị đã nhập"
	}
	return string(c)
}

// Office is one office (viện kiểm sát, đơn vị).
type Office struct {
	ID         auth.Office `json:"id" example:"lao-cai-kv3"`
	Name       string      `json:"name" example:"Viện kiểm sát nhân dân khu vực 3 – Lào Cai"`
	Short      string      `json:"short" example:"VKSND khu vực 3 – Lào Cai"`
	Level      Level       `json:"level" enum:"supreme,unit,appellate,province,region,district,military"`
	Parent     auth.Office `json:"parent,omitempty"`
	Path       string      `json:"path" example:"/tc/lao-cai/lao-cai-kv3/"`
	Code       string      `json:"code,omitempty" example:"VKSKV3" doc:"As it stands in the numbers of its documents"`
	From       civil.Date  `json:"from,omitempty" doc:"First day; absent if it was always there"`
	To         civil.Date  `json:"to,omitempty" doc:"Last day; absent while it exists"`
	Successor  auth.Office `json:"successor,omitempty"`
	Source     string      `json:"source,omitempty"`
	Confidence Confidence  `json:"confidence" enum:"law,seen,assumed,entered"`
}

// On reports whether the office existed on day.
func (o Office) On(day civil.Date) bool {
	return (o.From == "" || o.From <= day) && (o.To == "" || day <= o.To)
}

// NewOffice is an office as an administrator enters or corrects it.
type NewOffice struct {
	ID        auth.Office `json:"id" form:"id" maxLength:"64" doc:"Small letters, digits, hyphens; never changes"`
	Name      string      `json:"name" form:"name" maxLength:"200"`
	Short     string      `json:"short,omitempty" form:"short" maxLength:"100"`
	Level     Level       `json:"level" form:"level" enum:"unit,appellate,province,region,district,military"`
	Parent    auth.Office `json:"parent" form:"parent" maxLength:"64"`
	Code      string      `json:"code,omitempty" form:"code" maxLength:"30"`
	From      civil.Date  `json:"from,omitempty" form:"from" format:"date"`
	To        civil.Date  `json:"to,omitempty" form:"to" format:"date"`
	Successor auth.Office `json:"successor,omitempty" form:"successor" maxLength:"64"`
	Source    string      `json:"source,omitempty" form:"source" maxLength:"300"`
}

func (n NewOffice) tidy() (NewOffice, error) {
	n.Name, n.Short, n.Code, n.Source = vn.Clean(n.Name), vn.Clean(n.Short), vn.Clean(n.Code), vn.Clean(n.Source)
	if n.Short == "" {
		n.Short = n.Name
	}
	var c fault.Check
	c.Need(slug(string(n.ID)), "id", "Mã đơn vị chỉ gồm chữ thường không dấu, chữ số và dấu gạch ngang, ví dụ lao-cai-kv3.")
	c.Need(n.Name != "", "name", "Hãy ghi tên đơn vị.")
	c.Need(slices.Contains(Levels, n.Level) && n.Level != Supreme, "level", "Hãy chọn cấp của đơn vị.")
	c.Need(n.Parent != "" && n.Parent != n.ID, "parent", "Hãy chọn đơn vị cấp trên.")
	c.Need(day(n.From), "from", "Ngày bắt đầu phải viết theo dạng năm-tháng-ngày, ví dụ 2025-07-01.")
	c.Need(day(n.To), "to", "Ngày kết thúc phải viết theo dạng năm-tháng-ngày.")
	c.Need(n.To == "" || n.From <= n.To, "to", "Ngày kết thúc không được trước ngày bắt đầu.")
	c.Need(n.Successor != n.ID || n.ID == "", "successor", "Đơn vị không thể kế thừa chính nó.")
	return n, c.Err(ErrOffice)
}

func slug(s string) bool {
	return s != "" && len(s) <= 64 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == "" && s[0] != '-'
}

func day(d civil.Date) bool {
	_, err := civil.Parse(string(d))
	return d == "" || err == nil
}

// OfficeFilter asks for some of the offices, by path.
type OfficeFilter struct {
	page.Req
	Words  string      `query:"q" form:"q" maxLength:"100" doc:"Words of the name, with or without marks"`
	Level  Level       `query:"level" form:"level" enum:"supreme,unit,appellate,province,region,district,military"`
	Parent auth.Office `query:"parent" form:"parent" doc:"Only those directly below this one"`
	Day    civil.Date  `query:"day" form:"day" format:"date" doc:"Only those that existed on this day"`
}

// Role is what a person is in the office; what one may do follows from it.
type Role string

// The roles.
const (
	Chief        Role = "chief"
	DeputyChief  Role = "deputy_chief"
	Head         Role = "head"
	Prosecutor   Role = "prosecutor"
	Examiner     Role = "examiner"
	Officer      Role = "officer"
	Clerk        Role = "clerk"
	Archivist    Role = "archivist"
	Statistician Role = "statistician"
	Reception    Role = "reception"
	SysAdmin     Role = "sysadmin"
	DXOfficer    Role = "dx_officer"
	SecOfficer   Role = "security_officer"
)

// Roles lists the roles, in the order forms show them.
var Roles = []Role{Chief, DeputyChief, Head, Prosecutor, Examiner, Officer, Clerk, Archivist,
	Statistician, Reception, SysAdmin, DXOfficer, SecOfficer}

// VN names r for a person.
func (r Role) VN() string {
	switch r {
	case Chief:
		return "Viện trưởng"
	case DeputyChief:
		return "Phó Viện trưởng"
	case Head:
		return "Lãnh đạo phòng, vụ"
	case Prosecutor:
		return "Kiểm sát viên"
	case Examiner:
		return "Kiểm tra viên"
	case Officer:
		return "Chuyên viên"
	case Clerk:
		return "Văn thư"
	case Archivist:
		return "Lưu trữ"
	case Statistician:
		return "Cán bộ thống kê"
	case Reception:
		return "Tiếp công dân"
	case SysAdmin:
		return "Quản trị hệ thống"
	case DXOfficer:
		return "Phụ trách chuyển đổi số"
	case SecOfficer:
		return "An toàn thông tin"
	}
	return string(r)
}

// Right is what a role may do: in its own office, and also in the offices below.
type Right struct {
	Own    []auth.Verb `toml:"own"`
	Below  []auth.Verb `toml:"below"`
	Second bool        `toml:"second"` // asks for a second factor, where the installation does
}

// Ranks lists the ranks a person may hold (ngạch, chức danh tư pháp), highest first.
var Ranks = []string{
	"Kiểm sát viên VKSND tối cao", "Kiểm sát viên cao cấp", "Kiểm sát viên trung cấp", "Kiểm sát viên sơ cấp",
	"Kiểm tra viên cao cấp", "Kiểm tra viên chính", "Kiểm tra viên",
	"Chuyên viên cao cấp", "Chuyên viên chính", "Chuyên viên", "Cán sự",
}

// StaffID identifies a person.
type StaffID = id.Of[Staff]

// Staff is one person who works in an office (cán bộ).
type Staff struct {
	ID       StaffID     `json:"id"`
	Login    string      `json:"login" example:"nguyenvana"`
	Name     string      `json:"name"`
	Office   auth.Office `json:"office"`
	Rank     string      `json:"rank,omitempty" example:"Kiểm sát viên sơ cấp"`
	Post     string      `json:"post,omitempty" doc:"Chức vụ, as people write it"`
	Roles    []Role      `json:"roles" nullable:"false"`
	From     civil.Date  `json:"from,omitempty"`
	To       civil.Date  `json:"to,omitempty"`
	Disabled bool        `json:"disabled"`
	Demo     bool        `json:"demo,omitempty"`
	Created  time.Time   `json:"created"`
}

// Active reports whether the person may work on day.
func (s Staff) Active(day civil.Date) bool {
	return !s.Disabled && (s.From == "" || s.From <= day) && (s.To == "" || day <= s.To)
}

// Has reports whether the person holds r.
func (s Staff) Has(r Role) bool { return slices.Contains(s.Roles, r) }

// NewStaff is a person as an administrator enters or corrects them.
type NewStaff struct {
	Login  string      `json:"login" form:"login" maxLength:"40"`
	Name   string      `json:"name" form:"name" maxLength:"100"`
	Office auth.Office `json:"office" form:"office" maxLength:"64"`
	Rank   string      `json:"rank,omitempty" form:"rank" maxLength:"60"`
	Post   string      `json:"post,omitempty" form:"post" maxLength:"100"`
	Roles  []Role      `json:"roles" form:"roles" nullable:"false"`
	From   civil.Date  `json:"from,omitempty" form:"from" format:"date"`
	To     civil.Date  `json:"to,omitempty" form:"to" format:"date"`
}

// foldLogin is the one form of a login that is stored and compared.
func foldLogin(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

func (n NewStaff) tidy() (NewStaff, error) {
	n.Login, n.Name, n.Rank, n.Post = foldLogin(n.Login), vn.Clean(n.Name), vn.Clean(n.Rank), vn.Clean(n.Post)
	known := len(n.Roles) > 0
	for _, r := range n.Roles {
		known = known && slices.Contains(Roles, r)
	}
	slices.SortFunc(n.Roles, func(a, b Role) int { return slices.Index(Roles, a) - slices.Index(Roles, b) })
	n.Roles = slices.Compact(n.Roles)
	var c fault.Check
	c.Need(len(n.Login) >= 2 && len(n.Login) <= 40 && strings.Trim(n.Login, "abcdefghijklmnopqrstuvwxyz0123456789.-_") == "",
		"login", "Tên đăng nhập gồm 2 đến 40 chữ thường không dấu, chữ số, dấu chấm hoặc gạch ngang.")
	c.Need(n.Name != "", "name", "Hãy ghi họ và tên.")
	c.Need(n.Office != "", "office", "Hãy chọn đơn vị.")
	c.Need(n.Rank == "" || slices.Contains(Ranks, n.Rank), "rank", "Hãy chọn ngạch trong danh sách.")
	c.Need(known, "roles", "Hãy chọn ít nhất một vai trò.")
	// Who runs the machines never holds case content, not even by a second hat.
	c.Need(!slices.Contains(n.Roles, SysAdmin) || len(n.Roles) == 1, "roles", "Quản trị hệ thống không được kiêm vai trò khác, vì không được xem nội dung vụ án.")
	c.Need(day(n.From), "from", "Ngày bắt đầu phải viết theo dạng năm-tháng-ngày, ví dụ 2025-07-01.")
	c.Need(day(n.To), "to", "Ngày kết thúc phải viết theo dạng năm-tháng-ngày.")
	c.Need(n.To == "" || n.From <= n.To, "to", "Ngày kết thúc không được trước ngày bắt đầu.")
	return n, c.Err(ErrStaff)
}

// StaffFilter asks for some of the people, by name.
type StaffFilter struct {
	page.Req
	Words  string      `query:"q" form:"q" maxLength:"100" doc:"Words of the name or the login"`
	Office auth.Office `query:"office" form:"office" maxLength:"64"`
	Role   Role        `query:"role" form:"role"`
	Only   string      `query:"only" form:"only" enum:"active,disabled"`
}

// Event is one fact for the audit: who did what to whom.
type Event struct {
	ID     string    `json:"id"`
	At     time.Time `json:"at"`
	Actor  string    `json:"actor"`
	Verb   string    `json:"verb" example:"sign-in.failed"`
	Object string    `json:"object,omitempty"`
	Detail string    `json:"detail,omitempty"`
	From   string    `json:"from,omitempty" doc:"Address"`
}

const (
	shortest = 12
	longest  = 128
)

// goodPassword says what is wrong with pw as the password of s, if anything. It
// asks for length and that no one would guess it, never for kinds of letters.
func goodPassword(pw string, s Staff, breached bool) error {
	n := utf8.RuneCountInString(password.Normal(pw))
	folded := bare(pw)
	own := len(s.Login) >= 4 && strings.Contains(folded, bare(s.Login))
	if name := bare(s.Name); len(name) >= 3 {
		own = own || strings.Contains(folded, name)
	}
	var c fault.Check
	switch {
	case n < shortest:
		c.Need(false, "password", "Mật khẩu phải dài ít nhất 12 ký tự. Một câu ngắn dễ nhớ là tốt nhất.")
	case n > longest:
		c.Need(false, "password", "Mật khẩu dài nhất 128 ký tự.")
	case own:
		c.Need(false, "password", "Mật khẩu không được chứa tên hoặc tên đăng nhập của bạn.")
	case usual(folded):
		c.Need(false, "password", "Mật khẩu này chỉ gồm tên ngành, chức vụ và con số. Hãy thêm những từ của riêng bạn.")
	case breached || password.Common(pw):
		c.Need(false, "password", "Mật khẩu này quá quen thuộc hoặc đã bị lộ ở nơi khác. Hãy nghĩ một câu của riêng bạn.")
	}
	return c.Err(ErrPassword)
}

// houseWords are the words people of this house put into a password first, folded:
// the sector, its posts, this program. docs/security/policy.md lists them.
var houseWords = []string{"vienkiemsatnhandan", "vienkiemsat", "kiemsatvien", "kiemsat", "kiemtravien", "vientruong",
	"vksndtc", "vksnd", "vks", "congminh", "vanthu", "luutru", "quantri", "matkhau", "password", "admin", "hoso", "vuan"}

// usual reports whether little is left of a folded password once the words of the
// house, and the digits, are taken away.
func usual(folded string) bool {
	had := folded
	for _, w := range houseWords {
		folded = strings.ReplaceAll(folded, w, "")
	}
	if folded == had {
		return false
	}
	return len(strings.TrimFunc(folded, unicode.IsDigit)) < 6
}

// bare is s as someone guessing would write it: no marks, no spaces, no signs.
func bare(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, vn.Fold(s))
}
