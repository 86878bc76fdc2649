package seal

import (
	"context"
	"time"

	"congminh/internal/kit/lang"
	"congminh/internal/site"
)

// sealsView is what pages of certified documents know beside the documents.
type sealsView struct {
	now         time.Time
	policy      Policy
	development bool
	canRenew    bool
	canAudit    bool
}

func titleOf(c Certified) string {
	if c.Title == "" {
		return c.Object
	}
	return c.Title
}

func standingVN(s Standing) string {
	switch s {
	case Good:
		return "Còn hiệu lực"
	case Due:
		return "Cần gia hạn"
	case Failed:
		return "Gia hạn lỗi"
	case Over:
		return "Hết hạn chứng minh"
	}
	return string(s)
}

func standingKind(s Standing) string {
	switch s {
	case Good:
		return "success"
	case Due:
		return "info"
	case Failed:
		return "warning"
	}
	return "danger"
}

func standingOptions(ctx context.Context) []site.Option {
	out := []site.Option{{Value: "", Text: lang.T(ctx, "Mọi trạng thái")}}
	for _, s := range Standings {
		out = append(out, site.Option{Value: string(s), Text: lang.T(ctx, standingVN(s))})
	}
	return out
}

// troubleVN says why a proof could not be renewed.
func troubleVN(t Trouble) string {
	switch t {
	case TroubleFile:
		return "Không đọc được tệp đã ký."
	case TroubleChanged:
		return "Tệp không còn là tệp đã ký."
	case TroubleSeal:
		return "Chữ ký trên tệp không còn đúng."
	case TroubleRevoked:
		return "Chứng thư số đã bị thu hồi trước khi ký."
	case TroubleLate:
		return "Dấu thời gian đã hết giá trị trước khi kịp gia hạn."
	case TroubleStamp:
		return "Không lấy được dấu thời gian dùng được."
	case TroubleSame:
		return "Dấu thời gian mới không chứng minh được lâu hơn."
	case TroubleKeep:
		return "Không lưu được bản gia hạn."
	}
	return string(t)
}

// troubleDo says what to do about it.
func troubleDo(t Trouble) string {
	switch t {
	case TroubleFile, TroubleChanged:
		return "Hãy khôi phục tệp từ bản sao lưu, rồi gia hạn lại."
	case TroubleSeal:
		return "Hãy so với bản sao lưu và gói chứng cứ đã giao; nếu vẫn sai, lập biên bản và số hóa lại từ bản giấy."
	case TroubleRevoked:
		return "Hãy ký lại bằng chứng thư còn hiệu lực, sau khi đối chiếu với bản giấy."
	case TroubleLate:
		return "Không gia hạn được nữa. Hãy đối chiếu với bản giấy rồi số hóa, ký lại."
	case TroubleStamp:
		return "Hãy báo quản trị kiểm tra nơi cấp dấu thời gian; máy thử lại mỗi ngày."
	case TroubleSame:
		return "Hãy báo quản trị: nơi cấp dấu thời gian cần chứng thư mới, hoặc chương trình cần thuật toán mới."
	case TroubleKeep:
		return "Hãy báo quản trị kiểm tra kho tệp; máy thử lại mỗi ngày."
	}
	return ""
}

func sealKindVN(s ProvenSeal) string {
	if s.Archive {
		return "Dấu thời gian lưu trữ"
	}
	return "Chữ ký số"
}

func alarmVN(a Alarm) string {
	switch a {
	case AlarmFork:
		return "NHẬT KÝ Ở ĐÂY KHÔNG KHỚP với đầu mà %s đang giữ."
	case AlarmTheirs:
		return "NHẬT KÝ CỦA %s ĐÃ BỊ SỬA: đầu mới không khớp đầu đã thấy."
	}
	return "%s không giữ được đầu nhật ký mới."
}

func alarmDo(a Alarm) string {
	switch a {
	case AlarmFork:
		return "Giữ nguyên máy chủ và bản sao lưu, báo lãnh đạo và đơn vị ấy; so nhật ký với bản in đầu nhật ký. Nếu vừa khôi phục từ bản sao lưu cũ, hãy khôi phục bản mới hơn."
	case AlarmTheirs:
		return "Báo đơn vị ấy và đơn vị cấp trên. Hai đầu có chữ ký được giữ trong nhật ký làm bằng chứng."
	}
	return "Kiểm tra đường mạng và địa chỉ, hoặc hỏi đơn vị ấy."
}

func alarmed(ps []Peer) (out []Peer) {
	for _, p := range ps {
		if p.Alarm != "" {
			out = append(out, p)
		}
	}
	return out
}

func peerVN(p Peer) string {
	switch {
	case p.Alarm == AlarmFork || p.Alarm == AlarmTheirs:
		return "Không khớp"
	case p.Alarm == AlarmLate:
		return "Mất liên lạc"
	case p.State == PeerAsked:
		return "Chờ xác nhận thêm"
	case p.State == PeerLeaving:
		return "Chờ xác nhận gỡ"
	}
	return "Đang đối chứng"
}

func peerKind(p Peer) string {
	switch {
	case p.Alarm == AlarmLate:
		return "warning"
	case p.Alarm != "":
		return "danger"
	case p.State != PeerActive:
		return "info"
	}
	return "success"
}

func peerPath(p Peer, what string) string { return "/witnesses/" + string(p.ID) + "/" + what }

func agreeAsk(ctx context.Context, p Peer) site.Ask {
	a := site.Ask{Action: peerPath(p, "agree"), Name: "agree-" + string(p.ID), Back: "/witnesses"}
	if p.State == PeerLeaving {
		a.Label, a.Yes, a.Danger = lang.T(ctx, "Xác nhận gỡ"), lang.T(ctx, "Gỡ"), true
		a.Title, a.Text = lang.T(ctx, "Gỡ %s?", p.Name), lang.T(ctx, "Hai bên thôi giữ đầu nhật ký của nhau. Các đầu đã ký vẫn còn giá trị.")
		return a
	}
	a.Label, a.Yes = lang.T(ctx, "Xác nhận thêm"), lang.T(ctx, "Thêm")
	a.Title, a.Text = lang.T(ctx, "Thêm %s?", p.Name), lang.T(ctx, "Hãy chắc rằng bạn đã so khóa với đơn vị ấy qua đường riêng, không chỉ tin người đề nghị.")
	return a
}

func dropAsk(ctx context.Context, p Peer) site.Ask {
	a := site.Ask{Action: peerPath(p, "drop"), Name: "drop-" + string(p.ID), Back: "/witnesses"}
	switch p.State {
	case PeerAsked:
		a.Label, a.Yes = lang.T(ctx, "Bỏ đề nghị"), lang.T(ctx, "Bỏ đề nghị")
		a.Title, a.Text = lang.T(ctx, "Bỏ đề nghị thêm %s?", p.Name), lang.T(ctx, "Đơn vị này không được thêm. Có thể khai báo lại về sau.")
	case PeerLeaving:
		a.Label, a.Yes = lang.T(ctx, "Giữ lại"), lang.T(ctx, "Giữ lại")
		a.Title, a.Text = lang.T(ctx, "Giữ %s lại?", p.Name), lang.T(ctx, "Hai bên tiếp tục giữ đầu nhật ký của nhau.")
	default:
		a.Label, a.Yes, a.Danger = lang.T(ctx, "Đề nghị gỡ"), lang.T(ctx, "Đề nghị gỡ"), true
		a.Title, a.Text = lang.T(ctx, "Đề nghị gỡ %s?", p.Name), lang.T(ctx, "Người thứ hai phải xác nhận; đến lúc ấy hai bên vẫn giữ đầu của nhau.")
	}
	return a
}

func renewAsk(ctx context.Context, together bool) site.Ask {
	if together {
		return site.Ask{Action: "/seals/renew", Name: "renew-all", Label: lang.T(ctx, "Gia hạn hàng loạt"), Title: lang.T(ctx, "Gia hạn hàng loạt bằng một dấu thời gian?"), Back: "/seals", Yes: lang.T(ctx, "Gia hạn hàng loạt"),
			Text: lang.T(ctx, "Mọi tài liệu đến hạn được chứng minh bằng một bản ghi chứng cứ chung (RFC 4998), đi kèm khi xuất gói chứng cứ. Tệp đã ký không đổi."), Hidden: []site.Option{{Text: "together", Value: "on"}}}
	}
	return site.Ask{Action: "/seals/renew", Name: "renew", Label: lang.T(ctx, "Gia hạn bây giờ"), Title: lang.T(ctx, "Gia hạn các tài liệu đến hạn?"), Back: "/seals", Yes: lang.T(ctx, "Gia hạn bây giờ"),
		Text: lang.T(ctx, "Máy thêm một dấu thời gian vào từng tệp đến hạn và thử lại các tệp lỗi. Việc chạy nền; hãy tải lại trang sau ít phút.")}
}

func rollAsk(ctx context.Context) site.Ask {
	return site.Ask{Action: "/journal-heads/key", Name: "roll", Label: lang.T(ctx, "Bàn giao cho khóa mới"), Title: lang.T(ctx, "Bàn giao nhật ký cho khóa mới?"), Back: "/journal-heads", Yes: lang.T(ctx, "Bàn giao"), Danger: true,
		Text: lang.T(ctx, "Khóa cũ ký lần cuối cho khóa mới; từ đó mọi đầu nhật ký được ký bằng khóa mới. Sau đó hãy gửi khóa mới cho các đơn vị đối chứng.")}
}
