package dossier

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"

	"congminh/internal/dossier/reading"
	"congminh/internal/kit/lang"
	"congminh/internal/kit/vn"
	"congminh/internal/site"
)

// readerIcons are drawn like those of site: on a grid of 20, with one stroke.
var readerIcons = map[string]string{
	"side":      "M3 4h14v12H3zM8 4v12",
	"notes":     "M3 4h14v12H3zM12 4v12M14 7.500h1M14 10h1",
	"minus":     "M4 10h12",
	"two":       "M2.500 4h7v12h-7zM10.500 4h7v12h-7z",
	"highlight": "M5 12.500l7-8 3.500 3-7 8H5zM3 17.500h14",
	"note":      "M3.500 3.500h13v9l-4 4h-9zM16.500 12.500h-4v4M6.500 7.500h7M6.500 10.500h4",
	"bookmark":  "M5.500 3h9v14.500l-4.500-3.500-4.500 3.500z",
	"quote":     "M4 14c2-.5 3-2 3-4H4V5.500h4.500V10c0 3-1.500 5-3.500 5.500M11.500 14c2-.5 3-2 3-4h-3V5.500H16V10c0 3-1.500 5-3.500 5.500",
}

// readHref is the address of a page in the reader.
func readHref(d ID, p PageID, words string) string {
	v := url.Values{"page": {string(p)}}
	if words != "" {
		v.Set("q", words)
	}
	return path(d, "/read?"+v.Encode())
}

// under begins the addresses of the reader in a sitting.
func under(ctx context.Context) string {
	if x := sittingOf(ctx); x != "" {
		return "/sittings/" + string(x)
	}
	return ""
}

// crumbs lead back from a file: where a part is open, not to pages about the whole.
func (o Opened) crumbs(ctx context.Context) []site.Link {
	if x := o.Part.sitting; x != "" {
		return []site.Link{{Text: lang.T(ctx, "Buổi đọc"), Href: "/access/sessions/" + string(x)}}
	}
	out := []site.Link{{Text: lang.T(ctx, "Hồ sơ"), Href: "/dossiers"}, {Text: o.Case.Number, Href: "/cases/" + string(o.Case.ID)}}
	if o.granted() {
		return out
	}
	return append(out, site.Link{Text: lang.T(ctx, "Tổng quan"), Href: path(o.Dossier.ID, "")}, site.Link{Text: lang.T(ctx, "Bản kê"), Href: path(o.Dossier.ID, "/index")})
}

// granted reports whether the asker may read a part alone, not the file as such.
func (o Opened) granted() bool { return !o.Part.Has("") }

// annotates reports whether the asker may write beside the page.
func (o Opened) annotates(ctx context.Context) bool {
	return May(ctx, MayAnnotate) && !o.granted() && o.Page.right.Grant == ""
}

// exports reports whether the asker may print a range of the file.
func (o Opened) exports(ctx context.Context) bool { return May(ctx, MayExport) && o.Part.whole() }

// name is how people call the page that is open.
func (o Opened) name(ctx context.Context) string {
	if o.Page.Folio > 0 {
		return Cite(o.Page.Folio, o.Page.Folio)
	}
	return lang.T(ctx, "Trang %d", o.Index)
}

// paper is the document of the page that is open.
func (o Opened) paper() (Paper, bool) {
	for _, b := range o.Tree {
		for _, p := range b.Papers {
			if p.ID == o.Page.Document {
				return p, true
			}
		}
	}
	return Paper{}, false
}

// box is the picture as it is shown, turned, as an SVG viewBox; and how to turn
// what lies on it.
func (o Opened) box() (view, turn string) {
	w, h := o.Page.W, o.Page.H
	if w == 0 || h == 0 {
		w, h = 1240, 1754
	}
	switch ((o.Page.Turn % 360) + 360) % 360 {
	case 90:
		return fmt.Sprintf("0 0 %d %d", h, w), fmt.Sprintf("translate(%d 0) rotate(90)", h)
	case 180:
		return fmt.Sprintf("0 0 %d %d", w, h), fmt.Sprintf("translate(%d %d) rotate(180)", w, h)
	case 270:
		return fmt.Sprintf("0 0 %d %d", h, w), fmt.Sprintf("translate(0 %d) rotate(270)", w)
	}
	return fmt.Sprintf("0 0 %d %d", w, h), "rotate(0)"
}

// markGroup names the evidence group of a mark.
func markGroup(groups []GroupLine, code string) string {
	for _, g := range groups {
		if g.Code == code {
			return g.Name
		}
	}
	return ""
}

func markGroupOptions(ctx context.Context, groups []GroupLine, now string) []site.Option {
	out := []site.Option{{Text: lang.T(ctx, "Không thuộc nhóm nào")}}
	for _, g := range groups {
		if !g.Hidden || g.Code == now {
			out = append(out, site.Option{Value: g.Code, Text: g.Name})
		}
	}
	return out
}

func branchName(ctx context.Context, b Branch) string {
	if b.Code == "" {
		return lang.T(ctx, "Chưa xếp nhóm")
	}
	return b.Name
}

// unfolded reports whether a branch is shown open: all of a small tree, of a large
// one that of the page that is open.
func unfolded(t []Branch, b Branch, current DocumentID) bool {
	n := 0
	for _, x := range t {
		n += len(x.Papers) + len(x.Bookmarks)
	}
	return n <= 60 || slices.ContainsFunc(b.Papers, func(p Paper) bool { return p.ID == current })
}

// titled is the title of a paper, which a scan may not have shown.
func (p Paper) titled(ctx context.Context) string {
	if t := vn.Clean(p.Title); t != "" {
		return t
	}
	return lang.T(ctx, "Tài liệu chưa có tên")
}

// lines is the text of a page line by line.
func lines(g reading.Page) (out []string) {
	for _, l := range g.Lines() {
		out = append(out, reading.TextOf(l))
	}
	return out
}

// readerTexts are the words reader.js says.
func readerTexts(ctx context.Context) string {
	b, err := json.Marshal(map[string]string{
		"page":      lang.T(ctx, "Trang"),
		"of":        lang.T(ctx, "trên"),
		"unnumber":  lang.T(ctx, "chưa đánh số"),
		"excluded":  lang.T(ctx, "Để ngoài"),
		"blank":     lang.T(ctx, "Trang trắng"),
		"missing":   lang.T(ctx, "Thiếu trang này trong hồ sơ giấy"),
		"problem":   lang.T(ctx, "Máy không đọc được trang này"),
		"bare":      lang.T(ctx, "Chưa có hình của trang này"),
		"rescan":    lang.T(ctx, "Cần quét lại rồi thay trang ở màn Kiểm tra."),
		"nofolio":   lang.T(ctx, "Không có bút lục này trong hồ sơ."),
		"nohits":    lang.T(ctx, "Không có trang nào khớp"),
		"hits":      lang.T(ctx, "trang khớp"),
		"more":      lang.T(ctx, "Xem thêm"),
		"copied":    lang.T(ctx, "Đã chép:"),
		"nocopy":    lang.T(ctx, "Trình duyệt không cho chép. Hãy chọn và chép bằng tay:"),
		"select":    lang.T(ctx, "Hãy chọn chữ trên trang trước, rồi tô màu."),
		"saved":     lang.T(ctx, "Đã ghi."),
		"deleted":   lang.T(ctx, "Đã xóa."),
		"failed":    lang.T(ctx, "Không tải được. Hãy kiểm tra mạng rồi thử lại."),
		"searching": lang.T(ctx, "Đang tìm…"),
		"highlight": lang.T(ctx, "Tô màu"),
		"note":      lang.T(ctx, "Ghi chú"),
		"bookmark":  lang.T(ctx, "Dấu trang"),
		"cited":     lang.T(ctx, "được trích dẫn"),
	})
	if err != nil {
		panic(err) // a map of strings always has a text
	}
	return string(b)
}
