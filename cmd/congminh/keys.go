package main

import (
	"context"
	"crypto/x509"
	"fmt"
	"time"

	"congminh/internal/app"
	"congminh/internal/kit/civil"
	"congminh/internal/seal/keys"
)

const keysHelp = `
  congminh keys check    hỏi từng khóa ký số đã khai báo: của ai, đến bao giờ, thiết bị hoặc dịch vụ
                         có trả lời, chứng thư còn hiệu lực, ký thử và kiểm lại; hỏi máy chủ dấu thời gian
  congminh keys next     tạo khóa kế tiếp của nhật ký; khởi động lại máy chủ rồi bàn giao ở trang Đầu nhật ký

Mã thoát 1 nếu có khóa đang dùng hoặc máy chủ dấu thời gian không dùng được.
Asks every declared signing key and the timestamp authority, and has each key sign.`

func keysCommand(ctx context.Context, e env, args []string) int {
	if len(args) != 1 || args[0] != "check" && args[0] != "next" {
		return e.misused("hãy nêu check hoặc next · say check or next")
	}
	if args[0] == "next" {
		key, err := e.config.NextKey(ctx, time.Now)
		if err != nil {
			return e.fail(err)
		}
		fmt.Fprintf(e.stdout, "khóa kế tiếp của nhật ký\t%s\n", key)
		return done
	}
	r, err := e.config.CheckKeys(ctx, time.Now, e.logger())
	if err != nil {
		return e.fail(err)
	}
	if r.Development {
		fmt.Fprintln(e.stdout, "đang dùng khóa thử nghiệm: chữ ký KHÔNG có giá trị pháp lý · trial keys, no legal value")
		return done
	}
	code := done
	for _, c := range r.Roots {
		fmt.Fprintf(e.stdout, "chứng thư gốc\t%s\tđến %s\n", c.Subject.CommonName, until(c))
	}
	switch {
	case r.TSAErr != nil:
		fmt.Fprintf(e.stdout, "dấu thời gian\tLỖI: %v\n", app.Told(r.TSAErr))
		code = failed
	case r.TSA != nil:
		fmt.Fprintf(e.stdout, "dấu thời gian\t%s\tđến %s\n", r.TSA.Subject.CommonName, until(r.TSA))
	default:
		fmt.Fprintln(e.stdout, "dấu thời gian\tchưa khai báo · not set")
	}
	for _, s := range r.Signers {
		fmt.Fprintln(e.stdout, signerLine(s))
		if s.Current && s.Err != nil {
			code = failed
		}
	}
	if len(r.Signers) == 0 {
		fmt.Fprintln(e.stdout, "chưa khai báo khóa ký số nào · no signing key is declared")
	}
	return code
}

func until(c *x509.Certificate) string { return civil.On(c.NotAfter).VN() }

func signerLine(s keys.State) string {
	line := fmt.Sprintf("%s\t%s", s.Office, s.Driver)
	if !s.From.IsZero() {
		line += "\ttừ " + civil.On(s.From).VN()
	}
	if s.Who != "" {
		line += fmt.Sprintf("\t%s (%s)\tđến %s", s.Who, s.Issuer, civil.On(s.Until).VN())
	}
	if s.Current {
		line += "\tđang dùng"
	}
	if s.Soon {
		line += "\tSẮP HẾT HẠN, chưa có khóa kế tiếp"
	}
	if s.Err != nil {
		return line + fmt.Sprintf("\tLỖI: %v", app.Told(s.Err))
	}
	return line + "\tký thử đạt"
}
