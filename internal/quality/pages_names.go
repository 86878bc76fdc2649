package quality

import (
	"context"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/lang"
	"congminh/internal/site"
)

// tabs are the parts of the module that the reader may open: one line a part.
func tabs(ctx context.Context) (out []site.Link) {
	a := auth.From(ctx)
	for _, t := range []struct {
		verb auth.Verb
		site.Link
	}{
		{MayRead, site.Link{Text: lang.T(ctx, "Chỉ tiêu công tác"), Href: "/quality"}},
		{MayRead, site.Link{Text: lang.T(ctx, "Đánh giá lỗi"), Href: "/quality/faults"}},
		{MayRead, site.Link{Text: lang.T(ctx, "Dấu hiệu cần hỏi lại"), Href: "/quality/gaming"}},
		{MayRead, site.Link{Text: lang.T(ctx, "Tập chỉ tiêu"), Href: "/quality/sets"}},
		{MayRead, site.Link{Text: lang.T(ctx, "Đánh giá vụ án"), Href: "/quality/reviews"}},
		{MayRead, site.Link{Text: lang.T(ctx, "Danh sách tuần tra"), Href: "/quality/patrol"}},
		{MayRead, site.Link{Text: lang.T(ctx, "Thông báo giám sát"), Href: "/quality/notices"}},
		{MayWatch, site.Link{Text: lang.T(ctx, "Sổ giám sát"), Href: "/quality/ledger"}},
	} {
		if a.May(t.verb) {
			out = append(out, t.Link)
		}
	}
	return out
}
