package operation

import (
	"strconv"
	"strings"

	"congminh/internal/kit/job"
)

func itoa(n int) string { return strconv.Itoa(n) }

// kindVN names a kind of work for a person.
func kindVN(kind string) string {
	switch kind {
	case "dossier.read":
		return "Đọc bản quét"
	case "dossier.reread":
		return "Đọc lại trang"
	case "dossier.pdf":
		return "Tạo PDF/A"
	case "dossier.retag":
		return "Cập nhật quyền tìm kiếm"
	case "dossier.sweep":
		return "Dọn tệp tải dở"
	}
	if listener, topic, ok := strings.Cut(kind, "<"); ok {
		return listener + " ← " + topic
	}
	return kind
}

func badge(s job.State) string {
	switch s {
	case job.Running:
		return "info"
	case job.Done:
		return "success"
	case job.Failed:
		return "danger"
	case job.Waiting:
	}
	return "neutral"
}
